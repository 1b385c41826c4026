//! Finds the log lines and the events of `wrangler tail` in a stream that may also contain other text.

use std::{borrow::Cow, io::Write, mem, str};

use anyhow::Result;
use memchr::memmem::Finder;

use super::{
    buffer::{Chunk, MAX_LINE},
    escape,
    printer::Printer,
    record::{Line, Object},
    tail,
};

/// The first bytes of a log line. They are used to find a log line that follows other text.
const START: &[u8] = br#"{"timestamp":""#;

/// The maximum number of positions at which the search for a log line tries to parse the text. One position is not
/// enough, because on Spin one log line can be in the middle of another.
const MAX_STARTS: usize = 4;

/// The prefixes that `wrangler dev` and `wrangler tail --format pretty` write before the text of a `console` call.
const PREFIXES: [&str; 7] = [
    "✘ [ERROR]",
    "▲ [WARNING]",
    "(error)",
    "(warn)",
    "(info)",
    "(log)",
    "(debug)",
];

/// Finds the log lines in the lines of one stream.
#[derive(Debug)]
pub(super) struct Framing {
    /// Finds [`START`].
    start: Finder<'static>,
    /// The lines of an incomplete JSON document that were read so far. Empty between two documents.
    document: Vec<u8>,
    /// Whether the last line began with one of [`PREFIXES`]. `wrangler dev` writes empty lines after such a line, and
    /// these empty lines are not printed.
    is_after_prefix: bool,
}

impl Framing {
    pub(super) fn new() -> Self {
        Self {
            start: Finder::new(START),
            document: Vec::new(),
            is_after_prefix: false,
        }
    }

    /// Prints the text or the log lines that `chunk` completes.
    ///
    /// # Errors
    ///
    /// Fails when the printer fails.
    pub(super) fn chunk<W: Write>(
        &mut self,
        chunk: Chunk<'_>,
        printer: &mut Printer<W>,
    ) -> Result<()> {
        let line = match chunk {
            Chunk::Line(line) => line.strip_suffix(b"\r").unwrap_or(line),
            Chunk::Part(part) => {
                self.end(printer)?;
                return printer.text(part, b"");
            }
        };
        if !self.document.is_empty() {
            let is_last = line == b"}";
            let fits = self.document.len() + line.len() < MAX_LINE;
            if fits && (is_last || line.starts_with(b" ") || line.starts_with(b"\t")) {
                self.document.push(b'\n');
                self.document.extend_from_slice(line);
                return if is_last { self.end(printer) } else { Ok(()) };
            }
            self.end(printer)?;
        }
        if line == b"{" {
            self.document.extend_from_slice(line);
            return Ok(());
        }
        self.line(line, printer)
    }

    /// Prints the start of an incomplete JSON document, if there is one.
    ///
    /// # Errors
    ///
    /// Fails when the printer fails.
    pub(super) fn end<W: Write>(&mut self, printer: &mut Printer<W>) -> Result<()> {
        let document = mem::take(&mut self.document);
        if document.is_empty() {
            return Ok(());
        }
        self.line(&document, printer)
    }

    /// Splits one line of the input, or one JSON document, into log lines and other text, and prints both.
    fn line<W: Write>(&mut self, line: &[u8], printer: &mut Printer<W>) -> Result<()> {
        let is_after_prefix = mem::take(&mut self.is_after_prefix);
        if line.is_empty() && is_after_prefix {
            self.is_after_prefix = true;
            return Ok(());
        }
        if !printer.filter.may_match(line) {
            return Ok(());
        }
        let valid =
            str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed);
        let mut rest = &*valid;
        // The loop runs again only if more text follows an object.
        while let Some(length) = self.object_in(rest, printer)? {
            rest = rest[length..].trim_ascii();
            if escape::is_blank(rest) {
                return Ok(());
            }
        }
        let is_untouched = rest.len() == valid.len();
        printer.text(if is_untouched { line } else { rest.as_bytes() }, b"\n")
    }

    /// Prints the first log line or event in `text`, and returns the position of its end.
    fn object_in<W: Write>(
        &mut self,
        text: &str,
        printer: &mut Printer<W>,
    ) -> Result<Option<usize>> {
        let starts = self.start.find_iter(text.as_bytes());
        let starts = starts.filter(|start| *start > 0);
        let first = text.starts_with('{').then_some(0);
        for start in first.into_iter().chain(starts).take(MAX_STARTS) {
            let (before, text) = text.split_at(start);
            let Some(object) = Object::parse(text) else {
                continue;
            };
            let end = start + object.json.len();
            if let Some(has_prefix) = print(before, object, printer)? {
                self.is_after_prefix = has_prefix;
                return Ok(Some(end));
            }
        }
        Ok(None)
    }
}

/// Prints `object` if it is a log line or an event, and returns `None` if it is neither. Otherwise, returns whether the
/// object is a log line that follows one of [`PREFIXES`].
fn print<W: Write>(
    before: &str,
    object: Object<'_>,
    printer: &mut Printer<W>,
) -> Result<Option<bool>> {
    let object = match Line::new(object) {
        Ok(line) => return print_line(before, &line, printer).map(Some),
        Err(object) => object,
    };
    let lines = tail::is_event(&object).then(|| tail::lines(&object));
    let Some(Ok(lines)) = lines else {
        return Ok(None);
    };
    for line in lines.iter().filter_map(|line| Line::parse(line)) {
        printer.line("", &line)?;
    }
    Ok(Some(false))
}

fn print_line<W: Write>(before: &str, line: &Line<'_>, printer: &mut Printer<W>) -> Result<bool> {
    if before.is_empty() {
        printer.line(before, line)?;
        return Ok(false);
    }
    let plain = escape::strip(before);
    let has_prefix = PREFIXES.iter().any(|prefix| **prefix == plain);
    printer.line(if has_prefix { "" } else { &plain }, line)?;
    Ok(has_prefix)
}
