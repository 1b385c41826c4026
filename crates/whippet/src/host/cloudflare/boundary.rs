//! Declares the functions and variables of `boundary.js`, so that Rust can use them.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/host/cloudflare/boundary.js")]
extern "C" {
    /// The environment of the Worker: bindings, variables and secrets.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    pub(super) static ENVIRONMENT: worker::Env;

    /// Returns the variables and secrets: each name, followed by its value.
    pub(super) fn variables() -> Vec<String>;

    /// Keeps the current event of the Worker alive until the promise settles.
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(promise: &js_sys::Promise);

    /// Returns a promise. A call of [`complete`] with the same number resolves the promise. If the instance traps
    /// first, the promise rejects.
    pub(super) fn promise(number: u32) -> JsValue;

    pub(super) fn complete(number: u32, value: &JsValue);

    /// Sets the function that receives the result of each call: the number of the call, whether the call has succeeded,
    /// and its value or error.
    #[wasm_bindgen(js_name = onSettled)]
    pub(super) fn on_settled(callback: &Closure<dyn Fn(u32, bool, JsValue)>);

    /// Opens a session of D1. `start` is a bookmark or a constraint. Returns undefined if the Worker has no D1 database.
    #[wasm_bindgen(js_name = openSession)]
    pub(super) fn open_session(start: &str) -> JsValue;

    /// Returns the bookmark of a session. Returns `None` if no statement has run.
    #[wasm_bindgen(js_name = bookmarkOf)]
    pub(super) fn bookmark_of(session: &JsValue) -> Option<String>;

    /// Runs a query on D1, in `session` unless it is undefined. The result is the rows as JSON: an array of the names of
    /// the columns, and an array of values for each row.
    #[wasm_bindgen(js_name = fetchRows)]
    pub(super) fn fetch_rows(call: u32, session: &JsValue, sql: &str, values: Vec<JsValue>);

    /// Runs a statement on D1, in `session` unless it is undefined. The result is the number of changed rows.
    pub(super) fn execute(call: u32, session: &JsValue, sql: &str, values: Vec<JsValue>);

    /// Runs statements in a transaction on D1, in `session` unless it is undefined. `values` contains the values for all
    /// statements, and `counts` contains the number of values for each statement. The result is JSON: for each
    /// statement, the number of changed rows, and an array with an object for each row.
    pub(super) fn batch(
        call: u32,
        session: &JsValue,
        sqls: Vec<String>,
        values: Vec<JsValue>,
        counts: Vec<u32>,
    );

    #[wasm_bindgen(js_name = fillRandom)]
    pub(super) fn fill_random(bytes: &mut [u8]);

    /// Stores a set of header names, one on each line, under `index`. [`headers_of`] uses this set.
    #[wasm_bindgen(js_name = setNames)]
    pub(super) fn set_names(index: usize, names: &str);

    /// Returns the values of the headers in a stored set, one on each line. If the request does not have a header,
    /// the line of the header contains only a carriage return.
    #[wasm_bindgen(js_name = headersOf)]
    pub(super) fn headers_of(request: &JsValue, index: usize) -> String;

    /// Returns all headers of the request: a line with the name of each header, followed by a line with its value.
    #[wasm_bindgen(js_name = allHeaders)]
    pub(super) fn all_headers(request: &JsValue) -> String;

    /// Stores a header block, which is a set of response headers, under `index`. [`respond`] refers to the header block
    /// by its index.
    #[wasm_bindgen(js_name = setBlock)]
    pub(super) fn set_block(index: u32, head: &str);

    /// Creates a response from the headers of a stored header block, the request id in ASCII, and a body.
    pub(super) fn respond(status: u16, block: u32, id: &[u8], body: &[u8]) -> JsValue;

    /// Creates a response with the headers in `head`, instead of the headers of a stored header block.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_bytes(status: u16, head: &str, body: Option<&[u8]>) -> JsValue;

    /// Creates a response with a streamed body, and with the headers in `head` instead of a stored header block. The
    /// stream is canceled when the client of `request` disconnects.
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

    /// Returns a promise of the next event of a socket: a string, an `ArrayBuffer`, or an array of a close code and its
    /// reason. The promise of an event never rejects.
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
