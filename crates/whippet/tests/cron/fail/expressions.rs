//! Expressions of `#[cron]` that are not valid.

use whippet::{TaskError, cron};

#[cron]
async fn none() -> Result<(), TaskError> {
    Ok(())
}

#[cron("*/5 * * *")]
async fn fields() -> Result<(), TaskError> {
    Ok(())
}

#[cron("61 * * * *")]
async fn minute() -> Result<(), TaskError> {
    Ok(())
}

#[cron("0 0 * * funday")]
async fn name() -> Result<(), TaskError> {
    Ok(())
}

#[cron("*/90 * * * *")]
async fn step() -> Result<(), TaskError> {
    Ok(())
}

#[cron("0 0 30 feb *")]
async fn never() -> Result<(), TaskError> {
    Ok(())
}

fn main() {}
