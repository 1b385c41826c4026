//! Redirects: one type for each status, so that a handler's signature states the status.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{location, status};

macro_rules! redirects {
    ($($(#[$doc:meta])* $name:ident $status:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// The target is a URL or a path. If the target comes from the request, check that it leads to your own site,
        /// because phishers abuse redirects to arbitrary sites.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Creates a redirect to this URL or path.
            pub fn to(target: impl Into<String>) -> Self {
                Self(target.into())
            }
        }

        impl IntoResponse for $name {
            fn into_response(self) -> Response {
                match location::value(&self.0) {
                    Ok(target) => status::empty(StatusCode::$status, [(header::LOCATION, target)]),
                    Err(problem) => problem.into_response(),
                }
            }
        }
    )*};
}

redirects! {
    /// 303 See Other: the client fetches the target with `GET`. A typical use is the response to a form.
    SeeOther SEE_OTHER;
    /// 307 Temporary Redirect: the client repeats the request at the target, with the same method and body.
    TemporaryRedirect TEMPORARY_REDIRECT;
    /// 308 Permanent Redirect: like 307, but the client also sends later requests directly to the target.
    PermanentRedirect PERMANENT_REDIRECT;
}
