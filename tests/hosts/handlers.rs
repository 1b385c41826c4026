//! Credentials, scopes, state, groups, forms with files, typed events, and work after the response.

use serde_json::json;

use crate::support::app::unique;
use crate::support::host::Host;
use crate::support::probe;
use crate::support::wait::{SOON, eventually};

pub(crate) fn credentials_and_scopes_are_checked(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let ask = |path: &str, token: &str| {
        let call = api.get(path).without_key();
        call.header("authorization", token).send()
    };
    assert_eq!(
        ask("/handlers/whoami", "bearer  a probe:read").text(),
        "a probe:read"
    );
    let lacking = ask("/handlers/whoami", "Bearer a");
    lacking.problem(403);
    assert_eq!(
        lacking.header("www-authenticate"),
        "Bearer error=\"insufficient_scope\", scope=\"probe:read\""
    );
    let unknown = api.get("/handlers/whoami").without_key().send();
    unknown.problem(401);
    assert_eq!(unknown.header("www-authenticate"), "Bearer");
    assert_eq!(
        ask("/handlers/admin", "Basic dGVzdDoxMjPCow==").text(),
        "test 123£"
    );
    let wrong = ask("/handlers/admin", "Basic !");
    wrong.problem(401);
    assert_eq!(
        wrong.header("www-authenticate"),
        "Basic realm=\"api\", charset=\"UTF-8\""
    );
    assert_eq!(
        ask("/handlers/teams/red/notes/7", "Bearer a").text(),
        "red 7"
    );
    ask("/handlers/teams/red/notes/7", "Basic !").problem(401);
    ask("/teams/red/notes/7", "Bearer a").problem(404);
}

pub(crate) fn api_keys_are_read_from_a_header_the_query_or_a_cookie(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let header = api
        .get("/handlers/in-header")
        .header("x-probe-key", "a key");
    assert_eq!(header.send().text(), "a key");
    let query = api.get("/handlers/in-query?x-probe-key=a%20k%C3%A9y");
    assert_eq!(query.send().text(), "a kéy");
    let cookie = api
        .get("/handlers/in-cookie")
        .header("cookie", "a=b; x-probe-key=key");
    assert_eq!(cookie.send().text(), "key");
    for path in ["in-header", "in-query", "in-cookie"] {
        let missing = api.get(&format!("/handlers/{path}")).send();
        missing.problem(401);
        assert_eq!(missing.header("www-authenticate"), "ApiKey");
    }
}

pub(crate) fn requests_share_the_state_of_an_instance(host: Host) {
    let probe = probe::shared(host);
    let state = probe.api().get("/handlers/state").expect(200);
    assert_eq!(state[0], 7);
    assert!(state[1].as_u64().is_some_and(|seed| seed > 0), "{state}");
}

const FORM: &str = "multipart/form-data; boundary=X-y";

fn form(title: &str, file: &str, media_type: &str, length: usize) -> Vec<u8> {
    let head = format!(
        "--X-y\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n{title}\r\n--X-y\r\n\
        Content-Disposition: form-data; name=\"{file}\"; filename=\"é.png\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    let content: Vec<u8> = (0..=255).cycle().take(length).collect();
    [head.as_bytes(), &content, b"\r\n--X-y--\r\n"].concat()
}

pub(crate) fn a_form_with_a_file_is_read_into_a_struct(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let send = |path: &str, form| api.call("POST", path).body(FORM, form);
    let upload = send(
        "/handlers/upload",
        form("tea", "picture", "image/png", 100_000),
    );
    let sum: u32 = (0..=255u32).cycle().take(100_000).sum();
    assert_eq!(upload.expect(200), json!(["tea", "é.png", 100_000, sum]));
    let wrong = send("/handlers/upload", form("", "picture", "image/gif", 3)).send();
    assert_eq!(wrong.pointers(), ["/picture", "/title"]);
    let over = send(
        "/handlers/upload",
        form("tea", "picture", "image/png", 100_001),
    )
    .send();
    assert_eq!(over.pointers(), ["/picture"]);
    let stream = send(
        "/handlers/stream-upload",
        form("tea", "file", "text/plain", 400_000),
    );
    assert_eq!(stream.expect(200), json!(["tea", 400_000]));
    let over = send(
        "/handlers/stream-upload",
        form("tea", "file", "text/plain", 500_001),
    )
    .send();
    assert_eq!(over.pointers(), ["/file"]);
}

pub(crate) fn typed_events_and_values_are_streamed(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let events = api.get("/handlers/events").send();
    assert_eq!(events.header("content-type"), "text/event-stream");
    assert_eq!(
        events.text(),
        "data: {\"text\":\"tea\"}\nevent: note_created\nid: 1\n\ndata: null\nevent: end\nid: 2\n\n"
    );
    let lines = api.get("/handlers/lines").send();
    assert_eq!(lines.header("content-type"), "application/jsonl");
    assert_eq!(lines.text(), "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
}

pub(crate) fn work_runs_after_the_response(host: Host) {
    let probe = probe::shared(host);
    let id = unique("after");
    let api = probe.api();
    let call = api.get("/handlers/after").header("x-request-id", &id);
    call.send().problem(500);
    eventually("the work after the response is logged", SOON, || {
        let lines = probe.log.lines_of_request(&id);
        let mut messages = lines.iter().map(|line| line["message"].to_string());
        let worked = messages.any(|message| message.contains("worked after the response"));
        worked.then_some(()).ok_or_else(|| format!("{lines:?}"))
    });
}
