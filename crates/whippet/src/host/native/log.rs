//! Log lines on standard output.

use std::cell::Cell;
use std::io::Write;

use tracing_subscriber::fmt::MakeWriter;

use super::clock;
use crate::{Config, ConfigError, log};

thread_local! {
    /// A line with its line feed, in memory that is kept.
    static WHOLE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Writes a whole line at once, so that lines of concurrent requests do not mix.
#[derive(Debug, Clone, Copy)]
struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        // Not there any more while a thread ends.
        let mut whole = WHOLE.try_with(Cell::take).unwrap_or_default();
        whole.clear();
        whole.extend_from_slice(line);
        whole.push(b'\n');
        std::io::stdout().lock().write_all(&whole)?;
        WHOLE.try_with(|kept| kept.set(whole)).ok();
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stdout().flush()
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

pub(super) fn init(config: &Config) -> Result<(), ConfigError> {
    log::init(config, Lines, clock::now)
}
