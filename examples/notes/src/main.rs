//! The native program. `notes openapi` prints the OpenAPI document, and `notes env` lists the variables.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    whippet::native::run::<notes::NotesSettings>(notes::app).await
}
