//! The command line: the part of `spin up` that scripts use.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use lexopt::prelude::*;

/// What `spin-host --help` prints.
pub(crate) const HELP: &str = "\
Runs a Spin application's HTTP component as `spin up` of Spin 4.1 does: a small host for tests where no `spin` is installed.

Usage: spin-host up [OPTIONS]

Options:
  -f, --from <FILE>      The manifest, or its directory [default: spin.toml]
      --listen <ADDR>    Where to serve [default: 127.0.0.1:3000]; port 0 takes a free one
      --state-dir <DIR>  Where databases are kept [default: .spin beside the manifest]
      --max-instance-reuse-count <N>
                         Requests that one instance serves in its life [default: 128]
      --max-instance-concurrent-reuse-count <N>
                         Requests that one instance serves at a time [default: 16]
      --idle-instance-timeout <TIME>
                         How long an idle instance is kept, as in `1s` or `500ms` [default: 1s]
  -h, --help             Print this text
  -V, --version          Print the version

Environment:
  SPIN_VARIABLE_<NAME>   The value of the manifest's variable <name>
";

/// One invocation of `spin-host`.
#[derive(Debug)]
pub(crate) enum Command {
    /// Serve an application.
    Up(Up),
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
}

/// What to serve, and where.
#[derive(Debug)]
pub(crate) struct Up {
    /// The manifest or its directory.
    pub(crate) from: PathBuf,
    /// The address to listen on.
    pub(crate) listen: SocketAddr,
    /// The directory for databases, unless it is the one beside the manifest.
    pub(crate) state_dir: Option<PathBuf>,
    /// How instances are shared between requests.
    pub(crate) reuse: Reuse,
}

/// How instances are shared between requests; the defaults are Spin's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reuse {
    /// How many requests one instance serves in its life.
    pub(crate) total: usize,
    /// How many requests one instance serves at a time.
    pub(crate) at_once: usize,
    /// How long an idle instance is kept.
    pub(crate) idle: Duration,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            from: "spin.toml".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            state_dir: None,
            reuse: Reuse {
                total: 128,
                at_once: 16,
                idle: Duration::from_secs(1),
            },
        }
    }
}

/// Reads the command line.
///
/// # Errors
///
/// Fails when an argument is unknown, misplaced, or has no value or a wrong one.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command> {
    let mut command = None;
    let mut up = Up::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Short('f') | Long("from") => up.from = parser.value()?.into(),
            Long("listen") => up.listen = value(&mut parser, "--listen", "127.0.0.1:3000")?,
            Long("state-dir") => up.state_dir = Some(parser.value()?.into()),
            Long(name @ "max-instance-reuse-count") => {
                let name = format!("--{name}");
                up.reuse.total = value(&mut parser, &name, "128")?;
            }
            Long(name @ "max-instance-concurrent-reuse-count") => {
                let name = format!("--{name}");
                up.reuse.at_once = value(&mut parser, &name, "16")?;
            }
            Long("idle-instance-timeout") => {
                let Seconds(idle) = value(&mut parser, "--idle-instance-timeout", "1s")?;
                up.reuse.idle = idle;
            }
            Value(word) if command.is_none() => command = Some(word.string()?),
            _ => return Err(arg.unexpected().into()),
        }
    }
    if up.reuse.total == 0 || up.reuse.at_once == 0 {
        bail!("an instance that serves 0 requests cannot serve: both reuse counts start at 1");
    }
    match command.as_deref() {
        Some("up") => Ok(Command::Up(up)),
        Some(other) => bail!("unknown command `{other}`; the one command is `spin-host up`"),
        None => bail!("a command is missing, as in `spin-host up`"),
    }
}

fn value<T: FromStr>(parser: &mut lexopt::Parser, name: &str, example: &str) -> Result<T> {
    let text = parser.value()?.string()?;
    text.parse()
        .map_err(|_| anyhow!("`{text}` is no value for {name}; it takes one like `{example}`"))
}

/// Spin's notation of a duration: seconds, or a number with `s`, `ms`, `us` or `ns`.
struct Seconds(Duration);

impl FromStr for Seconds {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number = number.parse().context("a duration starts with a number")?;
        Ok(Self(match unit {
            "" | "s" => Duration::from_secs(number),
            "ms" => Duration::from_millis(number),
            "us" => Duration::from_micros(number),
            "ns" => Duration::from_nanos(number),
            _ => bail!("unknown unit"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &str) -> Result<Command> {
        parse(lexopt::Parser::from_args(words.split_whitespace()))
    }

    #[test]
    fn options_follow_spin() {
        let words = "up -f app/spin.toml --listen 127.0.0.1:0 --state-dir=s --max-instance-reuse-count 1 \
                     --max-instance-concurrent-reuse-count 2 --idle-instance-timeout 500ms";
        let Ok(Command::Up(up)) = parse_words(words) else {
            panic!("not up");
        };
        assert_eq!(up.from, PathBuf::from("app/spin.toml"));
        assert_eq!(up.listen.port(), 0);
        assert_eq!(up.state_dir, Some("s".into()));
        assert_eq!((up.reuse.total, up.reuse.at_once), (1, 2));
        assert_eq!(up.reuse.idle, Duration::from_millis(500));
    }

    #[test]
    fn mistakes_are_named() {
        for (words, message) in [
            ("", "a command is missing"),
            ("down", "unknown command `down`"),
            ("up up", "unexpected argument \"up\""),
            ("up --quiet", "invalid option '--quiet'"),
            (
                "up --listen 3000",
                "`3000` is no value for --listen; it takes one like `127.0.0.1:3000`",
            ),
            (
                "up --idle-instance-timeout 1m",
                "`1m` is no value for --idle-instance-timeout",
            ),
            ("up --max-instance-reuse-count 0", "serves 0 requests"),
        ] {
            let error = parse_words(words).unwrap_err().to_string();
            assert!(error.contains(message), "{words}: {error}");
        }
    }
}
