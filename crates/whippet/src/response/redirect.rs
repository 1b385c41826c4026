//! Redirects, a type each, so that a signature says which.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{location, status};

macro_rules! redirects {
    ($($(#[$doc:meta])* $name:ident $status:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// The target is a URL or a path. One that comes from outside has to be checked first: a redirect to wherever a link
        /// says is of use to phishers.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// A redirect to this URL or path.
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
    /// 303: look there, with `GET`. The answer to a form that has been worked through.
    SeeOther SEE_OTHER;
    /// 307: this time, send the same request there.
    TemporaryRedirect TEMPORARY_REDIRECT;
    /// 308: from now on, send such requests there.
    PermanentRedirect PERMANENT_REDIRECT;
}
