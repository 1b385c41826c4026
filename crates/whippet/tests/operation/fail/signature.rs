//! Functions with a signature that attributes such as `#[get]` do not support.

use whippet::axum::response::IntoResponse;
use whippet::{Path, get};

#[get("/a")]
fn not_async() {}

#[get("/b")]
async fn generic<'a, T>(name: &'a str, Path(id): Path<T>) -> impl IntoResponse {
    (name, id);
}

struct Users;

impl Users {
    #[get("/c")]
    async fn method(&self, _: impl Clone) {}
}

fn main() {}
