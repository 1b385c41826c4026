//! One suite, two hosts: every scenario runs against the native server and against `wrangler dev`.
//!
//! A host's server starts when the first of its scenarios needs it, so `cargo test --test hosts
//! native::` never starts wrangler. What is said to the servers and what they answer goes through
//! real sockets; `support` holds what a scenario needs, every other module holds scenarios.

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
mod fan_out;
mod filters;
mod health;
mod http;
mod idempotency;
mod instance;
mod lists;
mod nothing_written;
mod retry;
mod sdk;
mod support;
mod targets;
mod timing;

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Trial};
use support::host::Host;

type Scenario = fn(Host);

/// Names each scenario once: `module: fact, fact;`.
macro_rules! scenarios {
    ($($module:ident: $($fact:ident),+;)+) => {
        &[$($((stringify!($fact), $module::$fact)),+),+]
    };
}

const SCENARIOS: &[(&str, Scenario)] = scenarios! {
    deliver:
        a_message_arrives_signed_and_byte_for_byte,
        every_endpoint_gets_the_message_under_one_id_and_its_own_signature,
        a_generated_secret_has_24_random_bytes,
        a_given_secret_signs,
        headers_of_an_endpoint_go_with_each_delivery;
    retry:
        a_receiver_that_fails_twice_gets_a_third_attempt,
        a_refused_connection_is_a_failed_attempt,
        attempts_end_with_the_schedule;
    timing:
        retry_after_puts_the_next_attempt_off,
        a_receiver_that_does_not_answer_is_given_up_on_after_20_seconds;
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
        a_body_said_to_be_longer_is_refused_unread;
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
        huge_request_lines_and_headers_break_nothing,
        what_is_not_http_breaks_nothing;
    health:
        health_and_readiness_need_no_key;
    crash:
        what_was_accepted_before_a_kill_is_delivered_after_it;
    sdk:
        python_sdk,
        node_sdk;
};

/// What concerns the WebAssembly instance itself, against the probe on Workers.
const INSTANCE: &[(&str, fn())] = &[
    (
        "a_trap_costs_its_own_request_only",
        instance::a_trap_costs_its_own_request_only,
    ),
    (
        "a_trap_after_an_await_costs_its_own_request_only",
        instance::a_trap_after_an_await_costs_its_own_request_only,
    ),
    (
        "what_is_under_way_when_another_request_traps_is_answered",
        instance::what_is_under_way_when_another_request_traps_is_answered,
    ),
    ("a_stream_arrives_whole", instance::a_stream_arrives_whole),
    (
        "repeated_headers_stay_apart",
        instance::repeated_headers_stay_apart,
    ),
    (
        "bytes_come_back_as_they_were_sent",
        instance::bytes_come_back_as_they_were_sent,
    ),
];

/// What a host cannot do, and why.
const SKIPPED: &[(&str, Host, &str)] = &[(
    "a_body_said_to_be_longer_is_refused_unread",
    Host::Workers,
    "the proxy of wrangler dev passes no answer on before it has the body",
)];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Scenarios mostly wait for deliveries, so more of them than cores run at a time.
    arguments.test_threads.get_or_insert(8);

    for (name, _, _) in SKIPPED {
        let known = SCENARIOS.iter().any(|(scenario, _)| scenario == name);
        assert!(known, "SKIPPED names `{name}`, which is no scenario");
    }
    let instance = INSTANCE.iter().map(|&(name, run)| {
        let run = move || {
            // One after the other: what traps takes down what else is under way in the instance.
            static TURN: Mutex<()> = Mutex::new(());
            let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
            run();
            Ok(())
        };
        Trial::test(format!("workers::instance::{name}"), run)
    });
    let trials = Host::ALL
        .iter()
        .flat_map(|&host| {
            SCENARIOS
                .iter()
                .map(move |&(name, run)| trial(host, name, run))
        })
        .chain(instance)
        .collect();

    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        support::server::show_logs();
    }
    conclusion.exit_code()
}

fn trial(host: Host, name: &'static str, run: Scenario) -> Trial {
    let reason = SKIPPED
        .iter()
        .find(|&&(skipped, on, _)| skipped == name && on == host)
        .map(|&(_, _, reason)| reason);
    Trial::ignorable_test(format!("{host}::{name}"), move || {
        if let Some(reason) = reason {
            return Ok(Completion::ignored_with(reason));
        }
        run(host);
        Ok(Completion::Completed)
    })
}
