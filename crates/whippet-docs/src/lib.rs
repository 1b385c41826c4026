//! The page `/docs`: Swagger UI, on the document of the app that serves it.
//!
//! What the files are called and how they are answered is here for every host. What they hold is linked with the feature
//! `contents` alone: a WebAssembly program has none of it, and its host has the files that `whippet build` wrote.

#[cfg(feature = "contents")]
mod contents;

#[cfg(feature = "contents")]
pub use contents::contents;

/// A file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// The value of its `Content-Type`.
    pub content_type: &'static str,
    /// Whether it is kept gzipped, and sent so.
    pub is_gzipped: bool,
}

/// The page itself, at `/docs`.
pub const PAGE: File = File {
    name: "docs.html",
    content_type: "text/html; charset=utf-8",
    is_gzipped: false,
};

/// What the page loads, each from `/docs/<name>`.
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
        content_type: "text/css; charset=utf-8",
        is_gzipped: true,
    },
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Headers of every file: nothing comes from elsewhere, nothing goes elsewhere, and no other site frames the page.
pub const HEADERS: [(&str, &str); 3] = [
    (
        "content-security-policy",
        // Swagger UI's images are in its style sheet.
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];
