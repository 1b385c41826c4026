//! Settings of `#[task]` that are not valid.

use serde::{Deserialize, Serialize};
use whippet::{TaskError, task};

#[derive(Serialize, Deserialize)]
struct Welcome;

#[task(retry = "5s 5", timeout = "0s", priority = "urgent", concurrency = 0)]
async fn values(_: Welcome) -> Result<(), TaskError> {
    Ok(())
}

#[task(retry = "exponential(1s, 0.5, 8)", retries = 3, queue = "mail", queue = "sms")]
async fn names(_: Welcome) -> Result<(), TaskError> {
    Ok(())
}

#[task(name = "two words")]
async fn name(_: Welcome) -> Result<(), TaskError> {
    Ok(())
}

fn main() {}
