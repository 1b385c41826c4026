//! The command line of `whippet`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use crate::logs::{self, LogsOptions};
use crate::migrate::{self, MigrateOptions};
use crate::tasks::{self, TasksOptions};

/// The text that `whippet --help` prints.
pub(crate) const HELP: &str = "\
Builds Whippet apps for their hosts, applies their migrations, shows their tasks and formats their logs.

Usage: whippet build <HOST> [OPTIONS]
       whippet env [OPTIONS]               (lists the variables of the app, as its command `env` prints them)
       whippet graphql export [OPTIONS]    (writes the schema of the app to schema.graphql, or to the file --out)
       whippet migrate <COMMAND> [OPTIONS] (see `whippet migrate --help`)
       whippet tasks <COMMAND> [OPTIONS]   (see `whippet tasks --help`)
       whippet logs [FILE]... [OPTIONS]    (see `whippet logs --help`)

Hosts:
  cloudflare             Cloudflare Workers: writes an ES module, JavaScript glue and a .wasm file
  spin                   Fermyon Spin: writes the component <PACKAGE>.wasm and prints its imports

Options:
  -r, --release          Build the release profile, run wasm-opt and print the gzipped size
  -p, --package <NAME>   The package to build [default: the package of the current directory]
  -F, --features <LIST>  Features of the package to enable, separated by commas
      --locked           Fail if Cargo.lock is not up to date, like `cargo build --locked`
      --graphiql         Add the page /graphiql, whose npm packages must be installed
      --out <DIR>        The output directory [default: build/<HOST> beside Cargo.toml]
  -h, --help             Print this help
  -V, --version          Print the version

Environment:
  WHIPPET_TOOLCHAIN      The rustup toolchain that compiles the app
  WASM_OPT_BIN           The path of wasm-opt [default: npm's binaryen, then wasm-opt on PATH]
";

/// The parsed command line of `whippet`.
#[derive(Debug)]
pub(crate) enum Command {
    /// Builds an app.
    Build(BuildOptions),
    /// Lists the variables of an app.
    Env(EnvOptions),
    /// Writes the GraphQL schema of an app.
    ExportGraphql(ExportOptions),
    /// Creates, checks or applies migrations.
    Migrate(Box<MigrateOptions>),
    /// Shows or changes the tasks of a running app.
    Tasks(Box<TasksOptions>),
    /// Formats log lines.
    Logs(Box<LogsOptions>),
    /// Prints a help text.
    Help(&'static str),
    /// Prints the version.
    Version,
}

/// The options of `whippet build`.
#[derive(Debug)]
pub(crate) struct BuildOptions {
    /// The host that will run the app.
    pub(crate) host: Host,
    /// Whether to build the release profile and run wasm-opt.
    pub(crate) release: bool,
    /// Whether to fail if `Cargo.lock` is not up to date, instead of updating it.
    pub(crate) locked: bool,
    /// Whether to add the files of the page `/graphiql`.
    pub(crate) graphiql: bool,
    /// The name of the package to build; `None` means the package of the current directory.
    pub(crate) package: Option<String>,
    /// The features of the package to enable, separated by commas.
    pub(crate) features: Option<String>,
    /// The output directory, relative to the current directory; `None` means `build/<HOST>` beside `Cargo.toml`.
    pub(crate) out: Option<PathBuf>,
}

/// The options of `whippet env`.
#[derive(Debug)]
pub(crate) struct EnvOptions {
    /// Whether to fail if `Cargo.lock` is not up to date, instead of updating it.
    pub(crate) locked: bool,
    /// The name of the package; `None` means the package of the current directory.
    pub(crate) package: Option<String>,
    /// The features of the package to enable, separated by commas.
    pub(crate) features: Option<String>,
}

/// The options of `whippet graphql export`.
#[derive(Debug)]
pub(crate) struct ExportOptions {
    /// Whether to fail if `Cargo.lock` is not up to date, instead of updating it.
    pub(crate) locked: bool,
    /// The name of the package; `None` means the package of the current directory.
    pub(crate) package: Option<String>,
    /// The features of the package to enable, separated by commas.
    pub(crate) features: Option<String>,
    /// The path of the file to write, relative to the current directory.
    pub(crate) out: PathBuf,
}

/// A host for which an app can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// Cloudflare Workers.
    Cloudflare,
    /// Fermyon Spin.
    Spin,
}

impl Host {
    const ALL: [Self; 2] = [Self::Cloudflare, Self::Spin];

    /// Returns the name of the host on the command line. The Cargo feature and the output directory of the host have
    /// the same name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cloudflare => "cloudflare",
            Self::Spin => "spin",
        }
    }

    fn from_name(name: &str) -> Result<Self> {
        let host = Self::ALL.into_iter().find(|host| host.name() == name);
        host.with_context(|| {
            let hosts = Self::ALL.map(Self::name).join(", ");
            format!("unknown host `{name}`; the hosts are: {hosts}")
        })
    }
}

/// Parses the command line.
///
/// # Errors
///
/// Fails when an argument is missing, unknown or invalid, or when an option has no value.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command> {
    let mut words = Vec::new();
    let (mut release, mut locked, mut graphiql) = (false, false, false);
    let (mut package, mut features, mut out) = (None, None, None);
    let mut is_first = true;
    while let Some(arg) = parser.next()? {
        match arg {
            Value(word) if is_first && word == "logs" => {
                let options = logs::parse(parser)?.map(Box::new);
                return Ok(options.map_or(Command::Help(logs::HELP), Command::Logs));
            }
            Value(word) if is_first && word == "migrate" => {
                let options = migrate::parse(parser)?.map(Box::new);
                return Ok(options.map_or(Command::Help(migrate::HELP), Command::Migrate));
            }
            Value(word) if is_first && word == "tasks" => {
                let options = tasks::parse(parser)?.map(Box::new);
                return Ok(options.map_or(Command::Help(tasks::HELP), Command::Tasks));
            }
            Short('h') | Long("help") => return Ok(Command::Help(HELP)),
            Short('V') | Long("version") => return Ok(Command::Version),
            Short('r') | Long("release") => release = true,
            Long("locked") => locked = true,
            Long("graphiql") => graphiql = true,
            Short('p') | Long("package") => package = Some(parser.value()?.string()?),
            Short('F') | Long("features") => features = Some(parser.value()?.string()?),
            Long("out") => out = Some(PathBuf::from(parser.value()?)),
            Value(word) => words.push(word.string()?),
            Short(_) | Long(_) => return Err(arg.unexpected().into()),
        }
        is_first = false;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(Command::Help(HELP)),
        ["build", host] => Ok(Command::Build(BuildOptions {
            host: Host::from_name(host)?,
            release,
            locked,
            graphiql,
            package,
            features,
            out,
        })),
        ["env"] => Ok(Command::Env(EnvOptions {
            locked,
            package,
            features,
        })),
        ["graphql", "export"] => Ok(Command::ExportGraphql(ExportOptions {
            locked,
            package,
            features,
            out: out.unwrap_or_else(|| "schema.graphql".into()),
        })),
        ["graphql", "export", extra, ..] => bail!("unexpected argument `{extra}` after `export`"),
        ["graphql", ..] => bail!("the command of `whippet graphql` is `whippet graphql export`"),
        ["env", extra, ..] => bail!("unexpected argument `{extra}` after `env`"),
        ["build"] => bail!("`whippet build` needs a host, as in `whippet build cloudflare`"),
        ["build", _, extra, ..] => bail!("unexpected argument `{extra}` after the host"),
        ["logs", ..] => {
            bail!("options must come after `logs`, as in `whippet logs --follow FILE`")
        }
        ["migrate", ..] => {
            bail!("options must come after `migrate`, as in `whippet migrate status --json`")
        }
        ["tasks", ..] => {
            bail!("options must come after `tasks`, as in `whippet tasks list --json`")
        }
        [command, ..] => {
            bail!(
                "unknown command `{command}`; the commands are: build, env, graphql, migrate, tasks, logs"
            )
        }
    }
}
