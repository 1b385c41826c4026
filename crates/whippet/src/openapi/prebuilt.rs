//! The OpenAPI document of a WebAssembly program. The document was generated before the program was built.

use std::borrow::Cow;

use super::Info;
use crate::routing::Mounted;

/// Returns the document as text, if the program contains one.
pub(super) fn text(info: &Info, _: &[Mounted]) -> Option<Cow<'static, str>> {
    info.prebuilt.map(Cow::Borrowed)
}
