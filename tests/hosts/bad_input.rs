//! Every invalid request gets a problem document with a status below 500.

use serde_json::json;

use crate::support::app::App;
use crate::support::host::Host;

const JSON: &str = "application/json";

/// The method, the path (`{app}` is a placeholder for the path of an application), the content type, the body, and the
/// status of the expected problem.
type Case = (&'static str, &'static str, &'static str, &'static [u8], u16);

#[rustfmt::skip] // One line for each case.
const CASES: &[Case] = &[
    // Bodies that are not JSON.
    ("POST", "/api/v1/app", JSON, b"{", 400),
    ("POST", "/api/v1/app", JSON, b"{\"name\":\"a\"} trailing", 400),
    ("POST", "/api/v1/app", JSON, b"{'name':'a'}", 400),
    ("POST", "/api/v1/app", JSON, b"\x00\xff\xfe\x89PNG\r\n", 400),
    ("POST", "/api/v1/app", JSON, b"{\"name\":\"\xff\"}", 400),
    ("POST", "/api/v1/app", JSON, b"", 400),
    ("POST", "{app}/endpoint", JSON, b"nonsense", 400),
    ("POST", "{app}/msg", JSON, b"{\"eventType\":\"a\",\"payload\":{\"n\":}}", 400),
    // Content types other than JSON.
    ("POST", "/api/v1/app", "text/plain", b"{\"name\":\"a\"}", 415),
    ("POST", "/api/v1/app", "application/x-www-form-urlencoded", b"name=a", 415),
    ("POST", "{app}/msg", "", b"{\"eventType\":\"a\",\"payload\":{}}", 415),
    // JSON bodies with missing or invalid fields.
    ("POST", "/api/v1/app", JSON, b"[]", 422),
    ("POST", "/api/v1/app", JSON, b"null", 422),
    ("POST", "/api/v1/app", JSON, b"{}", 422),
    ("POST", "/api/v1/app", JSON, b"{\"name\":5}", 422),
    ("POST", "/api/v1/app", JSON, b"{\"name\":\"a\",\"metadata\":{\"k\":1}}", 422),
    ("POST", "{app}/endpoint", JSON, b"{}", 422),
    ("POST", "{app}/msg", JSON, b"{\"eventType\":\"a\"}", 422),
    ("POST", "{app}/msg", JSON, b"{\"eventType\":\"a\",\"payload\":[]}", 422),
    ("POST", "{app}/msg", JSON, b"{\"eventType\":\"a\",\"payload\":\"text\"}", 422),
    ("POST", "{app}/msg", JSON, b"{\"eventType\":\"a\",\"payload\":null}", 422),
    // Numbers outside the range of the field, or of D1's integers.
    ("POST", "/api/v1/app", JSON, b"{\"name\":\"a\",\"throttleRate\":9007199254740993}", 422),
    ("POST", "/api/v1/app", JSON, b"{\"name\":\"a\",\"throttleRate\":1e300}", 422),
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"https://a.b/\",\"throttleRate\":-1}", 422),
    // URLs that are not absolute http or https URLs.
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"ftp://example.com/\"}", 422),
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"file:///etc/passwd\"}", 422),
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"javascript:alert(1)\"}", 422),
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"/hook\"}", 422),
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"http://\"}", 422),
    ("POST", "{app}/endpoint", JSON, b"{\"url\":\"http://a b/\"}", 422),
    // Paths and resources that do not exist.
    ("GET", "/nothing", "", b"", 404),
    ("GET", "/api/v1/nothing", "", b"", 404),
    ("GET", "/api/v1/app/app_nothing", "", b"", 404),
    ("GET", "/api/v1/app/app_nothing/endpoint", "", b"", 404),
    ("GET", "/api/v1/app/app_nothing/msg", "", b"", 404),
    ("POST", "/api/v1/app/app_nothing/endpoint", JSON, b"{\"url\":\"https://a.b/\"}", 404),
    ("POST", "/api/v1/app/app_nothing/msg", JSON, b"{\"eventType\":\"a\",\"payload\":{}}", 404),
    ("DELETE", "/api/v1/app/app_nothing", "", b"", 404),
    ("GET", "{app}/endpoint/ep_nothing", "", b"", 404),
    ("GET", "{app}/endpoint/ep_nothing/secret", "", b"", 404),
    ("DELETE", "{app}/endpoint/ep_nothing", "", b"", 404),
    ("GET", "{app}/msg/msg_nothing", "", b"", 404),
    ("GET", "{app}/attempt/msg/msg_nothing", "", b"", 404),
    ("GET", "{app}/attempt/endpoint/ep_nothing", "", b"", 404),
    // Methods that the path does not allow.
    ("DELETE", "/api/v1/app", "", b"", 405),
    ("POST", "{app}", JSON, b"{}", 405),
    ("POST", "{app}/endpoint/ep_x/secret", JSON, b"{}", 405),
    ("DELETE", "{app}/msg", "", b"", 405),
    ("POST", "/healthz", JSON, b"{}", 405),
];

pub(crate) fn every_invalid_request_gets_a_problem_document(host: Host) {
    let app = App::new(host);
    for &(method, path, content_type, body, status) in CASES {
        let path = path.replace("{app}", &app.path(""));
        let response = app.api.call(method, &path).body(content_type, body).send();
        response.problem(status);
        if status == 405 {
            let allow = response.header("allow");
            assert!(!allow.is_empty() && !allow.contains(method), "{response:?}");
        }
    }
}

pub(crate) fn every_invalid_field_is_reported_in_one_response(host: Host) {
    let app = App::new(host);
    let long = "x".repeat(257);
    let cases = [
        (
            "/api/v1/app",
            json!({"name": "", "uid": "no spaces"}),
            &["/name", "/uid"][..],
        ),
        ("/api/v1/app", json!({"name": "a", "uid": ""}), &["/uid"]),
        ("/api/v1/app", json!({"name": "a", "uid": long}), &["/uid"]),
        ("/api/v1/app", json!({"name": 5}), &["/name"]),
        (
            "{app}/endpoint",
            json!({"url": "", "uid": "a/b", "eventTypes": [], "channels": [], "secret": "short"}),
            &["/channels", "/eventTypes", "/secret", "/uid", "/url"],
        ),
        (
            "{app}/msg",
            json!({"eventType": "a b", "payload": {}, "channels": []}),
            &["/channels", "/eventType"],
        ),
        (
            "{app}/msg",
            json!({"eventType": long, "payload": {}, "eventId": ""}),
            &["/eventId", "/eventType"],
        ),
    ];
    for (path, body, pointers) in cases {
        let path = path.replace("{app}", &app.path(""));
        assert_eq!(
            app.api.post(&path, &body).send().pointers(),
            pointers,
            "{body}"
        );
    }
}
