//! Operations: handlers that say themselves where they are served.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::future::BoxFuture;

use super::Reads;
use crate::openapi::OperationBuilder;
use crate::{Context, ProblemType};

/// A function with an attribute such as [`get`](macro@crate::get), which implements this for a type of the function's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation",
    label = "not an operation",
    note = "put an attribute such as `#[get(\"/path\")]` on the function, and name the function in `routes!`"
)]
pub trait Operation {
    /// Where the operation is served, and how it is called.
    const ROUTE: Route;
}

/// How an operation is called.
pub type Call = fn(Request, Context) -> BoxFuture<'static, Response>;

/// Where an operation is served and how it is called: data that is in the program, so that a start costs nothing.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path's pattern, such as `/users/{id}`.
    pub path: &'static str,
    /// The operation's id: the name of the function.
    pub id: &'static str,
    /// Extracts the arguments and calls the function.
    pub call: Call,
    /// The headers that each argument reads.
    pub reads: &'static [Reads],
    /// What the document says of it. A WebAssembly program carries a document that is written already.
    #[cfg(not(target_arch = "wasm32"))]
    pub document: Documentation,
}

/// What the document says of an operation.
#[derive(Debug)]
pub struct Documentation {
    /// The doc comment of the function: its first paragraph is the summary.
    pub doc: &'static str,
    /// The group of operations.
    pub tag: Option<&'static str>,
    /// Whether clients should move on to something else.
    pub deprecated: bool,
    /// The status of a success that says none itself.
    pub status: Option<StatusCode>,
    /// Problems that neither an argument nor the return type tells of.
    pub errors: &'static [ProblemType],
    /// Adds what the arguments and the return type say.
    pub describe: fn(&mut OperationBuilder<'_>),
}

/// These operations, for [`App::routes`](crate::App::routes): `routes![list_users, admin::delete_user]`.
#[macro_export]
macro_rules! routes {
    ($($operation:path),* $(,)?) => {
        $crate::routing::Routes::new(const { &[$(<$operation as $crate::routing::Operation>::ROUTE),*] })
    };
}
