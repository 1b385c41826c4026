//! The results of a batch of queries.

use serde::de::DeserializeOwned;

use super::{DbError, Rows};

/// The results of the queries in a batch. Queries are numbered from 0 in the order of the batch.
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
                "the batch has {} queries, so there is no query at index {index}",
                self.results.len()
            ))
        })
    }

    /// Returns the result of the query at `index`, and removes the result from the list.
    pub(crate) fn take(&mut self, index: usize) -> Result<Rows, DbError> {
        self.get(index)?;
        Ok(self
            .results
            .get_mut(index)
            .map(std::mem::take)
            .unwrap_or_default())
    }

    /// Returns the number of rows that the query at `index` changed.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the batch has no query at `index`.
    pub fn changes(&self, index: usize) -> Result<u64, DbError> {
        Ok(self.get(index)?.changes)
    }

    /// Returns the rows of the query at `index`. The query has rows if it is a `select` or has a `returning` clause.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the batch has no query at `index`, or if a row cannot be read as `T`.
    pub fn rows<T: DeserializeOwned>(&self, index: usize) -> Result<Vec<T>, DbError> {
        self.get(index)?.all()
    }
}
