//! The mutations.

use async_graphql::{Context, InputObject, Object, Result};
use whippet::graphql::{Requires, ResolverContext};
use whippet::{DbError, Problem, query};

use crate::librarian::Librarian;
use crate::types::Book;

/// A new book.
#[derive(Debug, InputObject)]
struct NewBook {
    author_id: i64,
    #[graphql(validator(min_length = 1, max_length = 200))]
    title: String,
    #[graphql(validator(minimum = 1))]
    pages: i64,
}

/// The mutations.
#[derive(Debug)]
pub struct Mutation;

#[Object]
impl Mutation {
    /// Adds a book. Fails if the author already has a book with this title.
    #[graphql(guard = "Requires::<Librarian>::new()")]
    async fn add_book(&self, ctx: &Context<'_>, book: NewBook) -> Result<Book> {
        let sql = "insert into books (author_id, title, pages) values (?1, ?2, ?3) returning id, author_id, title, pages";
        let book = query(sql)
            .bind(book.author_id)
            .bind(book.title)
            .bind(book.pages);
        let added = book.fetch_one(&ctx.db()?).await;
        Ok(
            added.map_err(|error: DbError| match error.is_unique("books.title") {
                true => Problem::conflict("the author already has a book with this title"),
                false => error.into(),
            })?,
        )
    }
}
