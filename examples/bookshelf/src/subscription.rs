//! The subscriptions.

use std::time::Duration;

use async_graphql::{Context, ID, Result};
use futures_util::stream::{self, Stream};
use whippet::graphql::{self, ResolverContext};
use whippet::{Problem, query};

use crate::types::{Book, number};

/// The subscriptions.
#[derive(Debug)]
pub struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    /// The numbers from 1 to `to`. A number is sent every `milliseconds` milliseconds.
    async fn count(
        &self,
        ctx: &Context<'_>,
        #[graphql(validator(minimum = 1, maximum = 1000))] to: u32,
        #[graphql(default = 100)] milliseconds: u32,
    ) -> Result<impl Stream<Item = u32> + use<>> {
        let clock = ctx.request_context()?.clock();
        let pause = Duration::from_millis(milliseconds.into());
        Ok(stream::unfold(
            (clock, 1),
            move |(clock, number)| async move {
                if number > to {
                    return None;
                }
                clock.sleep(pause).await;
                Some((number, (clock, number + 1)))
            },
        ))
    }

    /// The books that are added after the book with the id `after`. Without `after`, all books.
    async fn books_added(
        &self,
        ctx: &Context<'_>,
        after: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Book>> + use<>> {
        let context = ctx.request_context()?;
        let after = match after {
            Some(id) => {
                number("Book", &id).ok_or_else(|| Problem::not_found("no book has this id"))?
            }
            None => 0,
        };
        Ok(graphql::poll(context, after, async |context, after| {
            let sql =
                "select id, author_id, title, pages from books where id > ?1 order by id limit 100";
            let books: Vec<Book> = query(sql).bind(after).fetch_all(&context.db()).await?;
            Ok(books.into_iter().map(|book| (book.id, book)).collect())
        }))
    }
}
