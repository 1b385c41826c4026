//! Cloudflare Workers: D1 is the database, a queue and a cron trigger wake the task runner.
//!
//! Calls across the JS boundary cost time, so there are few for each request. `entry.js` passes the method and the path
//! as one string, and the body as one buffer. One call back returns the headers that the route reads, as one string.
//! The response is created from a status, one buffer, and the number of a header block or the headers as text. A
//! response that is ready at the first poll creates no promise.
//!
//! Bindings: `DB` (D1) and `TASKS` (queue). An app needs only those that it uses.

mod boundary;
mod clock;
mod database;
mod fetch;
mod handler;
mod headers;
mod log;
mod queue;
mod rate_limit;
mod response;
pub(crate) mod websocket;

pub use rate_limit::RateLimitBinding;

#[doc(hidden)]
pub use handler::{Instance, Start};
#[doc(hidden)]
pub use {js_sys, wasm_bindgen, wasm_bindgen_futures};

/// Defines the entry of a Worker: `whippet::cloudflare::entry!(app);` with `fn app(&Config) -> Result<App, AppError>`.
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

        /// Handles a request. Returns a `Response` or a promise of one.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn handle(line: ::std::string::String, request: wasm_bindgen::JsValue, body: ::core::option::Option<::std::vec::Vec<u8>>, body_state: u8) -> wasm_bindgen::JsValue {
            INSTANCE.with(|instance| instance.handle(line, request, body, body_state))
        }

        /// Returns the body limit in bytes.
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = bodyLimit)]
        pub fn body_limit() -> usize {
            INSTANCE.with($crate::cloudflare::Instance::body_limit)
        }

        /// Runs the tasks that are due.
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = runDueTasks)]
        pub fn run_due_tasks() -> js_sys::Promise {
            INSTANCE.with($crate::cloudflare::Instance::run_due_tasks)
        }
    };
}

#[doc(inline)]
pub use crate::__cloudflare_entry as entry;
