//! A running server: its process group, its data and its log.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Api;
use super::group::Group;
use super::host::Host;
use super::launch;
use super::log::Log;
use super::options::{Options, Program};
use super::secrets;
use super::wait::eventually;

const KEY: &str = "sk_hosts_5f0c1d7e9b3a4826";

pub(crate) struct Server {
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) log: Log,
    program: Program,
    group: Mutex<Group>,
}

impl Server {
    pub(crate) const SWEEP_KEY: &str = "sweep_hosts_0b7c41";
    pub(crate) const LIBRARIAN_TOKEN: &str = "librarian_hosts_77a1c2";

    /// Starts a server without waiting until it is ready.
    pub(crate) fn launch(host: Host, name: &str, options: &Options) -> Self {
        if !options.keep_data {
            Self::remove_data(host, name);
        }
        let port = free_port();
        // Each server has its own log, because two servers may share a data folder.
        let (log, output) = Log::create(folder(host, name).join(format!("log-{port}")));
        // The temporary folder of the server. A killed wrangler or spin-host leaves files in this folder. The folder is
        // removed with the data.
        let temporary = folder(host, name).join(format!("tmp-{port}"));
        fs::create_dir_all(&temporary).unwrap();
        let state = state(host, name);
        let mut command = launch::command(host, options, port, &state);
        command
            .env("RELAY_API_KEY", KEY)
            .env("TMPDIR", temporary)
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        secrets::remember(KEY);
        secrets::remember(Self::SWEEP_KEY);
        secrets::remember(Self::LIBRARIAN_TOKEN);
        let group = Group::spawn(&mut command).unwrap_or_else(|e| panic!("{command:?}: {e}"));
        Self {
            host,
            port,
            log,
            program: options.program,
            group: Mutex::new(group),
        }
    }

    /// Removes the data of all earlier servers with this name.
    pub(crate) fn remove_data(host: Host, name: &str) {
        let folder = folder(host, name);
        if folder.exists() {
            fs::remove_dir_all(folder).unwrap();
        }
        fs::create_dir_all(state(host, name)).unwrap();
    }

    /// Waits until the server responds to requests.
    ///
    /// # Errors
    /// Returns an error if the server ends or is not ready in time. The error contains the end of the server's log.
    pub(crate) fn wait_until_ready(&self) -> Result<(), String> {
        let path = match self.program {
            Program::Example("probe") => "/text",
            Program::Relay | Program::Example(_) => "/readyz",
        };
        let api = self.api();
        self.wait_until(|| {
            let response = api.get(path).without_key().try_send();
            response.is_ok_and(|response| response.status == 200)
        })
    }

    /// Waits until `condition` is true. Returns the same errors as [`wait_until_ready`](Self::wait_until_ready).
    pub(crate) fn wait_until(&self, condition: impl Fn() -> bool) -> Result<(), String> {
        // The bundle of a Worker may have to be built before the first start.
        let minutes = if self.host == Host::Workers { 20 } else { 1 };
        let deadline = Instant::now() + Duration::from_secs(60 * minutes);
        let failed = |how: String| {
            let tail = self.log.tail();
            Err(format!("the {} server {how}; {tail}", self.host))
        };
        while Instant::now() < deadline {
            if let Some(status) = self.group.lock().unwrap().exit_status() {
                return failed(format!("ended with {status}"));
            }
            if condition() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        failed(format!("was not ready within {minutes} minutes"))
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

    /// Converts an absolute path of the server to the path at which this process sees the same file. If the server has
    /// a small disk, other processes see the files on this disk only at the returned path.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        let root = format!("/proc/{}/root", self.group.lock().unwrap().id());
        Path::new(&root).join(path.strip_prefix("/").unwrap())
    }

    /// Sends a signal, such as `TERM`, to the server's process.
    pub(crate) fn signal(&self, name: &str) {
        self.group.lock().unwrap().signal(name);
    }

    /// Sets the maximum size, in bytes, of each file that the server's process writes. `None` removes the limit.
    pub(crate) fn limit_file_size(&self, limit: Option<u64>) {
        self.group.lock().unwrap().limit_file_size(limit);
    }

    /// Waits until the server's process has ended.
    pub(crate) fn wait_for_exit(&self, within: Duration) -> ExitStatus {
        eventually("the server has ended", within, || {
            let status = self.group.lock().unwrap().exit_status();
            status.ok_or_else(|| self.log.tail())
        })
    }

    /// Sends SIGKILL to the whole process group.
    pub(crate) fn kill(self) {
        self.group.lock().unwrap().kill();
    }
}

/// Returns the folder in which servers of this name keep their data.
pub(crate) fn state(host: Host, name: &str) -> PathBuf {
    folder(host, name).join("state")
}

fn folder(host: Host, name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hosts-{host}-{name}"))
}

/// Returns a port for one server. The port is below the range from which the system assigns ports (from 32768 or
/// 49152). So the system never assigns this port to another process while the server starts.
pub(super) fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 10_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(256);
    let ports = std::iter::repeat_with(|| NEXT.fetch_add(1, Ordering::Relaxed));
    let ports = ports.map(|number| FIRST + start.wrapping_add(number) % COUNT);
    let ports = ports.take(1000).filter_map(|port| u16::try_from(port).ok());
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("a free port")
}
