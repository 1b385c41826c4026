//! How the hosts differ: what each is made of, and what one cannot do. The README's host table says the same.

use crate::support::host::Host;

/// The columns of the README's table.
pub(crate) const COLUMNS: [(&str, Host); 3] = [
    ("Native", Host::Native),
    ("Cloudflare Workers", Host::Workers),
    ("Spin", Host::Spin),
];

pub(crate) const FACTS: &[(&str, [&str; COLUMNS.len()])] = &[
    (
        "server",
        [
            "`make run`: HTTP/1.1 by hyper, TLS by a proxy in front",
            "`make dev`: the `fetch` event",
            "`make spin`: the HTTP trigger, WASI 0.3",
        ],
    ),
    (
        "database",
        [
            "an SQLite file; a batch is `BEGIN IMMEDIATE … COMMIT`",
            "D1; a batch is D1's `batch`",
            "Spin's SQLite or libSQL; a batch as natively",
        ],
    ),
    (
        "migrations",
        [
            "by the program, at start",
            "`wrangler d1 migrations apply`",
            "by the program, at an instance's first request",
        ],
    ),
    (
        "tasks",
        [
            "in the process, which looks for lost ones every 60 s",
            "woken by a queue, lost ones by a cron trigger",
            "after a response and for 10 s; later and lost ones by the sweep",
        ],
    ),
    (
        "outbound HTTP",
        [
            "guarded by URL and by the addresses of a name",
            "guarded by URL and `global_fetch_strictly_public`",
            "guarded by URL and, if told to, by Spin",
        ],
    ),
    (
        "`/docs`",
        [
            "from the program",
            "from the Worker's assets: `[assets]` in `wrangler.toml`",
            "from mounted files: `files` in `spin.toml`",
        ],
    ),
    (
        "logs",
        ["standard output", "`console`, by level", "standard output"],
    ),
];

pub(crate) struct Limit {
    /// What a host cannot do, where that is a loss: the README tells.
    pub(crate) what: Option<&'static str>,
    /// The scenarios that ask for it.
    pub(crate) scenarios: &'static [&'static str],
    /// Which hosts, and why.
    pub(crate) reasons: &'static [(&'static [Host], &'static str)],
}

const SPIN: &[Host] = &[Host::SpinStandIn, Host::Spin];

pub(crate) const LIMITS: &[Limit] = &[
    Limit {
        what: Some("retry later than 10 s after a response by itself"),
        scenarios: &["a_late_retry_needs_no_sweep"],
        reasons: &[(
            SPIN,
            "nothing but a request wakes an instance, such as the sweep",
        )],
    },
    Limit {
        what: None,
        scenarios: &["a_late_retry_waits_for_the_sweep"],
        reasons: &[
            (&[Host::Native], "the process wakes itself"),
            (&[Host::Workers], "the queue wakes it"),
        ],
    },
    Limit {
        what: Some("answer a panic with a problem"),
        scenarios: &["a_panic_is_answered_with_a_problem"],
        reasons: &[(
            SPIN,
            "the instance traps, and Spin answers 500 without a body",
        )],
    },
    Limit {
        what: Some("keep what else an instance has under way when a request panics"),
        scenarios: &["what_is_under_way_outlives_a_panic"],
        reasons: &[
            (&[Host::Workers], "it is lost, and answered with 500"),
            (SPIN, "it is lost, and answered with 500"),
        ],
    },
    Limit {
        what: Some("read a body before its end"),
        scenarios: &["a_handler_reads_a_body_before_its_end"],
        reasons: &[(
            &[Host::Workers],
            "the entry gathers it first, up to the limit",
        )],
    },
    Limit {
        what: Some("refuse a body by its declared length alone"),
        scenarios: &["a_body_said_to_be_longer_is_refused_unread"],
        reasons: &[(
            &[Host::Workers],
            "not under `wrangler dev`, whose proxy passes no answer on before it has the body",
        )],
    },
    Limit {
        what: Some("speak WebSocket"),
        scenarios: &[
            "a_socket_says_back_what_it_is_told",
            "what_comes_while_nobody_listens_waits",
            "sockets_are_told_apart",
            "a_long_message_arrives_and_one_over_the_limit_does_not",
            "a_ping_is_answered",
            "either_side_closes_with_a_code",
            "a_subprotocol_is_agreed_on",
            "a_request_without_an_upgrade_is_refused",
            "a_client_that_vanishes_breaks_nothing",
        ],
        reasons: &[(
            SPIN,
            "`wasi:http` has no way to leave HTTP, so an upgrade is answered with a 501 problem",
        )],
    },
    Limit {
        what: None,
        scenarios: &["an_upgrade_is_answered_with_a_501"],
        reasons: &[
            (&[Host::Native], "it has WebSockets"),
            (&[Host::Workers], "it has WebSockets"),
        ],
    },
    Limit {
        what: Some("share a database between processes"),
        scenarios: &[
            "servers_that_start_at_once_apply_each_migration_once",
            "two_processes_deliver_no_attempt_twice",
            "a_sweep_runs_what_another_process_wrote",
        ],
        reasons: &[(
            &[Host::Workers],
            "not under `wrangler dev`, where one workerd does not wait for another's writes (`SQLITE_BUSY`)",
        )],
    },
];

/// Why a scenario does not run on a host, where it does not.
pub(crate) fn reason(scenario: &str, host: Host) -> Option<&'static str> {
    LIMITS
        .iter()
        .filter(|limit| limit.scenarios.contains(&scenario))
        .find_map(|limit| limit.reason(host))
}

impl Limit {
    pub(crate) fn reason(&self, host: Host) -> Option<&'static str> {
        let found = self.reasons.iter().find(|(hosts, _)| hosts.contains(&host));
        found.map(|(_, reason)| *reason)
    }
}
