//! Arguments that do not fit the operation: a body before another argument, a `Path` with fewer parameters than the
//! path of the operation, and a value without a schema. Also a handler whose future is not `Send`.

use std::rc::Rc;

use serde::Deserialize;
use whippet::{Clock, Json, Path, Valid, get, post};

#[post("/a")]
async fn bodies_first(_: Valid<Json<u8>>, _: Option<Json<String>>, _: Clock) {}

#[get("/b/{x}/{y}")]
async fn one_of_two(_: Path<u32>) {}

#[get("/c/{x}/{y}/{z}")]
async fn two_of_three(_: Path<(String, u32)>) {}

#[derive(Deserialize)]
struct NoSchema {}

#[post("/d")]
async fn without_a_schema(_: Json<NoSchema>) {}

#[get("/e")]
async fn not_send(clock: Clock) {
    let shared = Rc::new(());
    clock.sleep(std::time::Duration::ZERO).await;
    drop(shared);
}

fn main() {}
