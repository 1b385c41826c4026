//! Writes log lines to standard output, and reads the configuration from the component's variables.

use std::cell::RefCell;
use std::io::{Error, Result, Write};

use spin_sdk::experimental::wasi::config::store;
use tracing_subscriber::fmt::MakeWriter;
use wasip2::cli::stdout::get_stdout;
use wasip2::io::streams::OutputStream;

use super::clock;
use crate::{Config, ConfigError, log};

/// The maximum number of bytes that one blocking write accepts (`wasi:io/streams`, `blocking-write-and-flush`).
const MAX_WRITE: usize = 4096;

/// Reads the variables of the component, and converts their names to upper case.
pub(super) fn config() -> std::result::Result<Config, String> {
    let variables = store::get_all()
        .map_err(|error| format!("the variables of the component cannot be read: {error:?}"))?;
    let upper_case = |(name, value): (String, String)| (name.to_ascii_uppercase(), value);
    Ok(variables.into_iter().map(upper_case).collect())
}

/// Writes each log line to standard output with blocking calls, so that a trap does not lose log lines.
#[derive(Debug, Clone, Copy)]
struct StdoutWriter;

impl Write for StdoutWriter {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        thread_local! {
            static STDOUT: (OutputStream, RefCell<Vec<u8>>) = (get_stdout(), RefCell::default());
        }
        STDOUT.with(|(stdout, buffer)| {
            let mut buffer = buffer.borrow_mut();
            buffer.clear();
            buffer.extend_from_slice(line);
            buffer.push(b'\n');
            let mut parts = buffer.chunks(MAX_WRITE);
            let written = parts.try_for_each(|part| stdout.blocking_write_and_flush(part));
            written.map_err(|_| Error::other("standard output is closed"))
        })?;
        Ok(line.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for StdoutWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Starts to write log lines to standard output. A panic is logged before it ends the instance with a trap.
pub(super) fn init(config: &Config) -> std::result::Result<(), ConfigError> {
    log::init(config, StdoutWriter, clock::now)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
    Ok(())
}
