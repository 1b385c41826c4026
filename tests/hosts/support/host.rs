//! The hosts, and the one server that the scenarios of a host share.

use std::fmt;
use std::sync::{Mutex, OnceLock};

use super::client::Api;
use super::server::{Options, Server};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Native,
    Workers,
}

impl Host {
    pub(crate) const ALL: [Host; 2] = [Host::Native, Host::Workers];

    /// The server that scenarios of this host share; started by the first of them, and not again when
    /// that failed.
    pub(crate) fn server(self) -> &'static Server {
        static NATIVE: OnceLock<Result<Server, String>> = OnceLock::new();
        static WORKERS: OnceLock<Result<Server, String>> = OnceLock::new();
        let cell = match self {
            Host::Native => &NATIVE,
            Host::Workers => &WORKERS,
        };
        let started = cell.get_or_init(|| Server::start(self, "shared", &Options::default()));
        started.as_ref().unwrap_or_else(|why| panic!("{why}"))
    }

    /// A client of the shared server that carries its key.
    pub(crate) fn api(self) -> Api {
        self.server().api()
    }

    /// Starts a server of a scenario's own; the same `name` again finds the same data.
    pub(crate) fn start(self, name: &str, options: &Options) -> Server {
        // Every wrangler builds the bundle when it starts: one after the other.
        static STARTING: Mutex<()> = Mutex::new(());
        let started = if self == Host::Workers {
            self.server();
            let _turn = STARTING.lock().unwrap();
            Server::start(self, name, options)
        } else {
            Server::start(self, name, options)
        };
        started.unwrap_or_else(|why| panic!("{why}"))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Host::Native => "native",
            Host::Workers => "workers",
        })
    }
}
