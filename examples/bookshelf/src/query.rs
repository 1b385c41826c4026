//! The queries.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use whippet::graphql::{ConnectionArgs, ResolverContext, connection, page_complexity};
use whippet::response::Order;
use whippet::{AssertSqlSafe, query};

use crate::types::{Author, AuthorById, Book, BookById, Node, number};

/// The queries.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// Greets somebody.
    async fn hello(&self, #[graphql(default = "world")] name: String) -> String {
        format!("hello {name}")
    }

    /// The authors, sorted by id.
    #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
    async fn authors(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Author>> {
        let args = ConnectionArgs {
            first,
            after,
            last,
            before,
        };
        let cursor = args.cursor("authors", &["id"], Order::Ascending)?;
        let sql = format!("select id, name from authors where {}", cursor.sql());
        let authors = query(AssertSqlSafe(sql))
            .bind(cursor.key())
            .bind(cursor.limit());
        let authors: Vec<Author> = authors.fetch_all(&ctx.db()?).await?;
        Ok(connection(&cursor, authors, |author| [author.id.into()])?)
    }

    /// The author with this id.
    async fn author(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Author>> {
        match number("Author", &id) {
            Some(number) => ctx.load::<AuthorById>(number).await,
            None => Ok(None),
        }
    }

    /// The book with this id.
    async fn book(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Book>> {
        match number("Book", &id) {
            Some(number) => ctx.load::<BookById>(number).await,
            None => Ok(None),
        }
    }

    /// Resolves the authors that other subgraphs refer to.
    #[graphql(entity)]
    async fn find_author_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Author>> {
        self.author(ctx, id).await
    }

    /// Resolves the books that other subgraphs refer to.
    #[graphql(entity)]
    async fn find_book_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Book>> {
        self.book(ctx, id).await
    }

    /// The object with this id.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        Ok(match self.author(ctx, id.clone()).await? {
            Some(author) => Some(Node::Author(author)),
            None => self.book(ctx, id).await?.map(Node::Book),
        })
    }
}
