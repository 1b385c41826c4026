//! What is known of an argument's type where a macro only sees its name.

use std::marker::PhantomData;

use schemars::JsonSchema;

use super::Reads;
use crate::extract::{Argument, Cookies, Form, Headers, Query};
use crate::openapi::OperationBuilder;
use crate::{Json, Path, Valid};

/// Stands for an argument of type `T`: what it says of itself if it is an [`Argument`], and what [`AnyExtractor`] says if not.
///
/// An associated item of a type goes before one of a trait, and counts only where the bounds of its `impl` hold. So
/// `<ArgumentOf<T>>::READS` takes the best there is, for a `T` that is spelled out.
#[derive(Debug)]
pub struct ArgumentOf<T>(PhantomData<T>);

impl<T: Argument> ArgumentOf<T> {
    /// The headers that `T` reads.
    pub const READS: Reads = T::READS;

    /// What `T` adds to the documentation of an operation.
    pub fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }
}

/// What holds for any extractor.
pub trait AnyExtractor {
    /// An extractor that does not say what it reads may read everything.
    const READS: Reads = Reads::Everything;

    /// It may refuse a request with any status.
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.any_status();
    }

    /// Nothing is asked of it.
    fn has_schema() {}
}

impl<T> AnyExtractor for ArgumentOf<T> {}

/// The extractors that read a type of the app's own are documented or do not compile: left out, they would leave a gap that
/// nobody sees.
macro_rules! has_schema {
    ($($type:ty),*) => {$(
        impl<T> ArgumentOf<$type> {
            /// Asks for a schema of what is read.
            pub fn has_schema()
            where
                T: JsonSchema,
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
    Valid<Cookies<T>>
);
