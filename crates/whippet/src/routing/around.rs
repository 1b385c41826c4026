//! Arguments, such as a rate limit, can wrap their operation in functions.

use std::any::TypeId;

use axum::extract::Request;
use axum::http::Extensions;
use axum::response::Response;
use futures_util::future::BoxFuture;

use crate::Context;

/// A function that passes the request on to the inner layers, the dependencies and the handler.
pub type Next = Box<dyn FnOnce(Request) -> BoxFuture<'static, Response> + Send>;

/// A function that returns the response to a request. The function may call [`Next`] to get a response.
pub type AroundFn = fn(Request, Context, Next) -> BoxFuture<'static, Response>;

/// The functions that an argument wraps around its operation. These functions start before any argument is read.
#[derive(Debug, Clone, Copy)]
pub enum Around {
    /// No function.
    Nothing,
    /// One function.
    Call(AroundFn),
    /// The functions of all arguments of a dependency, with one item for each argument.
    Each(&'static [Around]),
}

impl Around {
    /// Adds the functions to a list.
    pub(super) fn add_to(&self, list: &mut Vec<AroundFn>) {
        match self {
            Self::Nothing => {}
            Self::Call(function) => list.push(*function),
            Self::Each(arounds) => arounds.iter().for_each(|around| around.add_to(list)),
        }
    }
}

/// The types of the arguments whose functions have been called for the request.
#[derive(Clone, Default)]
struct Entered(Vec<TypeId>);

/// Records that the function for the argument type `T` is called for the request. Returns false if the function was
/// already called, because another argument or group needs the same function.
pub(crate) fn enter<T: 'static>(extensions: &mut Extensions) -> bool {
    let entered: &mut Entered = extensions.get_or_insert_default();
    let is_first = !entered.0.contains(&TypeId::of::<T>());
    if is_first {
        entered.0.push(TypeId::of::<T>());
    }
    is_first
}

/// Returns whether the function for the argument type `T` has been called for the request.
pub(crate) fn has_entered<T: 'static>(extensions: &Extensions) -> bool {
    let entered = extensions.get::<Entered>();
    entered.is_some_and(|entered| entered.0.contains(&TypeId::of::<T>()))
}
