//! The files of the page `/docs` where the app is not asked for them: Workers serves them itself, from the assets.

use crate::openapi::ReadDocs;

/// Reads what is in a file of the page, where the app serves it.
pub(crate) const READ: Option<ReadDocs> = None;
