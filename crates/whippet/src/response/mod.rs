//! Response types. A handler can also return [`Json`](crate::Json), and every type that implements axum's
//! `IntoResponse`.
//!
//! | type | response |
//! |---|---|
//! | [`Created`] | 201 with `Location` and JSON |
//! | [`Accepted`] | 202 with JSON |
//! | [`NoContent`] | 204 |
//! | [`Page`] | 200 with one page of a list |
//! | [`Cached`] | 200 with an `ETag`, or 304 |
//! | [`SeeOther`], [`TemporaryRedirect`], [`PermanentRedirect`] | 303, 307, 308 |
//! | [`Sse`] | 200 with a stream of server-sent events, which an enum of [`Events`] describes |
//! | [`JsonLines`] | 200 with a stream of JSON values |
//! | [`Download`] | 200, 206, 304 or 416: a file, or a range of it |
//! | [`ETag`], [`SetCookie`] | a header, in a tuple before the body |
//!
//! If a value is not valid in a header, for example because it has a line break, the response is a 500 and the cause is
//! logged. No part of the invalid value reaches the client.

mod byte_range;
mod checked_page;
mod conditional;
mod cookie;
mod disposition;
mod download;
mod etag;
mod events;
mod follow;
mod json_lines;
mod location;
mod page;
mod page_limit;
mod redirect;
mod sse;
mod status;

pub use conditional::{Cached, IfMatch, IfNoneMatch};
pub use cookie::{SameSite, SetCookie};
pub(crate) use download::Decision;
pub use download::{Download, DownloadRequest};
pub(crate) use etag::keep_strong;
pub use etag::{ETag, InvalidETag};
pub use events::{Events, IntoEvent};
pub use follow::follow;
pub use json_lines::JsonLines;
pub use page::{Cursor, InvalidCursor, Order, Page, PageParams};
pub use page_limit::{InvalidPageLimit, PageLimit};
pub use redirect::{PermanentRedirect, SeeOther, TemporaryRedirect};
pub use sse::{Event, LastEventId, Sse};
pub use status::{Accepted, Created, NoContent};
pub use whippet_macros::Events;
