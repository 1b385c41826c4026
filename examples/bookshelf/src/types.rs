//! The objects, and the loaders that read them in batches.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, ID, Interface, Result, SimpleObject};
use serde::Deserialize;
use whippet::graphql::{Loader, ResolverContext, global_id, group_by, split_global_id};
use whippet::{Problem, query};

/// An object with an id that is unique among the objects of all types, as in the Relay specification.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub(crate) enum Node {
    Author(Author),
    Book(Book),
}

/// An author.
#[derive(Clone, Debug, Deserialize, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Author {
    #[graphql(skip)]
    pub(crate) id: i64,
    name: String,
}

/// A book.
#[derive(Clone, Debug, Deserialize, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Book {
    #[graphql(skip)]
    pub(crate) id: i64,
    #[graphql(skip)]
    author_id: i64,
    title: String,
    /// The number of pages.
    pages: i64,
}

#[ComplexObject]
impl Author {
    /// The id, which is unique among the objects of all types.
    async fn id(&self) -> ID {
        global_id("Author", self.id)
    }

    /// The books of the author, sorted by title.
    async fn books(&self, ctx: &Context<'_>) -> Result<Vec<Book>> {
        Ok(ctx
            .load::<BooksOfAuthor>(self.id)
            .await?
            .unwrap_or_default())
    }
}

#[ComplexObject]
impl Book {
    /// The id, which is unique among the objects of all types.
    async fn id(&self) -> ID {
        global_id("Book", self.id)
    }

    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Author>> {
        ctx.load::<AuthorById>(self.author_id).await
    }
}

/// Decodes an object id into the number of its row. Returns `None` if `id` is not the id of an object of the type
/// `kind`.
pub(crate) fn number(kind: &str, id: &ID) -> Option<i64> {
    let (given, number) = split_global_id(id).ok()?;
    number.parse().ok().filter(|_| given == kind)
}

/// Reads authors by id.
pub(crate) struct AuthorById;

impl Loader for AuthorById {
    type Key = i64;
    type Value = Author;

    async fn load(
        context: &whippet::Context,
        ids: &[i64],
    ) -> Result<HashMap<i64, Author>, Problem> {
        let sql = "select id, name from authors where id in (select value from json_each(?1))";
        let authors: Vec<Author> = query(sql).bind_json(ids).fetch_all(&context.db()).await?;
        Ok(authors
            .into_iter()
            .map(|author| (author.id, author))
            .collect())
    }
}

/// Reads books by id.
pub(crate) struct BookById;

impl Loader for BookById {
    type Key = i64;
    type Value = Book;

    async fn load(context: &whippet::Context, ids: &[i64]) -> Result<HashMap<i64, Book>, Problem> {
        let sql = "select id, author_id, title, pages from books where id in (select value from json_each(?1))";
        let books: Vec<Book> = query(sql).bind_json(ids).fetch_all(&context.db()).await?;
        Ok(books.into_iter().map(|book| (book.id, book)).collect())
    }
}

/// Reads the books of several authors with one query.
struct BooksOfAuthor;

impl Loader for BooksOfAuthor {
    type Key = i64;
    type Value = Vec<Book>;

    async fn load(
        context: &whippet::Context,
        ids: &[i64],
    ) -> Result<HashMap<i64, Vec<Book>>, Problem> {
        let sql = "select id, author_id, title, pages from books where author_id in (select value from json_each(?1)) order by title";
        let books = query(sql).bind_json(ids).fetch_all(&context.db()).await?;
        Ok(group_by(books, |book: &Book| book.author_id))
    }
}
