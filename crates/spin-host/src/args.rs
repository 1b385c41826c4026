//! The command line of spin-host: the options of `spin up` that the scripts use.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use lexopt::prelude::*;

/// The text that `spin-host --help` prints.
pub(crate) const HELP: &str = "\
Runs a Spin application's HTTP component like `spin up` of Spin 4.1, for tests on machines without `spin`.

Usage: spin-host up [OPTIONS]

Options:
  -f, --from <FILE>      The manifest, or its directory [default: spin.toml]
      --listen <ADDR>    The address to listen on; port 0 selects a free port [default: 127.0.0.1:3000]
      --runtime-config-file <FILE>
                         The runtime configuration; of its settings, only `block_networks` is supported
      --state-dir <DIR>  The directory of databases [default: .spin beside the manifest]
      --max-instance-reuse-count <N>
                         The number of requests that one instance serves in total [default: 128]
      --max-instance-concurrent-reuse-count <N>
                         The number of requests that one instance serves concurrently [default: 16]
      --idle-instance-timeout <TIME>
                         How long an idle instance is kept, as in `1s` or `500ms` [default: 1s]
  -h, --help             Print this help
  -V, --version          Print the version

Environment:
  RUNTIME_CONFIG_FILE    The runtime configuration, if --runtime-config-file is not given
  SPIN_VARIABLE_<NAME>   The value of the manifest's variable <name>
";

/// The parsed command line of `spin-host`.
#[derive(Debug)]
pub(crate) enum Command {
    /// Serves an application.
    Up(Up),
    /// Prints [`HELP`].
    Help,
    /// Prints the version.
    Version,
}

/// The options of `spin-host up`.
#[derive(Debug)]
pub(crate) struct Up {
    /// The path of the manifest, or of the manifest's directory.
    pub(crate) from: PathBuf,
    /// The address on which spin-host listens.
    pub(crate) listen: SocketAddr,
    /// The directory of the databases; `None` means `.spin` in the folder of the manifest.
    pub(crate) state_dir: Option<PathBuf>,
    /// The path of the runtime configuration file; `None` means that all settings keep their default values.
    pub(crate) runtime_config: Option<PathBuf>,
    /// How requests share instances.
    pub(crate) reuse: Reuse,
}

/// How many requests share an instance, and how long an idle instance is kept. The default values are the same as in
/// Spin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reuse {
    /// The number of requests that one instance serves in total.
    pub(crate) total: usize,
    /// The number of requests that one instance serves concurrently.
    pub(crate) concurrent: usize,
    /// How long an idle instance is kept.
    pub(crate) idle: Duration,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            from: "spin.toml".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            state_dir: None,
            runtime_config: None,
            reuse: Reuse {
                total: 128,
                concurrent: 16,
                idle: Duration::from_secs(1),
            },
        }
    }
}

/// Parses the command line. `environment` returns the value of an environment variable.
///
/// # Errors
///
/// Fails when an argument is unknown or misplaced, or when the value of an option is missing or invalid.
pub(crate) fn parse(
    mut parser: lexopt::Parser,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Command> {
    let mut command = None;
    let mut up = Up {
        runtime_config: environment("RUNTIME_CONFIG_FILE").map(PathBuf::from),
        ..Up::default()
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Short('f') | Long("from") => up.from = parser.value()?.into(),
            Long("listen") => up.listen = value(&mut parser, "--listen", "127.0.0.1:3000")?,
            Long("state-dir") => up.state_dir = Some(parser.value()?.into()),
            Long("runtime-config-file") => up.runtime_config = Some(parser.value()?.into()),
            Long(name @ "max-instance-reuse-count") => {
                let name = format!("--{name}");
                up.reuse.total = value(&mut parser, &name, "128")?;
            }
            Long(name @ "max-instance-concurrent-reuse-count") => {
                let name = format!("--{name}");
                up.reuse.concurrent = value(&mut parser, &name, "16")?;
            }
            Long("idle-instance-timeout") => {
                let Seconds(idle) = value(&mut parser, "--idle-instance-timeout", "1s")?;
                up.reuse.idle = idle;
            }
            Value(word) if command.is_none() => command = Some(word.string()?),
            _ => return Err(arg.unexpected().into()),
        }
    }
    if up.reuse.total == 0 || up.reuse.concurrent == 0 {
        bail!(
            "an instance must serve at least 1 request; set --max-instance-reuse-count and --max-instance-concurrent-reuse-count to 1 or more"
        );
    }
    match command.as_deref() {
        Some("up") => Ok(Command::Up(up)),
        Some(other) => bail!("unknown command `{other}`; the only command is `spin-host up`"),
        None => bail!("the command is missing; run `spin-host up`"),
    }
}

fn value<T: FromStr>(parser: &mut lexopt::Parser, name: &str, example: &str) -> Result<T> {
    let text = parser.value()?.string()?;
    text.parse()
        .map_err(|_| anyhow!("`{text}` is not a valid {name}; write a value like `{example}`"))
}

/// A duration in Spin's notation: a number of seconds, or a number with the unit `s`, `ms`, `us` or `ns`.
struct Seconds(Duration);

impl FromStr for Seconds {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number = number
            .parse()
            .context("a duration must start with a number")?;
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
        parse(lexopt::Parser::from_args(words.split_whitespace()), |_| {
            None
        })
    }

    #[test]
    fn the_options_of_spin_up_are_parsed() {
        let words = "up -f app/spin.toml --listen 127.0.0.1:0 --state-dir=s --max-instance-reuse-count 1 \
                     --max-instance-concurrent-reuse-count 2 --idle-instance-timeout 500ms";
        let Ok(Command::Up(up)) = parse_words(words) else {
            panic!("not up");
        };
        assert_eq!(up.from, PathBuf::from("app/spin.toml"));
        assert_eq!(up.listen.port(), 0);
        assert_eq!(up.state_dir, Some("s".into()));
        assert_eq!((up.reuse.total, up.reuse.concurrent), (1, 2));
        assert_eq!(up.reuse.idle, Duration::from_millis(500));
    }

    #[test]
    fn the_runtime_configuration_is_named_by_an_option_or_by_the_environment() {
        let environment = |name: &str| (name == "RUNTIME_CONFIG_FILE").then(|| "b.toml".into());
        for (words, file) in [
            ("up --runtime-config-file a.toml", "a.toml"),
            ("up", "b.toml"),
        ] {
            let parser = lexopt::Parser::from_args(words.split_whitespace());
            let Ok(Command::Up(up)) = parse(parser, environment) else {
                panic!("not up");
            };
            assert_eq!(up.runtime_config, Some(file.into()), "{words}");
        }
    }

    #[test]
    fn an_invalid_command_line_is_rejected_with_a_remedy() {
        for (words, message) in [
            ("", "the command is missing"),
            ("down", "unknown command `down`"),
            ("up up", "unexpected argument \"up\""),
            ("up --quiet", "invalid option '--quiet'"),
            (
                "up --listen 3000",
                "`3000` is not a valid --listen; write a value like `127.0.0.1:3000`",
            ),
            (
                "up --idle-instance-timeout 1m",
                "`1m` is not a valid --idle-instance-timeout",
            ),
            ("up --max-instance-reuse-count 0", "at least 1 request"),
        ] {
            let error = parse_words(words).unwrap_err().to_string();
            assert!(error.contains(message), "{words}: {error}");
        }
    }
}
