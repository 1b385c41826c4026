//! The page `/_whippet/outbox`, where an operator sees the tasks of an app and changes them.
//!
//! The page contains no data. Its script gets the data from the routes for operators, with the key that the operator
//! enters.

use crate::{File, SCRIPT, STYLES};

/// The HTML file of the page, at `/_whippet/outbox`.
pub const PAGE: File = File {
    name: "outbox.html",
    content_type: "text/html; charset=utf-8",
    is_gzipped: false,
};

/// The files that the page loads, each from `/_whippet/outbox/<name>`.
pub const FILES: [File; 3] = [
    script("outbox.js"),
    script("outbox-plots.js"),
    File {
        name: "outbox.css",
        content_type: STYLES,
        is_gzipped: false,
    },
];

const fn script(name: &'static str) -> File {
    File {
        name,
        content_type: SCRIPT,
        is_gzipped: false,
    }
}
