//! One suite for all hosts. Each scenario runs against the native server, `wrangler dev` and `spin-host`. If Spin 4.1
//! or later is on `PATH`, each scenario also runs against Spin.
//!
//! A server starts when a scenario first needs it. So `cargo test --test hosts native::` starts only native servers.
//! Requests and responses go through real sockets. The module `differences` lists what hosts cannot do, and `support`
//! contains helpers. All other modules contain scenarios.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a scenario fails by panicking"
)]

mod auth;
mod bad_input;
mod blobs;
mod bodies;
mod connections;
mod crash;
mod data;
mod delete;
mod deliver;
mod differences;
mod docs;
mod extractors;
mod failures;
mod fan_out;
mod filters;
mod graphql;
mod handlers;
mod health;
mod hostile_input;
mod http;
mod idempotency;
mod in_flight;
mod kills;
mod layers;
mod lists;
mod logs;
mod migrations;
mod notes;
mod operators;
mod outcomes;
mod protocols;
mod readme;
mod rejections;
mod responses;
mod retry;
mod schedules;
mod sdk;
mod shutdown;
mod streams;
mod support;
mod sweep;
mod targets;
mod task_groups;
mod timing;
mod two_processes;
mod two_versions;
mod websocket;
mod write_failures;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use support::host::Host;

type Scenario = fn(Host);

/// Lists the scenarios by module: `module: scenario, scenario;`.
macro_rules! scenarios {
    ($($module:ident: $($fact:ident),+;)+) => {
        &[$($((stringify!($fact), $module::$fact)),+),+]
    };
}

/// The scenarios. The slowest scenarios come first.
const SCENARIOS: &[(&str, Scenario)] = scenarios! {
    protocols:
        an_idle_http_2_connection_is_closed_even_if_its_client_replies_to_pings;
    crash:
        messages_accepted_before_a_kill_are_delivered_after_a_restart;
    kills:
        kills_under_load_lose_nothing_and_repeat_only_deliveries_with_an_open_lease,
        stops_under_load_lose_nothing_and_repeat_nothing;
    timing:
        an_attempt_times_out_after_20_seconds,
        retry_after_delays_the_next_attempt;
    migrations:
        a_database_of_the_previous_version_is_migrated,
        servers_that_start_together_apply_each_migration_once;
    two_processes:
        two_processes_never_make_the_same_attempt_twice;
    two_versions:
        a_program_that_is_older_than_the_schema_serves_but_is_not_ready,
        a_program_that_starts_with_a_newer_schema_serves_but_is_not_ready,
        a_program_that_is_older_than_the_schema_does_not_start;
    write_failures:
        a_full_disk_loses_nothing,
        a_failing_disk_loses_nothing,
        a_database_that_another_process_locks_loses_nothing,
        a_read_only_database_is_an_error_at_startup;
    schedules:
        concurrent_sweeps_and_restarts_run_one_task_for_each_tick;
    task_groups:
        a_group_whose_queue_is_paused_ends_once_after_it_is_resumed;
    sweep:
        a_late_retry_needs_no_sweep,
        a_late_retry_waits_for_the_sweep,
        a_sweep_runs_tasks_that_another_process_wrote,
        a_sweep_whose_caller_disconnects_finishes_its_attempts,
        the_sweep_requires_the_sweep_key,
        the_sweep_is_404_without_a_sweep_key;
    sdk:
        the_python_sdk_works,
        version_1_of_the_python_sdk_works,
        the_node_sdk_works,
        the_typed_client_works;
    retry:
        a_receiver_that_fails_twice_gets_a_third_attempt,
        a_refused_connection_is_a_failed_attempt,
        attempts_stop_at_the_end_of_the_schedule;
    deliver:
        a_message_arrives_signed_and_byte_for_byte,
        each_endpoint_gets_the_same_message_id_and_its_own_signature,
        a_generated_secret_has_24_random_bytes,
        a_provided_secret_signs_the_deliveries,
        headers_of_an_endpoint_are_sent_with_each_delivery;
    operators:
        an_operator_lists_retries_cancels_and_purges_tasks;
    outcomes:
        only_2xx_responses_are_a_success,
        a_410_disables_the_endpoint,
        a_redirect_is_not_followed,
        a_stored_response_is_cut_at_16_kib,
        a_response_that_is_not_utf_8_is_stored,
        the_status_decides_even_if_the_body_of_the_response_is_cut_off;
    filters:
        an_endpoint_gets_the_messages_that_match_its_filters,
        a_disabled_endpoint_gets_nothing;
    fan_out:
        a_message_to_100_endpoints_is_accepted_before_it_is_delivered,
        a_slow_receiver_does_not_delay_others,
        many_messages_to_a_hanging_endpoint_do_not_delay_another_endpoint;
    in_flight:
        concurrent_requests_have_separate_log_lines;
    logs:
        every_host_writes_the_same_log_lines,
        every_line_of_the_output_is_json_without_secrets,
        an_environment_variable_that_is_not_utf_8_is_ignored;
    graphql:
        every_audit_of_graphql_over_http_passes,
        one_statement_reads_the_books_of_a_hundred_authors,
        the_client_of_graphql_sse_works,
        the_client_of_graphql_ws_works,
        a_graphql_socket_follows_its_protocol,
        an_operation_ends_within_a_second_when_its_client_does_not_want_it,
        a_page_of_another_site_cannot_open_a_graphql_socket,
        a_graphql_socket_gets_501,
        a_query_runs_over_two_subgraphs,
        a_mutation_needs_its_dependency,
        a_file_is_an_argument_of_a_mutation,
        hostile_operations_are_rejected;
    idempotency:
        the_same_key_and_body_return_the_first_response,
        the_same_key_with_another_body_is_rejected,
        concurrent_requests_with_one_key_create_one_message;
    auth:
        only_the_whole_api_key_is_accepted,
        the_authorization_scheme_is_case_insensitive,
        a_request_without_the_key_writes_nothing;
    data:
        a_stored_value_is_read_back_bit_for_bit,
        every_statement_of_a_record_does_the_same_on_every_host,
        a_violated_constraint_is_the_same_error;
    bad_input:
        every_invalid_request_gets_a_problem_document,
        every_invalid_field_is_reported_in_one_response;
    hostile_input:
        hostile_input_causes_no_server_error;
    bodies:
        a_body_of_one_mebibyte_is_delivered,
        a_body_over_one_mebibyte_is_rejected,
        a_content_length_over_the_limit_is_rejected_before_the_body_arrives,
        the_limit_holds_for_a_handler_that_takes_bytes,
        bytes_are_echoed_unchanged,
        concurrent_bodies_stay_separate;
    streams:
        a_streamed_response_arrives_in_pieces,
        a_request_may_arrive_in_pieces,
        a_handler_reads_a_body_while_it_arrives,
        an_upload_that_is_cut_off_is_logged_as_a_400;
    blobs:
        a_large_object_is_stored_and_sent_as_a_stream,
        an_object_is_stored_replaced_listed_and_deleted,
        a_download_sends_a_range_of_an_object,
        a_bucket_of_an_s3_compatible_store_has_the_objects,
        a_bucket_with_a_wrong_secret_is_an_error_in_the_log,
        object_storage_gets_501;
    responses:
        a_created_resource_is_returned_with_its_location,
        a_redirect_keeps_its_status_and_cannot_inject_headers,
        statuses_without_content_have_no_body,
        an_invalid_status_does_not_affect_other_requests,
        a_compressed_body_is_not_compressed_again,
        header_values_that_are_not_ascii_are_omitted,
        variables_of_every_type_are_text,
        a_response_has_exactly_one_request_id,
        a_request_with_the_current_etag_gets_304,
        a_change_with_a_stale_etag_is_rejected,
        each_cookie_has_its_own_header,
        events_arrive_as_soon_as_they_are_sent,
        events_resume_after_the_last_event_id;
    notes:
        an_account_writes_notes_and_follows_them,
        a_file_is_attached_and_downloaded_in_parts;
    handlers:
        credentials_and_scopes_are_checked,
        api_keys_are_read_from_a_header_the_query_or_a_cookie,
        requests_share_the_state_of_an_instance,
        a_form_with_a_file_is_read_into_a_struct,
        typed_events_and_values_are_streamed,
        work_runs_after_the_response;
    extractors:
        forms_headers_and_cookies_are_extracted,
        missing_and_invalid_values_are_reported_by_name,
        an_upload_is_read_part_by_part,
        an_upload_over_a_limit_is_rejected,
        raw_extracts_the_exact_bytes,
        an_optional_body_may_be_missing,
        an_absent_patch_field_is_not_null;
    websocket:
        a_socket_echoes_messages_in_order,
        messages_wait_until_the_handler_reads_them,
        concurrent_sockets_stay_separate,
        a_message_over_the_limit_closes_the_socket,
        a_ping_gets_a_pong,
        a_socket_whose_client_is_silent_is_closed,
        either_side_can_close_a_socket_with_a_code,
        a_subprotocol_is_negotiated,
        a_request_without_an_upgrade_is_rejected,
        a_client_that_disconnects_breaks_nothing,
        a_websocket_upgrade_gets_501;
    layers:
        a_request_with_an_idempotency_key_runs_once,
        a_concurrent_request_with_the_same_key_is_rejected,
        a_quota_is_reported_and_enforced,
        a_quota_may_be_counted_by_the_platform,
        a_response_over_the_timeout_is_a_503,
        tower_http_layers_work,
        a_request_continues_the_database_session_of_its_bookmark,
        a_group_layer_gets_headers_that_its_operations_do_not_read;
    failures:
        the_cause_of_a_500_is_logged_and_hidden_from_the_client,
        the_request_after_a_panic_succeeds,
        a_panic_is_logged_with_its_request_id,
        a_panic_returns_a_problem_document,
        requests_in_flight_get_a_response_when_another_request_panics,
        requests_in_flight_survive_a_panic,
        sockets_are_closed_when_the_instance_traps,
        streams_are_cut_off_when_the_instance_traps,
        sockets_and_streams_survive_a_panic;
    rejections:
        a_rejected_application_writes_nothing,
        a_rejected_endpoint_writes_nothing,
        a_rejected_message_writes_nothing;
    lists:
        the_first_page_of_an_empty_list_is_the_last_page,
        pages_visit_every_item_once,
        applications_are_paginated,
        the_order_can_be_reversed,
        an_iterator_misses_no_message_of_concurrent_writers,
        invalid_list_parameters_are_rejected;
    delete:
        a_deleted_application_is_404_and_gets_no_more_deliveries,
        a_deleted_endpoint_is_404_and_gets_no_more_messages;
    targets:
        private_targets_are_rejected_unless_the_server_allows_them,
        a_name_with_a_private_address_is_blocked_by_spin;
    connections:
        a_silent_connection_is_closed,
        half_a_request_head_times_out,
        a_body_that_arrives_too_slowly_gets_408,
        a_body_that_arrives_at_the_minimum_rate_may_take_long,
        a_response_that_the_client_does_not_read_times_out,
        connections_over_the_maximum_wait_until_idle_connections_are_closed,
        a_rejected_upload_gets_its_response,
        an_http_1_1_request_needs_exactly_one_host_header,
        an_invalid_limit_is_an_error_at_startup;
    shutdown:
        a_shutdown_waits_for_a_request_in_flight,
        a_shutdown_ends_at_its_deadline,
        a_second_signal_ends_the_process_immediately,
        a_connection_that_is_opened_during_a_shutdown_is_served,
        an_idle_connection_does_not_delay_the_shutdown,
        a_shutdown_closes_sockets_and_event_streams,
        a_shutdown_waits_for_a_delivery_in_flight_and_records_it,
        a_handler_runs_to_its_end_even_if_its_client_disconnects,
        a_delivery_that_a_shutdown_aborts_is_retried_without_waiting_for_its_lease,
        a_message_is_delivered_even_if_its_sender_disconnects;
    protocols:
        http_2_is_served_with_prior_knowledge,
        http_2_serves_concurrent_streams,
        requests_over_the_maximum_wait,
        half_of_the_headers_of_an_http_2_request_time_out,
        tls_is_served_with_a_certificate;
    http:
        a_valid_request_id_is_echoed_and_an_invalid_one_replaced,
        head_and_options_are_supported,
        repeated_response_headers_stay_separate,
        every_value_of_a_repeated_request_header_arrives,
        a_handler_gets_the_requested_host,
        huge_request_lines_and_headers_break_nothing,
        invalid_http_breaks_nothing;
    docs:
        the_served_document_equals_openapi_json,
        the_docs_page_is_served,
        the_page_of_the_outbox_is_served,
        each_problem_type_url_returns_its_description;
    health:
        health_and_readiness_need_no_key;
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Scenarios mostly wait for deliveries. So 12 scenarios can run at the same time, even on a machine with fewer
    // cores.
    arguments.test_threads.get_or_insert(12);

    let limits = differences::LIMITS.iter();
    for name in limits.flat_map(|limit| limit.scenarios) {
        let exists = SCENARIOS.iter().any(|(scenario, _)| scenario == name);
        assert!(exists, "LIMITS names `{name}`, which is not a scenario");
    }
    let hosts = Host::ALL.iter().filter(|host| host.is_available());
    let on_each = |&(name, run)| hosts.clone().map(move |&host| trial(host, name, run));
    let table = Trial::test("readme::the_host_table_is_up_to_date", || {
        readme::the_host_table_is_up_to_date();
        Ok(())
    });
    let schemas = Trial::test(
        "layers::the_probe_migration_has_the_schemas_of_the_layers",
        || {
            layers::the_probe_migration_has_the_schemas_of_the_layers();
            Ok(())
        },
    );
    let networks = Trial::test("readme::spin_up_blocks_private_networks", || {
        readme::spin_up_blocks_private_networks();
        Ok(())
    });
    let old_spin = Trial::test("launch::an_old_spin_is_ignored", || {
        support::launch::an_old_spin_is_ignored();
        Ok(())
    });
    let trials = SCENARIOS.iter().flat_map(on_each);
    let others = [table, schemas, networks, old_spin];
    let trials = trials.chain(others).collect();

    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        support::log::print_all();
    }
    if let Some(error) = support::log::leaked_secrets() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// Returns a test that runs a scenario on a host. If the host cannot run the scenario, the test is ignored.
fn trial(host: Host, name: &'static str, run: Scenario) -> Trial {
    Trial::ignorable_test(format!("{host}::{name}"), move || {
        let reason = differences::reason(name, host).or_else(|| differences::missing(name));
        if let Some(reason) = reason {
            return Ok(Completion::ignored_with(reason));
        }
        run(host);
        Ok(Completion::Completed)
    })
}
