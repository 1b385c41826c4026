//! Tasks whose data, dependencies or result have a type that does not fit.

use serde::{Deserialize, Serialize};
use whippet::{App, TaskError, task, tasks};

struct NotSerializable;

#[task]
async fn data(_: NotSerializable) -> Result<(), TaskError> {
    Ok(())
}

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

async fn not_a_task(_: Goodbye) {}

fn main() {
    drop(App::new().tasks(tasks![not_a_task]));
}
