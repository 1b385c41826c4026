//! A running server: its process group, its data and its log.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::client::Api;
use super::group::Group;
use super::host::Host;

const KEY: &str = "sk_hosts_5f0c1d7e9b3a4826";

/// The logs of every server of this run.
static LOGS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

pub(crate) struct Options {
    /// Delays after the first try. Separated by commas, since `RELAY_VARS` is by spaces.
    pub(crate) retry_schedule: &'static str,
    pub(crate) allow_private_targets: bool,
    /// Whether data that an earlier server of this name left is kept.
    pub(crate) keep_data: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            retry_schedule: "1s,1s,1s",
            allow_private_targets: true,
            keep_data: false,
        }
    }
}

pub(crate) struct Server {
    pub(crate) port: u16,
    group: Mutex<Group>,
}

impl Server {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// When it ends or is not ready in time; the error carries the end of its log.
    pub(crate) fn start(host: Host, name: &str, options: &Options) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hosts-{host}-{name}"));
        if !options.keep_data && folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();

        let port = free_port();
        let mut command = match host {
            Host::Native => native(&folder, options),
            Host::Workers => workers(&folder, options),
        };
        let log = folder.join("log");
        let output = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        command
            .env("PORT", port.to_string())
            .env("RELAY_API_KEY", KEY)
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        note(&log);

        let group = Group::spawn(&mut command).map_err(|e| format!("{command:?}: {e}"))?;
        let server = Self {
            port,
            group: Mutex::new(group),
        };
        match server.wait_until_ready(host) {
            Ok(()) => Ok(server),
            Err(why) => Err(format!("the {host} server {why}; {}", tail(&log))),
        }
    }

    fn wait_until_ready(&self, host: Host) -> Result<(), String> {
        // The first start of the Workers server may build the bundle.
        let minutes = if host == Host::Workers { 20 } else { 1 };
        let deadline = Instant::now() + Duration::from_secs(60 * minutes);
        let api = self.api();
        while Instant::now() < deadline {
            if let Some(status) = self.group.lock().unwrap().ended() {
                return Err(format!("ended with {status}"));
            }
            let answer = api.get("/readyz").without_key().try_send();
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!("was not ready within {minutes} minutes"))
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn key(&self) -> &'static str {
        KEY
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.base(), KEY)
    }

    /// SIGKILL to the whole process group.
    pub(crate) fn kill(self) {
        self.group.lock().unwrap().kill();
    }
}

/// The built binary itself: what `scripts/run` starts, without a second build.
fn native(folder: &Path, options: &Options) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay"));
    command
        .env("DATABASE", folder.join("relay.db"))
        .env("RELAY_RETRY_SCHEDULE", options.retry_schedule)
        .env_remove("RELAY_ALLOW_PRIVATE_TARGETS");
    if options.allow_private_targets {
        command.env("RELAY_ALLOW_PRIVATE_TARGETS", "true");
    }
    command
}

fn workers(folder: &Path, options: &Options) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut variables = format!("RELAY_RETRY_SCHEDULE:{}", options.retry_schedule);
    if !options.allow_private_targets {
        // It takes the place of the `true` that the script sets.
        variables += " RELAY_ALLOW_PRIVATE_TARGETS:false";
    }
    let mut command = Command::new(root.join("scripts/dev"));
    command
        .current_dir(root)
        .env("PERSIST", folder.join("state"))
        .env("RELAY_CRON_SECONDS", "1")
        .env("RELAY_VARS", variables);
    command
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(crate) fn note(log: &Path) {
    let mut logs = LOGS.lock().unwrap();
    if !logs.iter().any(|known| known == log) {
        logs.push(log.to_owned());
    }
}

/// Prints the end of every server's log.
pub(crate) fn show_logs() {
    for log in LOGS.lock().unwrap().iter() {
        eprintln!("\n{}", tail(log));
    }
}

pub(crate) fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(60)..].join("\n");
    format!("the end of {}:\n{end}\n", log.display())
}
