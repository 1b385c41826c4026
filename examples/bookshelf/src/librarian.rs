//! The caller of mutations.

use whippet::extract::Bearer;
use whippet::{Config, Problem, dependency};

/// A caller who may add books: the request has the token that the variable `LIBRARIAN_TOKEN` sets.
#[derive(Clone, Debug)]
pub(crate) struct Librarian;

#[dependency]
async fn librarian(given: Bearer, config: Config) -> Result<Librarian, Problem> {
    let token = config.get("LIBRARIAN_TOKEN");
    match token.is_some_and(|token| given.token().matches(token)) {
        true => Ok(Librarian),
        false => Err(Bearer::invalid("the token does not belong to a librarian")),
    }
}
