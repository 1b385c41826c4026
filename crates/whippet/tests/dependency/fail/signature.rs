//! Functions whose signature or attribute arguments are not supported by `#[dependency]`.

use whippet::{Problem, dependency};

#[derive(Clone)]
struct Tenant;

#[dependency]
fn not_async() -> Tenant {
    Tenant
}

#[dependency]
async fn generic<T>(name: &str, value: T) -> Tenant {
    (name, value);
    Tenant
}

#[dependency]
async fn nothing() {}

#[dependency]
async fn hidden() -> impl Clone {}

#[dependency(error(NOT_FOUND))]
async fn wrong_setting() -> Result<Tenant, Problem> {
    Ok(Tenant)
}

#[dependency]
struct NotAFunction;

fn main() {}
