//! Settings of `#[cron]` that are not valid.

use serde::{Deserialize, Serialize};
use whippet::{TaskError, cron, task};

#[cron("0 0 * * *", tz = "Europe/Bärlin", missed = "twice", retry = "5", limit = 3)]
async fn values() -> Result<(), TaskError> {
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Report;

#[cron("0 0 * * *", retry = "5s")]
#[task(timeout = "0s")]
async fn beside(_: Report) -> Result<(), TaskError> {
    Ok(())
}

#[cron("0 0 * * *")]
#[cron("0 12 * * *")]
async fn twice() -> Result<(), TaskError> {
    Ok(())
}

fn main() {}
