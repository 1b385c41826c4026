//! Where lines go: through the filter, and out.

use std::io::Write;

use anyhow::{Context, Result};

use super::{filter::Filter, record::Line, render::Renderer};

/// How much is kept before it is written, in bytes.
const KEPT: usize = 64 * 1024;

const CANNOT_WRITE: &str = "cannot write to standard output";

/// How lines are written.
#[derive(Debug)]
pub(super) enum Format {
    /// As they are, one a line.
    Json,
    /// For people.
    Text(Renderer),
}

/// Writes the lines that `filter` admits.
#[derive(Debug)]
pub(super) struct Printer<W> {
    pub(super) filter: Filter,
    format: Format,
    writer: W,
    kept: Vec<u8>,
    has_headings: bool,
    /// Whose lines come, and whose heading was written last.
    source: String,
    announced: String,
}

impl<W: Write> Printer<W> {
    /// With headings, the lines of several sources can be told apart.
    pub(super) fn new(filter: Filter, format: Format, has_headings: bool, writer: W) -> Self {
        Self {
            filter,
            format,
            writer,
            kept: Vec::with_capacity(2 * KEPT),
            has_headings,
            source: String::new(),
            announced: String::new(),
        }
    }

    /// Says whose lines the next ones are.
    pub(super) fn source(&mut self, name: &str) {
        if self.source != name {
            name.clone_into(&mut self.source);
        }
    }

    /// Writes `line`, after the text that was in front of it.
    ///
    /// # Errors
    ///
    /// Fails when the writer does.
    pub(super) fn line(&mut self, before: &str, line: &Line<'_>) -> Result<()> {
        if !self.filter.admits(line) {
            return Ok(());
        }
        self.announce();
        match &mut self.format {
            Format::Json => {
                // In JSON a line end is white space.
                let spaced = |byte| if byte == b'\n' { b' ' } else { byte };
                self.kept.extend(line.json.bytes().map(spaced));
                self.kept.push(b'\n');
            }
            Format::Text(renderer) => renderer.line(before, line, &mut self.kept),
        }
        self.flush_beyond(KEPT)
    }

    /// Writes text that is no log line, where such text is wanted, and its end.
    ///
    /// # Errors
    ///
    /// Fails when the writer does.
    pub(super) fn text(&mut self, text: &[u8], end: &[u8]) -> Result<()> {
        if !self.filter.is_open() || matches!(self.format, Format::Json) {
            return Ok(());
        }
        self.announce();
        if let Format::Text(renderer) = &self.format {
            renderer.text(text, &mut self.kept);
            self.kept.extend_from_slice(end);
        }
        self.flush_beyond(KEPT)
    }

    /// Writes what was kept.
    ///
    /// # Errors
    ///
    /// Fails when the writer does.
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
            renderer.heading(&format!("==> {} <==", self.source), &mut self.kept);
        }
    }

    fn flush_beyond(&mut self, size: usize) -> Result<()> {
        if self.kept.len() <= size {
            return Ok(());
        }
        let result = self.writer.write_all(&self.kept);
        self.kept.clear();
        result.context(CANNOT_WRITE)
    }
}
