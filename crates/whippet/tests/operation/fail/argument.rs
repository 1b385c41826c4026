//! Arguments that are not extractors, or are in the wrong order.

use whippet::{Json, Path, get, post};

struct Tenant;

/// An alias hides that the type reads the body.
type Body = Json<String>;

#[get("/a")]
async fn not_an_extractor(_: Tenant, Path(_): Path<u32>) {}

#[get("/b")]
async fn not_an_extractor_at_the_end(Path(_): Path<u32>, _: Tenant) {}

#[post("/c/{id}")]
async fn body_first(Json(_): Body, Path(_): Path<u32>) {}

fn main() {}
