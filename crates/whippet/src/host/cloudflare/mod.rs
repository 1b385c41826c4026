//! Cloudflare Workers: D1 is the database, a queue and a cron trigger wake the task runner.
//!
//! The JS boundary is crossed as seldom as can be: `entry.js` hands over method and path as one string, and the body as one
//! buffer; one call back brings the headers that the route reads, as one string; the response is built from a status, the
//! number of a block of headers or their text, and one buffer. An answer that is ready at the first poll makes no promise. Bindings: `DB` (D1) and `TASKS`
//! (queue), each needed only by apps that use it.

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

/// The entry of a Worker: `whippet::cloudflare::entry!(app);` with `fn app(&Config) -> Result<App, AppError>`.
///
/// It exports what `entry.js` calls, which `whippet build cloudflare` puts beside it.
#[doc(hidden)]
#[macro_export]
macro_rules! __cloudflare_entry {
    ($app:path) => {
        ::std::thread_local! {
            static INSTANCE: $crate::cloudflare::Instance = $crate::cloudflare::Instance::start($app);
        }

        use $crate::cloudflare::{js_sys, wasm_bindgen, wasm_bindgen_futures};

        /// Answers a request: a `Response`, or a promise of one.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn answer(line: ::std::string::String, request: wasm_bindgen::JsValue, body: ::core::option::Option<::std::vec::Vec<u8>>, over_limit: bool) -> wasm_bindgen::JsValue {
            INSTANCE.with(|instance| instance.answer(line, request, body, over_limit))
        }

        /// How many bytes of a body are read at most.
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = bodyLimit)]
        pub fn body_limit() -> usize {
            INSTANCE.with($crate::cloudflare::Instance::body_limit)
        }

        /// Runs tasks that are due.
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = runDueTasks)]
        pub fn run_due_tasks() -> js_sys::Promise {
            INSTANCE.with($crate::cloudflare::Instance::run_due_tasks)
        }
    };
}

#[doc(inline)]
pub use crate::__cloudflare_entry as entry;
