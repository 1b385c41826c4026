//! The queries.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use whippet::graphql::{ConnectionArgs, ResolverContext, connection, split_global_id};
use whippet::response::Order;
use whippet::{AssertSqlSafe, query};

use crate::types::{Author, AuthorById, Book, BookById, Node};

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
    #[graphql(complexity = "first.or(last).unwrap_or(50) as usize * child_complexity")]
    async fn authors(
        &self,
        ctx: &Context<'_>,
        first: Option<u32>,
        after: Option<String>,
        last: Option<u32>,
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
    async fn author(&self, ctx: &Context<'_>, id: i64) -> Result<Option<Author>> {
        ctx.load::<AuthorById>(id).await
    }

    /// The book with this id.
    async fn book(&self, ctx: &Context<'_>, id: i64) -> Result<Option<Book>> {
        ctx.load::<BookById>(id).await
    }

    /// Resolves the authors that other subgraphs refer to.
    #[graphql(entity)]
    async fn find_author_by_id(&self, ctx: &Context<'_>, id: i64) -> Result<Option<Author>> {
        ctx.load::<AuthorById>(id).await
    }

    /// Resolves the books that other subgraphs refer to.
    #[graphql(entity)]
    async fn find_book_by_id(&self, ctx: &Context<'_>, id: i64) -> Result<Option<Book>> {
        ctx.load::<BookById>(id).await
    }

    /// An object with a global id.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        let (kind, id) = split_global_id(&id)?;
        Ok(match (&*kind, id.parse()) {
            ("Author", Ok(id)) => ctx.load::<AuthorById>(id).await?.map(Node::Author),
            ("Book", Ok(id)) => ctx.load::<BookById>(id).await?.map(Node::Book),
            _ => None,
        })
    }
}
