//! Functions with a signature that `#[task]` does not support.

use serde::{Deserialize, Serialize};
use whippet::{App, TaskError, task, tasks};

#[derive(Serialize, Deserialize)]
struct Welcome;

#[task]
fn not_async(_: Welcome) -> Result<(), TaskError> {
    Ok(())
}

#[task]
async fn without_data() -> Result<(), TaskError> {
    Ok(())
}

#[task]
async fn borrowed<T>(_: &Welcome, value: T) -> Result<(), TaskError> {
    drop(value);
    Ok(())
}

#[task]
struct NotAFunction;

fn main() {
    drop(App::new().tasks(tasks![not_async, without_data]));
}
