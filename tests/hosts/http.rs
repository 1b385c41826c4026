//! The edges of HTTP.

use serde_json::json;

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::{probe, raw};

pub(crate) fn a_sane_request_id_is_echoed_and_any_other_replaced(host: Host) {
    let api = host.api();
    let asked = |id: &str| {
        let answer = api.get("/healthz").header("x-request-id", id).send();
        answer.header("x-request-id").to_owned()
    };
    for sane in ["req-1", "0193e9b0-7f3a-7c6e-9f5d-3a2b1c0d9e8f", "A.b_c-9"] {
        assert_eq!(asked(sane), sane);
    }
    let too_long = "x".repeat(1_000);
    for odd in [
        "",
        " ",
        "two words",
        "\"quoted\"",
        "{\"level\":\"error\"}",
        "a\tb",
        &too_long,
    ] {
        let made = asked(odd);
        assert!(
            !made.is_empty() && made != odd,
            "{odd:?} came back as {made:?}"
        );
    }

    let made = |path: &str| api.get(path).send().header("x-request-id").to_owned();
    assert!(!made("/healthz").is_empty());
    assert_ne!(made("/healthz"), made("/healthz"));
    assert!(
        !made("/api/v1/nothing").is_empty(),
        "an error carries one too"
    );
}

pub(crate) fn head_and_options_are_answered(host: Host) {
    let app = App::new(host);
    let head = app.api.call("HEAD", "/healthz").send();
    assert_eq!((head.status, head.body.len()), (200, 0), "{head:?}");
    let head = app.api.call("HEAD", &app.path("")).send();
    assert_eq!((head.status, head.body.len()), (200, 0), "{head:?}");
    let missing = app.api.call("HEAD", "/api/v1/nothing").send();
    assert_eq!(
        (missing.status, missing.body.len()),
        (404, 0),
        "{missing:?}"
    );

    let paths = [
        ("/healthz", "GET,HEAD,OPTIONS"),
        ("/api/v1/app", "GET,HEAD,OPTIONS,POST"),
    ];
    for (path, allowed) in paths {
        let options = app.api.call("OPTIONS", path).send();
        assert_eq!(
            (options.status, options.body.len()),
            (204, 0),
            "{options:?}"
        );
        let mut allow: Vec<&str> = options.header("allow").split(',').map(str::trim).collect();
        allow.sort_unstable();
        assert_eq!(allow.join(","), allowed);
    }
    app.api
        .call("OPTIONS", "/api/v1/nothing")
        .send()
        .problem(404);
    let unknown = app.api.call("PROPFIND", "/api/v1/app").try_send();
    assert!(unknown.is_ok_and(|answer| answer.status < 500), "PROPFIND");
}

pub(crate) fn repeated_headers_stay_apart(host: Host) {
    let answer = probe::shared(host).api().get("/cookies").send();
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(answer.text(), "two cookies");
}

pub(crate) fn every_value_of_a_repeated_header_arrives(host: Host) {
    let probe = probe::shared(host);
    let head = "GET /headers/x-many HTTP/1.1\r\nX-Many: one\r\nX-Other: 1\r\nX-Many: two, three";
    let answer = raw::exchange(&probe, head, &[]).expect("an answer");
    assert_eq!(answer.text(), "one, two, three");
}

pub(crate) fn a_handler_sees_the_host_that_was_asked_for(host: Host) {
    let probe = probe::shared(host);
    let answer = probe.api().get("/headers/host").send();
    assert_eq!(format!("http://{}", answer.text()), probe.base());
}

/// A server in front may refuse these without a problem document, or by closing the connection.
pub(crate) fn huge_request_lines_and_headers_break_nothing(host: Host) {
    let app = App::new(host);
    let long = "x".repeat(8_000);
    app.api
        .get(&format!("/api/v1/app/{long}"))
        .send()
        .problem(404);
    app.api
        .get("/api/v1/app")
        .header("x-filler", &long)
        .expect(200);

    let huge = "x".repeat(500_000);
    let heads = [
        format!("GET /api/v1/app/{huge} HTTP/1.1"),
        format!("GET /api/v1/app?limit={huge} HTTP/1.1"),
        format!("GET /api/v1/app HTTP/1.1\r\nX-Filler: {huge}"),
        format!(
            "GET /api/v1/app HTTP/1.1{}",
            "\r\nX-Filler: x".repeat(2_000)
        ),
    ];
    for head in heads {
        let answer = raw::exchange(host.server(), &head, &[]);
        assert!(
            answer.as_ref().is_none_or(|answer| answer.status < 500),
            "{answer:?}"
        );
        app.api.get("/api/v1/app").expect(200);
    }
}

/// What is answered to these is up to the server in front: wrangler's proxy says 500.
pub(crate) fn what_is_not_http_breaks_nothing(host: Host) {
    let app = App::new(host);
    let heads = [
        "NONSENSE",
        "GET  HTTP/1.1",
        "POST /api/v1/app HTTP/1.1\r\nContent-Length: -1",
        "POST /api/v1/app HTTP/1.1\r\nTransfer-Encoding: chunked",
        "POST /api/v1/app HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3",
    ];
    for head in heads {
        drop(raw::exchange(host.server(), head, b"zzz\r\n\r\n"));
        app.api
            .post("/api/v1/app", json!({"name": "Still here"}))
            .expect(201);
    }
}
