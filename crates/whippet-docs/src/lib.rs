//! The page `/docs`: Swagger UI, which displays the OpenAPI document of the app. The page `/graphiql`: GraphiQL. The page
//! `/_whippet/outbox`: the tasks of the app, for operators.
//!
//! This crate defines the names and response headers of the files for every host. Only the feature `contents` includes
//! the contents of the files. WebAssembly programs do not need this feature, because their hosts serve the files that
//! `whippet build` has written.

#[cfg(feature = "contents")]
mod contents;
pub mod graphiql;
pub mod outbox;

#[cfg(feature = "contents")]
pub use contents::contents;

/// A file of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The name of the file.
    pub name: &'static str,
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// True if the file is stored in gzip format, and sent to browsers in this format.
    pub is_gzipped: bool,
}

/// The HTML file of the page, at `/docs`.
pub const PAGE: File = File {
    name: "docs.html",
    content_type: "text/html; charset=utf-8",
    is_gzipped: false,
};

/// The files that the page loads. The path of each file is `/docs/<name>`.
pub const FILES: [File; 3] = [
    File {
        name: "docs.js",
        content_type: SCRIPT,
        is_gzipped: false,
    },
    File {
        name: "swagger-ui-bundle.js",
        content_type: SCRIPT,
        is_gzipped: true,
    },
    File {
        name: "swagger-ui.css",
        content_type: STYLES,
        is_gzipped: true,
    },
];

pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";
pub(crate) const STYLES: &str = "text/css; charset=utf-8";

/// The response headers for each file of a page. They prevent the page from loading files from other origins and from
/// sending data to them. They also prevent other sites from showing the page in a frame.
pub const HEADERS: [(&str, &str); 3] = [
    (
        "content-security-policy",
        // The style sheets contain `data:` URLs: Swagger UI's for images, and GraphiQL's for fonts.
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];
