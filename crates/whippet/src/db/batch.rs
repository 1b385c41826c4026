//! The results of a batch.

use serde::de::DeserializeOwned;

use super::{DbError, Rows};

/// What each query of a batch returned, by its place in the batch.
#[derive(Debug)]
pub struct BatchResults {
    results: Vec<Rows>,
}

impl BatchResults {
    pub(crate) fn new(results: Vec<Rows>) -> Self {
        Self { results }
    }

    fn get(&self, index: usize) -> Result<&Rows, DbError> {
        self.results.get(index).ok_or_else(|| {
            DbError::Decode(format!(
                "the batch has {} queries, none at index {index}",
                self.results.len()
            ))
        })
    }

    /// How many rows the query at `index` changed.
    ///
    /// # Errors
    ///
    /// [`DbError::Decode`] when the batch has no such query.
    pub fn changes(&self, index: usize) -> Result<u64, DbError> {
        Ok(self.get(index)?.changes)
    }

    /// The rows of the query at `index`, such as those of a `returning` clause.
    ///
    /// # Errors
    ///
    /// [`DbError::Decode`] when the batch has no such query or a row does not fit `T`.
    pub fn rows<T: DeserializeOwned>(&self, index: usize) -> Result<Vec<T>, DbError> {
        self.get(index)?.all()
    }
}
