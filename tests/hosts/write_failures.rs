//! Tests a server while its database cannot be written.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::support::app::{App, text};
use crate::support::database;
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::server::{Server, state};
use crate::support::wait::{SOON, eventually};

/// A server with a pending delivery. The first attempt has failed, and the second attempt is due in 3 s.
struct Pending {
    server: Server,
    receiver: Receiver,
    app: App,
    message: String,
}

fn options() -> Options {
    Options::with(&[("RELAY_RETRY_SCHEDULE", "3s,1s")])
}

impl Pending {
    fn start(host: Host, name: &str, options: &Options) -> Self {
        let receiver =
            Receiver::new(|_, earlier| Reply::status(if earlier == 0 { 500 } else { 200 }));
        let server = host.start(name, options);
        let app = App::on(server.api());
        app.endpoint(&receiver.url("/hook"));
        let message = app.send("{}");
        app.wait_for_attempts(&message, 1);
        Self {
            server,
            receiver,
            app,
            message,
        }
    }

    /// Checks that a write fails with a problem, and that the log names the cause of the failure.
    fn write_fails(&self, status: u16, code: &str, cause: &str) {
        let response = self.app.message("user.signup", "{}").send();
        let problem = response.problem(status);
        assert_eq!(problem["code"], code);
        assert_eq!(response.header("retry-after").is_empty(), status == 500);
        let lines = self.server.log.lines();
        let mut failed = lines
            .iter()
            .filter(|line| line["message"] == "request failed");
        let failed = failed.next_back().expect("a log line").to_string();
        assert!(failed.contains(cause), "{failed}");
    }

    /// Waits until the server has failed to claim the delivery. Checks that a process logs this failure once.
    fn claims_fail(&self) {
        eventually("a claim has failed", SOON, || {
            let failed = self.count("failed to claim due tasks");
            (failed > 0)
                .then_some(())
                .ok_or_else(|| self.server.log.tail())
        });
        self.is_logged_once("failed to claim due tasks");
    }

    /// Checks that the server has logged a message. A native process logs the message once. On Spin, each instance logs
    /// the message once.
    fn is_logged_once(&self, message: &str) {
        let count = self.count(message);
        let is_native = self.server.host == Host::Native;
        assert!(count == 1 || count > 1 && !is_native, "{count}: {message}");
    }

    fn count(&self, message: &str) -> usize {
        let lines = self.server.log.lines();
        lines
            .iter()
            .filter(|line| line["message"] == message)
            .count()
    }

    /// Checks that the server has recovered: the pending delivery succeeds, and a new message is delivered.
    fn recovers(&self) {
        let attempts = self.app.wait_for_attempts(&self.message, 2);
        assert_eq!(attempts[1]["status"], 0, "{attempts:?}");
        if self.server.host == Host::Native {
            assert_eq!(self.count("due tasks can be claimed again"), 1);
        }
        let message = self.app.send("{}");
        eventually("the new message is delivered", SOON, || {
            let mut ids = self
                .receiver
                .deliveries()
                .into_iter()
                .map(|d| d.id().to_owned());
            ids.any(|id| id == message)
                .then_some(())
                .ok_or_else(|| message.clone())
        });
    }
}

pub(crate) fn a_full_disk_loses_nothing(host: Host) {
    let name = "full";
    let mut options = options();
    options.has_small_disk = true;
    let pending = Pending::start(host, name, &options);
    let filler = pending.server.path(&state(host, name).join("filler"));
    fill(&filler);
    pending.write_fails(500, "internal", "database or disk is full");
    pending.claims_fail();
    let read = pending.app.api.get(&pending.app.path("")).expect(200);
    assert_eq!(text(&read, "id"), pending.app.id);
    fs::remove_file(filler).unwrap();
    pending.recovers();
}

/// Writes to a new file until the disk is full.
fn fill(file: &Path) {
    let mut filler = File::create(file).unwrap();
    for block in [&[0; 4096][..], &[0]] {
        let error = loop {
            if let Err(error) = filler.write_all(block) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    }
}

pub(crate) fn a_failing_disk_loses_nothing(host: Host) {
    let name = "failing";
    let mut options = options();
    options.survives_file_limit = true;
    let pending = Pending::start(host, name, &options);
    let log = database::write_ahead_log(host, &state(host, name));
    // A write over the file size limit fails with a different error than a write to a full disk.
    pending
        .server
        .limit_file_size(Some(fs::metadata(log).unwrap().len()));
    pending.write_fails(500, "internal", "disk I/O error");
    pending.claims_fail();
    let read = pending.app.api.get(&pending.app.path("")).expect(200);
    assert_eq!(text(&read, "id"), pending.app.id);
    pending.server.limit_file_size(None);
    pending.recovers();
}

pub(crate) fn a_database_that_another_process_locks_loses_nothing(host: Host) {
    let name = "locked";
    let pending = Pending::start(host, name, &options());
    let lock = database::lock(host, &state(host, name));
    pending.write_fails(503, "unavailable", "database is locked");
    pending.claims_fail();
    drop(lock);
    pending.recovers();
}

pub(crate) fn a_read_only_database_is_an_error_at_startup(host: Host) {
    let name = "read-only";
    let file = database::create(host, &state(host, name));
    let file = format!("file:{}?mode=ro", file.display());
    let mut options = Options::with(&[("DATABASE", &file)]);
    options.keep_data = true;
    let server = Server::launch(host, name, &options);
    let status = server.wait_for_exit(SOON);
    assert_eq!(status.code(), Some(1), "{status}");
    let log = server.log.tail();
    let reason = "cannot be opened: attempt to write a readonly database";
    assert!(log.contains(reason), "{log}");
}
