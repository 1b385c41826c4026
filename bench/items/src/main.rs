//! The native entry point of `items`.

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> Result<(), whippet::native::ServeError> {
    whippet::native::serve(items::app, |_| ()).await
}

#[cfg(target_arch = "wasm32")]
fn main() {
    // WebAssembly hosts load the library, and never run this program.
}
