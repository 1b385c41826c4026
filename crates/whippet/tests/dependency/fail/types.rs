//! Types that cannot be resolved, or taken.

use whippet::{Json, Problem, dependency};

struct NotClone;

#[dependency]
async fn not_clone() -> Result<NotClone, Problem> {
    Ok(NotClone)
}

#[derive(Clone)]
struct Tenant;

#[dependency]
async fn wrong_error() -> Result<Tenant, String> {
    Err("nobody".to_owned())
}

#[derive(Clone)]
struct Greeting;

struct NoExtractor;

#[dependency]
async fn no_extractor(_: NoExtractor) -> Greeting {
    Greeting
}

#[derive(Clone)]
struct Order;

#[dependency]
async fn takes_the_body(_: Json<String>) -> Order {
    Order
}

#[dependency]
async fn of_another_crate() -> String {
    String::new()
}

fn main() {}
