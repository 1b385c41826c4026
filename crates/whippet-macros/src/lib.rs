//! The macros of `whippet`. Use the macros through `whippet`, which re-exports them.

mod column;
mod declare;
mod dependency;
mod doc;
mod events;
mod form;
mod migrations;
mod mistakes;
mod named_fields;
mod openapi;
mod operation;
mod query;
mod record;
mod rules;
mod settings;
mod snake_case;
mod task;
mod test;

use proc_macro::TokenStream;

/// Embeds a folder of migrations into the program: `migrations!("migrations")`.
///
/// The path of the folder is relative to the `Cargo.toml` of the calling crate. The files are named `NNNN_name.sql`
/// with consecutive numbers from `0001`, as `wrangler d1 migrations create` names them. Files without the extension
/// `.sql` are ignored.
///
/// # Errors
///
/// Compilation fails when the folder cannot be read, when a `.sql` file is not named `NNNN_name.sql`, or when a number
/// is missing or used twice.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Embeds an OpenAPI document from a file into a WebAssembly program: `openapi!("openapi.json")`.
///
/// Expands to an `Option<&'static str>` for [`Info::prebuilt`](../whippet/openapi/struct.Info.html#method.prebuilt). On
/// WebAssembly, the value is the text of the file without white space between tokens. On native targets, the value is
/// `None`, because a native program generates the document itself. So the file may be missing while the native program
/// that writes it is compiled. The path of the file is relative to the `Cargo.toml` of the calling crate.
///
/// # Errors
///
/// Compilation for WebAssembly fails when the file cannot be read.
#[proc_macro]
pub fn openapi(input: TokenStream) -> TokenStream {
    openapi::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The macro behind `whippet::query!`. The input starts with the path of the crate `whippet` and a semicolon.
#[doc(hidden)]
#[proc_macro]
pub fn query(input: TokenStream) -> TokenStream {
    query::expand(input.into(), query::Macro::Query).into()
}

/// The macro behind `whippet::query_as!`. The input starts with the path of the crate `whippet` and a semicolon.
#[doc(hidden)]
#[proc_macro]
pub fn query_as(input: TokenStream) -> TokenStream {
    query::expand(input.into(), query::Macro::QueryAs).into()
}

/// The macro behind `whippet::query_scalar!`. The input starts with the path of the crate `whippet` and a semicolon.
#[doc(hidden)]
#[proc_macro]
pub fn query_scalar(input: TokenStream) -> TokenStream {
    query::expand(input.into(), query::Macro::QueryScalar).into()
}

/// Lets queries read values of the type from columns, and bind them to parameters.
///
/// - A struct with one field is stored as the value of this field: `struct UserId(i64)`.
/// - An enum whose variants have no fields is stored as the name of the variant in snake case:
///   `enum State { Pending, InProgress }` is stored as `pending` and `in_progress`.
/// - With `#[column(json)]`, the type is stored as JSON text, which `serde` writes and reads.
/// - With `#[column(text)]`, a struct with one field is stored as text. The field's type must implement `Display`,
///   which writes the text, and `FromStr`, which reads it: `#[column(text)] struct Id(Uuid)`.
///
/// If `Cargo.toml` renames the crate `whippet`, set its path with `#[column(crate = path)]`.
///
/// # Errors
///
/// Compilation fails when none of these rules applies to the type, or when the type has generic parameters.
#[proc_macro_derive(Column, attributes(column))]
pub fn column(item: TokenStream) -> TokenStream {
    column::expand(item.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Maps a struct to a table: see the trait `whippet::Record`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, or when the
/// struct disagrees with the table that the migrations create.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(item: TokenStream) -> TokenStream {
    record::expand(item.into()).into()
}

/// Lets `Record::patch` change some columns of a row. The fields of the struct are the new values: see the trait
/// `whippet::RecordPatch`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, or when the
/// struct disagrees with the table that the migrations create.
#[proc_macro_derive(RecordPatch, attributes(record))]
pub fn derive_record_patch(item: TokenStream) -> TokenStream {
    record::expand_patch(item.into()).into()
}

/// Turns an async function into a dependency, so that handlers can take the function's result as an argument.
///
/// ```ignore
/// #[dependency]
/// async fn tenant(key: ApiKey, db: Db) -> Result<Tenant, Problem> {
///     find_tenant(&db, key).await
/// }
/// ```
///
/// In this example, handlers, tasks and other dependencies can take an argument of the type `Tenant`. The function is
/// called once per request. Each argument of the type `Tenant` gets a clone of the result. Tests can override the
/// result with `TestAppBuilder::with`.
///
/// Each argument of the function is another dependency, or an extractor that does not read the body. In the OpenAPI
/// document, these arguments add their parameters and problem types to each operation that uses the dependency. If the
/// function returns a `Result`, these operations also have the problem type `INTERNAL`. To declare problem types that
/// no argument declares, write `#[dependency(errors(NO_TENANT))]`.
///
/// `KEY` in `#[dependency(security = KEY)]` is a constant of the type `SecurityScheme`. The OpenAPI document then names
/// this scheme instead of the arguments' schemes. If there are several, as in `#[dependency(security(KEY, COOKIE))]`, a
/// request must satisfy one of them.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the function is not async, is generic, or returns nothing.
#[proc_macro_attribute]
pub fn dependency(arguments: TokenStream, item: TokenStream) -> TokenStream {
    dependency::expand(arguments.into(), item.into()).into()
}

/// Turns an async function into the handler of a task: `#[task(retry = "5s 5m 1h")]`.
///
/// ```ignore
/// #[task(retry = "5s 5m 1h", timeout = "20s", queue = "mail")]
/// async fn welcome(task: Welcome, db: Db, mailer: Mailer) -> Result<(), TaskError> {
///     mailer.send(&task.email, "Welcome!").await
/// }
/// ```
///
/// The first argument is the data of the task. The type of this argument must implement `Serialize` and `Deserialize`.
/// The attribute implements `Task` for the type. The other arguments are dependencies, as in a request handler. The
/// function returns `Result<(), TaskError>`, or `Result<Done, TaskError>`. The attribute does not change the function
/// itself. `tasks![welcome]` adds the task to an app.
///
/// All settings are optional, and can be in any order:
///
/// - `retry = "5s 5m 1h"`: the delays before the retries. In `retry = "exponential(1s, 2, 8)"`, the first delay is 1 s,
///   each later delay is 2 times the previous one, and there are 8 retries. Without `retry`, a task is not retried
/// - `timeout = "20s"`: the time limit of an attempt, 30 s by default
/// - `queue = "mail"`: the queue, `default` by default
/// - `priority = "low"`: `low`, `normal` (the default) or `high`; if more tasks are due than can run, tasks with a
///   higher priority run more often
/// - `concurrency = 4`: how many tasks with the same concurrency key may run at the same time
/// - `name = "welcome"`: the name of the task in the database; the default is the name of the function. Keep the name
///   when you rename the function, because tasks with the old name may be pending
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when a setting is not valid, or when the function is not async,
/// is generic, or has no argument. Compilation also fails when the type of the first argument is not defined in the
/// calling crate.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(task::Kind::Task, arguments.into(), item.into()).into()
}

/// Runs an async function on a schedule: `#[cron("*/5 * * * *", tz = "Europe/Berlin", missed = "all")]`.
///
/// ```ignore
/// #[cron("30 4 * * mon-fri", tz = "Europe/Berlin", retry = "5m 1h")]
/// async fn clean_up(tick: Tick, db: Db) -> Result<(), TaskError> {
///     query("delete from sessions where expires_at < ?1").bind(tick.time).execute(&db).await?;
///     Ok(())
/// }
/// ```
///
/// At each tick of the schedule, one task is enqueued, even if several processes run. All arguments are dependencies,
/// as in a request handler. The argument `Tick` contains the time of the tick. The function returns
/// `Result<(), TaskError>`, or `Result<Done, TaskError>`. `tasks![clean_up]` adds the schedule to an app.
///
/// The expression has the five fields that crontab(5) describes: minute, hour, day of the month, month and day of the
/// week (0 and 7 are Sunday). Months and days of the week also have names. If neither the day of the month nor the day
/// of the week starts with `*`, a day has to match only one of these two fields. `@hourly`, `@daily`, `@weekly`,
/// `@monthly` and `@yearly` are expressions too.
///
/// These settings can follow, in any order:
///
/// - `tz = "Europe/Berlin"`: the IANA name of the time zone, UTC by default. If the clocks skip the time of a tick, the
///   tick takes place at the end of the gap. If the clocks repeat the time of a tick, there is one tick, at the first
///   occurrence. If the minute or the hour starts with `*`, there is a tick whenever clocks show a matching time
/// - `missed = "skip"`: what happens to missed ticks. A tick is missed if no program checks the schedule within 5
///   minutes after the tick. With `skip`, missed ticks run no task. With `once` (the default), all missed ticks
///   together run one task, or none if a later tick fell due in the last 5 minutes, because that tick runs a task. With
///   `all`, each missed tick runs a task
/// - the settings of [`#[task]`](macro@task), such as `retry`
///
/// If the function also has the attribute `#[task]`, its first argument is the data of the task. The type of this
/// argument must implement `From<Tick>`. In this case, write the settings of the task in `#[task]`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the expression is not valid or never matches, when a
/// setting is not valid, or when the function is not async or is generic.
#[proc_macro_attribute]
pub fn cron(arguments: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(task::Kind::Cron, arguments.into(), item.into()).into()
}

macro_rules! operations {
    ($($name:ident)*) => {$(
        #[doc = concat!("Turns an async function into the operation that handles `", stringify!($name), "` requests: `#[", stringify!($name), "(\"/path/{id}\")]`.")]
        ///
        /// These settings can follow the path in the attribute:
        ///
        /// - `status = 201`: the status of a successful response, unless the return type sets another status
        /// - `tag = "Users"`: the operation's group in the OpenAPI document
        /// - `scopes("users:read")`: the scopes that the caller needs; one of the function's arguments must be a
        ///   dependency that checks the scopes with `RequiredScopes`
        /// - `errors(TAKEN)`: problem types that neither an argument nor the return type declares
        /// - `deprecated`: marks the operation as deprecated in the OpenAPI document
        ///
        /// The doc comment of the function becomes the operation's summary and description, and the function's name
        /// becomes the operation's id. The macro does not change the function itself.
        ///
        /// Every argument of the function is an extractor. An extractor that reads the body must be the last argument.
        /// Arguments are extracted from the first to the last. If an extractor rejects the request with 422, the next
        /// extractors run too, and one response lists the invalid fields of all arguments. Any other rejection ends the
        /// extraction.
        ///
        /// # Errors
        ///
        /// Compilation fails, and reports all errors together, when the path is malformed, or when the function is not
        /// async, is generic or returns an `impl Trait`. Compilation also fails when an argument is not an extractor.
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            operation::expand(stringify!($name), arguments.into(), item.into()).into()
        }
    )*};
}

operations! { get post put patch delete }

/// Reads a struct from a form with files: see the trait `whippet::extract::FormData`.
///
/// A field that is not a file can have the attributes `serde`, `validate` and `schemars`. A field that is a file can
/// have the attribute `#[form(…)]` with two settings: `accept("image/png", "image/*")` lists the accepted media types,
/// and `name = "…"` sets the name of the field in the form.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, when an
/// attribute has an unknown setting, or when a media type is malformed.
#[proc_macro_derive(Form, attributes(form, serde, validate, schemars))]
pub fn derive_form(input: TokenStream) -> TokenStream {
    form::expand(input.into()).into()
}

/// Turns an enum into the events of a stream: see the trait `whippet::response::Events`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not an enum, or when a variant has more than
/// one value.
#[proc_macro_derive(Events, attributes(event))]
pub fn derive_events(input: TokenStream) -> TokenStream {
    events::expand(input.into()).into()
}

/// Reads a struct from configuration variables: see the trait `whippet::Settings`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, when an
/// attribute has an unknown setting, or when a name is not a valid variable name.
#[proc_macro_derive(Settings, attributes(settings, setting))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    settings::expand(input.into()).into()
}

/// Adds the rule `each` to `#[validate(…)]`. The rules in `each(…)` apply to every item of a list, or to every value of
/// a map.
///
/// ```ignore
/// #[rules]
/// #[derive(Deserialize, Validate, JsonSchema)]
/// struct NewNote {
///     #[validate(length(max = 10), each(length(min = 1, max = 30)))]
///     tags: Vec<String>,
/// }
/// ```
///
/// Each error contains a JSON pointer to the invalid item, such as `/tags/3`. If the struct derives `JsonSchema`, each
/// rule becomes a keyword in the schema of the items, such as `maxLength`. Put `#[rules]` above `#[derive(…)]`.
///
/// # Errors
///
/// Compilation fails when `#[rules]` is not on a struct that derives `Validate`, or when `each` has no rules in
/// parentheses.
#[proc_macro_attribute]
pub fn rules(arguments: TokenStream, item: TokenStream) -> TokenStream {
    rules::expand(arguments.into(), item.into()).into()
}

/// Turns a function into a test that runs natively with `cargo test` and in a browser with `wasm-bindgen-test`.
///
/// An `async fn` can have arguments. Each of them is a `whippet::testing::Fixture`, which is set up for this test only.
/// Put other attributes, such as `#[should_panic]`, below `#[whippet::test]`. Put only `#[rstest]` above
/// `#[whippet::test]`, so that each case becomes a test.
///
/// # Errors
///
/// Compilation fails when the function has a receiver (`self`), when the function has arguments but is not `async`, or
/// when the attribute has arguments.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(attribute.into(), item.into()).into()
}
