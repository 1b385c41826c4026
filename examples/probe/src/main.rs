//! The native entry point.

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> Result<(), whippet::native::ServeError> {
    whippet::native::serve(probe::app, |_| ()).await
}

#[cfg(target_arch = "wasm32")]
fn main() {
    // On wasm, the host loads the library instead.
}
