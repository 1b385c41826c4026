//! Reads bodies, and deserializes pairs of names and values into a type.
//!
//! | file | reads |
//! |---|---|
//! | `body` | the body, up to its limit |
//! | `limited` | the body, with a limit that applies to everything that reads the body |
//! | `pairs` | pairs of names and values, with placeholders for invalid values |
//! | `named_pairs` | pairs as a serde deserializer |
//! | `values` | the values of one name as a serde deserializer |
//! | `invalid_value` | the error of these deserializers |
//! | `field_names` | the field names of a type |

pub(crate) mod body;
pub(super) mod field_names;
mod invalid_value;
pub(crate) mod limited;
mod named_pairs;
pub(super) mod pairs;
pub(super) mod sorted;
pub(crate) mod values;
