//! Extractors: forms, headers, cookies, uploads, raw bytes, optional bodies, patches.

use serde_json::json;

use crate::support::host::Host;
use crate::support::probe;
use crate::support::raw::{self, Connection, head};
use crate::support::wire::chunk;

const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn forms_headers_and_cookies_are_extracted(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let form = api
        .call("POST", "/form")
        .body(FORM, "name=a+%C3%A9&tag=x&tag=y&count=7");
    assert_eq!(
        form.expect(200),
        json!({"name": "a é", "tag": ["x", "y"], "count": 7})
    );
    api.call("POST", "/form")
        .body("text/plain", "name=a")
        .send()
        .problem(415);

    let lines =
        "GET /call HTTP/1.1\r\nX-Tenant: acme\r\nX-Tags: one\r\nX-Other: 1\r\nX-Tags: two, three";
    let call = raw::exchange(&probe, lines, &[]).expect("a response");
    let expected = json!({"x-tenant": "acme", "x-depth": null, "x-tags": ["one", "two", "three"]});
    assert_eq!(call.json(), expected);

    let whoami = api
        .get("/whoami")
        .header("cookie", "a=b; __Host-session=abc; visits=7");
    assert_eq!(
        whoami.expect(200),
        json!({"__Host-session": "abc", "visits": 7})
    );
}

pub(crate) fn missing_and_invalid_values_are_reported_by_name(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    assert_eq!(api.get("/call").send().pointers(), ["/x-tenant"]);
    let deep = api
        .get("/call")
        .header("x-tenant", "a")
        .header("x-depth", "256");
    assert_eq!(deep.send().pointers(), ["/x-depth"]);
    assert_eq!(api.get("/whoami").send().pointers(), ["/__Host-session"]);
    let form = api.call("POST", "/form").body(FORM, "name=a&count=x");
    assert_eq!(form.send().pointers(), ["/count"]);
}

const UPLOAD: &str = "multipart/form-data; boundary=X-y";

/// Returns the content of an uploaded file of `length` bytes.
fn file(length: usize) -> Vec<u8> {
    (0..=255).cycle().take(length).collect()
}

/// Returns a multipart body with a text field and a file of `length` bytes.
fn upload(length: usize) -> Vec<u8> {
    let field = "--X-y\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhello\r\n";
    let head = "--X-y\r\nContent-Disposition: form-data; name=\"file\"; filename=\"é.bin\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n";
    [
        field.as_bytes(),
        head.as_bytes(),
        &file(length),
        b"\r\n--X-y--\r\n",
    ]
    .concat()
}

pub(crate) fn an_upload_is_read_part_by_part(host: Host) {
    let probe = probe::shared(host);
    let length = 400_000;
    let sum: u32 = file(length).into_iter().map(u32::from).sum();
    let expected = json!([
        {"name": "title", "file_name": null, "content_type": null, "length": 5, "sum": 532},
        {"name": "file", "file_name": "é.bin", "content_type": "application/octet-stream", "length": length, "sum": sum},
    ]);
    let api = probe.api();
    let whole = api.call("POST", "/upload").body(UPLOAD, upload(length));
    assert_eq!(whole.expect(200), expected);

    let mut connection = Connection::open(&probe);
    let lines =
        format!("POST /upload HTTP/1.1\r\nContent-Type: {UPLOAD}\r\nTransfer-Encoding: chunked");
    connection.send(head(&probe, &lines));
    for piece in upload(length).chunks(9_973) {
        connection.send(chunk(piece));
    }
    connection.send(chunk(b""));
    assert_eq!(
        connection
            .read_response("/upload")
            .expect("a response")
            .json(),
        expected
    );
}

pub(crate) fn an_upload_over_a_limit_is_rejected(host: Host) {
    let probe = probe::shared(host);
    let send = |content_type: &str, body: &[u8]| {
        let length = body.len();
        let lines = format!(
            "POST /upload HTTP/1.1\r\nContent-Type: {content_type}\r\nContent-Length: {length}"
        );
        raw::exchange(&probe, &lines, body).expect("a response")
    };
    send(UPLOAD, &upload(500_001)).problem(413);
    send(UPLOAD, &upload(1024 * 1024)).problem(413);
    send(UPLOAD, b"--X-y\r\n").problem(400);
    send("multipart/form-data", &upload(1)).problem(415);
}

pub(crate) fn raw_extracts_the_exact_bytes(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let body = " {\"kind\" :\t\"é\", \"more\": 1.0}\n";
    assert_eq!(
        api.post("/raw", body).send().text(),
        format!("é {}", body.len())
    );
    assert_eq!(
        api.post("/raw", "{\"kind\":\"\"}").send().pointers(),
        ["/kind"]
    );
}

pub(crate) fn an_optional_body_may_be_missing(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let post = || api.call("POST", "/optional");
    assert_eq!(post().send().text(), "nothing");
    assert_eq!(
        post()
            .header("content-type", "application/json")
            .send()
            .text(),
        "nothing"
    );
    assert_eq!(api.post("/optional", "{\"kind\":\"a\"}").send().text(), "a");
    post()
        .body("text/plain", "{\"kind\":\"a\"}")
        .send()
        .problem(415);
}

pub(crate) fn an_absent_patch_field_is_not_null(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let update = |body: serde_json::Value| {
        let call = api.call("PATCH", "/update");
        call.body("application/json", body.to_string())
    };
    for body in [
        json!({}),
        json!({"name": null}),
        json!({"name": "a", "count": null}),
    ] {
        assert_eq!(update(body.clone()).expect(200), body);
    }
    let wrong = update(json!({"name": "", "count": 0}));
    assert_eq!(wrong.send().pointers(), ["/count", "/name"]);
    let other = update(json!({"count": "1"}));
    assert_eq!(other.send().pointers(), ["/count"]);
}
