//! The command line of `whippet tasks`.

use std::env;

use anyhow::{Context, Result, bail, ensure};
use lexopt::prelude::*;

/// The text that `whippet tasks --help` prints.
pub(crate) const HELP: &str = "\
Shows and changes the tasks in the outbox of a running app, on any host.

Usage: whippet tasks list                    Counts the tasks of each name and state, and lists the schedules
       whippet tasks list --dead             Lists the tasks that died last
       whippet tasks list --name <NAME> --state <STATE>
                                             Lists up to 100 tasks that are waiting, blocked, ready or running
       whippet tasks show <ID>               Prints a task
       whippet tasks retry <ID>...           Runs dead tasks again
       whippet tasks retry --name <NAME>     Runs all dead tasks with this name again
       whippet tasks cancel <ID>...          Cancels pending tasks
       whippet tasks purge <ID>...           Deletes dead tasks
       whippet tasks purge --before <TIME>   Deletes all tasks that died before this time
       whippet tasks pause <QUEUE>...        Pauses queues: no process starts their tasks
       whippet tasks resume <QUEUE>...       Ends the pause of queues

Options:
      --url <URL>            The URL of the app [default: $WHIPPET_URL, then http://127.0.0.1:8787]
      --before <TIME>        An RFC 3339 time; `list --dead` lists tasks that died before it
      --json                 Print one JSON object
  -h, --help                 Print this help

Environment:
  SWEEP_KEY                  The key of the app's operator routes: the value of SWEEP_KEY in the app

Exit codes:
  0  success
  1  the command failed, or its arguments are not valid
  2  no task has the id, or the task is not in the state that the command needs; the queue is unknown or not paused
";

/// The parsed command line of `whippet tasks`.
#[derive(Debug)]
pub(crate) struct TasksOptions {
    pub(super) action: Action,
    pub(super) url: String,
    pub(super) key: String,
    pub(super) json: bool,
}

/// A command of `whippet tasks`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Counts all tasks.
    Count,
    /// Lists the tasks that died before this time, or all dead tasks if the time is `None`.
    ListDead(Option<String>),
    /// Lists the tasks with this name in this state.
    ListPending {
        name: String,
        state: String,
    },
    Show(String),
    Retry(Vec<String>),
    RetryNamed(String),
    Cancel(Vec<String>),
    Purge(Vec<String>),
    PurgeBefore(String),
    Pause(Vec<String>),
    Resume(Vec<String>),
}

/// Parses the arguments after `tasks`. Returns `None` when the arguments request help.
///
/// # Errors
///
/// Fails when an argument is missing, unknown or invalid, or when the environment has no key.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<TasksOptions>> {
    let mut words = Vec::new();
    let (mut url, mut json) = (None, false);
    let mut selected = Selected::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Long("url") => url = Some(parser.value()?.string()?),
            Long("json") => json = true,
            Long("dead") => selected.dead = true,
            Long("name") => selected.name = Some(parser.value()?.string()?),
            Long("state") => selected.state = Some(parser.value()?.string()?),
            Long("before") => selected.before = Some(parser.value()?.string()?),
            Value(word) => words.push(word.string()?),
            Short(_) | Long(_) => return Err(arg.unexpected().into()),
        }
    }
    if words.is_empty() {
        return Ok(None);
    }
    let ids = words.split_off(1);
    let action = action(&words.remove(0), ids, selected)?;
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let url = url.or_else(|| variable("WHIPPET_URL"));
    let url = url.unwrap_or_else(|| "http://127.0.0.1:8787".to_owned());
    let key = variable("SWEEP_KEY")
        .context("SWEEP_KEY is not set; set it to the value that SWEEP_KEY has in the app")?;
    Ok(Some(TasksOptions {
        action,
        url: url.trim_end_matches('/').to_owned(),
        key,
        json,
    }))
}

/// The options that select tasks.
#[derive(Default)]
struct Selected {
    dead: bool,
    name: Option<String>,
    state: Option<String>,
    before: Option<String>,
}

fn action(command: &str, ids: Vec<String>, selected: Selected) -> Result<Action> {
    let Selected {
        dead,
        name,
        state,
        before,
    } = selected;
    let is_list = command == "list" && !dead;
    ensure!(
        !dead || command == "list",
        "--dead is only for `whippet tasks list`"
    );
    ensure!(
        name.is_none() || command == "retry" || is_list,
        "--name is only for `whippet tasks retry` and `whippet tasks list --state`"
    );
    ensure!(
        state.is_none() || is_list,
        "--state is only for `whippet tasks list --name`"
    );
    ensure!(
        before.is_none() || dead || command == "purge",
        "--before is only for `whippet tasks list --dead` and `whippet tasks purge`"
    );
    ensure!(
        ids.is_empty() || (name.is_none() && before.is_none()),
        "pass ids or an option that selects tasks, not both"
    );
    let one_or_more = |ids: Vec<String>| match ids.is_empty() {
        true => {
            let what = match command {
                "pause" | "resume" => "the name of a queue",
                _ => "the id of a task",
            };
            bail!("`whippet tasks {command}` needs {what}; see `whippet tasks --help`")
        }
        false => Ok(ids),
    };
    Ok(match (command, name, before) {
        ("list", ..) if !ids.is_empty() => bail!("unexpected argument `{}`", ids[0]),
        ("list", _, before) if dead => Action::ListDead(before),
        ("list", Some(name), _) => Action::ListPending {
            name,
            state: state.context(
                "`whippet tasks list --name` needs --state: waiting, blocked, ready or running",
            )?,
        },
        ("list", ..) if state.is_some() => {
            bail!("`whippet tasks list --state` needs --name, the name of the tasks")
        }
        ("list", ..) => Action::Count,
        ("show", ..) => {
            let mut ids = one_or_more(ids)?;
            ensure!(ids.len() == 1, "unexpected argument `{}`", ids[1]);
            Action::Show(ids.remove(0))
        }
        ("retry", Some(name), _) => Action::RetryNamed(name),
        ("retry", ..) => Action::Retry(one_or_more(ids)?),
        ("cancel", ..) => Action::Cancel(one_or_more(ids)?),
        ("purge", _, Some(before)) => Action::PurgeBefore(before),
        ("purge", ..) => Action::Purge(one_or_more(ids)?),
        ("pause", ..) => Action::Pause(one_or_more(ids)?),
        ("resume", ..) => Action::Resume(one_or_more(ids)?),
        (other, ..) => bail!(
            "unknown command `tasks {other}`; the commands are: list, show, retry, cancel, purge, pause, resume"
        ),
    })
}
