//! Servers that start with a database of an earlier version.

use std::net::TcpStream;
use std::thread;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::database::{self, MIGRATIONS};
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::server::{Server, state};
use crate::support::wait::{SOON, eventually};

const AT_ONCE: usize = 16;

/// Inserts an overdue delivery whose message and endpoint do not exist. Such a task succeeds without an outbound
/// request.
const OLD_TASK: &str = r#"insert into tasks (id, name, args, due_at, created_at)
    values ('task_old', 'deliver', '{"message_id":"msg_old","endpoint_id":"ep_old"}', 0, 0)"#;

pub(crate) fn a_database_of_the_previous_version_is_migrated(host: Host) {
    let name = "previous";
    Server::remove_data(host, name);
    database::create_previous_version(host, &state(host, name), OLD_TASK);
    let lock = host.start_lock();
    let server = Server::launch(host, name, &Options::keeping_data());
    first_requests(&[&server]);
    server.wait_until_ready().unwrap();
    drop(lock);

    eventually("the task of the previous version is done", SOON, || {
        let lines = server.log.lines();
        let mut of_task = lines.iter().filter(|line| line["task_id"] == "task_old");
        let is_done = of_task.any(|line| line["message"] == "task done");
        is_done.then_some(()).ok_or_else(|| server.log.tail())
    });
    let receiver = Receiver::accepting();
    let app = App::on(server.api());
    app.endpoint(&receiver.url("/hook"));
    app.send("{}");
    receiver.wait_for(1, SOON);
}

pub(crate) fn servers_that_start_together_apply_each_migration_once(host: Host) {
    let name = "at-once";
    let first = Server::launch(host, name, &Options::default());
    let second = Server::launch(host, name, &Options::keeping_data());
    let servers = [&first, &second];
    first_requests(&servers);

    for server in servers {
        server.wait_until_ready().unwrap();
    }
    let lines = servers.map(|server| server.log.lines()).concat();
    let mut applied: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "migration applied")
        .map(|line| &line["migration"])
        .collect();
    applied.sort_by_key(|name| name.to_string());
    let names: Vec<&str> = MIGRATIONS.files().iter().map(|file| file.name).collect();
    assert_eq!(json!(applied), json!(names));
}

/// Sends concurrent requests to each server as soon as the server listens. Each request creates an application.
fn first_requests(servers: &[&Server]) {
    thread::scope(|scope| {
        for &server in servers {
            let listens = || TcpStream::connect(("127.0.0.1", server.port)).is_ok();
            server.wait_until(listens).unwrap();
            for _ in 0..AT_ONCE {
                scope.spawn(|| App::on(server.api()));
            }
        }
    });
}
