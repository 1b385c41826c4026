//! Writes log lines to the console, and reads the configuration from the environment of the Worker.

use tracing_web::MakeWebConsoleWriter;

use super::{boundary, clock};
use crate::{Config, ConfigError, log};

/// Reads the variables and secrets of the Worker.
pub(super) fn config() -> Config {
    let mut texts = boundary::variables().into_iter();
    std::iter::from_fn(|| Some((texts.next()?, texts.next()?))).collect()
}

/// Starts to write log lines to the JavaScript `console`. Each line is written with the method of `console` for its
/// level, such as `console.error`. A panic is logged before it ends the instance with a trap.
pub(super) fn init(config: &Config) -> Result<(), ConfigError> {
    log::init(config, MakeWebConsoleWriter::new(), clock::now)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
    Ok(())
}
