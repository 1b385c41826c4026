//! Input that often breaks parsers, databases or the stack.

use crate::support::app::{App, unique};
use crate::support::client::Response;
use crate::support::host::Host;

const NESTED: &str = r#"{"eventType":"a","payload":"#;

/// The server may accept or reject hostile input, but must not return a 500 or stop.
pub(crate) fn hostile_input_causes_no_server_error(host: Host) {
    let app = App::new(host);
    let deep = |depth: usize| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
    let named = |name: &str| format!(r#"{{"name":"{name}","uid":"{}"}}"#, unique("hostile"));
    let bodies = [
        ("/api/v1/app", named("a\\u0000b")),
        ("/api/v1/app", named("\\ud800")),
        ("/api/v1/app", named("'; drop table applications; --")),
        ("/api/v1/app", named("\u{202e}\u{feff}\u{1F980}")),
        ("/api/v1/app", format!(r#"{{"name":{}}}"#, deep(10_000))),
        (
            "/api/v1/app",
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        ("{app}/msg", format!("{NESTED}{}}}", deep(100))),
        ("{app}/msg", format!("{NESTED}{}}}", deep(100_000))),
        ("{app}/msg", format!(r#"{NESTED}{{"s":"\ud800"}}}}"#)),
        ("{app}/msg", format!(r#"{NESTED}{{"n":1e999999}}}}"#)),
        (
            "{app}/msg",
            format!(r#"{NESTED}{{"n":{}}}}}"#, "9".repeat(10_000)),
        ),
    ];
    for (path, body) in bodies {
        let path = path.replace("{app}", &app.path(""));
        check(&app.api.post(&path, &body).send());
        app.api.get(&app.path("")).expect(200);
    }
    for path in [
        "%2e%2e%2f%2e%2e%2f",
        "%00",
        "%ff",
        "a%2fb",
        "app_🦀",
        "{app_id}",
        "%",
    ] {
        check(&app.api.get(&format!("/api/v1/app/{path}")).send());
    }
    let messages = app.api.get(&app.path("/msg")).send();
    assert_eq!(messages.status, 200, "{messages:?}");
}

fn check(response: &Response) {
    if !(200..300).contains(&response.status) {
        assert!((400..500).contains(&response.status), "{response:?}");
        response.problem(response.status);
    }
}
