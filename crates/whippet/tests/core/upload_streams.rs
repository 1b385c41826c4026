//! Typed forms with a file. The handler reads the file while it arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::{Request, StatusCode};
use whippet::extract::{FileStream, Form};
use whippet::testing::TestApp;
use whippet::{App, Problem, post, routes};

use crate::upload::{PNG, errors, send};

#[derive(Form)]
struct Streamed {
    title: String,
    #[form(accept("text/plain"))]
    file: FileStream<20>,
}

#[post("/stream")]
async fn streamed(mut form: Streamed) -> Result<String, Problem> {
    let mut text = form.title;
    if text == "first" {
        let first = form.file.chunk().await?.unwrap_or_default();
        return Ok(String::from_utf8_lossy(&first).into_owned());
    }
    while let Some(chunk) = form.file.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    Ok(text)
}

fn app() -> App {
    App::new().body_limit(2_000).routes(routes![streamed])
}

#[whippet::test]
async fn a_stream_is_read_to_its_end_within_its_limit() {
    let title = ("title", None, None, "t: ");
    let text = Some("text/plain");
    let response = send(
        app(),
        "/stream",
        &[title, ("file", Some("a"), text, "01234567890123456789")],
    )
    .await;
    assert_eq!(
        response.assert_status(200).text(),
        "t: 01234567890123456789"
    );
    let over = send(
        app(),
        "/stream",
        &[title, ("file", Some("a"), text, "012345678901234567890")],
    )
    .await;
    assert_eq!(errors(&over), [("/file".into(), "size".into())]);
    let wrong = send(app(), "/stream", &[title, ("file", Some("a"), PNG, "0")]).await;
    assert_eq!(errors(&wrong), [("/file".into(), "media_type".into())]);
    let late = send(app(), "/stream", &[("file", Some("a"), text, "0"), title]).await;
    assert_eq!(errors(&late), [("/title".into(), "required".into())]);
    let none = send(app(), "/stream", &[title]).await;
    assert_eq!(errors(&none), [("/file".into(), "required".into())]);
}

/// The handler runs before the file has arrived.
#[whippet::test]
async fn a_stream_is_read_while_it_arrives() {
    let start = "--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nfirst\r\n\
        --X\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: text/plain\r\n\r\n0123456789";
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    let pieces = stream::iter([Bytes::from(start), "more".into(), "\r\n--X--\r\n".into()]);
    let pieces = pieces.map(move |piece| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    });
    let request =
        Request::post("/stream").header("content-type", "multipart/form-data; boundary=X");
    let request = request.body(Body::from_stream(pieces)).unwrap();
    let app = TestApp::new(|_| Ok(app())).await;
    let response = app.service().handle(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(read.load(Ordering::Relaxed) < 3, "the whole body was read");
}
