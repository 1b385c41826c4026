//! Sessions of D1.

use std::sync::Arc;

use super::boundary;
use super::database::D1;
use crate::db::DatabaseSession;

/// Opens a session. `start` is a bookmark or one of D1's constraints. If the Worker has no D1 database, the statements
/// of the session fail.
pub(crate) fn open(start: &str) -> Option<Arc<dyn DatabaseSession>> {
    Some(Arc::new(D1::session(boundary::open_session(start))))
}

impl DatabaseSession for D1 {
    fn bookmark(&self) -> Option<String> {
        boundary::bookmark_of(self.database())
    }
}
