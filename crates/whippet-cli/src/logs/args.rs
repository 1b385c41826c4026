//! The command line of `whippet logs`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;

use super::{
    filter::{Condition, Filter, Request},
    level::Level,
    style::Color,
};

/// The text that `whippet logs --help` prints.
pub(crate) const HELP: &str = "\
Formats log lines for reading. Text that is not a log line is printed unchanged.

Usage: whippet logs [FILE]... [OPTIONS]

Reads standard input when FILE is missing or `-`:
  npx wrangler tail --format json | whippet logs
  make dev 2>&1 | whippet logs
  whippet logs --follow .spin/logs/relay_stdout.txt

Options:
  -f, --follow           Wait for more lines at the end of the files, which may be truncated or replaced
      --request <ID>     Print only lines of this request and of the tasks that it enqueued
      --level <LEVEL>    Print only lines of this level or more severe: error, warn, info, debug, trace
      --where <COND>     Print only lines with KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER;
                         if repeated, a line must match every condition
      --json             Print only log lines, as JSON with one object per line
      --color <WHEN>     Use colors: auto, always, never [default: auto];
                         auto uses colors on a terminal unless NO_COLOR is set
  -h, --help             Print this help

Times are in UTC.
";

/// The options of `whippet logs`.
#[derive(Debug)]
pub(crate) struct LogsOptions {
    /// The paths of the files to read, in this order; `-` means standard input.
    pub(super) files: Vec<PathBuf>,
    pub(super) follow: bool,
    pub(super) filter: Filter,
    pub(super) json: bool,
    pub(super) color: Color,
}

/// Parses the arguments after `logs`. Returns `None` when the arguments request help.
///
/// # Errors
///
/// Fails when an argument is unknown or invalid, or when an option has no value.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<LogsOptions>> {
    let mut options = LogsOptions {
        files: Vec::new(),
        follow: false,
        filter: Filter::default(),
        json: false,
        color: Color::Auto,
    };
    let filter = &mut options.filter;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Short('f') | Long("follow") => options.follow = true,
            Long("json") => options.json = true,
            Long("request") => filter.request = Some(request(parser.value()?.string()?)?),
            Long("level") => {
                let name = parser.value()?.string()?;
                let level = Level::from_name(&name);
                filter.level =
                    Some(level.with_context(|| invalid("--level", &name, Level::NAMES))?);
            }
            Long("where") => {
                let condition = parser.value()?.string()?;
                filter.conditions.push(Condition::new(&condition)?);
            }
            Long("color") => {
                let name = parser.value()?.string()?;
                let color = Color::NAMES.into_iter().find(|(color, _)| *color == name);
                let color = color.with_context(|| invalid("--color", &name, Color::NAMES))?;
                options.color = color.1;
            }
            Value(file) => options.files.push(PathBuf::from(file)),
            Short(_) | Long(_) => return Err(arg.unexpected().into()),
        }
    }
    if options.files.is_empty() {
        options.files.push(PathBuf::from("-"));
    }
    let reads_input = options.files.iter().any(|file| is_input(file));
    ensure!(
        !(options.follow && reads_input && options.files.len() > 1),
        "--follow cannot read standard input (`-`) and files together; run `whippet logs` once for each, or omit --follow"
    );
    Ok(Some(options))
}

/// Returns whether `file` means standard input.
pub(super) fn is_input(file: &Path) -> bool {
    file == Path::new("-")
}

fn request(id: String) -> Result<Request> {
    let text = format!(
        "`{id}` is not a valid request id: an id has 1 to 128 letters, digits, `-`, `_` or `.`; \
         copy the id from the response's X-Request-Id header"
    );
    Request::new(id).context(text)
}

fn invalid<T, const N: usize>(option: &str, value: &str, valid: [(&str, T); N]) -> String {
    let valid = valid.map(|(name, _)| name).join(", ");
    format!("`{value}` is not a valid {option}; use one of: {valid}")
}
