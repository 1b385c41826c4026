//! The log and the clock of a native program.

use std::time::{SystemTime, UNIX_EPOCH};

use tracing_subscriber::{
    filter::LevelFilter, fmt::time::UtcTime, layer::SubscriberExt, util::SubscriberInitExt,
};

pub fn set_up_log() {
    let logs = std::env::var("LOG_LEVEL").is_ok_and(|level| level == "info");
    let level = if logs {
        LevelFilter::INFO
    } else {
        LevelFilter::WARN
    };
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_timer(UtcTime::rfc_3339());
    tracing_subscriber::registry()
        .with(layer)
        .with(level)
        .init();
}

pub fn now_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
