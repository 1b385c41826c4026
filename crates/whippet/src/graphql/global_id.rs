//! Global ids: the ids of the interface `Node` of the Relay specification.

use async_graphql::ID;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::{FieldError, Problem};

/// Returns an id that is unique among all types. The id contains the type and `id`, encoded so that clients treat it as
/// opaque.
///
/// ```
/// use whippet::graphql::{global_id, split_global_id};
///
/// let id = global_id("User", 7);
/// assert_eq!(split_global_id(&id).unwrap(), ("User".to_owned(), "7".to_owned()));
/// assert!(split_global_id(&"7".into()).is_err());
/// ```
pub fn global_id(kind: &str, id: impl std::fmt::Display) -> ID {
    ID(BASE64_URL_SAFE_NO_PAD.encode(format!("{kind}:{id}")))
}

/// Splits a global id into the type and the id that it contains.
///
/// # Errors
///
/// Returns a 422 problem for a text that [`global_id`] did not return.
pub fn split_global_id(id: &ID) -> Result<(String, String), Problem> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(id.as_str()).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once(':'));
    let parts = parts.map(|(kind, id)| (kind.to_owned(), id.to_owned()));
    parts.ok_or_else(|| {
        let error = FieldError::new("/id", "id", "must be the id of an object of this schema");
        Problem::invalid(vec![error])
    })
}
