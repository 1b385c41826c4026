//! Finds out whether the type of an argument implements `Argument`. The macros need this, because a macro sees only the
//! name of the type.

use std::marker::PhantomData;

use schemars::JsonSchema;

use super::{Around, Reads};
use crate::extract::{Argument, ArgumentCheck, Cookies, Form, Headers, Query, Raw};
use crate::openapi::OperationBuilder;
use crate::{Json, Path, Valid};

/// The properties of an argument of type `T`. If `T` implements [`Argument`], they come from this trait. Otherwise,
/// they are the defaults of [`AnyExtractor`].
///
/// Both the `impl` block of `ArgumentOf` and the trait `AnyExtractor` have an item `READS`. In
/// `<ArgumentOf<T>>::READS`, the compiler prefers the item of the `impl` block, but this block exists only if `T`
/// implements `Argument`. The trick works only if `T` is a concrete type, not a generic parameter.
#[derive(Debug)]
pub struct ArgumentOf<T>(PhantomData<T>);

impl<T: Argument> ArgumentOf<T> {
    /// The headers that `T` reads.
    pub const READS: Reads = T::READS;

    /// Whether `T` checks the scopes of the operation.
    pub const CHECKS_SCOPES: bool = T::CHECKS_SCOPES;

    /// The functions that `T` wraps around the operation.
    pub const AROUND: Around = T::AROUND;

    /// Describes the argument in an operation of the OpenAPI document.
    pub fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }

    /// Checks that the app has everything that `T` needs, such as a state.
    ///
    /// # Errors
    ///
    /// Returns an error if something is missing. The error states what to change.
    pub fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        T::check(app)
    }
}

/// The defaults for an extractor that does not implement [`Argument`].
pub trait AnyExtractor {
    /// The extractor may read every header.
    const READS: Reads = Reads::Everything;

    /// The extractor does not check scopes.
    const CHECKS_SCOPES: bool = false;

    /// The extractor does not wrap the operation.
    const AROUND: Around = Around::Nothing;

    /// Documents that the extractor may reject a request with any status.
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.default_response();
    }

    /// Checks nothing, because the extractor does not declare what it needs.
    ///
    /// # Errors
    ///
    /// Never fails.
    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        let _ = app;
        Ok(())
    }

    /// Compiles for every extractor, because no schema is needed.
    fn has_schema() {}
}

impl<T> AnyExtractor for ArgumentOf<T> {}

/// A type with a schema for the OpenAPI document.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema for the OpenAPI document",
    label = "does not implement `JsonSchema`",
    note = "add `#[derive(schemars::JsonSchema)]` to the type, or use a type that implements `schemars::JsonSchema`"
)]
pub trait HasSchema {}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema> HasSchema for T {}

/// For the extractors of Whippet, such as `Json<T>`, checks at compile time that `T` has a schema. Without this check,
/// a handler could take such an extractor for a type without a schema, and the OpenAPI document would silently omit the
/// parameters or the body.
macro_rules! has_schema {
    ($($type:ty),*) => {$(
        impl<T> ArgumentOf<$type> {
            /// Compiles only if `T` has a schema.
            pub fn has_schema()
            where
                T: HasSchema,
            {
            }
        }
    )*};
}

has_schema!(
    Json<T>,
    Form<T>,
    Query<T>,
    Path<T>,
    Headers<T>,
    Cookies<T>,
    Valid<Json<T>>,
    Valid<Form<T>>,
    Valid<Query<T>>,
    Valid<Path<T>>,
    Valid<Headers<T>>,
    Valid<Cookies<T>>,
    Option<Json<T>>,
    Option<Form<T>>,
    Raw<Json<T>>,
    Raw<Form<T>>,
    Raw<Valid<Json<T>>>,
    Raw<Valid<Form<T>>>,
    Raw<Option<Json<T>>>,
    Raw<Option<Form<T>>>
);
