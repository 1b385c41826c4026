//! The page `/_whippet/outbox`, on which operators see and manage the tasks of an app.
//!
//! The page contains no data. The operator enters a key, and the script of the page sends this key when it requests the
//! data from the routes for operators.

use crate::{File, SCRIPT, STYLES};

/// The HTML file of the page, at `/_whippet/outbox`.
pub const PAGE: File = File {
    name: "outbox.html",
    content_type: "text/html; charset=utf-8",
    is_gzipped: false,
};

/// The files that the page loads. The path of each file is `/_whippet/outbox/<name>`.
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
