//! Typed forms with files.

use serde_json::{Value, json};
use whippet::axum::body::Bytes;
use whippet::extract::{File, Form};
use whippet::testing::{TestApp, TestResponse};
use whippet::{App, Json, post, routes};

/// A picture and its title.
#[derive(Form)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upload {
    /// The title of the picture.
    #[validate(length(min = 1, max = 5))]
    photo_title: String,
    stars: Option<u8>,
    #[serde(default)]
    tag: Vec<String>,
    /// The picture.
    #[form(accept("image/png", "text/*"))]
    picture: File<10>,
    #[form(name = "second-picture")]
    second: Option<File<10>>,
    more: Vec<File<3>>,
}

#[post("/upload")]
async fn upload(upload: Upload) -> Json<Value> {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let more: Vec<_> = upload.more.iter().map(|file| text(file.bytes())).collect();
    Json(json!({
        "title": upload.photo_title, "stars": upload.stars, "tag": upload.tag, "more": more,
        "picture": [upload.picture.file_name(), upload.picture.content_type(), text(upload.picture.bytes())],
        "second": upload.second.map(|file| text(&file.into_bytes())),
    }))
}

fn app() -> App {
    App::new().body_limit(2_000).routes(routes![upload])
}

/// Returns a body with these parts. A part consists of a name, an optional file name, an optional content type, and the
/// content.
fn body(parts: &[(&str, Option<&str>, Option<&str>, &str)]) -> Bytes {
    let mut body = String::new();
    for (name, file_name, content_type, content) in parts {
        body.push_str(&format!(
            "--X\r\nContent-Disposition: form-data; name=\"{name}\""
        ));
        if let Some(file_name) = file_name {
            body.push_str(&format!("; filename=\"{file_name}\""));
        }
        if let Some(content_type) = content_type {
            body.push_str(&format!("\r\nContent-Type: {content_type}"));
        }
        body.push_str(&format!("\r\n\r\n{content}\r\n"));
    }
    body.push_str("--X--\r\n");
    body.into()
}

pub(crate) async fn send(
    app: App,
    path: &str,
    parts: &[(&str, Option<&str>, Option<&str>, &str)],
) -> TestResponse {
    let app = TestApp::new(|_| Ok(app)).await;
    send_to(&app, path, parts).await
}

/// Does the same as [`send`], but with an app that already runs.
pub(crate) async fn send_to(
    app: &TestApp,
    path: &str,
    parts: &[(&str, Option<&str>, Option<&str>, &str)],
) -> TestResponse {
    let request = app
        .post(path)
        .header("content-type", "multipart/form-data; boundary=X");
    request.body(body(parts)).await
}

pub(crate) fn errors(response: &TestResponse) -> Vec<(String, String)> {
    let body = response.assert_problem(422, "validation").json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = body["errors"].as_array().unwrap().iter();
    errors
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect()
}

pub(crate) const PNG: Option<&str> = Some("image/png");

#[whippet::test]
async fn fields_and_files_are_read() {
    let response = send(
        app(),
        "/upload",
        &[
            (
                "picture",
                Some("é.png"),
                Some("IMAGE/png; a=b"),
                "0123456789",
            ),
            ("photoTitle", None, None, "Tea"),
            ("tag", None, None, "a"),
            ("more", Some("1"), None, "one"),
            ("tag", None, None, "b"),
            ("more", Some("2"), None, "two"),
            ("ignored", Some("3"), None, "three"),
            ("stars", None, None, "4"),
        ],
    )
    .await;
    response.assert_status(200).assert_json(json!({
        "title": "Tea", "stars": 4, "tag": ["a", "b"], "more": ["one", "two"],
        "picture": ["é.png", "IMAGE/png; a=b", "0123456789"], "second": null,
    }));
}

/// Browsers send an empty part for a file input in which no file is selected.
#[whippet::test]
async fn an_unselected_file_is_absent() {
    let title = ("photoTitle", None, None, "Tea");
    let picture = ("picture", Some("a"), Some("text/plain"), "a");
    let octets = Some("application/octet-stream");
    let unselected = [
        title,
        picture,
        ("second-picture", Some(""), octets, ""),
        ("more", Some(""), octets, ""),
    ];
    let response = send(app(), "/upload", &unselected).await;
    response
        .assert_status(200)
        .assert_json_includes(json!({"second": null, "more": []}));
    let missing = send(
        app(),
        "/upload",
        &[title, ("picture", Some(""), octets, "")],
    )
    .await;
    assert_eq!(errors(&missing), [("/picture".into(), "required".into())]);
    let empty = [
        title,
        ("picture", Some("empty.txt"), Some("text/plain"), ""),
    ];
    send(app(), "/upload", &empty).await.assert_status(200);
}

#[whippet::test]
async fn every_invalid_field_and_file_is_reported() {
    let response = send(
        app(),
        "/upload",
        &[
            ("photoTitle", None, None, "much too long"),
            ("stars", None, None, "many"),
            ("picture", Some("a.gif"), Some("image/gif"), "gif"),
            ("second-picture", Some("b"), None, "0123456789a"),
            ("more", Some("1"), None, "four"),
            ("more", Some("2"), None, "two"),
        ],
    )
    .await;
    let expected = [
        ("/photoTitle", "length"),
        ("/stars", "type"),
        ("/picture", "media_type"),
        ("/second-picture", "size"),
        ("/more", "size"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
    assert_eq!(errors(&response), expected);
    let messages: Vec<Value> = response.json()["errors"].as_array().unwrap().clone();
    assert_eq!(
        messages[2]["message"],
        "the media type must be one of: image/png, text/*; it is image/gif"
    );
    assert_eq!(
        messages[3]["message"],
        "the file must have at most 10 bytes"
    );

    let missing = send(app(), "/upload", &[]).await;
    let expected = [("/photoTitle", "required"), ("/picture", "required")];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
    assert_eq!(errors(&missing), expected);

    let title = ("photoTitle", None, None, "Tea");
    let twice = send(
        app(),
        "/upload",
        &[
            title,
            ("picture", Some("a"), PNG, "a"),
            ("picture", Some("b"), PNG, "b"),
        ],
    )
    .await;
    assert_eq!(errors(&twice), [("/picture".into(), "type".into())]);
}

#[whippet::test]
async fn other_bodies_are_rejected() {
    let started = TestApp::new(|_| Ok(app())).await;
    let json = started.post("/upload").json(&json!({})).await;
    json.assert_problem(415, "unsupported_media_type");
    let malformed = started
        .post("/upload")
        .header("content-type", "multipart/form-data; boundary=X");
    malformed
        .body("--X\r\n")
        .await
        .assert_problem(400, "malformed_multipart");
    let long = "a".repeat(3_000);
    send(app(), "/upload", &[("a", None, None, &long)])
        .await
        .assert_problem(413, "payload_too_large");
}

#[cfg(not(target_arch = "wasm32"))]
mod document {
    use super::*;

    #[whippet::test]
    async fn the_openapi_document_has_the_files() {
        let document = app().document();
        let body = &document["paths"]["/upload"]["post"]["requestBody"];
        let content = &body["content"]["multipart/form-data"];
        let schema = &content["schema"];
        let binary = json!({"type": "string", "format": "binary"});
        assert_eq!(
            schema["properties"]["photoTitle"],
            json!({"type": "string", "minLength": 1, "maxLength": 5, "description": "The title of the picture."})
        );
        assert_eq!(schema["properties"]["picture"]["format"], "binary");
        assert_eq!(
            schema["properties"]["picture"]["description"],
            "The picture."
        );
        assert_eq!(schema["properties"]["second-picture"], binary);
        assert_eq!(
            schema["properties"]["more"],
            json!({"type": "array", "items": binary})
        );
        assert_eq!(schema["required"], json!(["photoTitle", "picture"]));
        assert_eq!(
            content["encoding"],
            json!({"picture": {"contentType": "image/png, text/*"}})
        );
        assert_eq!(schema["description"], "A picture and its title.");
    }

    #[whippet::test]
    async fn an_app_whose_body_limit_is_below_a_file_does_not_start() {
        let small = App::new().body_limit(9).routes(routes![upload]);
        let started = TestApp::builder().try_start(|_| Ok(small)).await;
        assert_eq!(
            started.unwrap_err().to_string(),
            "the operation \"upload\" cannot be added at POST /upload: the file `picture` may have 10 bytes, but the body limit of the app is 9 bytes: raise it with `App::body_limit`, or lower the limit of the file"
        );
    }
}
