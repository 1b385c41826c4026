//! The types of columns and parameters, as the query macros write them.

use std::marker::PhantomData;

/// The integers 0 and 1.
#[derive(Debug, Clone, Copy)]
pub enum Boolean {}

/// `INTEGER`.
#[derive(Debug, Clone, Copy)]
pub enum Integer {}

/// `REAL`.
#[derive(Debug, Clone, Copy)]
pub enum Real {}

/// `INTEGER` or `REAL`.
#[derive(Debug, Clone, Copy)]
pub enum Number {}

/// `TEXT`.
#[derive(Debug, Clone, Copy)]
pub enum Text {}

/// `BLOB`.
#[derive(Debug, Clone, Copy)]
pub enum Blob {}

/// A type that is not known when the program is compiled. If a value does not fit, the program gets an error when it
/// reads the value.
#[derive(Debug, Clone, Copy)]
pub enum Any {}

/// A column or parameter of the type `C` that can be null.
#[derive(Debug, Clone, Copy)]
pub struct Nullable<C>(PhantomData<C>);
