//! Attachments.

use serde_json::json;
use whippet::axum::http::Method;
use whippet::response::PageLimit;
use whippet::testing::TestApp;

use crate::support::Notes;

#[whippet::test]
async fn a_file_is_attached_and_downloaded(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let upload = notes
        .call(Method::POST, "/notes/1/attachments")
        .field("description", "A leaf");
    let created = upload
        .file("file", "leaf é.png", "image/png", "0123456789")
        .await;
    created
        .assert_status(201)
        .assert_header("location", "/notes/1/attachments/1");
    created.assert_json(json!({
        "id": 1, "name": "leaf é.png", "description": "A leaf", "media_type": "image/png", "size": 10,
        "created_at": "2026-01-01T00:00:00.000Z",
    }));
    let list = notes.call(Method::GET, "/notes/1/attachments").await;
    list.assert_json(json!([created.json()]));

    let whole = notes.call(Method::GET, "/notes/1/attachments/1").await;
    whole
        .assert_status(200)
        .assert_header("content-type", "image/png");
    whole.assert_header(
        "content-disposition",
        "attachment; filename=\"leaf _.png\"; filename*=UTF-8''leaf%20%C3%A9.png",
    );
    assert_eq!(whole.text(), "0123456789");
    let part = notes
        .call(Method::GET, "/notes/1/attachments/1")
        .header("range", "bytes=-3")
        .await;
    part.assert_status(206)
        .assert_header("content-range", "bytes 7-9/10");
    assert_eq!(part.text(), "789");
    let copy = notes
        .call(Method::GET, "/notes/1/attachments/1")
        .header("if-none-match", whole.header("etag"))
        .await;
    copy.assert_status(304);
    notes
        .call(Method::GET, "/notes/1/attachments/2")
        .await
        .assert_problem(404, "not_found");
}

#[whippet::test]
async fn an_upload_without_a_file_or_over_the_limit_is_rejected(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let upload = || {
        notes
            .call(Method::POST, "/notes/1/attachments")
            .field("description", "A leaf")
    };
    for request in [
        upload(),
        upload().file("file", "a.bin", "image/png", vec![0; 1_000_001]),
    ] {
        let response = request.await;
        response.assert_problem(422, "validation");
        assert_eq!(response.json()["errors"][0]["pointer"], "/file");
    }
    let missing = notes
        .call(Method::POST, "/notes/2/attachments")
        .field("description", "")
        .file("file", "a", "text/plain", "a")
        .await;
    missing.assert_problem(404, "not_found");
    assert_eq!(
        notes.row::<i64>("select count(*) from attachments").await,
        0
    );
    assert_eq!(stored(&notes).await, 0);
}

#[whippet::test]
async fn the_files_of_a_deleted_note_are_deleted(notes: Notes) {
    for (note, title) in [(1, "Tea"), (2, "Milk")] {
        notes.create(json!({"title": title})).await;
        for name in ["a", "b"] {
            let path = format!("/notes/{note}/attachments");
            let upload = notes.call(Method::POST, &path).field("description", "");
            let upload = upload.file("file", name, "text/plain", name);
            upload.await.assert_status(201);
        }
    }
    assert_eq!(stored(&notes).await, 4);
    let delete = notes.call(Method::DELETE, "/notes/1");
    let stale = notes.call(Method::DELETE, "/notes/1");
    stale.header("if-match", "\"9\"").await.assert_status(412);
    delete.await.assert_status(204);
    notes.run_tasks().await;
    assert_eq!(stored(&notes).await, 2);
    let kept = notes.call(Method::GET, "/notes/2/attachments/4").await;
    assert_eq!(kept.assert_status(200).text(), "b");
}

/// Returns the number of objects.
pub(crate) async fn stored(app: &TestApp) -> usize {
    let blobs = app.context().blobs();
    let page = blobs.list("", None, PageLimit::default()).await;
    page.map_or(0, |page| page.blobs.len())
}
