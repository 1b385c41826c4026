//! One suite for every host: each scenario runs against the native server, `wrangler dev`, `spin-host` and, where there is a
//! `spin` on PATH, that.
//!
//! A host's server starts when the first of its scenarios needs it, so `cargo test --test hosts native::` starts no other.
//! What is said to the servers and what they answer goes through real sockets. `differences` says what a host cannot do,
//! `support` holds what a scenario needs, every other module holds scenarios.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a scenario fails by panicking"
)]

mod answers;
mod auth;
mod awkward;
mod bad_input;
mod bodies;
mod crash;
mod delete;
mod deliver;
mod differences;
mod docs;
mod failures;
mod fan_out;
mod filters;
mod health;
mod http;
mod idempotency;
mod in_flight;
mod inputs;
mod layers;
mod lists;
mod logs;
mod migrations;
mod nothing_written;
mod readme;
mod responses;
mod retry;
mod sdk;
mod streams;
mod support;
mod sweep;
mod targets;
mod timing;
mod two_processes;
mod websocket;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use support::host::Host;

type Scenario = fn(Host);

/// Names each scenario once: `module: fact, fact;`.
macro_rules! scenarios {
    ($($module:ident: $($fact:ident),+;)+) => {
        &[$($((stringify!($fact), $module::$fact)),+),+]
    };
}

/// Those that wait for longest come first.
const SCENARIOS: &[(&str, Scenario)] = scenarios! {
    crash:
        what_was_accepted_before_a_kill_is_delivered_after_it;
    timing:
        a_receiver_that_does_not_answer_is_given_up_on_after_20_seconds,
        retry_after_puts_the_next_attempt_off;
    migrations:
        a_database_of_the_previous_version_is_brought_up_to_date,
        servers_that_start_at_once_apply_each_migration_once;
    two_processes:
        two_processes_deliver_no_attempt_twice;
    sweep:
        a_late_retry_needs_no_sweep,
        a_late_retry_waits_for_the_sweep,
        a_sweep_runs_what_another_process_wrote,
        the_sweep_wants_its_own_key,
        without_a_key_there_is_no_sweep;
    sdk:
        python_sdk,
        node_sdk,
        typed_client;
    retry:
        a_receiver_that_fails_twice_gets_a_third_attempt,
        a_refused_connection_is_a_failed_attempt,
        attempts_end_with_the_schedule;
    deliver:
        a_message_arrives_signed_and_byte_for_byte,
        every_endpoint_gets_the_message_under_one_id_and_its_own_signature,
        a_generated_secret_has_24_random_bytes,
        a_given_secret_signs,
        headers_of_an_endpoint_go_with_each_delivery;
    answers:
        only_2xx_is_success,
        gone_disables_the_endpoint,
        a_redirect_is_not_followed,
        a_stored_response_ends_at_16_kib,
        a_response_that_is_not_text_is_stored_all_the_same;
    filters:
        an_endpoint_gets_what_its_filters_let_through,
        a_disabled_endpoint_gets_nothing;
    fan_out:
        a_hundred_endpoints_get_a_message_that_was_accepted_at_once,
        a_slow_receiver_does_not_hold_the_others_up;
    in_flight:
        requests_in_flight_at_once_are_told_apart_in_the_log;
    logs:
        the_lines_of_a_scenario_are_the_same_on_every_host;
    idempotency:
        the_same_key_and_body_answer_the_first_answer,
        the_same_key_with_another_body_is_refused,
        requests_at_the_same_time_under_one_key_make_one_message;
    auth:
        only_the_whole_key_opens_the_api,
        the_scheme_is_read_in_any_case,
        a_request_without_the_key_writes_nothing;
    bad_input:
        every_wrong_request_gets_its_problem,
        every_wrong_member_is_named_at_once;
    awkward:
        awkward_text_breaks_nothing;
    bodies:
        a_body_of_one_mebibyte_is_delivered,
        a_longer_body_is_refused,
        a_body_said_to_be_longer_is_refused_unread,
        bytes_come_back_as_they_were_sent,
        bodies_at_once_are_told_apart;
    streams:
        a_response_arrives_in_pieces,
        a_request_may_arrive_in_pieces,
        a_handler_reads_a_body_before_its_end;
    responses:
        what_was_made_is_answered_with_its_location,
        a_redirect_says_which_and_adds_no_header,
        a_status_that_has_no_body_gets_none,
        a_status_that_cannot_be_sent_harms_no_other_request,
        a_response_has_the_id_of_its_request_and_no_other,
        who_has_the_version_gets_304,
        a_change_of_another_version_is_refused,
        cookies_are_set_one_by_one,
        events_arrive_as_they_happen,
        events_go_on_where_the_client_was;
    inputs:
        forms_and_headers_and_cookies_are_read,
        what_is_missing_is_named,
        an_upload_is_read_part_by_part,
        an_upload_over_a_limit_is_refused,
        a_signature_is_over_the_bytes_that_came,
        a_body_may_be_missing_where_it_is_optional,
        what_is_left_out_of_an_update_is_not_null;
    websocket:
        a_socket_says_back_what_it_is_told,
        what_comes_while_nobody_listens_waits,
        sockets_are_told_apart,
        a_long_message_arrives_and_one_over_the_limit_does_not,
        a_ping_is_answered,
        either_side_closes_with_a_code,
        a_subprotocol_is_agreed_on,
        a_request_without_an_upgrade_is_refused,
        a_client_that_vanishes_breaks_nothing,
        an_upgrade_is_answered_with_a_501;
    layers:
        a_request_with_a_key_is_done_once,
        of_two_requests_with_a_key_one_is_refused,
        a_quota_is_told_and_kept,
        a_quota_may_be_counted_by_the_platform,
        an_answer_that_takes_too_long_is_a_503,
        tower_http_layers_work,
        a_layer_of_a_group_gets_the_headers_of_its_operations;
    failures:
        a_failure_is_told_to_the_log_and_not_to_the_client,
        after_a_panic_the_next_request_is_served,
        a_panic_is_logged_with_its_request,
        a_panic_is_answered_with_a_problem,
        what_is_under_way_is_answered_when_another_request_panics,
        what_is_under_way_outlives_a_panic;
    nothing_written:
        a_refused_application_leaves_no_trace,
        a_refused_endpoint_leaves_no_trace,
        a_refused_message_leaves_no_trace;
    lists:
        an_empty_list_is_done,
        pages_visit_every_item_once,
        applications_are_paged_too,
        the_order_can_be_turned_round,
        wrong_list_parameters_are_refused;
    delete:
        a_deleted_application_is_gone,
        a_deleted_endpoint_gets_nothing_more;
    targets:
        private_targets_are_refused_unless_they_are_allowed;
    http:
        a_sane_request_id_is_echoed_and_any_other_replaced,
        head_and_options_are_answered,
        repeated_headers_stay_apart,
        every_value_of_a_repeated_header_arrives,
        a_handler_sees_the_host_that_was_asked_for,
        huge_request_lines_and_headers_break_nothing,
        what_is_not_http_breaks_nothing;
    docs:
        the_document_is_the_committed_one,
        the_page_of_the_document_is_served,
        a_type_of_problem_leads_to_what_it_means;
    health:
        health_and_readiness_need_no_key;
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Scenarios mostly wait for deliveries, so more of them than cores run at a time.
    arguments.test_threads.get_or_insert(12);

    let limits = differences::LIMITS.iter();
    for name in limits.flat_map(|limit| limit.scenarios) {
        let known = SCENARIOS.iter().any(|(scenario, _)| scenario == name);
        assert!(known, "LIMITS names `{name}`, which is no scenario");
    }
    let hosts = Host::ALL.iter().filter(|host| host.is_here());
    let on_each = |&(name, run)| hosts.clone().map(move |&host| trial(host, name, run));
    let table = Trial::test("readme::the_host_table_is_up_to_date", || {
        readme::the_host_table_is_up_to_date();
        Ok(())
    });
    let schemas = Trial::test("layers::the_probe_has_the_schemas_of_the_layers", || {
        layers::the_probe_has_the_schemas_of_the_layers();
        Ok(())
    });
    let trials = SCENARIOS.iter().flat_map(on_each);
    let trials = trials.chain([table, schemas]).collect();

    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        support::log::show_all();
    }
    if let Some(wrong) = support::log::shown_secrets() {
        eprintln!("{wrong}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

fn trial(host: Host, name: &'static str, run: Scenario) -> Trial {
    Trial::ignorable_test(format!("{host}::{name}"), move || {
        if let Some(reason) = differences::reason(name, host) {
            return Ok(Completion::ignored_with(reason));
        }
        run(host);
        Ok(Completion::Completed)
    })
}
