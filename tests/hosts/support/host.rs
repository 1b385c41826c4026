//! The hosts, and the servers that the scenarios of a host share.

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::client::Api;
use super::launch;
use super::options::Options;
use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Native,
    /// `wrangler dev`.
    Workers,
    /// Spin's interfaces on `crates/spin-host`, which needs nothing installed.
    SpinStandIn,
    /// Spin itself.
    Spin,
}

impl Host {
    pub(crate) const ALL: [Host; 4] = [Host::Native, Host::Workers, Host::SpinStandIn, Host::Spin];

    /// Whether its server can be started on this machine.
    pub(crate) fn is_here(self) -> bool {
        self != Host::Spin || launch::spin_on_path().is_some()
    }

    /// The server that most scenarios share.
    pub(crate) fn server(self) -> &'static Server {
        self.shared(0, "shared", Options::default)
    }

    /// A server that nothing is allowed or set for but the API key.
    pub(crate) fn bare(self) -> &'static Server {
        self.shared(1, "bare", Options::bare)
    }

    /// The probe: it has what Relay gives no occasion for.
    pub(super) fn probe(self) -> &'static Server {
        self.shared(2, "probe", Options::probe)
    }

    /// The probe within its layers, which cost every request.
    pub(crate) fn layered(self) -> &'static Server {
        self.shared(3, "layered", Options::layered)
    }

    /// Started by the first scenario that needs it, and not again when that failed.
    fn shared(self, index: usize, name: &str, options: fn() -> Options) -> &'static Server {
        type Started = OnceLock<Result<Server, String>>;
        static SERVERS: [[Started; 4]; Host::ALL.len()] =
            [const { [const { OnceLock::new() }; 4] }; Host::ALL.len()];
        let started =
            SERVERS[self as usize][index].get_or_init(|| self.try_start(name, &options()));
        started.as_ref().unwrap_or_else(|why| panic!("{why}"))
    }

    /// A client of the shared server that carries its key.
    pub(crate) fn api(self) -> Api {
        self.server().api()
    }

    /// Starts a server of a scenario's own; the same `name` again finds the same data.
    pub(crate) fn start(self, name: &str, options: &Options) -> Server {
        self.try_start(name, options)
            .unwrap_or_else(|why| panic!("{why}"))
    }

    fn try_start(self, name: &str, options: &Options) -> Result<Server, String> {
        let _turn = self.turn_to_start();
        let server = Server::launch(self, name, options);
        server.wait_until_ready().map(|()| server)
    }

    /// Every wrangler builds the bundle when it starts: one after the other.
    pub(crate) fn turn_to_start(self) -> Option<MutexGuard<'static, ()>> {
        static STARTING: Mutex<()> = Mutex::new(());
        let turn = || STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        (self == Host::Workers).then(turn)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Host::Native => "native",
            Host::Workers => "workers",
            Host::SpinStandIn => "spin-host",
            Host::Spin => "spin",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
