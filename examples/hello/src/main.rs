//! The native program.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    whippet::native::run::<()>(hello::app).await
}
