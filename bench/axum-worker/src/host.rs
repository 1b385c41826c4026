//! The log and the clock of a Worker.

use tracing_subscriber::{
    filter::LevelFilter, fmt::time::UtcTime, layer::SubscriberExt, util::SubscriberInitExt,
};
use worker::{Date, Env};

pub fn set_up_log(env: &Env) {
    let logs = env
        .var("LOG_LEVEL")
        .is_ok_and(|level| level.to_string() == "info");
    let level = if logs {
        LevelFilter::INFO
    } else {
        LevelFilter::WARN
    };
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_ansi(false)
        .with_timer(UtcTime::rfc_3339())
        .with_writer(tracing_web::MakeWebConsoleWriter::new());
    tracing_subscriber::registry()
        .with(layer)
        .with(level)
        .init();
}

pub fn now_millis() -> u64 {
    Date::now().as_millis()
}
