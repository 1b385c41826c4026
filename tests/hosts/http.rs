//! Details of HTTP: request ids, methods, repeated headers, sizes, invalid messages.

use serde_json::json;

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::{probe, raw};

pub(crate) fn a_valid_request_id_is_echoed_and_an_invalid_one_replaced(host: Host) {
    let api = host.api();
    let returned = |id: &str| {
        let response = api.get("/healthz").header("x-request-id", id).send();
        response.header("x-request-id").to_owned()
    };
    for valid in ["req-1", "0193e9b0-7f3a-7c6e-9f5d-3a2b1c0d9e8f", "A.b_c-9"] {
        assert_eq!(returned(valid), valid);
    }
    let too_long = "x".repeat(1_000);
    for invalid in [
        "",
        " ",
        "two words",
        "\"quoted\"",
        "{\"level\":\"error\"}",
        "a\tb",
        &too_long,
    ] {
        let created = returned(invalid);
        assert!(
            !created.is_empty() && created != invalid,
            "{invalid:?} was returned as {created:?}"
        );
    }

    let created = |path: &str| api.get(path).send().header("x-request-id").to_owned();
    assert!(!created("/healthz").is_empty());
    assert_ne!(created("/healthz"), created("/healthz"));
    assert!(
        !created("/api/v1/nothing").is_empty(),
        "an error response has no request id"
    );
}

pub(crate) fn head_and_options_are_supported(host: Host) {
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
    assert!(
        unknown.is_ok_and(|response| response.status < 500),
        "PROPFIND"
    );
}

pub(crate) fn repeated_response_headers_stay_separate(host: Host) {
    let response = probe::shared(host).api().get("/cookies").send();
    let cookies: Vec<_> = response.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(response.text(), "two cookies");
}

pub(crate) fn every_value_of_a_repeated_request_header_arrives(host: Host) {
    let probe = probe::shared(host);
    let head = "GET /headers/x-many HTTP/1.1\r\nX-Many: one\r\nX-Other: 1\r\nX-Many: two, three";
    let response = raw::exchange(&probe, head, &[]).expect("a response");
    assert_eq!(response.text(), "one, two, three");
}

pub(crate) fn a_handler_gets_the_requested_host(host: Host) {
    let probe = probe::shared(host);
    let response = probe.api().get("/headers/host").send();
    assert_eq!(format!("http://{}", response.text()), probe.base());
}

/// A proxy in front of the program may reject huge requests. Then the response is not a problem document, or there is
/// no response.
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
        let response = raw::exchange(host.server(), &head, &[]);
        assert!(
            response
                .as_ref()
                .is_none_or(|response| response.status < 500),
            "{response:?}"
        );
        app.api.get("/api/v1/app").expect(200);
    }
}

/// Does not check the response to invalid HTTP, because the response depends on the proxy. The proxy of `wrangler dev`,
/// for example, returns 500.
pub(crate) fn invalid_http_breaks_nothing(host: Host) {
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
