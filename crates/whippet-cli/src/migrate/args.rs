//! The command line of `whippet migrate`.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use lexopt::prelude::*;

use super::target::Target;

/// The text that `whippet migrate --help` prints.
pub(crate) const HELP: &str = "\
Creates, checks and applies migrations.

Usage: whippet migrate new <NAME>        Creates the next migration file
       whippet migrate diff [NAME]       Drafts the next migration file from the records of the program [default: records]
       whippet migrate check             Applies all files to an empty database and lints them
       whippet migrate status            Lists the migrations that are applied and pending
       whippet migrate plan              Prints what `up` would do, and lints the pending files
       whippet migrate up                Applies the pending migrations
       whippet migrate squash            Replaces all files by one file that creates the same schema and rows
       whippet migrate seed [FILE]       Runs an SQL file that inserts data, in one transaction [default: seeds.sql]
       whippet migrate explain <RULE>    Explains a rule of the lint, such as W001

Database:
      --database <FILE>      An SQLite file [default: $DATABASE, then app.db]
      --d1 <NAME>            The D1 database with this name or binding in wrangler's configuration, through wrangler;
                             the local one without --remote
      --remote               The D1 database at Cloudflare
      --persist-to <DIR>     The folder of the local D1, like wrangler's option

Options:
      --dir <DIR>            The folder of the migrations [default: migrations]
      --source <DIR>         `diff`: the folder of the program's source [default: src]
      --json                 Print one JSON object
  -h, --help                 Print this help

Environment:
  WRANGLER                   The path of wrangler [default: node_modules/.bin/wrangler, then wrangler on PATH]

Exit codes:
  0  success
  1  the command failed, or its arguments are not valid
  2  `status` and `plan`: migrations are pending
  3  `check` and `plan`: the lint has found errors
  4  the files do not match the database: a file was edited after it was applied, a later file was applied first,
     or the database has a migration that is not among the files
";

/// The parsed command line of `whippet migrate`.
#[derive(Debug)]
pub(crate) struct MigrateOptions {
    pub(super) action: Action,
    pub(super) folder: PathBuf,
    pub(super) target: Target,
    pub(super) output: Output,
}

/// A command of `whippet migrate`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Creates a file with this name.
    New(String),
    /// Drafts a file with this name from the records in the folder `source`.
    Diff {
        name: String,
        source: PathBuf,
    },
    Status,
    Up,
    Plan,
    Check,
    Squash,
    /// Runs this file.
    Seed(PathBuf),
    /// Explains the rule with this id.
    Explain(String),
}

/// The format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Text,
    Json,
}

/// Parses the arguments after `migrate`. Returns `None` when the arguments request help.
///
/// # Errors
///
/// Fails when an argument is missing, unknown or invalid, or when an option has no value.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<MigrateOptions>> {
    let mut words = Vec::new();
    let (mut folder, mut output) = (PathBuf::from("migrations"), Output::Text);
    let mut source = PathBuf::from("src");
    let (mut database, mut d1, mut remote, mut persist_to) = (None, None, false, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Long("json") => output = Output::Json,
            Long("dir") => folder = PathBuf::from(parser.value()?),
            Long("source") => source = PathBuf::from(parser.value()?),
            Long("database") => database = Some(PathBuf::from(parser.value()?)),
            Long("d1") => d1 = Some(parser.value()?.string()?),
            Long("remote") => remote = true,
            Long("persist-to") => persist_to = Some(PathBuf::from(parser.value()?)),
            Value(word) => words.push(word.string()?),
            Short(_) | Long(_) => return Err(arg.unexpected().into()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let action = match words[..] {
        [] => return Ok(None),
        ["new", name] => Action::New(name.to_owned()),
        ["new"] => bail!("`whippet migrate new` needs a name, as in `whippet migrate new users`"),
        ["diff"] => Action::Diff {
            name: "records".to_owned(),
            source,
        },
        ["diff", name] => Action::Diff {
            name: name.to_owned(),
            source,
        },
        ["status"] => Action::Status,
        ["up"] => Action::Up,
        ["plan"] => Action::Plan,
        ["check"] => Action::Check,
        ["squash"] => Action::Squash,
        ["seed"] => Action::Seed(PathBuf::from("seeds.sql")),
        ["seed", file] => Action::Seed(PathBuf::from(file)),
        ["explain", rule] => Action::Explain(rule.to_owned()),
        ["explain"] => bail!("`whippet migrate explain` needs a rule, such as W001"),
        ["new" | "diff" | "explain" | "seed", _, extra, ..]
        | ["status" | "up" | "plan" | "check" | "squash", extra, ..] => {
            bail!("unexpected argument `{extra}`")
        }
        [other, ..] => bail!(
            "unknown command `migrate {other}`; the commands are: new, diff, check, status, plan, up, squash, seed, explain"
        ),
    };
    ensure!(
        database.is_none() || d1.is_none(),
        "--database and --d1 name two databases; pass one of them"
    );
    ensure!(
        d1.is_some() || !(remote || persist_to.is_some()),
        "--remote and --persist-to need --d1, as in `whippet migrate up --d1 DB --remote`"
    );
    ensure!(
        !remote || persist_to.is_none(),
        "--persist-to is the folder of the local D1; omit it with --remote"
    );
    let target = match d1 {
        Some(name) => Target::D1 {
            name,
            remote,
            persist_to,
        },
        None => {
            let variable = || env::var_os("DATABASE").filter(|value| !value.is_empty());
            let file = database.or_else(|| variable().map(PathBuf::from));
            Target::File(file.unwrap_or_else(|| PathBuf::from("app.db")))
        }
    };
    Ok(Some(MigrateOptions {
        action,
        folder,
        target,
        output,
    }))
}
