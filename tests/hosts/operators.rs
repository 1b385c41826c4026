//! `whippet tasks`: the command that shows an operator the outbox of a running app.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::launch::whippet;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

/// Runs `whippet tasks` with these arguments.
fn run(server: &Server, key: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(whippet());
    command.arg("tasks").args(arguments);
    command
        .env("SWEEP_KEY", key)
        .env("WHIPPET_URL", server.base());
    command.output().expect("whippet runs")
}

/// Runs a command that prints JSON. Returns the exit code and the JSON.
fn json_of(server: &Server, arguments: &[&str]) -> (i32, Value) {
    let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
    let output = run(server, Server::SWEEP_KEY, &arguments);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), json)
}

fn state(server: &Server, id: &str) -> String {
    let (_, task) = json_of(server, &["show", id]);
    task["state"].as_str().unwrap_or("gone").to_owned()
}

fn wait_for_state(server: &Server, id: &str, expected: &str) {
    eventually("the state of the task", SOON, || match state(server, id) {
        state if state == expected => Ok(()),
        state => Err(state),
    });
}

pub(crate) fn an_operator_lists_retries_cancels_and_purges_tasks(host: Host) {
    let server = host.server();
    let receiver = Receiver::new(|delivery, _| match &*delivery.path {
        "/gone" => Reply::status(410),
        _ => Reply::status(503).header("Retry-After", "3600"),
    });
    let app = App::new(host);
    let late = app.endpoint(&receiver.url("/late"));
    let waiting = format!("{}.{late}", app.send("{}"));
    wait_for_state(server, &waiting, "waiting");
    // A 410 makes the delivery dead, and disables the endpoint.
    let gone = app.endpoint(&receiver.url("/gone"));
    let dead = format!("{}.{gone}", app.send("{}"));
    wait_for_state(server, &dead, "dead");

    let (code, counts) = json_of(server, &["list"]);
    assert_eq!(code, 0);
    let of_deliver = &counts["tasks"][0];
    assert_eq!(
        (&of_deliver["name"], &of_deliver["queue"]),
        (&json!("deliver"), &json!("default"))
    );
    assert!(
        of_deliver["waiting"].as_u64() > Some(0) && of_deliver["dead"].as_u64() > Some(0),
        "{counts}"
    );
    assert!(of_deliver["due"].is_string(), "{counts}");
    let pending = ["list", "--name", "deliver", "--state", "waiting"];
    let (_, pending) = json_of(server, &pending);
    let pending = pending["tasks"].as_array().unwrap();
    assert!(
        pending.iter().any(|task| task["id"] == waiting),
        "{pending:?}"
    );
    let table = run(server, Server::SWEEP_KEY, &["list"]);
    let heading = String::from_utf8_lossy(&table.stdout);
    let mut columns = heading.split_whitespace();
    assert_eq!(columns.next(), Some("name"), "{table:?}");
    assert_eq!(columns.next(), Some("queue"), "{table:?}");
    let (_, listed) = json_of(server, &["list", "--dead"]);
    let listed = listed["tasks"].as_array().unwrap();
    let listed = listed.iter().find(|task| task["id"] == dead).unwrap();
    assert_eq!(
        listed["lastError"],
        "the endpoint responded 410 Gone and is now disabled"
    );

    // The endpoint is disabled, so the retried task ends without a delivery.
    assert_eq!(
        json_of(server, &["retry", &dead]),
        (0, json!({"tasks": 1, "missing": []}))
    );
    wait_for_state(server, &dead, "gone");
    assert_eq!(
        json_of(server, &["retry", &dead]),
        (2, json!({"tasks": 0, "missing": [dead]}))
    );
    assert_eq!(json_of(server, &["show", &dead]).0, 2);

    assert_eq!(json_of(server, &["purge", &waiting]).0, 2);
    assert_eq!(
        json_of(server, &["cancel", &waiting, "a/b"]),
        (2, json!({"tasks": 1, "missing": ["a/b"]}))
    );
    assert_eq!(state(server, &waiting), "gone");

    let another = app.endpoint(&receiver.url("/gone"));
    let dead = format!("{}.{another}", app.send("{}"));
    wait_for_state(server, &dead, "dead");
    assert_eq!(json_of(server, &["purge", &dead]).0, 0);
    assert_eq!(state(server, &dead), "gone");
    assert_eq!(
        json_of(server, &["retry", "--name", "no such name"]),
        (0, json!({"tasks": 0}))
    );
    let long_ago = ["purge", "--before", "2020-01-01T00:00:00Z"];
    assert_eq!(json_of(server, &long_ago), (0, json!({"tasks": 0})));

    for command in ["pause", "resume"] {
        let unknown = json_of(server, &[command, "no such queue"]);
        let missing = json!({"queues": 0, "missing": ["no such queue"]});
        assert_eq!(unknown, (2, missing));
    }

    let rejected = run(server, "wrong", &["list"]);
    assert_eq!(rejected.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&rejected.stderr).contains("rejected the key"),
        "{rejected:?}"
    );
    let no_routes = run(host.bare(), "any", &["list"]);
    assert_eq!(no_routes.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&no_routes.stderr).contains("set SWEEP_KEY in the app"),
        "{no_routes:?}"
    );
}
