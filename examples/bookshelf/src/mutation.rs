//! The mutations.

use async_graphql::{Context, ID, InputObject, Object, Result};
use whippet::extract::File;
use whippet::graphql::{Requires, ResolverContext};
use whippet::{DbError, Problem, query};

use crate::librarian::Librarian;
use crate::types::{AuthorById, Book, number};

/// A new book.
#[derive(Debug, InputObject)]
struct NewBook {
    author_id: ID,
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
        let author = existing_author(ctx, &book.author_id).await?;
        let book = query(sql).bind(author).bind(book.title).bind(book.pages);
        let added = book.fetch_one(&ctx.db()?).await;
        Ok(
            added.map_err(|error: DbError| match error.is_unique("books.title") {
                true => Problem::conflict("the author already has a book with this title"),
                false => error.into(),
            })?,
        )
    }

    /// Adds the books of a file, which has the number of pages and the title of a book in each line. Skips the books
    /// that the author already has. Returns the number of added books.
    #[graphql(guard = "Requires::<Librarian>::new()")]
    async fn import_books(
        &self,
        ctx: &Context<'_>,
        author_id: ID,
        file: File<100_000>,
    ) -> Result<usize> {
        let books: Option<Vec<(i64, &str)>> = std::str::from_utf8(file.bytes())
            .ok()
            .and_then(|text| text.lines().map(pages_and_title).collect());
        let Some(books) = books else {
            let detail = "each line of the file must have a number of pages, a space and a title";
            return Err(Problem::bad_request(detail).into());
        };
        let sql = "insert into books (author_id, title, pages)
            select ?1, value ->> 1, value ->> 0 from json_each(?2) where true
            on conflict do nothing returning id";
        let author = existing_author(ctx, &author_id).await?;
        let added = query(sql).bind(author).bind_json(&books);
        let added: Vec<i64> = added.fetch_all(&ctx.db()?).await?;
        Ok(added.len())
    }
}

/// Decodes the id of an author into the number of its row. Fails if the author does not exist.
async fn existing_author(ctx: &Context<'_>, id: &ID) -> Result<i64> {
    let author = match number("Author", id) {
        Some(number) => ctx.load::<AuthorById>(number).await?,
        None => None,
    };
    Ok(author
        .map(|author| author.id)
        .ok_or_else(|| Problem::not_found("no author has this id"))?)
}

/// Parses a line such as `301 The Left Hand of Darkness`.
fn pages_and_title(line: &str) -> Option<(i64, &str)> {
    let (pages, title) = line.split_once(' ')?;
    let pages = pages.parse().ok().filter(|pages| *pages > 0)?;
    (1..=200).contains(&title.len()).then_some((pages, title))
}
