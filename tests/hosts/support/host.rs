//! The hosts, and the servers that the scenarios of one host share.

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::client::Api;
use super::launch;
use super::options::Options;
use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the program is called spin-host")]
pub(crate) enum Host {
    Native,
    /// `wrangler dev`.
    Workers,
    /// `crates/spin-host`, which implements Spin's interfaces and needs no installation.
    SpinHost,
    /// The program `spin` on `PATH`, if it is Spin 4.1 or later.
    Spin,
}

impl Host {
    pub(crate) const ALL: [Host; 4] = [Host::Native, Host::Workers, Host::SpinHost, Host::Spin];

    /// Returns whether this machine can start the host.
    pub(crate) fn is_available(self) -> bool {
        self != Host::Spin || launch::spin_on_path().is_some()
    }

    /// Returns the server that most scenarios share.
    pub(crate) fn server(self) -> &'static Server {
        self.shared(0, "shared", Options::default)
    }

    /// Returns a server whose only setting is the API key. The server has no sweep key, and allows no private targets.
    pub(crate) fn bare(self) -> &'static Server {
        self.shared(1, "bare", Options::bare)
    }

    /// Returns a server of the app `examples/probe`, whose routes exist only for tests.
    pub(super) fn probe(self) -> &'static Server {
        self.shared(2, "probe", Options::probe)
    }

    /// Returns a server that runs `examples/probe` with its layers. Most scenarios use the server of
    /// [`probe`](Self::probe), which runs the app without layers.
    pub(crate) fn layered(self) -> &'static Server {
        self.shared(3, "layered", Options::layered)
    }

    /// Returns a server of the app `examples/notes`.
    pub(crate) fn notes(self) -> &'static Server {
        self.shared(4, "notes", Options::notes)
    }

    /// Returns a server of the app `examples/bookshelf`.
    pub(crate) fn bookshelf(self) -> &'static Server {
        self.shared(5, "bookshelf", Options::bookshelf)
    }

    /// Returns a shared server. The first call starts the server. If this start fails, later calls do not try again.
    fn shared(self, index: usize, name: &str, options: fn() -> Options) -> &'static Server {
        type Started = OnceLock<Result<Server, String>>;
        static SERVERS: [[Started; 6]; Host::ALL.len()] =
            [const { [const { OnceLock::new() }; 6] }; Host::ALL.len()];
        let started =
            SERVERS[self as usize][index].get_or_init(|| self.try_start(name, &options()));
        started.as_ref().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns a client that sends requests with the API key to the shared server.
    pub(crate) fn api(self) -> Api {
        self.server().api()
    }

    /// Starts a server for one scenario. Servers with the same `name` use the same data folder.
    pub(crate) fn start(self, name: &str, options: &Options) -> Server {
        self.try_start(name, options)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_start(self, name: &str, options: &Options) -> Result<Server, String> {
        let _lock = self.start_lock();
        let server = Server::launch(self, name, options);
        server.wait_until_ready().map(|()| server)
    }

    /// Takes the lock for starting a Workers server: each `wrangler dev` builds the bundle when it starts, and two
    /// builds must not run at the same time. Returns `None` for other hosts.
    pub(crate) fn start_lock(self) -> Option<MutexGuard<'static, ()>> {
        static STARTING: Mutex<()> = Mutex::new(());
        let lock = || STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        (self == Host::Workers).then(lock)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Host::Native => "native",
            Host::Workers => "workers",
            Host::SpinHost => "spin-host",
            Host::Spin => "spin",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
