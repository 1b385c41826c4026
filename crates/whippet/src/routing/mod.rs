//! Routes: the handler for each path and method.
//!
//! An operation is an async function with an attribute that declares the method and the path. The attributes are
//! [`get`](macro@crate::get), [`post`](macro@crate::post), [`put`](macro@crate::put), [`patch`](macro@crate::patch) and
//! [`delete`](macro@crate::delete). [`routes!`](crate::routes!) collects operations for
//! [`App::routes`](crate::App::routes):
//!
//! ```
//! use whippet::{App, Path, get, routes};
//!
//! /// Greet somebody.
//! #[get("/hello/{name}")]
//! async fn greet(Path(name): Path<String>) -> String {
//!     format!("hello {name}")
//! }
//!
//! fn app() -> App {
//!     App::new().routes(routes![greet])
//! }
//! # drop(app());
//! ```
//!
//! The attribute of an operation does not change the function, so other code can still call the function. A handler
//! without such an attribute needs a plain route, as in `App::new().route("/hello/{name}", routing::get(greet))`. The
//! OpenAPI document does not contain plain routes.

mod argument_of;
mod argument_reader;
mod around;
mod dependency;
mod endpoint;
mod group;
mod header_sets;
mod methods;
mod mounted;
mod operation;
mod paths;

#[doc(hidden)]
pub use argument_of::{AnyExtractor, ArgumentOf};
#[doc(hidden)]
pub use argument_reader::{
    ArgumentReader, LastArgument, PartsArgument, handlers_hold_only_send_values_while_they_await,
    respond,
};
#[doc(hidden)]
pub use around::{Around, AroundFn, Next};
pub(crate) use around::{enter, has_entered};
#[doc(hidden)]
pub use dependency::{Dependency, Input, IntoProblem, argument, keep, problem_from, resolved};
pub(crate) use endpoint::{CallHandler, Endpoint, inside_layers};
pub use group::Routes;
pub(crate) use group::{check_prefix, join};
pub(crate) use header_sets::HeaderSets;
pub use header_sets::{HeaderSet, Reads};
pub(crate) use methods::MethodEndpoint;
pub use methods::{Methods, delete, get, patch, post, put};
#[cfg(feature = "graphql")]
pub(crate) use mounted::PlainRoutes;
pub(crate) use mounted::{GroupDependency, Mounted};
pub use operation::{Documentation, Operation, OperationFn, Route};
pub(crate) use paths::Paths;
