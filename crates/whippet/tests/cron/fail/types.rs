//! Functions that `#[cron]` cannot call.

use serde::{Deserialize, Serialize};
use whippet::{TaskError, cron, task};

#[derive(Serialize, Deserialize)]
struct Report;

#[cron("0 0 * * *")]
#[task]
async fn no_data_from_a_tick(_: Report) -> Result<(), TaskError> {
    Ok(())
}

#[cron("0 0 * * *")]
async fn no_dependency(_: Report) -> Result<(), TaskError> {
    Ok(())
}

#[cron("0 0 * * *")]
fn not_async() -> Result<(), TaskError> {
    Ok(())
}

#[cron("0 0 * * *")]
struct NoFunction;

fn main() {}
