//! Errors: every invalid value of a request, each with a pointer to it.
//!
//! serde stops at the first invalid value. `collect` finds the others, `rules` adds the values that break their rules,
//! `pointer` says where each is, and `serde_text` reads the text of serde's errors.

mod collect;
mod pointer;
mod rules;
mod serde_text;

pub(super) use collect::{Correctable, MAX_BYTES, collect, only_valid, rejection};
pub(crate) use pointer::push_token;
pub(super) use pointer::{pointer_at, unescaped};
pub(super) use rules::broken_rules;
pub(super) use serde_text::field_error;
