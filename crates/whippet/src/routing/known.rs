//! What is known of an argument's type where a macro only sees its name.

use std::marker::PhantomData;

use super::Reads;
use crate::extract::Argument;

/// Stands for an argument of type `T`: what it says of itself if it is an [`Argument`], and what [`Unknown`] says if not.
///
/// An associated item of a type goes before one of a trait, and counts only where the bounds of its `impl` hold. So
/// `<Known<T>>::READS` takes the best there is, for a `T` that is spelled out.
#[derive(Debug)]
pub struct Known<T>(PhantomData<T>);

impl<T: Argument> Known<T> {
    /// The headers that `T` reads.
    pub const READS: Reads = T::READS;
}

/// What holds for any extractor.
pub trait Unknown {
    /// An extractor that does not say what it reads may read everything.
    const READS: Reads = Reads::Everything;
}

impl<T> Unknown for Known<T> {}
