//! The document of a WebAssembly program: the one that was written when it was built.

use std::borrow::Cow;

use super::Info;
use crate::routing::Route;

/// The document as text, if the program has one.
pub(super) fn text(info: &Info, _: &[&'static Route]) -> Option<Cow<'static, str>> {
    info.prebuilt.map(Cow::Borrowed)
}
