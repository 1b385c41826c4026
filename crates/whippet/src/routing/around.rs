//! Functions that run around an operation. An argument of the operation, such as a rate limit, can add them.

use std::any::TypeId;

use axum::extract::Request;
use axum::http::Extensions;
use axum::response::Response;
use futures_util::future::BoxFuture;

use crate::Context;

/// The function that an [`AroundFn`] receives as an argument. It calls the next inner function. If there is none, it
/// resolves the dependencies and calls the handler.
pub type Next = Box<dyn FnOnce(Request) -> BoxFuture<'static, Response> + Send>;

/// A function that runs around an operation and returns the response. To run the operation, the function calls its
/// argument [`Next`].
pub type AroundFn = fn(Request, Context, Next) -> BoxFuture<'static, Response>;

/// The functions that run around an operation because it has a certain argument. They start before any argument is
/// read.
#[derive(Debug, Clone, Copy)]
pub enum Around {
    /// No function.
    Nothing,
    /// One function.
    Call(AroundFn),
    /// The functions of several items. For example, a dependency has one item for each of its arguments.
    Each(&'static [Around]),
}

impl Around {
    /// Appends these functions to `list`.
    pub(super) fn add_to(&self, list: &mut Vec<AroundFn>) {
        match self {
            Self::Nothing => {}
            Self::Call(function) => list.push(*function),
            Self::Each(arounds) => arounds.iter().for_each(|around| around.add_to(list)),
        }
    }
}

/// The argument types for which the wrapping function has already started in this request.
#[derive(Clone, Default)]
struct Entered(Vec<TypeId>);

/// Records that the function of the argument type `T` starts. Returns false if the function has already started for
/// this request. This happens if two arguments or groups of an operation need the same `T`.
pub(crate) fn enter<T: 'static>(extensions: &mut Extensions) -> bool {
    let entered: &mut Entered = extensions.get_or_insert_default();
    let is_first = !entered.0.contains(&TypeId::of::<T>());
    if is_first {
        entered.0.push(TypeId::of::<T>());
    }
    is_first
}

/// Returns whether the function of the argument type `T` has started for this request.
pub(crate) fn has_entered<T: 'static>(extensions: &Extensions) -> bool {
    let entered = extensions.get::<Entered>();
    entered.is_some_and(|entered| entered.0.contains(&TypeId::of::<T>()))
}
