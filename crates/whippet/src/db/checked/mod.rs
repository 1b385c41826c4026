//! Queries that are checked at compile time: [`query!`](crate::query!), [`query_as!`](crate::query_as!) and
//! [`query_scalar!`](crate::query_scalar!).
//!
//! The macros check the SQL against the crate's `migrations/`, and generate code that calls this module.

mod column;
mod compose;
mod fits;
mod json;
mod kind;
mod macros;
mod parameter;
mod typed;

pub use column::FromColumn;
pub(crate) use column::integer;
pub(crate) use compose::composed;
#[doc(hidden)]
pub use compose::{Composer, Values, fixed};
#[doc(hidden)]
pub use fits::{FitsColumn, FitsOptional, FitsParameter};
pub use json::{from_json, to_json};
pub use kind::{Any, Blob, Boolean, Integer, Nullable, Number, Real, Text};
pub use parameter::ToParameter;
#[doc(hidden)]
pub use typed::Row;
pub use typed::{Reader, TypedQuery};

/// The procedural macros that `query!`, `query_as!` and `query_scalar!` call. The input of each procedural macro starts
/// with the path of this crate.
#[doc(hidden)]
pub mod macro_impl {
    pub use whippet_macros::{query, query_as, query_scalar};
}
