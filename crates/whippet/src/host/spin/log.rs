//! Log lines on standard output, and the configuration that says which.

use std::cell::RefCell;
use std::io::{Error, Result, Write};

use spin_sdk::experimental::wasi::config::store;
use tracing_subscriber::fmt::MakeWriter;
use wasip2::cli::stdout::get_stdout;
use wasip2::io::streams::OutputStream;

use super::clock;
use crate::{Config, ConfigError, log};

/// What one blocking write takes (`wasi:io/streams`, `blocking-write-and-flush`), in bytes.
const MOST: usize = 4096;

/// Every variable that the manifest gives the component, under its name in upper case.
pub(super) fn config() -> std::result::Result<Config, String> {
    let variables = store::get_all()
        .map_err(|error| format!("the variables of the component cannot be read: {error:?}"))?;
    let upper_case = |(name, value): (String, String)| (name.to_ascii_uppercase(), value);
    Ok(variables.into_iter().map(upper_case).collect())
}

/// Writes a line before anything else happens, so that a trap loses none.
#[derive(Debug, Clone, Copy)]
struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        thread_local! {
            static STDOUT: (OutputStream, RefCell<Vec<u8>>) = (get_stdout(), RefCell::default());
        }
        STDOUT.with(|(stdout, whole)| {
            let mut whole = whole.borrow_mut();
            whole.clear();
            whole.extend_from_slice(line);
            whole.push(b'\n');
            let mut parts = whole.chunks(MOST);
            let written = parts.try_for_each(|part| stdout.blocking_write_and_flush(part));
            written.map_err(|_| Error::other("standard output is closed"))
        })?;
        Ok(line.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Writes lines to standard output, the last words of a panic among them.
pub(super) fn init(config: &Config) -> std::result::Result<(), ConfigError> {
    log::init(config, Lines, clock::now)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
    Ok(())
}
