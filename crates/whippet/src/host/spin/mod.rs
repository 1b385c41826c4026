//! Fermyon Spin: a WASI 0.3 component with Spin's SQLite. Due tasks run after a response, and in a sweep. A request to
//! `/_whippet/sweep` starts a sweep.
//!
//! The app uses the SQLite database with the label `default`. The configuration consists of the variables of the
//! component. The names of the variables are converted to upper case: the Spin variable `relay_api_key` becomes
//! `RELAY_API_KEY`.

mod clock;
mod database;
mod docs;
mod fetch;
mod handler;
mod headers;
mod log;
mod queue;

#[doc(hidden)]
pub use handler::{Instance, Start};
#[doc(hidden)]
pub use spin_sdk::wasip3;

/// Defines the entry point of a Spin component. The argument of `whippet::spin::entry!(app);` is a function
/// `fn app(&Config) -> Result<App, AppError>`.
#[doc(hidden)]
#[macro_export]
macro_rules! __spin_entry {
    ($app:path) => {
        static INSTANCE: ::std::sync::OnceLock<$crate::spin::Instance> =
            ::std::sync::OnceLock::new();

        struct Component;

        impl $crate::spin::wasip3::exports::http::handler::Guest for Component {
            async fn handle(
                request: $crate::spin::wasip3::http::types::Request,
            ) -> ::core::result::Result<
                $crate::spin::wasip3::http::types::Response,
                $crate::spin::wasip3::http::types::ErrorCode,
            > {
                let instance = INSTANCE.get_or_init(|| $crate::spin::Instance::start($app));
                instance.handle(request).await
            }
        }

        $crate::spin::wasip3::http::service::export!(Component);
    };
}

#[doc(inline)]
pub use crate::__spin_entry as entry;
