//! Object storage in a bucket of an S3-compatible store. The store is a simulation, which receives the outbound requests
//! of the app. `tests/hosts` has tests with a store that checks signatures.

mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join;
use futures_util::{StreamExt, stream};
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::{HeaderName, Method, header};
use whippet::host::{OutboundRequest, S3Blobs};
use whippet::response::PageLimit;
use whippet::testing::TestApp;
use whippet::{App, BlobError, Blobs, Config, FetchError, Problem};

use self::store::{MODIFIED, Reply, Store, error, reply, with};

const VARIABLES: [(&str, &str); 4] = [
    ("S3_ENDPOINT", "https://s3.example"),
    ("S3_BUCKET", "files"),
    ("S3_ACCESS_KEY_ID", "the-id"),
    ("S3_SECRET_ACCESS_KEY", "the-secret"),
];

/// Starts an app whose objects are in a bucket. If `respond` returns a response, the app gets this response, and the
/// request does not reach the store.
async fn start_with(
    app: fn() -> App,
    respond: impl Fn(&OutboundRequest) -> Option<Reply> + Send + Sync + 'static,
) -> TestApp {
    let mut builder = TestApp::builder();
    for (name, value) in VARIABLES {
        builder = builder.variable(name, value);
    }
    let started = builder.start(move |_| Ok(app())).await;
    let store = Mutex::new(Store::default());
    started.respond(move |request| {
        respond(request).unwrap_or_else(|| Ok(store.lock().unwrap().respond(request)))
    });
    let bucket = S3Blobs::from_context(started.context()).unwrap();
    started.with(Blobs::new(Arc::new(bucket)))
}

/// Starts an app whose objects are in a bucket.
pub(crate) async fn start(app: fn() -> App) -> TestApp {
    start_with(app, |_| None).await
}

/// Starts an app with a store that gives every request the same response. Returns the app and its `Blobs`.
async fn responding(response: impl Fn() -> Reply + Send + Sync + 'static) -> (TestApp, Blobs) {
    let app = start_with(App::new, move |_| Some(response())).await;
    let blobs = app.context().blobs();
    (app, blobs)
}

/// Runs an operation that waits before it repeats a request. Advances the clock meanwhile, so that the wait ends.
async fn while_waiting<T>(app: &TestApp, operation: impl Future<Output = T>) -> T {
    let time_passes = async {
        app.advance("5m").await;
    };
    let (result, ()) = join(operation, time_passes).await;
    result
}

#[whippet::test]
async fn an_error_of_the_store_is_reported_without_the_key() {
    for (status, code, expected) in [
        (
            403,
            "InvalidAccessKeyId",
            "403 Forbidden, InvalidAccessKeyId: Why.",
        ),
        (403, "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
        (404, "NoSuchBucket", "NoSuchBucket"),
        (301, "PermanentRedirect", "PermanentRedirect"),
    ] {
        let (_app, blobs) = responding(move || Ok(error(status, code))).await;
        let results = [
            blobs.put("a", "text/plain", "1").await.map(drop),
            blobs.get("a").await.map(drop),
            blobs.delete("a").await,
            blobs.list("", None, PageLimit::default()).await.map(drop),
        ];
        for result in results {
            let error = result.unwrap_err();
            assert!(matches!(error, BlobError::Store(_)), "{error:?}");
            let text = error.to_string();
            assert!(
                text.contains(expected) && !text.contains("the-id"),
                "{text}"
            );
            assert_eq!(Problem::from(error).status(), 500);
        }
    }
    let (_app, blobs) = responding(|| Ok(reply(403, ""))).await;
    let error = blobs.head("a").await.unwrap_err();
    assert!(error.to_string().contains("403 Forbidden"), "{error}");
}

#[whippet::test]
async fn a_request_is_sent_again_while_the_store_is_busy() {
    let busy: [fn() -> Reply; 4] = [
        || Ok(error(503, "SlowDown")),
        || Ok(reply(500, "")),
        || Ok(error(429, "TooManyRequests")),
        || Err(FetchError::Connect("connection refused".to_owned())),
    ];
    for response in busy {
        for failures in [2, 3] {
            let count = Mutex::new(0);
            let app = start_with(App::new, move |request| {
                let mut count = count.lock().unwrap();
                *count += usize::from(request.method == Method::PUT);
                (request.method == Method::PUT && *count <= failures).then(response)
            });
            let app = app.await;
            let blobs = app.context().blobs();
            let stored = while_waiting(&app, blobs.put("a", "text/plain", "1")).await;
            let sent = app.take_sent();
            let puts = sent.iter().filter(|sent| sent.method == Method::PUT);
            assert_eq!(puts.count(), 3);
            match failures {
                2 => assert_eq!(stored.unwrap().size, 1),
                _ => {
                    let error = stored.unwrap_err();
                    assert!(matches!(error, BlobError::Unavailable(_)), "{error:?}");
                    assert!(!error.to_string().contains("X-Amz"), "{error}");
                    assert_eq!(Problem::from(error).status(), 503);
                }
            }
        }
    }
}

#[whippet::test]
async fn a_body_that_breaks_off_is_an_error() {
    for length in ["4", "2"] {
        let (_app, blobs) = responding(move || {
            let headers = [
                (header::ETAG, "\"1\"".to_owned()),
                (header::LAST_MODIFIED, MODIFIED.to_owned()),
                (header::CONTENT_LENGTH, length.to_owned()),
            ];
            Ok(with(reply(200, "123"), &headers))
        })
        .await;
        let content = blobs.get("a").await.unwrap().unwrap();
        assert_eq!(content.blob.media_type, "application/octet-stream");
        content.bytes(10).await.unwrap_err();
        // The store ignores the range of the request and responds with a 200, which is an error.
        let part = blobs.get_range("a", 0..1).await.unwrap_err();
        assert!(part.to_string().contains("200 OK instead of 206"), "{part}");
    }
}

#[whippet::test]
async fn a_response_that_is_not_as_s3_documents_it_is_an_error() {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::ETAG, "\"1\""),
        (header::LAST_MODIFIED, MODIFIED),
        (header::CONTENT_LENGTH, "1"),
    ];
    for missing in HEADERS.map(|(name, _)| name) {
        let name = missing.clone();
        let (_app, blobs) = responding(move || {
            let headers = HEADERS.into_iter().filter(|(name, _)| *name != missing);
            let headers = headers.map(|(name, value)| (name, value.to_owned()));
            Ok(with(reply(200, "1"), &headers.collect::<Vec<_>>()))
        })
        .await;
        for result in [
            blobs.head("a").await.map(drop),
            blobs.get("a").await.map(drop),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(error.to_lowercase().contains(name.as_str()), "{error}");
        }
        let listed = blobs.list("", None, PageLimit::default()).await;
        assert!(matches!(listed, Err(BlobError::Store(_))), "{listed:?}");
    }
}

/// Returns a body that consists of `parts` parts, each with 8 MiB. If `broken` is true, an error follows the last part.
fn large(parts: usize, broken: bool) -> Body {
    let chunk = Bytes::from(vec![7; 1024 * 1024]);
    let chunks = stream::iter(vec![Ok(chunk); parts * 8]);
    let end = stream::iter(broken.then_some(Err("the sensor failed")));
    Body::from_stream(chunks.chain(end))
}

#[whippet::test]
async fn a_large_object_is_uploaded_in_parts() {
    let app = start(App::new).await;
    let blobs = app.context().blobs();
    let stored = blobs.put("large", "text/plain", large(2, false)).await;
    let stored = stored.unwrap();
    assert_eq!(stored.size, 2 * 8 * 1024 * 1024);
    assert_eq!(stored.media_type, "text/plain");
    let methods = |app: &TestApp| -> Vec<_> {
        let sent = app.take_sent().into_iter();
        sent.map(|request| request.method.to_string()).collect()
    };
    assert_eq!(methods(&app), ["POST", "PUT", "PUT", "POST", "HEAD"]);
    let broken = blobs.put("large", "text/plain", large(1, true)).await;
    let error = broken.unwrap_err().to_string();
    assert!(error.contains("the sensor failed"), "{error}");
    assert_eq!(methods(&app), ["POST", "PUT", "DELETE"]);
    assert_eq!(blobs.head("large").await.unwrap(), Some(stored));
}

#[whippet::test]
async fn an_upload_that_fails_after_its_status_is_an_error() {
    let app = start_with(App::new, |request| {
        let is_end = request.method == Method::POST && !request.body.is_empty();
        is_end.then(|| Ok(error(200, "InternalError")))
    });
    let app = app.await;
    let blobs = app.context().blobs();
    let stored = blobs.put("large", "text/plain", large(1, false)).await;
    assert!(
        matches!(stored, Err(BlobError::Unavailable(_))),
        "{stored:?}"
    );
    let sent = app.take_sent();
    assert_eq!(sent.last().unwrap().method, Method::DELETE);
}

#[whippet::test]
async fn a_url_is_signed_for_a_time() {
    let app = start(App::new).await;
    let blobs = app.context().blobs();
    let url = blobs.signed_url("a/é b", Duration::from_secs(90)).unwrap();
    let url = url::Url::parse(&url.unwrap()).unwrap();
    assert_eq!(url.path(), "/files/a/%C3%A9%20b");
    let parameters: BTreeMap<_, _> = url.query_pairs().collect();
    assert_eq!(parameters["X-Amz-Expires"], "90");
    assert_eq!(parameters["X-Amz-Date"], "20260101T000000Z");
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let url = blobs.signed_url("a", year).unwrap().unwrap();
    assert!(url.contains("X-Amz-Expires=604800"), "{url}");
    assert!(matches!(
        blobs.signed_url("../a", year),
        Err(BlobError::Key(_))
    ));
    let memory = TestApp::new(|_| Ok(App::new())).await;
    let url = memory.context().blobs().signed_url("a", year).unwrap();
    assert_eq!(url, None);
}

#[whippet::test]
async fn every_missing_or_wrong_variable_is_an_error_at_startup() {
    for (variables, expected) in [
        (
            &[("S3_BUCKET", "files")][..],
            "the variable S3_ENDPOINT is not set; the variable S3_ACCESS_KEY_ID is not set; \
             the variable S3_SECRET_ACCESS_KEY is not set",
        ),
        (
            &[("S3_ENDPOINT", "s3.example")],
            "the variable S3_ENDPOINT is \"s3.example\": relative URL without a base",
        ),
        (
            &[("S3_ENDPOINT", "ftp://s3.example")],
            "the variable S3_ENDPOINT is \"ftp://s3.example/\": write a URL such as https://s3.eu-central-1.amazonaws.com",
        ),
        (
            &[
                ("S3_ENDPOINT", "http://127.0.0.1:9000"),
                ("S3_VIRTUAL_HOST", "true"),
            ],
            "the variable S3_BUCKET cannot be part of the host of http://127.0.0.1:9000/: invalid IPv4 address; \
             set S3_VIRTUAL_HOST to false",
        ),
    ] {
        let mut all: BTreeMap<_, _> = match variables {
            [("S3_BUCKET", _)] => BTreeMap::new(),
            _ => VARIABLES.into(),
        };
        all.extend(variables.iter().copied());
        let builder = TestApp::builder().config(Config::from_iter(all));
        let started = builder.try_start(|_| Ok(App::new())).await;
        let error = started.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
