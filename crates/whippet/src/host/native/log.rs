//! Writes log lines to standard output.

use std::cell::Cell;
use std::io::Write;

use tracing_subscriber::fmt::MakeWriter;

use super::clock;
use crate::{Config, ConfigError, log};

thread_local! {
    /// A buffer for a log line and its line feed. All log lines of the thread reuse this buffer.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Writes each log line to standard output with one call, so that the lines of concurrent requests do not mix.
#[derive(Debug, Clone, Copy)]
struct StdoutWriter;

impl Write for StdoutWriter {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        // If the thread is ending, its buffer may already be destroyed. A new buffer is then used.
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(line);
        buffer.push(b'\n');
        std::io::stdout().lock().write_all(&buffer)?;
        BUFFER.try_with(|cell| cell.set(buffer)).ok();
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stdout().flush()
    }
}

impl MakeWriter<'_> for StdoutWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

pub(super) fn init(config: &Config) -> Result<(), ConfigError> {
    log::init(config, StdoutWriter, clock::now)
}
