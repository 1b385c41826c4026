//! Responses: what a handler answers with, besides [`Json`](crate::Json) and whatever else axum can turn into a response.
//!
//! | type | answers |
//! |---|---|
//! | [`Created`] | 201 with `Location` and JSON |
//! | [`Accepted`] | 202 with JSON |
//! | [`NoContent`] | 204 |
//! | [`Page`] | 200 with one page of a list |
//! | [`Cached`] | 200 with an `ETag`, or 304 |
//! | [`SeeOther`], [`TemporaryRedirect`], [`PermanentRedirect`] | 303, 307, 308 |
//! | [`Sse`] | 200 with a stream of server-sent events |
//! | [`ETag`], [`SetCookie`] | headers, in a tuple before the body |
//!
//! A value that a header cannot carry, such as one with a line break, is answered with 500 and told to the log: nothing of
//! it reaches the client.

mod conditional;
mod cookie;
mod etag;
mod location;
mod page;
mod redirect;
mod sse;
mod status;

pub use conditional::{Cached, IfMatch, IfNoneMatch};
pub use cookie::{SameSite, SetCookie};
pub use etag::{ETag, InvalidETag};
pub use page::{Cursor, Order, Page, PageParams};
pub use redirect::{PermanentRedirect, SeeOther, TemporaryRedirect};
pub use sse::{Event, LastEventId, Sse};
pub use status::{Accepted, Created, NoContent};
