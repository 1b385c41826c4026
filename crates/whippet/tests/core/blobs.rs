//! Object storage: in memory, in a bucket, and natively also in a folder.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::Method;
use whippet::extract::{FileStream, Form};
use whippet::host::{BlobStore, BlobUpload};
use whippet::problem::types::{NOT_FOUND, PAYLOAD_TOO_LARGE};
use whippet::response::{Download, DownloadRequest, NoContent, PageLimit};
use whippet::testing::TestApp;
use whippet::{
    App, Blob, BlobContent, BlobEntry, BlobError, BlobPage, Blobs, Path, Problem, get, post, put,
    routes,
};

use crate::upload::send_to;

#[put("/files/{key}", errors(PAYLOAD_TOO_LARGE))]
async fn put_file(Path(key): Path<String>, blobs: Blobs, body: Body) -> Result<NoContent, Problem> {
    blobs.limit(20).put(&key, "text/plain", body).await?;
    Ok(NoContent)
}

#[get("/files/{key}", errors(NOT_FOUND))]
async fn get_file(
    Path(key): Path<String>,
    blobs: Blobs,
    request: DownloadRequest,
) -> Result<Download, Problem> {
    let file = request.blob(&blobs, &key).await?;
    let file = file.ok_or_else(|| Problem::not_found("no file has this key"))?;
    Ok(file.attachment(&key))
}

#[derive(Form)]
struct Upload {
    file: FileStream<10>,
}

#[post("/upload")]
async fn upload(blobs: Blobs, form: Upload) -> Result<NoContent, Problem> {
    let body = form.file.into_body();
    blobs.put("uploaded", "text/plain", body).await?;
    Ok(NoContent)
}

fn app() -> App {
    let app = App::new().body_limit(400);
    app.routes(routes![put_file, get_file, upload])
}

/// Returns one app for each kind of store that exists on this target.
async fn apps() -> Vec<TestApp> {
    vec![
        TestApp::new(|_| Ok(app())).await,
        crate::s3::start(app).await,
        #[cfg(not(target_arch = "wasm32"))]
        TestApp::new(|_| Ok(app())).await.with(folder()),
    ]
}

/// Returns a store in a new folder.
#[cfg(not(target_arch = "wasm32"))]
fn folder() -> Blobs {
    Blobs::new(Arc::new(crate::blob_folder::new_folder()))
}

async fn stores() -> Vec<Blobs> {
    let apps = apps().await;
    apps.iter().map(|app| app.context().blobs()).collect()
}

async fn text(content: Option<BlobContent>) -> String {
    let bytes = content.unwrap().bytes(1_000_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[whippet::test]
async fn an_object_has_a_size_a_version_and_a_type_until_it_is_deleted() {
    for blobs in stores().await {
        assert_eq!(blobs.head("a/1.csv").await.unwrap(), None);
        assert!(blobs.get("a/1.csv").await.unwrap().is_none());
        let first = blobs.put("a/1.csv", "text/csv", "a,b").await.unwrap();
        assert_eq!(
            (first.key.as_str(), first.size, first.media_type.as_str()),
            ("a/1.csv", 3, "text/csv")
        );
        let content = blobs.get("a/1.csv").await.unwrap().unwrap();
        assert_eq!(content.blob, first);
        assert_eq!(text(Some(content)).await, "a,b");

        let second = blobs.put("a/1.csv", "text/plain", "").await.unwrap();
        assert_ne!(second.etag, first.etag);
        assert_eq!(blobs.head("a/1.csv").await.unwrap(), Some(second.clone()));
        assert_eq!((second.size, second.media_type.as_str()), (0, "text/plain"));
        assert_eq!(text(blobs.get("a/1.csv").await.unwrap()).await, "");

        for _ in 0..2 {
            blobs.delete("a/1.csv").await.unwrap();
            assert_eq!(blobs.head("a/1.csv").await.unwrap(), None);
        }
    }
}

#[whippet::test]
async fn a_range_ends_at_the_end_of_the_object() {
    for blobs in stores().await {
        let stored = blobs.put("digits", "text/plain", "0123456789");
        stored.await.unwrap();
        for (range, expected) in [
            (0..1, "0"),
            (4..7, "456"),
            (8..99, "89"),
            (0..u64::MAX, "0123456789"),
        ] {
            let part = blobs.get_range("digits", range).await.unwrap();
            let part = part.unwrap();
            assert_eq!(part.blob.size, 10);
            assert_eq!(text(Some(part)).await, expected);
        }
        blobs.put("empty", "text/plain", "").await.unwrap();
        for (key, range) in [("digits", 10..11), ("digits", 4..4), ("empty", 0..1)] {
            let part = blobs.get_range(key, range.clone()).await;
            assert!(matches!(part, Err(BlobError::Range)), "{key} {range:?}");
        }
        let absent = blobs.get_range("absent", 0..1).await;
        assert!(absent.unwrap().is_none());
    }
}

#[whippet::test]
async fn a_content_is_read_into_memory_up_to_a_limit() {
    for blobs in stores().await {
        blobs.put("a", "text/plain", "123").await.unwrap();
        let content = blobs.get("a").await.unwrap().unwrap();
        let error = content.bytes(2).await.unwrap_err();
        assert!(error.to_string().contains("a limit of 2 bytes"), "{error}");
    }
}

#[whippet::test]
async fn a_stream_is_stored_as_a_whole_or_not_at_all() {
    let chunk = Bytes::from(vec![7; 100_000]);
    for blobs in stores().await {
        let chunks = stream::iter(vec![Ok::<_, Infallible>(chunk.clone()); 9]);
        let body = Body::from_stream(chunks);
        let stored = blobs.put("stream", "text/plain", body).await.unwrap();
        assert_eq!(stored.size, 900_000);
        let content = blobs.get("stream").await.unwrap().unwrap();
        let bytes = content.bytes(900_000).await.unwrap();
        assert!(bytes.len() == 900_000 && bytes.iter().all(|byte| *byte == 7));

        let broken = stream::iter([Ok(chunk.clone()), Err("the sensor failed")]);
        let broken = blobs.put("stream", "text/plain", Body::from_stream(broken));
        let error = broken.await.unwrap_err();
        assert!(error.to_string().contains("the sensor failed"), "{error}");
        assert_eq!(Problem::from(error).status(), 500);

        let limited = blobs.clone().limit(99_999);
        let error = limited.put("stream", "text/plain", chunk.clone()).await;
        assert!(matches!(error, Err(BlobError::TooLarge(99_999))));
        assert_eq!(blobs.head("stream").await.unwrap(), Some(stored));
    }
}

#[whippet::test]
async fn objects_are_listed_page_by_page_in_the_byte_order_of_their_keys() {
    let mut keys = [
        "A", "a", "a b", "a%20b", "a-b", "a.b", "a/b", "a/b/c", "a/b.c", "a@blob", "a@blob/b", "b",
        "é/1", "é/2",
    ];
    keys.sort_unstable();
    for blobs in stores().await {
        for key in keys {
            let media_type = format!("text/x-{}", key.len());
            blobs.put(key, &media_type, key).await.unwrap();
        }
        for prefix in ["", "a", "a/", "a/b", "a@", "é/", "c"] {
            let expected: Vec<_> = keys.iter().filter(|key| key.starts_with(prefix)).collect();
            for limit in [1, 2, 3, 250] {
                let mut listed = Vec::new();
                let mut after = None;
                loop {
                    let limit = PageLimit::try_from(limit).unwrap();
                    let page = blobs.list(prefix, after.as_deref(), limit).await.unwrap();
                    assert!(page.blobs.len() <= limit.get() as usize);
                    listed.extend(page.blobs);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                let found: Vec<_> = listed.iter().map(|blob| &blob.key).collect();
                assert_eq!(found, expected, "{prefix:?} {limit}");
                for blob in &listed {
                    let whole = blobs.head(&blob.key).await.unwrap().unwrap();
                    let media_type = format!("text/x-{}", blob.key.len());
                    assert_eq!(whole.media_type, media_type);
                    assert_eq!(*blob, BlobEntry::from(whole));
                }
            }
        }
        // A cursor does not have to be the key of an object.
        let page = blobs.list("a", Some("a/a"), PageLimit::try_from(1).unwrap());
        let page = page.await.unwrap();
        assert_eq!(
            (page.blobs[0].key.as_str(), page.next.as_deref()),
            ("a/b", Some("a/b"))
        );
    }
}

#[whippet::test]
async fn an_invalid_key_or_media_type_is_rejected() {
    for blobs in stores().await {
        for key in ["", "/etc/passwd", "../secret", "a//b", "a/./b", "a\0"] {
            let results = [
                blobs.put(key, "text/plain", "").await.map(drop),
                blobs.get(key).await.map(drop),
                blobs.get_range(key, 0..1).await.map(drop),
                blobs.head(key).await.map(drop),
                blobs.delete(key).await,
            ];
            for result in results {
                assert!(
                    matches!(result, Err(BlobError::Key(_))),
                    "{key:?} {result:?}"
                );
            }
        }
        let limit = PageLimit::default();
        let listed = blobs.list("a\n", None, limit).await;
        assert!(matches!(listed, Err(BlobError::Key(_))));
        let listed = blobs.list("", Some("\n"), limit).await;
        assert!(matches!(listed, Err(BlobError::Key(_))));
        for media_type in ["a\nb", &"x".repeat(256)] {
            let stored = blobs.put("a", media_type, "").await;
            assert!(matches!(stored, Err(BlobError::MediaType(_))));
        }
    }
}

#[whippet::test]
async fn a_download_sends_an_object_or_the_range_that_the_request_asks_for() {
    for app in apps().await {
        app.put("/files/digits")
            .body("0123456789")
            .await
            .assert_status(204);
        let whole = app.get("/files/digits").await;
        whole
            .assert_status(200)
            .assert_header("content-type", "text/plain")
            .assert_header("content-length", "10")
            .assert_header("content-disposition", "attachment; filename=\"digits\"");
        assert_eq!(whole.text(), "0123456789");
        let tag = whole.header("etag").to_owned();

        for (range, content_range, expected) in [
            ("bytes=4-6", "bytes 4-6/10", "456"),
            ("bytes=-3", "bytes 7-9/10", "789"),
            ("bytes=0-99", "bytes 0-9/10", "0123456789"),
        ] {
            let part = app.get("/files/digits").header("range", range).await;
            part.assert_status(206)
                .assert_header("content-range", content_range)
                .assert_header("content-length", &expected.len().to_string())
                .assert_header("etag", &tag);
            assert_eq!(part.text(), expected);
        }
        let after = app.get("/files/digits").header("range", "bytes=10-").await;
        after
            .assert_problem(416, "range_not_satisfiable")
            .assert_header("content-range", "bytes */10");
        let copy = app.get("/files/digits").header("if-none-match", &tag).await;
        copy.assert_status(304).assert_header("etag", &tag);
        let other = app
            .get("/files/digits")
            .header("if-none-match", "\"1\"")
            .await;
        assert_eq!(other.assert_status(200).text(), "0123456789");
        let other = app.get("/files/digits").header("range", "bytes=0-1");
        let other = other.header("if-range", "\"1\"").await;
        assert_eq!(other.assert_status(200).text(), "0123456789");
        let head = app.request(Method::HEAD, "/files/digits").await;
        head.assert_status(200)
            .assert_header("content-length", "10");
        app.get("/files/absent")
            .await
            .assert_problem(404, "not_found");
        app.get("/files/%2E%2E%2Fa")
            .await
            .assert_problem(400, "bad_request");
    }
}

#[whippet::test]
async fn a_body_over_a_limit_is_rejected() {
    for app in apps().await {
        let over = app.put("/files/a").body("x".repeat(21)).await;
        over.assert_problem(413, "payload_too_large");
        assert!(over.text().contains("the limit of 20 bytes"), "{over:?}");
        let over = app.put("/files/a").body("x".repeat(401)).await;
        over.assert_problem(413, "payload_too_large");
        assert!(over.text().contains("the limit of 400 bytes"), "{over:?}");
        app.get("/files/a").await.assert_status(404);
    }
}

#[whippet::test]
async fn a_file_of_a_form_is_stored_while_it_arrives() {
    for app in apps().await {
        let text = Some("text/plain");
        let file = |content| [("file", Some("a"), text, content)];
        let stored = send_to(&app, "/upload", &file("0123456789")).await;
        stored.assert_status(204);
        assert_eq!(app.get("/files/uploaded").await.text(), "0123456789");
        let over = send_to(&app, "/upload", &file("01234567890")).await;
        over.assert_problem(422, "validation");
        assert_eq!(app.get("/files/uploaded").await.text(), "0123456789");
    }
}

#[whippet::test]
async fn apps_that_share_a_database_share_the_objects() {
    let app = TestApp::new(|_| Ok(app())).await;
    let other = TestApp::builder().sharing_database_with(&app);
    let other = other.start(|_| Ok(self::app())).await;
    app.put("/files/a").body("1").await.assert_status(204);
    assert_eq!(other.get("/files/a").await.text(), "1");
}

/// A store that replaces the object after each of the next `remaining` calls of `head`.
struct Racing {
    blobs: Blobs,
    remaining: AtomicUsize,
}

impl BlobStore for Racing {
    fn put<'a>(&'a self, _: &'a str, _: BlobUpload) -> BoxFuture<'a, Result<Blob, BlobError>> {
        Box::pin(async { Err(BlobError::Unsupported) })
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>> {
        Box::pin(async move {
            match range {
                Some(range) => self.blobs.get_range(key, range).await,
                None => self.blobs.get(key).await,
            }
        })
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>> {
        Box::pin(async move {
            let blob = self.blobs.head(key).await?;
            let remaining = self.remaining.load(Ordering::Relaxed);
            if remaining > 0 {
                self.remaining.store(remaining - 1, Ordering::Relaxed);
                let content = "x".repeat(remaining);
                self.blobs.put(key, "text/plain", content).await?;
            }
            Ok(blob)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(self.blobs.delete(key))
    }

    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>> {
        Box::pin(self.blobs.list(prefix, after, limit))
    }
}

#[whippet::test]
async fn a_download_never_mixes_two_versions_of_an_object() {
    for (remaining, status) in [(4, 206), (5, 503)] {
        let app = TestApp::new(|_| Ok(app())).await;
        let blobs = app.context().blobs();
        blobs.put("a", "text/plain", "0123456789").await.unwrap();
        let remaining = AtomicUsize::new(remaining);
        let app = app.with(Blobs::new(Arc::new(Racing { blobs, remaining })));
        let part = app.get("/files/a").header("range", "bytes=0-99").await;
        part.assert_status(status);
        if status == 206 {
            part.assert_header("content-range", "bytes 0-0/1");
            assert_eq!(part.text(), "x");
        }
    }
}

#[whippet::test]
async fn a_large_object_is_read_in_chunks() {
    for blobs in stores().await {
        let content = Bytes::from(
            (0..600_000_u32)
                .map(|at| (at % 251) as u8)
                .collect::<Vec<_>>(),
        );
        blobs
            .put("large", "text/plain", content.clone())
            .await
            .unwrap();
        let part = blobs.get_range("large", 99..590_001).await.unwrap();
        let mut chunks = part.unwrap().body.into_data_stream();
        let mut read = Vec::new();
        while let Some(chunk) = chunks.next().await {
            read.extend_from_slice(&chunk.unwrap());
        }
        assert!(read == content[99..590_001]);
    }
}
