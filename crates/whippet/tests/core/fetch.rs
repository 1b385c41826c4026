//! Outbound HTTP with the native client, against a local server.

use std::time::Duration;

use whippet::axum::body::Bytes;
use whippet::axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use whippet::host::{HttpClient, OutboundRequest};
use whippet::native::{Client, Sqlite};
use whippet::testing::block_on;
use whippet::{App, Fetch, FetchError};

use crate::native_host::native;
use crate::receiver::{closing_server, server};

/// Runs `test` with the `Fetch` of a native app.
fn with_fetch<F: Future<Output = ()>>(test: impl FnOnce(Fetch) -> F) {
    block_on(async {
        let service = native(App::new(), Sqlite::open(":memory:").unwrap());
        test(service.context().fetch()).await;
    });
}

#[test]
fn a_request_is_sent_with_its_method_url_header_and_body() {
    let (url, requests) = server("HTTP/1.1 201 Created\r\nx-a: b\r\ncontent-length: 2\r\n\r\nok");
    with_fetch(|fetch| async move {
        let request = fetch
            .request(Method::PUT, format!("{url}p?q=1"))
            .header(
                HeaderName::from_static("x-t"),
                HeaderValue::from_static("v"),
            )
            .body("hello")
            .allow_private(true);
        let response = request.send().await.unwrap();
        assert_eq!(response.status, StatusCode::CREATED);
        assert_eq!(response.headers["x-a"], "b");
        assert_eq!(response.body, "ok");
        let request = requests.recv().unwrap();
        assert!(request.starts_with("PUT /p?q=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("x-t: v\r\n"), "{request}");
        assert!(request.contains("content-length: 5\r\n"), "{request}");
    });
}

#[test]
fn a_redirect_is_returned_and_not_followed() {
    let (target, visits) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let response =
            format!("HTTP/1.1 {status} X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let (url, _requests) = server(response);
        with_fetch(|fetch| async move {
            let response = fetch.get(url).allow_private(true).send().await.unwrap();
            assert_eq!(response.status, status);
        });
    }
    assert!(visits.try_recv().is_err());
}

#[test]
fn a_response_is_read_up_to_its_limit() {
    let body = "x".repeat(100_000);
    // The server sends fewer bytes than the declared `content-length`. The client stops reading at its limit, and does
    // not wait for the rest of the body.
    let (url, _requests) = server(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n{body}"
    ));
    with_fetch(|fetch| async move {
        for limit in [0, 1, 16_384, 100_000] {
            let request = fetch.get(&url).allow_private(true).response_limit(limit);
            assert_eq!(request.send().await.unwrap().body.len(), limit);
        }
    });
}

#[test]
fn an_incomplete_head_of_a_response_times_out() {
    for partial in ["", "HTTP/1.1 200 OK\r\n"] {
        let (url, _requests) = server(partial);
        with_fetch(|fetch| async move {
            let limit = Duration::from_millis(50);
            let response = fetch
                .get(url)
                .allow_private(true)
                .timeout(limit)
                .send()
                .await;
            assert_eq!(
                response.unwrap_err(),
                FetchError::Timeout(limit),
                "{partial:?}"
            );
        });
    }
}

/// Sending the request succeeds as soon as the head of the response is complete, even if the body is not.
#[test]
fn a_body_that_is_cut_off_or_late_is_returned_as_far_as_it_arrived() {
    for start in [
        "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        for (url, _requests) in [closing_server(start), server(start)] {
            with_fetch(|fetch| async move {
                let request = fetch.get(url).allow_private(true);
                let request = request.timeout(Duration::from_millis(200));
                let response = request.send().await.unwrap();
                assert_eq!(response.status, StatusCode::CREATED);
                assert_eq!(response.body, "half");
            });
        }
    }
}

#[test]
fn a_failed_connection_reports_the_cause() {
    with_fetch(|fetch| async move {
        // The socket is bound, so that no other test gets its port. The socket does not listen, so the connection
        // fails.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let free = socket.local_addr().unwrap();
        let response = fetch
            .get(format!("http://{free}/"))
            .allow_private(true)
            .send()
            .await;
        let Err(FetchError::Connect(why)) = response else {
            panic!("{response:?}")
        };
        assert!(why.contains("refused"), "{why}");
    });
    let (url, _requests) = server("this is not HTTP\r\n\r\n");
    with_fetch(|fetch| async move {
        let response = fetch.get(url).allow_private(true).send().await;
        assert!(
            matches!(response, Err(FetchError::Connect(_))),
            "{response:?}"
        );
    });
}

#[test]
fn private_targets_are_rejected_before_anything_is_sent() {
    let (url, requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let port = url.rsplit(':').next().unwrap().to_owned();
    with_fetch(|fetch| async move {
        for host in [
            "127.0.0.1",
            "localhost",
            "LOCALHOST.",
            "0x7f.1",
            "[::ffff:127.0.0.1]",
            "0",
        ] {
            let response = fetch.get(format!("http://{host}:{port}")).send().await;
            assert!(
                matches!(response, Err(FetchError::Private(_))),
                "{host}: {response:?}"
            );
        }
    });
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_name_that_resolves_to_a_private_address_is_rejected() {
    let (url, requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    // Calls the client directly, because `Fetch` would check the URL first.
    let request = |allow_private| OutboundRequest {
        method: Method::GET,
        url: url.replace("127.0.0.1", "localhost").parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        response_limit: 1,
        allow_private,
    };
    block_on(async {
        let client = Client::new().unwrap();
        let response = client.send(request(false)).await;
        assert!(
            matches!(response, Err(FetchError::Private(_))),
            "{response:?}"
        );
        assert!(requests.try_recv().is_err());
        assert_eq!(
            client.send(request(true)).await.unwrap().status(),
            StatusCode::OK
        );
    });
}

#[test]
fn a_url_that_is_not_an_absolute_http_url_is_rejected() {
    with_fetch(|fetch| async move {
        for url in [
            "",
            "example.com",
            "/path",
            "ftp://example.com/",
            "file:///etc/passwd",
            "http://",
        ] {
            let response = fetch.get(url).allow_private(true).send().await;
            assert!(
                matches!(response, Err(FetchError::Url(_))),
                "{url}: {response:?}"
            );
        }
    });
}
