//! The types of columns and parameters. The code that the query macros generate names these types.

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

/// A type that is known only at run time. If a value does not fit into its Rust type, reading the value fails.
#[derive(Debug, Clone, Copy)]
pub enum Any {}

/// A column or parameter of the type `C` that can be null.
#[derive(Debug, Clone, Copy)]
pub struct Nullable<C>(PhantomData<C>);
