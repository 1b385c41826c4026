//! Log lines on the console, and the configuration that says which.

use tracing_web::MakeWebConsoleWriter;
use wasm_bindgen::JsCast;

use super::clock;
use crate::{Config, ConfigError, log};

/// Variables and secrets are the entries of the environment that are strings.
pub(super) fn config(env: &worker::Env) -> Config {
    let entries = js_sys::Object::entries(env.unchecked_ref::<js_sys::Object>());
    let entries = entries.iter().map(|entry| js_sys::Array::from(&entry));
    entries
        .filter_map(|entry| Some((entry.get(0).as_string()?, entry.get(1).as_string()?)))
        .collect()
}

/// Writes lines to `console`, by level, and the last words of a panic among them.
pub(super) fn init(config: &Config) -> Result<(), ConfigError> {
    log::init(config, MakeWebConsoleWriter::new(), clock::now)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
    Ok(())
}
