//! Colors and other text styles: the escape codes of ECMA-48, section 8.3.117.

use std::{
    env,
    io::{self, IsTerminal},
};

use super::level::Level;

pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const DIM: &str = "\x1b[2m";
pub(super) const RED: &str = "\x1b[31m";
const BOLD_RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BLUE: &str = "\x1b[34m";
const CYAN: &str = "\x1b[36m";
pub(super) const RESET: &str = "\x1b[0m";

/// When to use colors, as chosen by `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(super) const NAMES: [(&'static str, Self); 3] = [
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
    ];

    /// Returns whether to write colors to standard output. For `NO_COLOR` see <https://no-color.org>.
    pub(super) fn is_on(self) -> bool {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                !is_set("NO_COLOR")
                    && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
                    && io::stdout().is_terminal()
            }
        }
    }
}

/// Returns two values: the style of a level, and the level's name padded to five letters.
pub(super) fn level(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Error => (BOLD_RED, "ERROR"),
        Level::Warn => (YELLOW, "WARN "),
        Level::Info => (GREEN, "INFO "),
        Level::Debug => (BLUE, "DEBUG"),
        Level::Trace => (CYAN, "TRACE"),
    }
}

/// Returns the style of an HTTP status, which depends on its first digit.
pub(super) fn status(status: &str) -> &'static str {
    match status.as_bytes() {
        [b'2', _, _] => GREEN,
        [b'4', _, _] => YELLOW,
        [b'5', _, _] => RED,
        _ => CYAN,
    }
}
