//! The functions of `boundary.js`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/host/cloudflare/boundary.js")]
extern "C" {
    /// The bindings, variables and secrets.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    pub(super) static ENVIRONMENT: worker::Env;

    /// Keeps the event alive until the promise is settled.
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(promise: &js_sys::Promise);

    #[wasm_bindgen(js_name = fillRandom)]
    pub(super) fn fill_random(bytes: &mut [u8]);

    /// Keeps a set of header names, a line each, for [`headers_of`].
    #[wasm_bindgen(js_name = setNames)]
    pub(super) fn set_names(index: usize, names: &str);

    /// The values of a set, a line each, a carriage return for a header that is not there.
    #[wasm_bindgen(js_name = headersOf)]
    pub(super) fn headers_of(request: &JsValue, index: usize) -> String;

    /// Names and values of all headers, a line each.
    #[wasm_bindgen(js_name = allHeaders)]
    pub(super) fn all_headers(request: &JsValue) -> String;

    /// Keeps a block of headers for [`respond`].
    #[wasm_bindgen(js_name = setBlock)]
    pub(super) fn set_block(index: u32, head: &str);

    /// A response with a block of headers, the request's id, which is ASCII, and a body.
    pub(super) fn respond(status: u16, block: u32, id: &[u8], body: &[u8]) -> JsValue;

    /// A response with any headers.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_bytes(status: u16, head: &str, body: Option<&[u8]>) -> JsValue;

    /// A response with any headers, and a body that is streamed.
    #[wasm_bindgen(js_name = respondWith)]
    pub(super) fn respond_with_stream(status: u16, head: &str, body: &JsValue) -> JsValue;

    /// A response that opens a socket.
    #[wasm_bindgen(js_name = respondWithSocket)]
    pub(super) fn respond_with_socket(socket: &JsValue, head: &str) -> JsValue;

    /// Both ends of a new socket.
    #[wasm_bindgen(js_name = openSocket)]
    pub(super) fn open_socket() -> JsValue;

    /// A promise, never rejected, of what comes next: text, an `ArrayBuffer`, or an array of a close code and its reason.
    #[wasm_bindgen(js_name = nextOfSocket)]
    pub(super) fn next_of_socket(socket: &JsValue) -> js_sys::Promise;

    /// False when the socket is closed.
    #[wasm_bindgen(js_name = sendOnSocket)]
    pub(super) fn send_text(socket: &JsValue, text: &str) -> bool;

    /// False when the socket is closed.
    #[wasm_bindgen(js_name = sendOnSocket)]
    pub(super) fn send_bytes(socket: &JsValue, bytes: &[u8]) -> bool;

    /// False when the socket is closed.
    #[wasm_bindgen(js_name = closeSocket)]
    pub(super) fn close_socket(socket: &JsValue, code: u16, reason: &str) -> bool;
}
