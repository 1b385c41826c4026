//! Declares the functions and variables of `boundary.js`, so that Rust can use them.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/host/cloudflare/boundary.js")]
extern "C" {
    /// The environment of the Worker: bindings, variables and secrets.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    pub(super) static ENVIRONMENT: worker::Env;

    /// Returns the variables and secrets as one list, in which each name is followed by its value.
    pub(super) fn variables() -> Vec<String>;

    /// Keeps the current event of the Worker alive until the promise settles.
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(promise: &js_sys::Promise);

    /// Returns a promise. A later call of [`complete`] resolves the promise with this `number`. If the instance traps
    /// first, the promise is rejected.
    pub(super) fn promise(number: u32) -> JsValue;

    pub(super) fn complete(number: u32, value: &JsValue);

    /// Sets the function that receives the results of calls. The function gets the number of the call, a flag that is
    /// true if the call has succeeded, and the returned value or the error.
    #[wasm_bindgen(js_name = onSettled)]
    pub(super) fn on_settled(callback: &Closure<dyn Fn(u32, bool, JsValue)>);

    /// Opens a session of D1. `start` is a bookmark, or a constraint such as `first-primary`. Returns undefined if the
    /// Worker has no D1 database.
    #[wasm_bindgen(js_name = openSession)]
    pub(super) fn open_session(start: &str) -> JsValue;

    /// Returns the bookmark of a session. Returns `None` if no statement has run.
    #[wasm_bindgen(js_name = bookmarkOf)]
    pub(super) fn bookmark_of(session: &JsValue) -> Option<String>;

    /// Runs a query on D1. If `session` is undefined, the query runs outside a session. The result is a JSON array:
    /// first an array of column names, then an array of values for each row.
    #[wasm_bindgen(js_name = fetchRows)]
    pub(super) fn fetch_rows(call: u32, session: &JsValue, sql: &str, values: Vec<JsValue>);

    /// Runs a statement on D1. If `session` is undefined, the statement runs outside a session. The result is the
    /// number of changed rows.
    pub(super) fn execute(call: u32, session: &JsValue, sql: &str, values: Vec<JsValue>);

    /// Runs statements in a transaction on D1. If `session` is undefined, the transaction runs outside a session.
    /// `values` contains the values for all statements, and `counts` contains the number of values for each statement.
    /// The result is JSON: for each statement, the number of changed rows, and an array with an object for each row.
    pub(super) fn batch(
        call: u32,
        session: &JsValue,
        sqls: Vec<String>,
        values: Vec<JsValue>,
        counts: Vec<u32>,
    );

    #[wasm_bindgen(js_name = fillRandom)]
    pub(super) fn fill_random(bytes: &mut [u8]);

    /// Stores a set of header names under `index`, for later calls of [`headers_of`]. `names` has one name on each
    /// line.
    #[wasm_bindgen(js_name = setNames)]
    pub(super) fn set_names(index: usize, names: &str);

    /// Returns the values of the headers in the stored set `index`, one value on each line. For a header that the
    /// request does not have, the line contains only a carriage return.
    #[wasm_bindgen(js_name = headersOf)]
    pub(super) fn headers_of(request: &JsValue, index: usize) -> String;

    /// Returns all headers of the request: a line with the name of each header, followed by a line with its value.
    #[wasm_bindgen(js_name = allHeaders)]
    pub(super) fn all_headers(request: &JsValue) -> String;

    /// Stores a block of response headers under `index`, for later calls of [`respond`].
    #[wasm_bindgen(js_name = setBlock)]
    pub(super) fn set_block(index: u32, head: &str);

    /// Creates a response with the headers that are stored under the index `block`. `id` is the request id in ASCII.
    pub(super) fn respond(status: u16, block: u32, id: &[u8], body: &[u8]) -> JsValue;

    /// Creates a response with the headers in `head`.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_bytes(status: u16, head: &str, body: Option<&[u8]>) -> JsValue;

    /// Creates a response with the headers in `head` and a streamed body. The stream is canceled when the client of
    /// `request` disconnects.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_stream(
        status: u16,
        head: &str,
        body: &JsValue,
        request: &JsValue,
    ) -> JsValue;

    /// Creates a response that opens a WebSocket.
    #[wasm_bindgen(js_name = respondWithSocket)]
    pub(super) fn respond_with_socket(socket: &JsValue, head: &str) -> JsValue;

    /// Creates both ends of a WebSocket.
    #[wasm_bindgen(js_name = openSocket)]
    pub(super) fn open_socket() -> JsValue;

    /// Returns a promise of the next event of a socket: a string, an `ArrayBuffer`, or an array `[code, reason]` for a
    /// close. The promise is never rejected.
    #[wasm_bindgen(js_name = nextOfSocket)]
    pub(super) fn next_of_socket(socket: &JsValue) -> js_sys::Promise;

    /// Sends text. Returns false if the socket is closed.
    #[wasm_bindgen(js_name = sendOnSocket)]
    pub(super) fn send_text(socket: &JsValue, text: &str) -> bool;

    /// Sends bytes. Returns false if the socket is closed.
    #[wasm_bindgen(js_name = sendOnSocket)]
    pub(super) fn send_bytes(socket: &JsValue, bytes: &[u8]) -> bool;

    /// Closes the socket. Returns false if the socket is already closed.
    #[wasm_bindgen(js_name = closeSocket)]
    pub(super) fn close_socket(socket: &JsValue, code: u16, reason: &str) -> bool;
}
