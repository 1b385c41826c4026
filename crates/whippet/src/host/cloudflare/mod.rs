//! Cloudflare Workers: D1 is the database, and a queue and a cron trigger wake the task runner.
//!
//! Calls between WebAssembly and JavaScript cost time, so each request makes only a few of these calls. `entry.js`
//! passes the method and the path as one string, and the body as one buffer. With one call, WebAssembly gets all
//! request headers that the route reads, as one string. JavaScript creates the response from a status, the headers, and
//! a body in one buffer. WebAssembly passes the headers as one string, or as the index of a header block that
//! JavaScript has stored. A response that is ready at the first poll does not need a promise. `executor.rs` runs the
//! handlers that have to wait, and `call.rs` receives the results of their calls to D1.
//!
//! The bindings of a Worker are `DB` (a D1 database), `TASKS` (a queue) and `BLOBS` (an R2 bucket). An app needs only the
//! bindings that it uses.

pub(crate) mod blobs;
mod boundary;
mod call;
mod clock;
mod database;
mod executor;
mod fetch;
mod handler;
mod headers;
mod json;
mod log;
mod queue;
mod rate_limit;
mod response;
#[cfg(feature = "sqlx-d1")]
mod sqlx;
pub(crate) mod websocket;

pub use rate_limit::RateLimitBinding;
#[cfg(feature = "sqlx-d1")]
pub use {sqlx::sqlx_connection, sqlx_d1};

#[doc(hidden)]
pub use handler::{Instance, Start};
#[doc(hidden)]
pub use {js_sys, wasm_bindgen, wasm_bindgen_futures};

/// Defines the entry points of a Worker. The argument of `whippet::cloudflare::entry!(app);` is a function
/// `fn app(&Config) -> Result<App, AppError>`.
///
/// Exports the functions that `entry.js` calls. `whippet build cloudflare` adds `entry.js` to the bundle.
#[doc(hidden)]
#[macro_export]
macro_rules! __cloudflare_entry {
    ($app:path) => {
        ::std::thread_local! {
            static INSTANCE: $crate::cloudflare::Instance = $crate::cloudflare::Instance::start($app);
        }

        use $crate::cloudflare::{js_sys, wasm_bindgen, wasm_bindgen_futures};

        /// Handles a request. Returns a JavaScript `Response` or a promise of a `Response`.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn handle(line: ::std::string::String, request: wasm_bindgen::JsValue, body: ::core::option::Option<::std::vec::Vec<u8>>, body_state: u8) -> wasm_bindgen::JsValue {
            INSTANCE.with(|instance| instance.handle(line, request, body, body_state))
        }

        /// Returns the maximum size of a request body, in bytes.
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = bodyLimit)]
        pub fn body_limit() -> usize {
            INSTANCE.with($crate::cloudflare::Instance::body_limit)
        }

        /// Runs the tasks that are due. Returns undefined or a promise of undefined.
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = runDueTasks)]
        pub fn run_due_tasks() -> wasm_bindgen::JsValue {
            INSTANCE.with($crate::cloudflare::Instance::run_due_tasks)
        }
    };
}

#[doc(inline)]
pub use crate::__cloudflare_entry as entry;
