//! Forms with files, as the body of a request.

use axum::body::Bytes;
use axum::http::{HeaderValue, header};

use super::TestRequest;

/// The boundary between the parts of a form. The content of a part must not contain the boundary.
const BOUNDARY: &str = "boundary-of-whippet";

impl TestRequest<'_> {
    /// Adds a field to the body, which is a form with files (`multipart/form-data`).
    ///
    /// ```
    /// use whippet::extract::{File, Form};
    /// use whippet::testing::TestApp;
    /// use whippet::{App, post, routes};
    ///
    /// #[derive(Form)]
    /// struct Upload {
    ///     title: String,
    ///     picture: File<1000>,
    /// }
    ///
    /// #[post("/pictures")]
    /// async fn upload(upload: Upload) -> String {
    ///     format!("{}: {} bytes", upload.title, upload.picture.bytes().len())
    /// }
    ///
    /// # whippet::testing::block_on(async {
    /// let app = TestApp::new(|_| Ok(App::new().routes(routes![upload]))).await;
    /// let upload = app.post("/pictures").field("title", "Tea").file("picture", "tea.png", "image/png", vec![1, 2, 3]);
    /// assert_eq!(upload.await.text(), "Tea: 3 bytes");
    /// # });
    /// ```
    #[track_caller]
    pub fn field(self, name: &str, value: &str) -> Self {
        self.part(&format!("name=\"{}\"", quoted(name)), value.as_bytes())
    }

    /// Adds a file to the body, which is a form with files: see [`field`](Self::field).
    #[track_caller]
    pub fn file(
        self,
        name: &str,
        file_name: &str,
        content_type: &str,
        content: impl Into<Bytes>,
    ) -> Self {
        let (name, file_name) = (quoted(name), quoted(file_name));
        let head =
            format!("name=\"{name}\"; filename=\"{file_name}\"\r\ncontent-type: {content_type}");
        self.part(&head, &content.into())
    }

    /// Adds a part to the body. `head` is the text after `form-data` in the part's header `Content-Disposition`.
    #[track_caller]
    fn part(mut self, head: &str, content: &[u8]) -> Self {
        let end = format!("--{BOUNDARY}--\r\n");
        let is_boundary = |window: &[u8]| window == BOUNDARY.as_bytes();
        assert!(
            !content.windows(BOUNDARY.len()).any(is_boundary),
            "the content of a part contains the boundary {BOUNDARY:?}"
        );
        let has_parts = self.body.ends_with(end.as_bytes());
        let mut body =
            self.body[..self.body.len() - if has_parts { end.len() } else { 0 }].to_vec();
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; {head}\r\n\r\n");
        for piece in [head.as_bytes(), content, b"\r\n", end.as_bytes()] {
            body.extend_from_slice(piece);
        }
        self.body = body.into();
        if !has_parts {
            let media = format!("multipart/form-data; boundary={BOUNDARY}");
            let media = HeaderValue::try_from(media).unwrap_or(HeaderValue::from_static(""));
            self.headers.push((header::CONTENT_TYPE, media));
        }
        self
    }
}

/// Escapes a name in the same way as browsers (WHATWG HTML section 4.10.22.8).
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}
