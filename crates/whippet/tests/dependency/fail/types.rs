//! Types that cannot be a dependency, the error of its function, or an argument of its function.

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

struct NotAnExtractor;

#[dependency]
async fn not_an_extractor(_: NotAnExtractor) -> Greeting {
    Greeting
}

#[derive(Clone)]
struct Order;

#[dependency]
async fn takes_the_body(_: Json<String>) -> Order {
    Order
}

#[dependency]
async fn type_of_another_crate() -> String {
    String::new()
}

fn main() {}
