//! The native entry point of `bench-graphql`.

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> Result<(), whippet::native::ServeError> {
    whippet::native::serve(bench_graphql::app, |_| ()).await
}

#[cfg(target_arch = "wasm32")]
fn main() {
    // WebAssembly hosts load the library, and never run this program.
}
