//! Responses: statuses, headers, cookies, conditional requests, server-sent events.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::app::unique;
use crate::support::client::Response;
use crate::support::host::Host;
use crate::support::probe;
use crate::support::raw::{self, Connection, head};
use crate::support::wait::{SOON, eventually};

pub(crate) fn a_created_resource_is_returned_with_its_location(host: Host) {
    let probe = probe::shared(host);
    let created = probe.api().post("/notes", "").send();
    assert_eq!(
        (created.status, created.header("location")),
        (201, "/notes/1")
    );
    let note = json!({"id": 1, "text": "hello"});
    assert_eq!(created.json(), note);
    assert_eq!(probe.api().post("/jobs", "").expect(202), note);
    let deleted = probe
        .api()
        .delete("/notes/1")
        .header("if-match", "*")
        .send();
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
}

pub(crate) fn a_redirect_keeps_its_status_and_cannot_inject_headers(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    for status in [303, 307, 308] {
        let moved = api.get(&format!("/moved/{status}?to=/x%20%C3%A9")).send();
        assert_eq!(
            (moved.status, moved.header("location")),
            (status, "/x%20%C3%A9")
        );
    }
    let rejected = api.get("/moved/303?to=/%0d%0aset-cookie:a=b").send();
    rejected.problem(500);
    assert_eq!(
        (rejected.header("location"), rejected.header("set-cookie")),
        ("", "")
    );
}

pub(crate) fn statuses_without_content_have_no_body(host: Host) {
    let probe = probe::shared(host);
    for status in [204, 205, 304] {
        for wait in ["", "?wait_ms=5"] {
            let response = probe.api().get(&format!("/statuses/{status}{wait}")).send();
            assert_eq!((response.status, response.text().as_str()), (status, ""));
        }
    }
}

pub(crate) fn an_invalid_status_does_not_affect_other_requests(host: Host) {
    let probe = probe::shared(host);
    let wait = || probe.api().get("/wait").send().status;
    thread::scope(|scope| {
        let waiting = [(); 4].map(|()| scope.spawn(wait));
        for path in ["/statuses/999", "/statuses/999?wait_ms=5"] {
            let response = probe.api().get(path).send();
            assert!(matches!(response.status, 500 | 999), "{response:?}");
        }
        assert_eq!(waiting.map(|request| request.join().unwrap()), [200; 4]);
    });
}

pub(crate) fn a_response_has_exactly_one_request_id(host: Host) {
    let probe = probe::shared(host);
    for id in ["first", "second"] {
        let response = probe.api().get("/own-id").header("x-request-id", id).send();
        let ids: Vec<_> = response.headers.get_all("x-request-id").iter().collect();
        assert_eq!(ids, [id]);
        assert_eq!(response.text(), "hello");
    }
}

pub(crate) fn a_request_with_the_current_etag_gets_304(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    for (path, tag) in [("/notes/1", "\"7\""), ("/notes/1/text", "")] {
        let first = api.get(path).header("accept-encoding", "br, gzip").send();
        assert_eq!(first.status, 200);
        let tag = if tag.is_empty() {
            first.header("etag")
        } else {
            tag
        };
        // Cloudflare makes the ETag of a compressed response weak. `wrangler dev` compresses the response, but keeps
        // the ETag.
        assert_eq!(first.header("etag"), tag);
        let current = api.get(path).header("if-none-match", tag).send();
        assert_eq!(
            (current.status, current.body.len()),
            (304, 0),
            "{current:?}"
        );
        assert_eq!(current.header("etag"), tag);
        let other = api.get(path).header("if-none-match", "\"other\"").send();
        let plain = api.get(path).send();
        assert_eq!((other.status, &other.body), (200, &plain.body));
    }
}

pub(crate) fn a_change_with_a_stale_etag_is_rejected(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    api.delete("/notes/1").send().problem(428);
    let delete = |tag| api.delete("/notes/1").header("if-match", tag).send();
    delete("\"6\"").problem(412);
    delete("W/\"7\"").problem(412);
    assert_eq!(delete("\"6\", \"7\"").status, 204);
    let put = |tag| {
        api.call("PUT", "/notes/1/text")
            .header("if-none-match", tag)
            .send()
    };
    put("*").problem(412);
    assert_eq!(put("\"6\"").status, 204);
}

pub(crate) fn each_cookie_has_its_own_header(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let cookies = |response: &Response| -> Vec<String> {
        let cookies = response.headers.get_all("set-cookie").iter();
        cookies
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .collect()
    };
    let session = "Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax";
    assert_eq!(
        cookies(&api.post("/session", "").send()),
        [
            &format!("__Host-session=c2VjcmV0; {session}"),
            "theme=dark; Path=/; Secure; SameSite=Lax"
        ]
    );
    assert_eq!(
        cookies(&api.delete("/session").send()),
        ["__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"]
    );
}

pub(crate) fn events_arrive_as_soon_as_they_are_sent(host: Host) {
    let probe = probe::shared(host);
    let mut connection = Connection::open(&probe);
    connection.send(head(&probe, "GET /events HTTP/1.1"));
    connection.read_until("data: event\ndata: 0\nid: 0\nevent: tick\n\n");
    let first = Instant::now();
    let response = connection.read_response("/events").expect("a response");
    assert_eq!(response.header("content-type"), "text/event-stream");
    // The handler sends its events over a period of 600 ms. It also sends comments to keep the connection alive.
    assert!(
        first.elapsed() > Duration::from_millis(300),
        "all events arrived at once"
    );
    let event = |number| format!("data: event\ndata: {number}\nid: {number}\nevent: tick\n\n");
    assert_eq!(
        response.text().replace(": \n\n", ""),
        event(0) + &event(1) + &event(2)
    );
    assert!(response.text().contains("\n\n: \n\ndata"), "{response:?}");
}

pub(crate) fn events_resume_after_the_last_event_id(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let response = api.get("/events").header("last-event-id", "41").send();
    assert!(
        response
            .text()
            .starts_with("data: event\ndata: 42\nid: 42\n"),
        "{response:?}"
    );
}

pub(crate) fn a_compressed_body_is_not_compressed_again(host: Host) {
    let probe = probe::shared(host);
    let line = "GET /compressed HTTP/1.1\r\nAccept-Encoding: gzip";
    let response = raw::exchange(&probe, line, &[]).expect("a response");
    assert_eq!(response.header("content-encoding"), "gzip");
    // The body starts with the magic number of gzip (RFC 1952 section 2.3.1). After decompression, the body has the 25
    // bytes that the handler has sent.
    assert!(response.body.starts_with(&[0x1f, 0x8b]), "{response:?}");
    assert_eq!(response.body.len(), 25, "{response:?}");
}

pub(crate) fn header_values_that_are_not_ascii_are_omitted(host: Host) {
    let probe = probe::shared(host);
    let id = unique("not-ascii");
    let response = probe
        .api()
        .get("/not-ascii")
        .header("x-request-id", &id)
        .send();
    assert_eq!(response.header("content-type"), "application/octet-stream");
    assert_eq!(response.header("x-mixed"), "plain");
    eventually("the log names the headers", SOON, || {
        let lines = probe.log.lines_of_request(&id);
        let named: Vec<_> = lines
            .iter()
            .filter_map(|line| line["header"].as_str())
            .collect();
        if named.contains(&"content-type") && named.contains(&"x-mixed") {
            return Ok(());
        }
        Err(format!("{lines:?}"))
    });
}

/// In wrangler.toml, a value of `[vars]` may be a number or a boolean. On all other hosts, variables are always text.
pub(crate) fn variables_of_every_type_are_text(host: Host) {
    let probe = probe::shared(host);
    let expected = [
        ("TEXT", "seven"),
        ("NUMBER", "7"),
        ("FLAG", "true"),
        ("TABLE", r#"{"list":[1,2]}"#),
        ("DB", ""),
    ];
    for (name, value) in expected {
        let response = probe.api().get(&format!("/variables/{name}")).send();
        assert_eq!(response.text(), value, "{name}");
    }
}
