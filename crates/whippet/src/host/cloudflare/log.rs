//! Log lines on the console, and the configuration from the environment.

use tracing_web::MakeWebConsoleWriter;
use wasm_bindgen::JsCast;

use super::clock;
use crate::{Config, ConfigError, log};

/// Reads variables and secrets: the properties of the environment that are strings.
pub(super) fn config(env: &worker::Env) -> Config {
    let entries = js_sys::Object::entries(env.unchecked_ref::<js_sys::Object>());
    let entries = entries.iter().map(|entry| js_sys::Array::from(&entry));
    entries
        .filter_map(|entry| Some((entry.get(0).as_string()?, entry.get(1).as_string()?)))
        .collect()
}

/// Starts writing log lines to `console`, by level. A panic is logged before its trap.
pub(super) fn init(config: &Config) -> Result<(), ConfigError> {
    log::init(config, MakeWebConsoleWriter::new(), clock::now)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
    Ok(())
}
