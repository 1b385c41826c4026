//! The layers of Whippet and of tower-http.

use std::fs;
use std::thread;

use crate::support::app::unique;
use crate::support::client::{Api, Response};
use crate::support::host::Host;
use crate::support::{launch, probe};

fn order(api: &Api, path: &str, key: &str, body: &str) -> Response {
    api.post(path, body).header("idempotency-key", key).send()
}

pub(crate) fn a_request_with_an_idempotency_key_runs_once(host: Host) {
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

pub(crate) fn a_concurrent_request_with_the_same_key_is_rejected(host: Host) {
    let api = host.layered().api();
    let key = unique("key");
    let mut responses: Vec<Response> = thread::scope(|scope| {
        let post = || scope.spawn(|| order(&api, "/orders?slow", &key, "{}"));
        [post(), post()]
            .map(|response| response.join().unwrap())
            .into()
    });
    responses.sort_by_key(|response| response.status);
    assert_eq!(responses[0].status, 201, "{responses:?}");
    responses[1].problem(409);
    let again = order(&api, "/orders?slow", &key, "{}");
    assert_eq!(again.json(), responses[0].json());
}

pub(crate) fn a_quota_is_reported_and_enforced(host: Host) {
    let api = host.layered().api();
    let caller = unique("caller");
    let ask = || api.get("/text").header("x-caller", &caller).send();
    for left in ["r=2", "r=1", "r=0"] {
        let response = ask();
        assert_eq!(response.status, 200, "{response:?}");
        let expected = format!("\"default\";{left};t=");
        assert!(
            response.header("ratelimit").starts_with(&expected),
            "{response:?}"
        );
        assert_eq!(response.header("ratelimit-policy"), "\"default\";q=3;w=60");
    }
    let rejected = ask();
    rejected.problem(429);
    let after: u32 = rejected.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&after), "{rejected:?}");
    assert_eq!(
        api.get("/text").send().header("ratelimit-policy"),
        "",
        "a request without a caller is not counted"
    );
}

/// A platform's rate limit may be inexact. So the test only requires that at least one of 50 requests is rejected.
pub(crate) fn a_quota_may_be_counted_by_the_platform(host: Host) {
    let api = host.layered().api();
    let caller = unique("caller");
    let ask = || api.get("/text").header("x-burst", &caller).send();
    let first = ask();
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.header("ratelimit-policy"), "\"burst\";q=5;w=10");
    let rejected = (0..50)
        .map(|_| ask())
        .find(|response| response.status != 200);
    let rejected = rejected.expect("a rejected request");
    rejected.problem(429);
    assert!(!rejected.header("retry-after").is_empty(), "{rejected:?}");
}

pub(crate) fn a_response_over_the_timeout_is_a_503(host: Host) {
    let api = host.layered().api();
    let late = api.get("/late").send();
    assert_eq!(late.problem(503)["code"], "timeout");
}

/// Only D1 has replicas, so the other hosts return no bookmarks.
pub(crate) fn a_request_continues_the_database_session_of_its_bookmark(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let name = unique("name");
    let added = api.post(&format!("/seen/{name}"), "").send();
    assert_eq!(added.status, 204, "{added:?}");
    let bookmark = added.header("x-d1-bookmark");
    assert_eq!(bookmark.is_empty(), host != Host::Workers, "{added:?}");
    let mut list = api.get("/seen");
    if host == Host::Workers {
        list = list.header("x-d1-bookmark", bookmark);
    }
    let list = list.send();
    assert!(list.text().contains(&name), "{list:?}");
    assert!(list.header("x-d1-bookmark") >= bookmark, "{list:?}");

    let rejected = api.get("/seen").header("x-d1-bookmark", "no bookmark");
    let detail = rejected.send().problem(400)["detail"].to_string();
    assert!(detail.contains("no bookmark"), "{detail}");
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
        let response = api.get(path).header("origin", "https://app.example").send();
        assert_eq!(
            response.header("access-control-allow-origin"),
            "https://app.example"
        );
    }
    assert_eq!(api.get("/sensitive").send().text(), "true");
}

pub(crate) fn a_group_layer_gets_headers_that_its_operations_do_not_read(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let grouped = api.get("/grouped").header("x-caller", "ada").send();
    assert_eq!(grouped.text(), "grouped");
    assert_eq!(grouped.header("x-called-by"), "ada");
    let other = api.get("/text").header("x-caller", "ada").send();
    assert_eq!(other.header("x-called-by"), "");
}

/// The migration of `examples/probe` must contain the schemas in `crates/whippet/schema`.
pub(crate) fn the_probe_migration_has_the_schemas_of_the_layers() {
    let read = |path: &str| fs::read_to_string(launch::root().join(path)).unwrap();
    let schema = |name: &str| read(&format!("crates/whippet/schema/{name}.sql"));
    assert_eq!(
        read("examples/probe/migrations/0001_layers.sql"),
        [schema("idempotency"), schema("rate_limits")].join("\n")
    );
    let outbox = ["tasks", "tasks_trace", "tasks_queues", "task_schedules"].map(schema);
    let of_schedules = read("examples/probe/migrations/0002_schedules.sql");
    assert!(of_schedules.contains(&outbox.concat()));
    assert!(read("examples/probe/migrations/0004_groups.sql").starts_with(&schema("task_groups")));
    for file in [
        "hello/migrations/0003",
        "notes/migrations/0004",
        "probe/migrations/0003",
    ] {
        let path = format!("examples/{file}_tasks_progress.sql");
        assert_eq!(read(&path), schema("tasks_progress"));
    }
}
