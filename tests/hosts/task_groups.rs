//! Groups of tasks, and pauses of queues.

use std::process::Command;

use serde_json::{Value, json};

use crate::schedules::sweep;
use crate::support::host::Host;
use crate::support::launch::whippet;
use crate::support::options::Options;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

pub(crate) fn a_group_whose_queue_is_paused_ends_once_after_it_is_resumed(host: Host) {
    let server = host.start("task groups", &Options::schedules());
    let groups = || server.api().get("/groups").expect(200);
    assert_eq!(operate(&server, &["pause", "parts"])["queues"], 1);
    server.api().call("POST", "/groups/5").expect(204);
    sweep(&server);
    assert_eq!(groups(), json!([]));
    let listed = operate(&server, &["list"]);
    assert_eq!(listed["paused"][0]["queue"], "parts");
    let count = |name: &str, state: &str| {
        let tasks = listed["tasks"].as_array().unwrap();
        let named = tasks.iter().find(|task| task["name"] == name);
        named.unwrap()[state].as_u64()
    };
    assert_eq!(
        (count("part", "ready"), count("finish", "blocked")),
        (Some(5), Some(1))
    );

    assert_eq!(operate(&server, &["resume", "parts"])["queues"], 1);
    eventually("the group has ended", SOON, || {
        sweep(&server);
        match groups() {
            ended if ended == json!([[4, 1, 0]]) => Ok(()),
            other => Err(other.to_string()),
        }
    });
    sweep(&server);
    assert_eq!(groups(), json!([[4, 1, 0]]));
}

/// Runs `whippet tasks` with these arguments. Returns the JSON that the command prints.
fn operate(server: &Server, arguments: &[&str]) -> Value {
    let mut command = Command::new(whippet());
    command.arg("tasks").args(arguments).arg("--json");
    command
        .env("SWEEP_KEY", Server::SWEEP_KEY)
        .env("WHIPPET_URL", server.base());
    let output = command.output().expect("whippet runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("the command prints JSON")
}
