//! Log lines on the console, and the configuration from the environment.

use tracing_web::MakeWebConsoleWriter;

use super::{boundary, clock};
use crate::{Config, ConfigError, log};

/// Reads variables and secrets.
pub(super) fn config() -> Config {
    let mut texts = boundary::variables().into_iter();
    std::iter::from_fn(|| Some((texts.next()?, texts.next()?))).collect()
}

/// Starts writing log lines to `console`, by level. A panic is logged before its trap.
pub(super) fn init(config: &Config) -> Result<(), ConfigError> {
    log::init(config, MakeWebConsoleWriter::new(), clock::now)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
    Ok(())
}
