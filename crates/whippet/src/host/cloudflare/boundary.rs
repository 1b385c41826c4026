//! The functions of `boundary.js`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/host/cloudflare/boundary.js")]
extern "C" {
    /// The environment of the Worker: bindings, variables and secrets.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    pub(super) static ENVIRONMENT: worker::Env;

    /// Returns the variables and secrets: each name, followed by its value.
    pub(super) fn variables() -> Vec<String>;

    /// Keeps the event alive until the promise settles.
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(promise: &js_sys::Promise);

    #[wasm_bindgen(js_name = fillRandom)]
    pub(super) fn fill_random(bytes: &mut [u8]);

    /// Registers a set of header names, one on each line, for [`headers_of`].
    #[wasm_bindgen(js_name = setNames)]
    pub(super) fn set_names(index: usize, names: &str);

    /// Returns the values of a registered set, one on each line; a carriage return means that the header is missing.
    #[wasm_bindgen(js_name = headersOf)]
    pub(super) fn headers_of(request: &JsValue, index: usize) -> String;

    /// Returns all headers: a line with the name of each header, followed by a line with its value.
    #[wasm_bindgen(js_name = allHeaders)]
    pub(super) fn all_headers(request: &JsValue) -> String;

    /// Registers a block of headers for [`respond`].
    #[wasm_bindgen(js_name = setBlock)]
    pub(super) fn set_block(index: u32, head: &str);

    /// Creates a response from a registered block of headers, the request id in ASCII, and a body.
    pub(super) fn respond(status: u16, block: u32, id: &[u8], body: &[u8]) -> JsValue;

    /// Creates a response with any headers.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_bytes(status: u16, head: &str, body: Option<&[u8]>) -> JsValue;

    /// Creates a response with any headers and a streamed body.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_stream(status: u16, head: &str, body: &JsValue) -> JsValue;

    /// Creates a response that opens a socket.
    #[wasm_bindgen(js_name = respondWithSocket)]
    pub(super) fn respond_with_socket(socket: &JsValue, head: &str) -> JsValue;

    /// Creates both ends of a socket.
    #[wasm_bindgen(js_name = openSocket)]
    pub(super) fn open_socket() -> JsValue;

    /// Returns a promise of the next event, which never rejects: text, an `ArrayBuffer`, or an array of a close code
    /// and its reason.
    #[wasm_bindgen(js_name = nextOfSocket)]
    pub(super) fn next_of_socket(socket: &JsValue) -> js_sys::Promise;

    /// Sends text. Returns false if the socket is closed.
    #[wasm_bindgen(js_name = sendOnSocket)]
    pub(super) fn send_text(socket: &JsValue, text: &str) -> bool;

    /// Sends bytes. Returns false if the socket is closed.
    #[wasm_bindgen(js_name = sendOnSocket)]
    pub(super) fn send_bytes(socket: &JsValue, bytes: &[u8]) -> bool;

    /// Closes the socket. Returns false if it is closed already.
    #[wasm_bindgen(js_name = closeSocket)]
    pub(super) fn close_socket(socket: &JsValue, code: u16, reason: &str) -> bool;
}
