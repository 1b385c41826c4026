//! The functions of `boundary.js`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/host/cloudflare/boundary.js")]
extern "C" {
    /// The bindings, variables and secrets.
    pub(super) fn environment() -> worker::Env;

    /// Keeps the event alive until the promise is settled.
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(promise: &js_sys::Promise);

    #[wasm_bindgen(js_name = fillRandom)]
    pub(super) fn fill_random(bytes: &mut [u8]);

    pub(super) fn respond(
        status: u16,
        head_length: usize,
        body_is_text: bool,
        packed: &[u8],
    ) -> JsValue;

    #[wasm_bindgen(js_name = respondWithStream)]
    pub(super) fn respond_with_stream(status: u16, head: &str, stream: &JsValue) -> JsValue;
}
