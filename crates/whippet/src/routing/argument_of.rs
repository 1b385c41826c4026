//! Finds out whether the type of an argument implements `Argument`, for a macro that sees only the type's name.

use std::marker::PhantomData;

use schemars::JsonSchema;

use super::{Around, Reads};
use crate::extract::{Argument, ArgumentCheck, Cookies, Form, Headers, Query, Raw};
use crate::openapi::OperationBuilder;
use crate::{Json, Path, Valid};

/// An argument of type `T`. The associated items come from [`Argument`] if `T` implements `Argument`, and otherwise
/// from the defaults of [`AnyExtractor`].
///
/// If the bounds of the type's `impl` hold, the compiler prefers an associated item of the type to an item of a trait.
/// So if `T` implements `Argument`, `<ArgumentOf<T>>::READS` is the item of this type. This works only if `T` is a
/// concrete type, not a generic parameter.
#[derive(Debug)]
pub struct ArgumentOf<T>(PhantomData<T>);

impl<T: Argument> ArgumentOf<T> {
    /// The headers that `T` reads.
    pub const READS: Reads = T::READS;

    /// Whether `T` checks the scopes of the operation.
    pub const CHECKS_SCOPES: bool = T::CHECKS_SCOPES;

    /// The functions that `T` wraps around the operation.
    pub const AROUND: Around = T::AROUND;

    /// Adds the description of `T` to an operation of the OpenAPI document.
    pub fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }

    /// Checks that an app has what `T` needs.
    ///
    /// # Errors
    ///
    /// Returns an error if the app lacks something that `T` needs. The error states what to change.
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

    /// The extractor may reject a request with any status.
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.default_response();
    }

    /// Checks nothing, because the needs of the extractor are not known.
    ///
    /// # Errors
    ///
    /// Never fails.
    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        let _ = app;
        Ok(())
    }

    /// Requires no schema.
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

/// Adds a compile-time check to extractors: the type that they extract must have a schema. Without this check, an
/// extractor for a type without a schema would compile, and the OpenAPI document would silently omit the parameters or
/// the body.
macro_rules! has_schema {
    ($($type:ty),*) => {$(
        impl<T> ArgumentOf<$type> {
            /// Requires a schema for `T`.
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
