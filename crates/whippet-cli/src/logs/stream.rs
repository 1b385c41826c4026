//! One stream of log lines, from bytes to the printer.

use std::{
    io::{Read, Write},
    path::Path,
};

use anyhow::{Context, Result};

use super::{buffer::Buffer, framing::Framing, printer::Printer};

/// A stream that has a name for messages.
#[derive(Debug)]
pub(super) struct Stream {
    name: String,
    buffer: Buffer,
    framing: Framing,
}

impl Stream {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            name: path.display().to_string(),
            buffer: Buffer::new(),
            framing: Framing::new(),
        }
    }

    /// Reads once and prints what is complete; returns how many bytes were read.
    ///
    /// # Errors
    ///
    /// Fails when `from` or the printer does.
    pub(super) fn advance<W: Write>(
        &mut self,
        from: impl Read,
        printer: &mut Printer<W>,
    ) -> Result<usize> {
        let read = self.buffer.fill(from);
        let read = read.with_context(|| format!("cannot read {}", self.name))?;
        printer.source(&self.name);
        while let Some(chunk) = self.buffer.next() {
            self.framing.chunk(chunk, printer)?;
        }
        printer.flush()?;
        Ok(read)
    }

    /// Prints what has no end, since none will come.
    ///
    /// # Errors
    ///
    /// Fails when the printer does.
    pub(super) fn end<W: Write>(&mut self, printer: &mut Printer<W>) -> Result<()> {
        printer.source(&self.name);
        if let Some(chunk) = self.buffer.rest() {
            self.framing.chunk(chunk, printer)?;
        }
        self.framing.end(printer)?;
        printer.flush()
    }
}
