//! The errors of a request: every invalid value, with a pointer to it.
//!
//! serde stops at the first invalid value. `collect` finds the other invalid values, `rules` adds broken validation
//! rules, `large` finds integers that not every host represents exactly, `pointer` creates the pointers, and `serde_text`
//! parses the text of serde's errors.

mod collect;
mod large;
mod pointer;
mod rules;
mod serde_text;

pub(super) use collect::{Correctable, MAX_BYTES, collect, only_valid, rejection};
pub(super) use large::{NOT_EXACT, find_large_integers, hide};
pub(crate) use pointer::push_token;
pub(super) use pointer::{pointer_at, unescaped};
pub(super) use rules::{broken_rules, describe};
pub(super) use serde_text::{field_error, in_words_of_json};
