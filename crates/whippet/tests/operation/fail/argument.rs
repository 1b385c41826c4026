//! Arguments that are no extractors, and in the wrong order.

use whippet::{Json, Path, get, post};

struct Tenant;

#[get("/a")]
async fn no_extractor(_: Tenant, Path(_): Path<u32>) {}

#[get("/b")]
async fn no_extractor_at_the_end(Path(_): Path<u32>, _: Tenant) {}

#[post("/c/{id}")]
async fn body_first(Json(_): Json<String>, Path(_): Path<u32>) {}

fn main() {}
