//! The command line of `whippet logs`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;

use super::{
    filter::{Condition, Filter, Request},
    level::Level,
    style::Color,
};

/// What `whippet logs --help` prints.
pub(crate) const HELP: &str = "\
Shows log lines for people; what is no log line passes as it is.

Usage: whippet logs [FILE]... [OPTIONS]

Without FILE, or where it is `-`, standard input is read:
  npx wrangler tail --format json | whippet logs
  make dev 2>&1 | whippet logs
  whippet logs --follow .spin/logs/relay_stdout.txt

Options:
  -f, --follow           At the end of the files wait for more; they may be truncated and replaced
      --request <ID>     Only lines of this request and of the tasks that it enqueued
      --level <LEVEL>    Only lines of this level or a graver one: error, warn, info, debug, trace
      --where <COND>     Only lines with KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER;
                         given again, every condition has to hold
      --json             Write log lines as they are, one JSON object a line, and nothing else
      --color <WHEN>     auto, always, never [default: auto, on a terminal and without NO_COLOR]
  -h, --help             Print this text

Times are in UTC.
";

/// What to show, and how.
#[derive(Debug)]
pub(crate) struct LogsOptions {
    /// What to read, in this order; `-` is standard input.
    pub(super) files: Vec<PathBuf>,
    pub(super) follow: bool,
    pub(super) filter: Filter,
    pub(super) json: bool,
    pub(super) color: Color,
}

/// Reads what follows `logs` on the command line; nothing when help is asked for.
///
/// # Errors
///
/// Fails when an argument is unknown or unfit, or lacks its value.
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
                filter.level = Some(level.with_context(|| unknown("level", &name, Level::NAMES))?);
            }
            Long("where") => {
                let condition = parser.value()?.string()?;
                filter.conditions.push(Condition::new(&condition)?);
            }
            Long("color") => {
                let name = parser.value()?.string()?;
                let color = Color::NAMES.into_iter().find(|(known, _)| *known == name);
                let color = color.with_context(|| unknown("--color", &name, Color::NAMES))?;
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
        "`-` cannot be followed beside files; run `whippet logs` twice, or leave out --follow"
    );
    Ok(Some(options))
}

/// Whether `file` stands for standard input.
pub(super) fn is_input(file: &Path) -> bool {
    file == Path::new("-")
}

fn request(id: String) -> Result<Request> {
    let text = format!(
        "`{id}` is no request id, which has 1 to 128 letters, digits, `-`, `_` or `.`; \
         take the X-Request-Id of the answer"
    );
    Request::new(id).context(text)
}

fn unknown<T, const N: usize>(what: &str, name: &str, known: [(&str, T); N]) -> String {
    let known = known.map(|(name, _)| name).join(", ");
    format!("unknown {what} `{name}`; there are: {known}")
}
