//! An older and a newer program that share one database. The newer program has more migrations.

use crate::support::app::App;
use crate::support::database;
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::server::{Server, state};
use crate::support::wait::{SOON, eventually};

/// Records a migration of a newer program.
const NEWER: &str = "insert into d1_migrations (name) values ('9999_newer.sql')";

const REASON: &str =
    "the database has the migration 9999_newer.sql, which this program does not have";

/// Starts a server, and then migrates its database as a newer program does.
fn outdated(host: Host, name: &str) -> Server {
    let server = host.start(name, &Options::without_sweep());
    database::execute(host, &state(host, name), NEWER);
    server
}

pub(crate) fn a_program_that_is_older_than_the_schema_serves_but_is_not_ready(host: Host) {
    let server = outdated(host, "older");
    if host != Host::Native {
        // Waits until the next request starts a new instance, which reads the changed ledger.
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
    serves_but_is_not_ready(&server);
}

pub(crate) fn a_program_that_starts_with_a_newer_schema_serves_but_is_not_ready(host: Host) {
    let name = "newer";
    Server::remove_data(host, name);
    database::create_with(host, &state(host, name), NEWER);
    let mut options = Options::without_sweep();
    options.keep_data = true;
    let lock = host.start_lock();
    let server = Server::launch(host, name, &options);
    let responds = || {
        let response = server.api().get("/healthz").without_key().try_send();
        response.is_ok_and(|response| response.status == 200)
    };
    server.wait_until(responds).unwrap();
    drop(lock);
    serves_but_is_not_ready(&server);
}

/// Checks that the server serves requests and runs tasks. Also checks that `/readyz` returns the reason why the server
/// is not ready, and that the server logs this reason once, and not at every request.
fn serves_but_is_not_ready(server: &Server) {
    const REQUESTS: usize = 20;
    for _ in 0..REQUESTS {
        let response = server.api().get("/readyz").send();
        let detail = response.problem(503)["detail"].to_string();
        assert!(detail.contains(REASON), "{detail}");
    }
    let receiver = Receiver::accepting();
    let app = App::on(server.api());
    app.endpoint(&receiver.url("/hook"));
    app.send("{}");
    receiver.wait_for(1, SOON);

    eventually("the reason is logged once", SOON, || {
        let lines = server.log.lines().into_iter();
        let lines = lines.filter(|line| line["level"] == "error");
        let lines: Vec<String> = lines.map(|line| line["error"].to_string()).collect();
        // On a slow machine, an instance of Spin may end between two requests. The next instance logs the reason again.
        let most = match server.host {
            Host::SpinHost | Host::Spin => REQUESTS / 4,
            Host::Native | Host::Workers => 1,
        };
        let is_reason = lines.iter().all(|line| line.contains(REASON));
        let is_once = (1..=most).contains(&lines.len());
        (is_reason && is_once)
            .then_some(())
            .ok_or_else(|| lines.join("\n"))
    });
}

pub(crate) fn a_program_that_is_older_than_the_schema_does_not_start(host: Host) {
    let name = "older-start";
    outdated(host, name).kill();
    let server = Server::launch(host, name, &Options::keeping_data());
    let status = server.wait_for_exit(SOON);
    assert_eq!(status.code(), Some(1), "{status}");
    assert!(server.log.tail().contains(REASON), "{}", server.log.tail());
}
