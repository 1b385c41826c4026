//! Tasks that have a dependency or a result of an unsupported type.

use serde::{Deserialize, Serialize};
use whippet::{TaskError, task};

#[derive(Serialize, Deserialize)]
struct Welcome;

struct NotADependency;

#[task]
async fn dependency(_: Welcome, _: NotADependency) -> Result<(), TaskError> {
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Goodbye;

#[task]
async fn result(_: Goodbye) -> bool {
    true
}

fn main() {}
