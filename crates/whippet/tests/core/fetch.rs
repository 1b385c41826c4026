//! Outbound HTTP with the native client, against a listener on this machine.

use std::time::Duration;

use whippet::axum::body::Bytes;
use whippet::axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use whippet::host::{HttpClient, OutboundRequest};
use whippet::native::{Client, Sqlite};
use whippet::testing::block_on;
use whippet::{App, Fetch, FetchError};

use crate::native_host::native;
use crate::receiver::server;

fn with_fetch<F: Future<Output = ()>>(test: impl FnOnce(Fetch) -> F) {
    block_on(async {
        let service = native(App::new(), Sqlite::open(":memory:").unwrap());
        test(service.context().fetch()).await;
    });
}

#[test]
fn a_request_is_sent_as_it_was_built() {
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
fn a_redirect_is_an_answer() {
    let (target, visits) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let answer =
            format!("HTTP/1.1 {status} X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let (url, _requests) = server(answer);
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
    // It says that more will come, which is not waited for.
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
fn an_answer_that_does_not_come_whole_in_time_is_given_up_on() {
    for begun in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
    ] {
        let (url, _requests) = server(begun);
        with_fetch(|fetch| async move {
            let limit = Duration::from_millis(50);
            let answer = fetch
                .get(url)
                .allow_private(true)
                .timeout(limit)
                .send()
                .await;
            assert_eq!(answer.unwrap_err(), FetchError::Timeout(limit), "{begun:?}");
        });
    }
}

#[test]
fn a_connection_that_fails_says_why() {
    with_fetch(|fetch| async move {
        // Bound, so that no other test gets the port, and not listening.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let free = socket.local_addr().unwrap();
        let answer = fetch
            .get(format!("http://{free}/"))
            .allow_private(true)
            .send()
            .await;
        let Err(FetchError::Connect(why)) = answer else {
            panic!("{answer:?}")
        };
        assert!(why.contains("refused"), "{why}");
    });
    let (url, _requests) = server("this is not HTTP\r\n\r\n");
    with_fetch(|fetch| async move {
        let answer = fetch.get(url).allow_private(true).send().await;
        assert!(matches!(answer, Err(FetchError::Connect(_))), "{answer:?}");
    });
}

#[test]
fn private_targets_are_refused_before_anything_is_sent() {
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
            let answer = fetch.get(format!("http://{host}:{port}")).send().await;
            assert!(
                matches!(answer, Err(FetchError::Private(_))),
                "{host}: {answer:?}"
            );
        }
    });
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_name_that_resolves_inside_is_refused_when_it_is_resolved() {
    let (url, requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    // Straight to the client, past the check of the name.
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
        let answer = client.send(request(false)).await;
        assert!(matches!(answer, Err(FetchError::Private(_))), "{answer:?}");
        assert!(requests.try_recv().is_err());
        assert_eq!(
            client.send(request(true)).await.unwrap().status,
            StatusCode::OK
        );
    });
}

#[test]
fn a_url_that_is_no_absolute_http_url_is_refused() {
    with_fetch(|fetch| async move {
        for url in [
            "",
            "example.com",
            "/path",
            "ftp://example.com/",
            "file:///etc/passwd",
            "http://",
        ] {
            let answer = fetch.get(url).allow_private(true).send().await;
            assert!(
                matches!(answer, Err(FetchError::Url(_))),
                "{url}: {answer:?}"
            );
        }
    });
}
