//! The probe, a Worker with what Relay has no route for: panics, streams, repeated headers.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::client::Api;
use super::group::Group;
use super::server::{free_port, note, tail};
use super::wait::eventually;

pub(crate) struct Probe {
    pub(crate) api: Api,
    log: PathBuf,
    // Held for as long as the test process lives.
    _group: Mutex<Group>,
}

impl Probe {
    /// The one that every scenario shares.
    pub(crate) fn shared() -> &'static Self {
        static PROBE: OnceLock<Probe> = OnceLock::new();
        PROBE.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts-workers-probe");
        fs::create_dir_all(&folder).unwrap();
        let log = folder.join("log");
        let output = File::create(&log).unwrap();
        note(&log);
        let port = free_port().to_string();
        let mut command = Command::new("wrangler");
        command
            .args(["dev", "--ip", "127.0.0.1", "--port", &port])
            .args(["--show-interactive-dev-session", "false"])
            .arg("--persist-to")
            .arg(folder.join("state"))
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/probe"))
            .env("WRANGLER_SEND_METRICS", "false")
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        let group = Group::spawn(&mut command)
            .unwrap_or_else(|e| panic!("wrangler: {e}; `make test` installs it"));
        let probe = Self {
            api: Api::new(format!("http://127.0.0.1:{port}"), "unused"),
            log,
            _group: Mutex::new(group),
        };
        eventually(
            "the probe answers",
            Duration::from_secs(20 * 60),
            || match probe.api.get("/text").try_send() {
                Ok(answer) if answer.status == 200 => Ok(()),
                other => Err(format!("{other:?}; {}", tail(&probe.log))),
            },
        );
        probe
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }
}
