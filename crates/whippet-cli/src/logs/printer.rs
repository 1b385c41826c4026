//! Filters log lines and writes them to the output.

use std::io::Write;

use anyhow::{Context, Result};

use super::{filter::Filter, record::Line, render::Renderer};

/// The printer writes its buffer when the buffer contains more than this number of bytes.
const BUFFERED: usize = 64 * 1024;

const CANNOT_WRITE: &str = "cannot write to standard output";

/// The output format.
#[derive(Debug)]
pub(super) enum Format {
    /// The original JSON of each log line, one object per line.
    Json,
    /// Log lines and other text, formatted for reading.
    Text(Renderer),
}

/// Writes the log lines that match `filter`.
#[derive(Debug)]
pub(super) struct Printer<W> {
    pub(super) filter: Filter,
    format: Format,
    writer: W,
    buffer: Vec<u8>,
    has_headings: bool,
    /// The name of the file whose lines are printed.
    source: String,
    /// The name of the file in the last heading.
    announced: String,
}

impl<W: Write> Printer<W> {
    /// Creates a printer. If `has_headings` is true, the printer prints a heading with the file's name before the lines
    /// of a file.
    pub(super) fn new(filter: Filter, format: Format, has_headings: bool, writer: W) -> Self {
        Self {
            filter,
            format,
            writer,
            buffer: Vec::with_capacity(2 * BUFFERED),
            has_headings,
            source: String::new(),
            announced: String::new(),
        }
    }

    /// Sets the name of the file that contains the next lines.
    pub(super) fn source(&mut self, name: &str) {
        if self.source != name {
            name.clone_into(&mut self.source);
        }
    }

    /// Writes the log line `line` if it matches the filter. `before` is the text before the log line, on the same line
    /// of the input. JSON output omits this text.
    ///
    /// # Errors
    ///
    /// Fails when the writer fails.
    pub(super) fn line(&mut self, before: &str, line: &Line<'_>) -> Result<()> {
        if !self.filter.matches(line) {
            return Ok(());
        }
        self.announce();
        match &mut self.format {
            Format::Json => {
                // A line end in JSON is always white space between tokens, so a space can replace it.
                let spaced = |byte| if byte == b'\n' { b' ' } else { byte };
                self.buffer.extend(line.json.bytes().map(spaced));
                self.buffer.push(b'\n');
            }
            Format::Text(renderer) => renderer.line(before, line, &mut self.buffer),
        }
        self.flush_beyond(BUFFERED)
    }

    /// Writes `text`, which is not a log line, and then `end`. Omits the text if the output format is JSON or if a
    /// filter is set.
    ///
    /// # Errors
    ///
    /// Fails when the writer fails.
    pub(super) fn text(&mut self, text: &[u8], end: &[u8]) -> Result<()> {
        if !self.filter.is_empty() || matches!(self.format, Format::Json) {
            return Ok(());
        }
        self.announce();
        if let Format::Text(renderer) = &self.format {
            renderer.text(text, &mut self.buffer);
            self.buffer.extend_from_slice(end);
        }
        self.flush_beyond(BUFFERED)
    }

    /// Writes the buffered bytes.
    ///
    /// # Errors
    ///
    /// Fails when the writer fails.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.flush_beyond(0)?;
        self.writer.flush().context(CANNOT_WRITE)
    }

    fn announce(&mut self) {
        if !self.has_headings || self.source == self.announced {
            return;
        }
        self.announced.clone_from(&self.source);
        if let Format::Text(renderer) = &self.format {
            renderer.heading(&format!("==> {} <==", self.source), &mut self.buffer);
        }
    }

    fn flush_beyond(&mut self, size: usize) -> Result<()> {
        if self.buffer.len() <= size {
            return Ok(());
        }
        let result = self.writer.write_all(&self.buffer);
        self.buffer.clear();
        result.context(CANNOT_WRITE)
    }
}
