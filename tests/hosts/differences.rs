//! How each host runs a program, and what each host cannot do. The README's host table is generated from this module.

use crate::support::host::Host;
use crate::support::launch;

/// The columns of the README's host table.
pub(crate) const COLUMNS: [(&str, Host); 3] = [
    ("Native", Host::Native),
    ("Cloudflare Workers", Host::Workers),
    ("Spin", Host::Spin),
];

pub(crate) const FACTS: &[(&str, [&str; COLUMNS.len()])] = &[
    (
        "server",
        [
            "`make run`: hyper, HTTP/1.1 and HTTP/2, TLS with `TLS_CERT` and `TLS_KEY`",
            "`make dev`: the `fetch` event",
            "`make spin`: the HTTP trigger, WASI 0.3",
        ],
    ),
    (
        "database",
        [
            "a SQLite file; a batch runs in `BEGIN IMMEDIATE … COMMIT`",
            "D1; a batch uses D1's `batch`",
            "Spin's SQLite or libSQL; a batch runs in `BEGIN IMMEDIATE … COMMIT`",
        ],
    ),
    (
        "object storage",
        [
            "a folder: `BLOBS`; or an S3-compatible store",
            "R2: the bucket that is bound as `BLOBS`; or an S3-compatible store",
            "an S3-compatible store",
        ],
    ),
    (
        "migrations",
        [
            "applied by the program at startup",
            "applied by `wrangler d1 migrations apply`",
            "applied by the program at an instance's first request",
        ],
    ),
    (
        "tasks",
        [
            "run in the process, which also polls the database every 60 s",
            "started by a queue message; a cron trigger also runs due tasks every minute",
            "due within 10 s: run after a response; later: run by the sweep",
        ],
    ),
    (
        "outbound HTTP",
        [
            "the program checks the URL of a target and the addresses to which it resolves",
            "the program checks the URL of a target; `global_fetch_strictly_public` routes every request over the public internet",
            "the program checks the URL of a target; with `block_networks` (`spin-runtime.toml`), Spin also checks addresses",
        ],
    ),
    (
        "`/docs`",
        [
            "served by the program",
            "served from the Worker's assets: `[assets]` in `wrangler.toml`",
            "served from mounted files: `files` in `spin.toml`",
        ],
    ),
    (
        "logs",
        ["standard output", "`console`, by level", "standard output"],
    ),
];

pub(crate) struct Limit {
    /// What the hosts in `reasons` cannot do, in the words of the README. `None` if the README does not mention this
    /// limit.
    pub(crate) what: Option<&'static str>,
    /// The scenarios that the hosts in `reasons` skip.
    pub(crate) scenarios: &'static [&'static str],
    /// The hosts that skip the scenarios. Each item has the hosts that skip for the same reason, and this reason.
    pub(crate) reasons: &'static [(&'static [Host], &'static str)],
}

const SPIN: &[Host] = &[Host::SpinHost, Host::Spin];

pub(crate) const LIMITS: &[Limit] = &[
    Limit {
        what: None,
        scenarios: &[
            "kills_under_load_lose_nothing_and_repeat_only_deliveries_with_an_open_lease",
            "stops_under_load_lose_nothing_and_repeat_nothing",
        ],
        reasons: &[
            (
                &[Host::Workers],
                "20 starts take too long; the module `crash` kills one server",
            ),
            (
                SPIN,
                "20 starts take too long; the module `crash` kills one server",
            ),
        ],
    },
    Limit {
        what: Some("without the sweep, run a retry that is due more than 10 s after a response"),
        scenarios: &["a_late_retry_needs_no_sweep"],
        reasons: &[(SPIN, "only a request, such as the sweep, wakes an instance")],
    },
    Limit {
        what: None,
        scenarios: &["a_late_retry_waits_for_the_sweep"],
        reasons: &[
            (&[Host::Native], "the process wakes up for a due task"),
            (&[Host::Workers], "a delayed queue message wakes the Worker"),
        ],
    },
    Limit {
        what: Some("respond to a panic with a problem document"),
        scenarios: &["a_panic_returns_a_problem_document"],
        reasons: &[(
            SPIN,
            "the instance traps, and Spin responds 500 without a body",
        )],
    },
    Limit {
        what: Some("finish the other requests of an instance after a panic"),
        scenarios: &["requests_in_flight_survive_a_panic"],
        reasons: &[
            (
                &[Host::Workers],
                "the instance traps, so the other requests get a 500",
            ),
            (SPIN, "the instance traps, so the other requests get a 500"),
        ],
    },
    Limit {
        what: None,
        scenarios: &["sockets_are_closed_when_the_instance_traps"],
        reasons: &[
            (&[Host::Native], "a panic ends only its own request"),
            (SPIN, "the host accepts no WebSockets"),
        ],
    },
    Limit {
        what: None,
        scenarios: &["streams_are_cut_off_when_the_instance_traps"],
        reasons: &[(&[Host::Native], "a panic ends only its own request")],
    },
    Limit {
        what: None,
        scenarios: &["sockets_and_streams_survive_a_panic"],
        reasons: &[
            (&[Host::Workers], "a panic ends the instance"),
            (SPIN, "a panic ends the instance"),
        ],
    },
    Limit {
        what: None,
        scenarios: &["a_program_that_starts_with_a_newer_schema_serves_but_is_not_ready"],
        reasons: &[(&[Host::Native], "the program does not start")],
    },
    Limit {
        what: None,
        scenarios: &["a_program_that_is_older_than_the_schema_does_not_start"],
        reasons: &[
            (&[Host::Workers], "the program does not apply migrations"),
            (SPIN, "an instance serves with a newer schema"),
        ],
    },
    Limit {
        what: None,
        scenarios: &[
            "a_full_disk_loses_nothing",
            "a_database_that_another_process_locks_loses_nothing",
        ],
        reasons: &[(&[Host::Workers], "D1 opens the database")],
    },
    Limit {
        what: None,
        scenarios: &[
            "a_failing_disk_loses_nothing",
            "a_read_only_database_is_an_error_at_startup",
        ],
        reasons: &[
            (&[Host::Workers], "D1 opens the database"),
            (SPIN, "Spin opens the database"),
        ],
    },
    Limit {
        what: None,
        scenarios: &[
            "every_line_of_the_output_is_json_without_secrets",
            "an_environment_variable_that_is_not_utf_8_is_ignored",
        ],
        reasons: &[
            (
                &[Host::Workers],
                "the output also contains lines that wrangler writes",
            ),
            (
                SPIN,
                "the output also contains lines that Spin and the script write",
            ),
        ],
    },
    Limit {
        what: None,
        scenarios: &["a_socket_whose_client_is_silent_is_closed"],
        reasons: &[
            (&[Host::Workers], "Cloudflare accepts the connections"),
            (SPIN, "the host accepts no WebSockets"),
        ],
    },
    Limit {
        what: None,
        scenarios: &["variables_of_every_type_are_text"],
        reasons: &[
            (&[Host::Native], "environment variables are text"),
            (SPIN, "the variables of spin.toml are text"),
        ],
    },
    Limit {
        what: Some("read a request body while it arrives"),
        scenarios: &["a_handler_reads_a_body_while_it_arrives"],
        reasons: &[(
            &[Host::Workers],
            "the entry module first reads the whole body, up to the limit",
        )],
    },
    Limit {
        what: Some("reject a request by its `Content-Length` before its body arrives"),
        scenarios: &["a_content_length_over_the_limit_is_rejected_before_the_body_arrives"],
        reasons: &[(
            &[Host::Workers],
            "applies only to `wrangler dev`, whose proxy waits for the whole request body before it forwards a response",
        )],
    },
    Limit {
        what: None,
        scenarios: &[
            "a_silent_connection_is_closed",
            "half_a_request_head_times_out",
            "a_body_that_arrives_too_slowly_gets_408",
            "a_body_that_arrives_at_the_minimum_rate_may_take_long",
            "a_response_that_the_client_does_not_read_times_out",
            "connections_over_the_maximum_wait_until_idle_connections_are_closed",
            "a_rejected_upload_gets_its_response",
            "an_http_1_1_request_needs_exactly_one_host_header",
            "an_invalid_limit_is_an_error_at_startup",
            "a_shutdown_waits_for_a_request_in_flight",
            "a_shutdown_ends_at_its_deadline",
            "a_second_signal_ends_the_process_immediately",
            "a_connection_that_is_opened_during_a_shutdown_is_served",
            "an_idle_connection_does_not_delay_the_shutdown",
            "a_shutdown_closes_sockets_and_event_streams",
            "a_shutdown_waits_for_a_delivery_in_flight_and_records_it",
            "a_delivery_that_a_shutdown_aborts_is_retried_without_waiting_for_its_lease",
            "http_2_is_served_with_prior_knowledge",
            "http_2_serves_concurrent_streams",
            "requests_over_the_maximum_wait",
            "an_idle_http_2_connection_is_closed_even_if_its_client_replies_to_pings",
            "half_of_the_headers_of_an_http_2_request_time_out",
            "tls_is_served_with_a_certificate",
        ],
        reasons: &[
            (&[Host::Workers], "Cloudflare accepts the connections"),
            (SPIN, "Spin accepts the connections"),
        ],
    },
    Limit {
        what: None,
        scenarios: &["a_name_with_a_private_address_is_blocked_by_spin"],
        reasons: &[
            (
                &[Host::Native],
                "the program checks the addresses itself; `tests/core/fetch.rs` tests this",
            ),
            (
                &[Host::Workers],
                "`wrangler dev` has no setting that blocks networks",
            ),
        ],
    },
    Limit {
        what: Some("accept WebSockets"),
        scenarios: &[
            "a_socket_echoes_messages_in_order",
            "messages_wait_until_the_handler_reads_them",
            "concurrent_sockets_stay_separate",
            "a_message_over_the_limit_closes_the_socket",
            "a_ping_gets_a_pong",
            "either_side_can_close_a_socket_with_a_code",
            "a_subprotocol_is_negotiated",
            "a_request_without_an_upgrade_is_rejected",
            "a_client_that_disconnects_breaks_nothing",
        ],
        reasons: &[(
            SPIN,
            "`wasi:http` cannot upgrade a connection, so an upgrade request gets a 501 problem document",
        )],
    },
    Limit {
        what: None,
        scenarios: &["a_websocket_upgrade_gets_501"],
        reasons: &[
            (&[Host::Native], "the host supports WebSockets"),
            (&[Host::Workers], "the host supports WebSockets"),
        ],
    },
    Limit {
        what: Some("run GraphQL operations over WebSockets"),
        scenarios: &[
            "the_client_of_graphql_ws_works",
            "a_graphql_socket_follows_its_protocol",
            "an_operation_ends_within_a_second_when_its_client_does_not_want_it",
            "a_page_of_another_site_cannot_open_a_graphql_socket",
        ],
        reasons: &[(
            SPIN,
            "`wasi:http` cannot upgrade a connection; subscriptions over server-sent events work on every host",
        )],
    },
    Limit {
        what: None,
        scenarios: &["a_graphql_socket_gets_501"],
        reasons: &[
            (&[Host::Native], "the host supports WebSockets"),
            (&[Host::Workers], "the host supports WebSockets"),
        ],
    },
    Limit {
        what: Some("store objects (`Blobs`) without an S3-compatible store"),
        scenarios: &[
            "an_object_is_stored_replaced_listed_and_deleted",
            "a_download_sends_a_range_of_an_object",
            "a_large_object_is_stored_and_sent_as_a_stream",
            "a_file_is_attached_and_downloaded_in_parts",
        ],
        reasons: &[(
            SPIN,
            "Spin has no object storage, so an operation gets a 501 problem document",
        )],
    },
    Limit {
        what: None,
        scenarios: &["object_storage_gets_501"],
        reasons: &[
            (&[Host::Native], "the host has object storage"),
            (&[Host::Workers], "the host has object storage"),
        ],
    },
    Limit {
        what: Some("share a database between processes"),
        scenarios: &[
            "servers_that_start_together_apply_each_migration_once",
            "two_processes_never_make_the_same_attempt_twice",
            "a_sweep_runs_tasks_that_another_process_wrote",
            "a_sweep_whose_caller_disconnects_finishes_its_attempts",
            "a_program_that_is_older_than_the_schema_serves_but_is_not_ready",
        ],
        reasons: &[(
            &[Host::Workers],
            "applies only to `wrangler dev`, where a workerd fails with `SQLITE_BUSY` instead of waiting while another workerd writes",
        )],
    },
];

/// Returns the reason why a host skips a scenario, or `None` if the scenario runs on this host.
pub(crate) fn reason(scenario: &str, host: Host) -> Option<&'static str> {
    LIMITS
        .iter()
        .filter(|limit| limit.scenarios.contains(&scenario))
        .find_map(|limit| limit.reason(host))
}

/// Returns the reason why this machine cannot run a scenario, or `None` if it can.
pub(crate) fn missing(scenario: &str) -> Option<&'static str> {
    let needs_mount = scenario == "a_full_disk_loses_nothing";
    (needs_mount && !launch::can_mount()).then_some("this user may not create user namespaces")
}

impl Limit {
    pub(crate) fn reason(&self, host: Host) -> Option<&'static str> {
        let found = self.reasons.iter().find(|(hosts, _)| hosts.contains(&host));
        found.map(|(_, reason)| *reason)
    }
}
