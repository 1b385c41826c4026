//! What a server is started as.

use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Relay,
    /// `examples/probe`.
    Probe,
}

pub(crate) struct Options {
    pub(super) program: Program,
    /// Names and values. No value has a space: they separate what `RELAY_VARS` lists.
    pub(super) variables: Vec<(&'static str, &'static str)>,
    /// How often the stand-in for a cron trigger wakes a server that does not wake itself; 0 is never.
    pub(super) sweep_seconds: u32,
    pub(super) keep_data: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            program: Program::Relay,
            variables: vec![
                ("RELAY_RETRY_SCHEDULE", "1s,1s,1s"),
                ("RELAY_ALLOW_PRIVATE_TARGETS", "true"),
                ("SWEEP_KEY", Server::SWEEP_KEY),
            ],
            sweep_seconds: 1,
            keep_data: false,
        }
    }
}

impl Options {
    /// For data that an earlier server of this name left.
    pub(crate) fn keeping_data() -> Self {
        Self {
            keep_data: true,
            ..Self::default()
        }
    }

    pub(crate) fn unswept() -> Self {
        Self {
            sweep_seconds: 0,
            ..Self::default()
        }
    }

    pub(super) fn bare() -> Self {
        Self {
            // They take the place of what the scripts set.
            variables: vec![("RELAY_ALLOW_PRIVATE_TARGETS", "false"), ("SWEEP_KEY", "")],
            sweep_seconds: 0,
            ..Self::default()
        }
    }

    /// The probe within its layers.
    pub(super) fn layered() -> Self {
        Self {
            variables: vec![("LAYERS", "1")],
            ..Self::probe()
        }
    }

    pub(super) fn probe() -> Self {
        Self {
            program: Program::Probe,
            variables: Vec::new(),
            ..Self::default()
        }
    }
}
