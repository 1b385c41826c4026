//! Layers: Whippet's own, and tower-http's.

use std::fs;
use std::thread;

use crate::support::app::unique;
use crate::support::client::{Answer, Api};
use crate::support::host::Host;
use crate::support::{launch, probe};

fn order(api: &Api, path: &str, key: &str, body: &str) -> Answer {
    api.post(path, body).header("idempotency-key", key).send()
}

pub(crate) fn a_request_with_a_key_is_done_once(host: Host) {
    let api = host.layered().api();
    let key = unique("key");
    let first = order(&api, "/orders", &key, "{}");
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = order(&api, "/orders", &key, "{}");
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((again.status, again.json()), (201, first.json()));
    for name in ["location", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    order(&api, "/orders", &key, "{ }").problem(422);
    let other = order(&api, "/orders", &unique("key"), "{}");
    assert_ne!(other.json(), first.json());
}

pub(crate) fn of_two_requests_with_a_key_one_is_refused(host: Host) {
    let api = host.layered().api();
    let key = unique("key");
    let mut answers: Vec<Answer> = thread::scope(|scope| {
        let post = || scope.spawn(|| order(&api, "/orders?slow", &key, "{}"));
        [post(), post()].map(|answer| answer.join().unwrap()).into()
    });
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 201, "{answers:?}");
    answers[1].problem(409);
    let again = order(&api, "/orders?slow", &key, "{}");
    assert_eq!(again.json(), answers[0].json());
}

pub(crate) fn a_quota_is_told_and_kept(host: Host) {
    let api = host.layered().api();
    let caller = unique("caller");
    let ask = || api.get("/text").header("x-caller", &caller).send();
    for left in ["r=2", "r=1", "r=0"] {
        let answer = ask();
        assert_eq!(answer.status, 200, "{answer:?}");
        let expected = format!("\"default\";{left};t=");
        assert!(
            answer.header("ratelimit").starts_with(&expected),
            "{answer:?}"
        );
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=3;w=60");
    }
    let refused = ask();
    refused.problem(429);
    let after: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&after), "{refused:?}");
    assert_eq!(
        api.get("/text").send().header("ratelimit-policy"),
        "",
        "nobody is counted"
    );
}

/// A platform's count need not be exact.
pub(crate) fn a_quota_may_be_counted_by_the_platform(host: Host) {
    let api = host.layered().api();
    let caller = unique("caller");
    let ask = || api.get("/text").header("x-burst", &caller).send();
    let first = ask();
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.header("ratelimit-policy"), "\"burst\";q=5;w=10");
    let refused = (0..50).map(|_| ask()).find(|answer| answer.status != 200);
    let refused = refused.expect("a refusal");
    refused.problem(429);
    assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
}

pub(crate) fn an_answer_that_takes_too_long_is_a_503(host: Host) {
    let api = host.layered().api();
    let late = api.get("/late").send();
    assert_eq!(late.problem(503)["code"], "timeout");
}

pub(crate) fn tower_http_layers_work(host: Host) {
    let api = host.layered().api();
    let preflight = api
        .call("OPTIONS", "/orders")
        .header("origin", "https://app.example");
    let preflight = preflight
        .header("access-control-request-method", "POST")
        .send();
    assert_eq!(preflight.status, 200, "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST");
    for path in ["/text", "/missing"] {
        let answer = api.get(path).header("origin", "https://app.example").send();
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://app.example"
        );
    }
    assert_eq!(api.get("/sensitive").send().text(), "true");
}

pub(crate) fn a_layer_of_a_group_gets_the_headers_of_its_operations(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let grouped = api.get("/grouped").header("x-caller", "ada").send();
    assert_eq!(grouped.text(), "grouped");
    assert_eq!(grouped.header("x-called-by"), "ada");
    let other = api.get("/text").header("x-caller", "ada").send();
    assert_eq!(other.header("x-called-by"), "");
}

/// The probe's migration is made of the schemas that whippet offers.
pub(crate) fn the_probe_has_the_schemas_of_the_layers() {
    let read = |path: &str| fs::read_to_string(launch::root().join(path)).unwrap();
    let schema = |name: &str| read(&format!("crates/whippet/schema/{name}.sql"));
    assert_eq!(
        read("examples/probe/migrations/0001_layers.sql"),
        [schema("idempotency"), schema("rate_limits")].join("\n")
    );
}
