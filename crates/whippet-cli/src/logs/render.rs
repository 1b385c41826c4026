//! Formats log lines for reading.

use super::{
    escape,
    record::{Field, Line, Role},
    style::{self, BOLD, DIM, RED, RESET},
    time,
    value::Value,
};

/// The width, in characters, of the padded start of a log line. The start is the message, followed by the summary, such
/// as `GET /users 200 3 ms`. If the message and the summary are longer than this width, the `key=value` pairs begin
/// further to the right.
const HEAD: usize = 56;

/// The number of characters in a time of day with milliseconds.
const TIME: usize = 12;

/// The indentation of the lines that display an error.
const INDENT: &[u8] = b"    ";

/// The fields in the summary of a request, in display order. A log line has the summary only if it has all of these
/// fields.
const REQUEST: [Role; 4] = [Role::Method, Role::Route, Role::Status, Role::Duration];
/// The fields in the summary of a request if the log line has no duration. With `LOG_LEVEL=error`, Whippet does not
/// measure durations.
const REQUEST_UNTIMED: [Role; 3] = [Role::Method, Role::Route, Role::Status];
const TASK: [Role; 3] = [Role::Task, Role::Attempt, Role::Duration];

/// Formats log lines, and writes the date whenever the date changes.
#[derive(Debug)]
pub(super) struct Renderer {
    colored: bool,
    date: String,
}

impl Renderer {
    pub(super) fn new(colored: bool) -> Self {
        let date = String::new();
        Self { colored, date }
    }

    /// Appends `before` and the formatted `line`. `before` is the text before the log line, on the same line of the
    /// input.
    pub(super) fn line(&mut self, before: &str, line: &Line<'_>, out: &mut Vec<u8>) {
        let timestamp = line.get(Role::Timestamp).map(Value::text);
        let parts = timestamp.as_deref().and_then(time::split);
        if let Some((date, _)) = parts
            && date != self.date
        {
            date.clone_into(&mut self.date);
            self.styled(out, DIM, &format!("{date} UTC"));
            out.push(b'\n');
        }
        if !before.is_empty() {
            self.styled(out, DIM, before);
            out.push(b' ');
        }
        let time = parts.map(|(_, time)| time).or(timestamp.as_deref());
        let width = self.styled(out, DIM, time.unwrap_or_default());
        pad(out, width, TIME);
        out.push(b' ');
        let (style, name) = style::level(line.level);
        self.styled(out, style, name);
        out.push(b' ');

        let summary = summary(line);
        let width = self.head(line, summary, out);
        self.pairs(line, summary, width, out);
        out.push(b'\n');
        if let Some(error) = line.get(Role::Error) {
            self.error(&error.text(), out);
        }
    }

    /// Appends text that is not a log line. Text without escape sequences is dimmed.
    pub(super) fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        if text.is_empty() || text.contains(&b'\x1b') {
            out.extend_from_slice(text);
        } else {
            self.style(out, DIM);
            out.extend_from_slice(text);
            self.style(out, RESET);
        }
    }

    /// Appends a heading.
    pub(super) fn heading(&self, text: &str, out: &mut Vec<u8>) {
        self.styled(out, BOLD, text);
        out.push(b'\n');
    }

    /// Appends the message and the summary of the line. Returns the number of characters in the appended text.
    fn head(&self, line: &Line<'_>, summary: &[Role], out: &mut Vec<u8>) -> usize {
        let text = |role| line.get(role).map(Value::text).unwrap_or_default();
        let mut width = self.styled(out, BOLD, &text(Role::Message));
        if !summary.is_empty() {
            out.push(b' ');
            width += 1;
        }
        for &role in summary {
            out.push(b' ');
            let text = text(role);
            width += 1 + match role {
                Role::Status => self.styled(out, style::status(&text), &text),
                Role::Duration => escape::push(out, &text) + escape::push(out, " ms"),
                Role::Attempt => escape::push(out, "attempt ") + escape::push(out, &text),
                Role::Route if text.is_empty() => escape::push(out, "(no route)"),
                _ => escape::push(out, &text),
            };
        }
        width
    }

    /// Appends `key=value` pairs: the fields that the other parts of the output do not show, and then the target.
    fn pairs(&self, line: &Line<'_>, summary: &[Role], width: usize, out: &mut Vec<u8>) {
        let is_pair = |field: &&Field<'_>| {
            if field.role == Role::Trace {
                return false;
            }
            let is_elsewhere = match field.role {
                Role::Timestamp | Role::Level | Role::Message | Role::Target | Role::Error => true,
                role => summary.contains(&role),
            };
            // If the line repeats a key, the other parts of the output show only the last value. The earlier values
            // become pairs.
            !is_elsewhere || line.get(field.role).is_some_and(|last| last != field.value)
        };
        let pairs = line.fields.iter().filter(is_pair);
        let pairs = pairs.map(|field| (&*field.key, field.value));
        // Only Whippet itself writes lines with a summary, so the target of these lines is omitted.
        let target = line.get(Role::Target).filter(|_| summary.is_empty());
        let target = target.map(|target| ("target", target));

        let mut pairs = pairs.chain(target).peekable();
        if pairs.peek().is_none() {
            return;
        }
        pad(out, width, HEAD);
        out.push(b' ');
        self.style(out, DIM);
        for (key, value) in pairs {
            out.push(b' ');
            escape::push(out, key);
            out.push(b'=');
            let bare = value.quoted().filter(|text| is_bare(text));
            escape::push(out, bare.unwrap_or(value.0));
        }
        self.style(out, RESET);
    }

    /// Appends the error of a log line on separate lines.
    fn error(&self, error: &str, out: &mut Vec<u8>) {
        for (number, text) in error.trim_end().lines().enumerate() {
            out.extend_from_slice(INDENT);
            self.style(out, RED);
            out.extend_from_slice(if number == 0 { b"error: " } else { INDENT });
            escape::push(out, text);
            self.style(out, RESET);
            out.push(b'\n');
        }
    }

    fn styled(&self, out: &mut Vec<u8>, style: &str, text: &str) -> usize {
        self.style(out, style);
        let width = escape::push(out, text);
        self.style(out, RESET);
        width
    }

    fn style(&self, out: &mut Vec<u8>, style: &str) {
        if self.colored {
            out.extend_from_slice(style.as_bytes());
        }
    }
}

/// Returns the fields in the summary of `line`, or an empty list if `line` has no summary.
fn summary(line: &Line<'_>) -> &'static [Role] {
    let has = |roles: &[Role]| roles.iter().all(|role| line.get(*role).is_some());
    let summaries = [&REQUEST[..], &REQUEST_UNTIMED, &TASK];
    let mut summaries = summaries.into_iter().filter(|roles| has(roles));
    summaries.next().unwrap_or_default()
}

fn pad(out: &mut Vec<u8>, width: usize, to: usize) {
    out.resize(out.len() + to.saturating_sub(width), b' ');
}

/// Returns whether the string `text` can be displayed without quotes.
fn is_bare(text: &str) -> bool {
    let is_bare =
        |byte| matches!(byte, b'!'..=b'~') & (byte != b'"') & (byte != b'\\') & (byte != b'=');
    !text.is_empty() && escape::all(text, is_bare)
}
