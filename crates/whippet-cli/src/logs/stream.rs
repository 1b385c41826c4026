//! Reads one stream and passes its lines to the printer.

use std::{
    io::{Read, Write},
    path::Path,
};

use anyhow::{Context, Result};

use super::{buffer::Buffer, framing::Framing, printer::Printer};

/// A stream of lines, with the name of the file that contains the lines.
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

    /// Reads from `from` once and prints the complete lines. Returns the number of bytes read.
    ///
    /// # Errors
    ///
    /// Fails when `from` cannot be read, or when the printer fails.
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

    /// Prints the last line of the stream if that line has no line end.
    ///
    /// # Errors
    ///
    /// Fails when the printer fails.
    pub(super) fn end<W: Write>(&mut self, printer: &mut Printer<W>) -> Result<()> {
        printer.source(&self.name);
        if let Some(chunk) = self.buffer.rest() {
            self.framing.chunk(chunk, printer)?;
        }
        self.framing.end(printer)?;
        printer.flush()
    }
}
