//! The options for starting a server.

use super::bucket;
use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Relay,
    /// An app in the folder `examples`.
    Example(&'static str),
}

pub(crate) struct Options {
    pub(super) program: Program,
    /// The names and values of variables. A value cannot contain a space, because spaces separate the variables in
    /// `RELAY_VARS`.
    pub(super) variables: Vec<(String, String)>,
    /// The seconds between two sweep requests, or between two cron events on Workers. If 0, there are no sweep requests
    /// and no cron events.
    pub(super) sweep_seconds: u32,
    pub(crate) keep_data: bool,
    /// The name of an environment variable whose value is not UTF-8. Only the native host supports this option.
    pub(crate) not_utf_8: Option<&'static str>,
    /// Whether Spin uses the runtime configuration `spin-runtime.toml`. Only Spin and spin-host support this option.
    pub(crate) has_runtime_config: bool,
    /// Whether the server keeps its data on a small disk, which no other server uses. See [`launch::can_mount`].
    ///
    /// [`launch::can_mount`]: super::launch::can_mount
    pub(crate) has_small_disk: bool,
    /// If true, a write over the file size limit fails. If false, such a write ends the process with `SIGXFSZ`.
    pub(crate) survives_file_limit: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            program: Program::Relay,
            variables: owned(&[
                ("RELAY_RETRY_SCHEDULE", "1s,1s,1s"),
                ("RELAY_ALLOW_PRIVATE_TARGETS", "true"),
                ("SWEEP_KEY", Server::SWEEP_KEY),
            ]),
            sweep_seconds: 1,
            keep_data: false,
            not_utf_8: None,
            has_runtime_config: false,
            has_small_disk: false,
            survives_file_limit: false,
        }
    }
}

impl Options {
    /// Returns the default options for a server that keeps the data of an earlier server with the same name.
    pub(crate) fn keeping_data() -> Self {
        Self {
            keep_data: true,
            ..Self::default()
        }
    }

    pub(crate) fn without_sweep() -> Self {
        Self {
            sweep_seconds: 0,
            ..Self::default()
        }
    }

    pub(super) fn bare() -> Self {
        Self {
            // These variables override the variables that the scripts set.
            variables: owned(&[("RELAY_ALLOW_PRIVATE_TARGETS", "false"), ("SWEEP_KEY", "")]),
            sweep_seconds: 0,
            ..Self::default()
        }
    }

    /// Returns the options for starting the probe with layers.
    pub(super) fn layered() -> Self {
        Self {
            variables: owned(&[("LAYERS", "1")]),
            ..Self::probe()
        }
    }

    /// Returns the default options with these additional variables.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let mut options = Self::default();
        options.variables.extend(owned(variables));
        options
    }

    /// Returns the options for starting the probe with these variables.
    pub(crate) fn probe_with(variables: &[(&str, &str)]) -> Self {
        Self {
            variables: owned(variables),
            ..Self::probe()
        }
    }

    /// Returns the options for a probe that stores its objects in a bucket. `secret` is the secret of the access key.
    pub(crate) fn bucket(secret: &str) -> Self {
        Self {
            variables: bucket::variables(secret).into(),
            ..Self::probe()
        }
    }

    /// Returns the options for starting the probe with a function that runs each minute. No sweep requests are sent.
    pub(crate) fn schedules() -> Self {
        Self {
            sweep_seconds: 0,
            ..Self::probe_with(&[("SCHEDULES", "1"), ("SWEEP_KEY", Server::SWEEP_KEY)])
        }
    }

    /// Returns the options for starting the probe with connection timeouts of 1 s to 3 s.
    pub(crate) fn short_limits() -> Self {
        Self::probe_with(&[
            ("HTTP_HEADER_TIMEOUT", "1s"),
            ("HTTP_BODY_TIMEOUT", "1s"),
            ("HTTP_IDLE_TIMEOUT", "3s"),
            ("HTTP_WRITE_TIMEOUT", "2s"),
        ])
    }

    pub(crate) fn probe() -> Self {
        Self {
            program: Program::Example("probe"),
            variables: Vec::new(),
            ..Self::default()
        }
    }

    /// Returns the options for starting `examples/bookshelf`.
    pub(super) fn bookshelf() -> Self {
        Self {
            program: Program::Example("bookshelf"),
            variables: owned(&[
                ("GRAPHQL_INTROSPECTION", "true"),
                ("LIBRARIAN_TOKEN", Server::LIBRARIAN_TOKEN),
            ]),
            ..Self::default()
        }
    }

    /// Returns the options for starting `examples/notes`.
    pub(super) fn notes() -> Self {
        Self {
            program: Program::Example("notes"),
            variables: Vec::new(),
            ..Self::default()
        }
    }
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let variables = variables.iter();
    variables
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
