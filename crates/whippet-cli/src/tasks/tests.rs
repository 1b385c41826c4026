//! Tests of the command line and the output. `tests/hosts/operators.rs` tests the commands against running apps.

use serde_json::json;

use super::args::{Action, parse};
use super::client::encoded;
use super::print;

fn parsed(words: &[&str]) -> Result<Action, String> {
    let parsed = parse(lexopt::Parser::from_args(words));
    parsed
        .map(|options| options.map_or(Action::Count, |options| options.action))
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn arguments_that_do_not_belong_together_are_rejected() {
    for (words, message) in [
        (&["show"][..], "needs the id of a task"),
        (&["retry"], "needs the id of a task"),
        (&["show", "a", "b"], "unexpected argument `b`"),
        (&["list", "a"], "unexpected argument `a`"),
        (
            &["list", "--before", "2026-01-01T00:00:00Z"],
            "--before is only for",
        ),
        (&["cancel", "a", "--dead"], "--dead is only for"),
        (&["purge", "a", "--name", "n"], "--name is only for"),
        (&["retry", "a", "--name", "n"], "not both"),
        (&["list", "--name", "n"], "needs --state"),
        (&["list", "--state", "ready"], "needs --name"),
        (&["show", "a", "--state", "ready"], "--state is only for"),
        (
            &["list", "--dead", "--name", "n"],
            "--name is only for `whippet tasks retry`",
        ),
        (&["pause"], "needs the name of a queue"),
        (&["resume", "--dead"], "--dead is only for"),
        (
            &["stop", "a"],
            "the commands are: list, show, retry, cancel, purge, pause, resume",
        ),
    ] {
        let error = parsed(words).unwrap_err();
        assert!(error.contains(message), "{words:?}: {error}");
    }
}

#[test]
fn changed_tasks_and_queues_are_counted() {
    assert_eq!(print::changed(&json!({"queues": 1})), "1 queue\n");
    assert_eq!(print::changed(&json!({"queues": 0})), "0 queues\n");
    assert_eq!(print::changed(&json!({"tasks": 2})), "2 tasks\n");
}

#[test]
fn ids_are_encoded_for_paths() {
    assert_eq!(
        encoded("daily.2026-01-01T00:00:00.000Z"),
        "daily.2026-01-01T00%3A00%3A00.000Z"
    );
    assert_eq!(encoded("a/b?é"), "a%2Fb%3F%C3%A9");
}

#[test]
fn counts_are_a_table_and_control_characters_are_not_printed() {
    let overview = json!({
        "tasks": [
            {"name": "mail", "queue": "default", "waiting": 1200, "blocked": 2, "ready": 0, "running": 3, "dead": 1, "due": "2026-01-01T00:00:00.000Z"},
            {"name": "a", "queue": "slow", "waiting": 0, "blocked": 0, "ready": 0, "running": 0, "dead": 0, "due": null},
        ],
        "unknown": [["old", 7]],
        "paused": [{"queue": "slow", "pausedAt": "2026-01-01T00:00:00.000Z"}],
        "dead": 2,
        "schedules": [{"name": "a", "schedule": "0 0 * * * UTC", "lastTick": null, "nextTick": "2026-01-02T00:00:00.000Z"}],
    });
    let expected = "\
name  queue    waiting  blocked  ready  running  dead  due
mail  default  1200     2        0      3        1     2026-01-01T00:00:00.000Z
a     slow     0        0        0      0        0     -

queue slow: paused since 2026-01-01T00:00:00.000Z

unknown name old: the program has no task with this name; 7 pending tasks wait

name  schedule       lastTick  nextTick
a     0 0 * * * UTC  -         2026-01-02T00:00:00.000Z

2 dead tasks
";
    assert_eq!(print::counts(&overview), expected);
    let dead = json!({"tasks": [{"id": "x", "name": "a", "attempts": 1, "diedAt": "t", "lastError": "a\u{1b}[2J\nb"}]});
    assert!(print::dead(&dead).ends_with("x   a     1         t       a [2J b\n"));
}
