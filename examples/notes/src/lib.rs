//! An API for notes: accounts, notes with attachments and reminders, and a feed of the changes to notes.

use std::time::Duration;

use whippet::openapi::Info;
use whippet::{App, AppError, Config, Settings, health, migrations, openapi, routes, tasks};

mod accounts;
mod attachments;
mod clients;
mod feed;
mod notes;
mod passwords;
mod reminders;
mod tokens;

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    whippet::cloudflare::entry!(crate::app);
}

#[cfg(all(feature = "spin", target_arch = "wasm32"))]
mod spin {
    whippet::spin::entry!(crate::app);
}

/// The settings of the API.
#[derive(Debug, Settings)]
#[settings(prefix = "NOTES_")]
pub struct NotesSettings {
    /// How long a token is valid.
    #[setting(default = "30d")]
    token_lifetime: Duration,
    /// How often a feed looks for changes.
    #[setting(default = "1s")]
    feed_interval: Duration,
    /// How many feeds an account may have at the same time. If an account opens another feed, its oldest feed is closed.
    #[setting(default = "10")]
    feeds_per_account: u32,
    /// How many requests to `/notes` an account may send in a minute.
    #[setting(default = "600")]
    requests_per_minute: u32,
    /// How many times a client may sign in or sign up in a minute. Also the number of sign-ins to one account in a
    /// minute, from all clients together.
    #[setting(default = "20")]
    sign_ins_per_minute: u32,
    /// The name of the header in which the platform or a proxy sends the client's address: `cf-connecting-ip` on
    /// Workers, `spin-client-addr` on Spin. Without this setting, all clients share the quota of sign-ins.
    client_address_header: Option<String>,
}

/// Creates the API.
///
/// # Errors
///
/// Returns an error if a variable is not valid.
pub fn app(config: &Config) -> Result<App, AppError> {
    let limited = routes![accounts::create_account, tokens::sign_in];
    let accounts = routes![accounts::get_account, tokens::sign_out]
        .routes(limited.dependency::<clients::LimitedClient>());
    let notes = routes![
        notes::list_notes,
        notes::create_note,
        notes::get_note,
        notes::update_note,
        notes::delete_note,
        reminders::set_reminder,
        feed::follow_notes,
        attachments::list_attachments,
        attachments::create_attachment,
        attachments::get_attachment,
    ];
    let notes = notes.prefix("/notes").dependency::<tokens::Limited>();
    let info = Info::new("Notes", env!("CARGO_PKG_VERSION"))
        .tag(
            "Accounts",
            "Accounts, and the tokens with which they sign in.",
        )
        .tag("Notes", "The notes of an account.")
        .tag("Health", "Whether the server is ready for requests.")
        .license("Apache-2.0 OR MIT", "Apache-2.0 OR MIT")
        .prebuilt(openapi!("openapi.json"));
    let app = App::new()
        .state(NotesSettings::from_config(config)?)
        .migrations(migrations!("migrations"))
        .openapi(info)
        .routes(accounts.tag("Accounts"))
        .routes(notes.tag("Notes"))
        .tasks(tasks![reminders::remind, attachments::delete_file]);
    Ok(health::routes(app))
}
