//! The maximum number of items on a page of a list.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// The maximum number of items on a page, from 1 to [`PageLimit::MAX`]; 50 by default.
///
/// Deserialization rejects numbers outside this range. So a list never reads more than `PageLimit::MAX + 1` items: the
/// items of the page, and one item to find out whether more items follow. If a list does not use
/// [`PageParams`](super::PageParams), its parameter for the limit should have the type `Option<PageLimit>`.
///
/// ```
/// use whippet::response::PageLimit;
///
/// assert_eq!(PageLimit::try_from(20).map(PageLimit::get), Ok(20));
/// assert!(PageLimit::try_from(251).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct PageLimit(u32);

impl PageLimit {
    /// The greatest limit.
    pub const MAX: u32 = 250;

    /// Returns the number of items.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u32> for PageLimit {
    type Error = InvalidPageLimit;

    fn try_from(number: u32) -> Result<Self, InvalidPageLimit> {
        let is_valid = (1..=Self::MAX).contains(&number);
        is_valid.then_some(Self(number)).ok_or(InvalidPageLimit)
    }
}

impl JsonSchema for PageLimit {
    fn schema_name() -> Cow<'static, str> {
        "PageLimit".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "format": "uint32", "minimum": 1, "maximum": Self::MAX})
    }
}

/// The error for a number that is not a valid [`PageLimit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidPageLimit;

impl std::fmt::Display for InvalidPageLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "must be from 1 to {}", PageLimit::MAX)
    }
}

impl std::error::Error for InvalidPageLimit {}
