//! Logs: one JSON object a line, the same keys in the same order on every host.
//!
//! `timestamp`, `level`, `message`, `target`, then the fields of the spans around the event from the outermost in, then
//! those of the event. Write with `tracing`'s macros; an `error` field given as `&dyn Error` is written with its chain.

mod fields;
mod layer;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::{Config, ConfigError, Timestamp};

/// The variable that sets the lowest level written: `error`, `warn`, `info`, `debug` or `trace`; `info` unless set.
pub const LEVEL: &str = "LOG_LEVEL";

/// Sends this program's events to `writer`, one line each, with `now` telling the time. Later calls change nothing.
///
/// # Errors
///
/// When [`LEVEL`] names no level.
pub fn init<W>(config: &Config, writer: W, now: fn() -> Timestamp) -> Result<(), ConfigError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = config.parse(LEVEL, LevelFilter::INFO);
    let subscriber = tracing_subscriber::registry()
        // A wrong level is an error, which has to be logged too.
        .with(*level.as_ref().unwrap_or(&LevelFilter::INFO))
        .with(layer::JsonLayer::new(writer, now));
    // Fails when a subscriber is set already, which is then the one that the program wants.
    drop(tracing::subscriber::set_global_default(subscriber));
    level.map(drop)
}
