//! Operations: handlers that declare their own method and path.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::future::BoxFuture;

use super::{Around, Reads};
use crate::extract::ArgumentCheck;
use crate::openapi::OperationBuilder;
use crate::{Context, ProblemType};

/// A function with an attribute such as [`get`](macro@crate::get). The attribute implements `Operation` for a type with
/// the function's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation",
    label = "not an operation",
    note = "put an attribute such as `#[get(\"/path\")]` on the function, and name the function in `routes!`"
)]
pub trait Operation {
    /// The method, the path and the handler of the operation.
    const ROUTE: Route;
}

/// A function that extracts the arguments of an operation and calls its handler.
pub type OperationFn = fn(Request, Context) -> BoxFuture<'static, Response>;

/// The method, the path and the handler of an operation. Each `Route` is a constant, so that a program does not have to
/// create its routes when it starts.
#[derive(Debug)]
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path pattern, such as `/users/{id}`.
    pub path: &'static str,
    /// The id of the operation: the name of the function.
    pub id: &'static str,
    /// Extracts the arguments and calls the handler.
    pub call: OperationFn,
    /// For each argument, the headers that the argument reads.
    pub reads: &'static [Reads],
    /// The scopes that a caller of the operation needs.
    pub scopes: &'static [&'static str],
    /// Whether an argument checks the scopes.
    pub checks_scopes: bool,
    /// For each argument, the functions that run around the operation because of the argument.
    #[doc(hidden)]
    pub around: &'static [Around],
    /// The documentation of the operation. A WebAssembly program does not contain this field, because it contains the
    /// finished OpenAPI document.
    #[cfg(not(target_arch = "wasm32"))]
    pub document: Documentation,
}

impl Route {
    /// The route of a function with an invalid attribute. A program with such a function does not compile, so no
    /// request ever matches this route.
    #[doc(hidden)]
    pub const PLACEHOLDER: Self = Self {
        method: Method::GET,
        path: "/",
        id: "",
        call: |_, _| Box::pin(async { Response::default() }),
        reads: &[],
        scopes: &[],
        checks_scopes: false,
        around: &[],
        #[cfg(not(target_arch = "wasm32"))]
        document: Documentation {
            doc: "",
            tag: None,
            deprecated: false,
            status: None,
            errors: &[],
            describe: |_| (),
            check: |_| Ok(()),
        },
    };
}

/// The documentation of an operation.
#[derive(Debug)]
pub struct Documentation {
    /// The doc comment of the function; its first paragraph is the summary.
    pub doc: &'static str,
    /// The tag, which groups operations in the document.
    pub tag: Option<&'static str>,
    /// Whether clients should stop using the operation.
    pub deprecated: bool,
    /// The status in the attribute, which replaces the status 200 of a successful response.
    pub status: Option<StatusCode>,
    /// The problems in the attribute's `errors(…)`, in addition to the problems of the arguments and of the return
    /// type.
    pub errors: &'static [ProblemType],
    /// Adds the documentation of the arguments and the return type.
    pub describe: fn(&mut OperationBuilder<'_>),
    /// Checks that an app has everything that the arguments need. The error states what to change.
    pub check: fn(&ArgumentCheck<'_>) -> Result<(), String>,
}

/// Creates a group of operations, such as `routes![list_users, admin::delete_user]`, for
/// [`App::routes`](crate::App::routes).
#[macro_export]
macro_rules! routes {
    ($($operation:path),* $(,)?) => {
        $crate::routing::Routes::new(const { &[$(<$operation as $crate::routing::Operation>::ROUTE),*] })
    };
}
