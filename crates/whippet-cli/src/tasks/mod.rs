//! `whippet tasks`: shows and changes the tasks in the outbox of a running app, through the operator routes of the app.

mod args;
mod client;
mod print;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use args::Action;
pub(crate) use args::{HELP, TasksOptions, parse};
use client::{Client, encoded};

/// The exit code if no task has a given id, or if a task is not in the state that the command needs.
const NO_TASK: u8 = 2;

/// Runs `whippet tasks`.
///
/// # Errors
///
/// Fails when the app cannot be reached, rejects the key, or responds with an error.
pub(crate) fn tasks(options: &TasksOptions) -> Result<ExitCode> {
    let client = Client::new(&options.url, &options.key);
    let one = |path: &str| client.send("GET", path);
    let (found, text): (Option<Value>, fn(&Value) -> String) = match &options.action {
        Action::Count => (one("")?, print::counts),
        Action::ListDead(before) => {
            let query = before
                .as_deref()
                .map(|before| format!("?before={}", encoded(before)));
            (
                one(&format!("/dead{}", query.unwrap_or_default()))?,
                print::dead,
            )
        }
        Action::ListPending { name, state } => {
            let path = format!("/pending?name={}&state={}", encoded(name), encoded(state));
            (one(&path)?, print::pending)
        }
        Action::Show(id) => (one(&format!("/{}", encoded(id)))?, print::task),
        Action::RetryNamed(name) => {
            // `until` excludes tasks that die while this command runs, so a task that dies again is not retried again.
            let dead = one("/dead")?.unwrap_or_default();
            let until = dead["tasks"][0]["diedAt"].as_str();
            let until = until.map(|time| format!("&until={}", encoded(time)));
            let path = format!("/dead?name={}{}", encoded(name), until.unwrap_or_default());
            (Some(all(&client, "POST", &path)?), print::changed)
        }
        Action::PurgeBefore(time) => {
            let path = format!("/dead?before={}", encoded(time));
            (Some(all(&client, "DELETE", &path)?), print::changed)
        }
        Action::Retry(ids) => return each(&client, options, &TASKS, "POST", "/dead/", ids),
        Action::Purge(ids) => return each(&client, options, &TASKS, "DELETE", "/dead/", ids),
        Action::Cancel(ids) => return each(&client, options, &TASKS, "DELETE", "/", ids),
        Action::Pause(names) => {
            return each(&client, options, &QUEUES, "PUT", "/paused/", names);
        }
        Action::Resume(names) => {
            return each(&client, options, &QUEUES, "DELETE", "/paused/", names);
        }
    };
    let Some(found) = found else {
        eprintln!("error: the outbox has no task with this id");
        return Ok(ExitCode::from(NO_TASK));
    };
    match options.json {
        true => println!("{found}"),
        false => print!("{}", text(&found)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Repeats a request until no task is left, because each request changes only a limited number of tasks. Returns how
/// many tasks were changed in total.
fn all(client: &Client, method: &str, path: &str) -> Result<Value> {
    let mut total = 0;
    loop {
        let changed = client.send(method, path)?.unwrap_or_default();
        let changed = changed["tasks"].as_u64().unwrap_or(0);
        total += changed;
        if changed == 0 {
            return Ok(json!({"tasks": total}));
        }
    }
}

/// What a command changes.
struct Changed {
    /// The name of the JSON field that contains the number of changed tasks or queues.
    field: &'static str,
    /// The start of the error message if the app has no such task or queue.
    missing: &'static str,
}

const TASKS: Changed = Changed {
    field: "tasks",
    missing: "these tasks do not exist, or are not in the state that the command needs:",
};

const QUEUES: Changed = Changed {
    field: "queues",
    missing: "these queues do not exist, or are not paused:",
};

/// Sends a request for each task id or each queue name.
fn each(
    client: &Client,
    options: &TasksOptions,
    changed: &Changed,
    method: &str,
    path: &str,
    ids: &[String],
) -> Result<ExitCode> {
    let Changed {
        field,
        missing: no_such,
    } = changed;
    let mut missing = Vec::new();
    for id in ids {
        if client
            .send(method, &format!("{path}{}", encoded(id)))?
            .is_none()
        {
            missing.push(id.as_str());
        }
    }
    let changed = json!({*field: ids.len() - missing.len(), "missing": missing});
    match options.json {
        true => println!("{changed}"),
        false => print!("{}", print::changed(&changed)),
    }
    if missing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: {no_such} {}", missing.join(", "));
    Ok(ExitCode::from(NO_TASK))
}
