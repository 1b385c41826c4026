//! A source of events for subscriptions: rows that appear in the database.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{self, Stream};

use crate::{Context, Problem};

/// The pause after a read that has found rows.
const SHORTEST: Duration = Duration::from_millis(500);

/// The longest pause between two reads.
const LONGEST: Duration = Duration::from_secs(8);

/// Returns a stream for a subscription: the rows that appear after a position. `read` gets a position, and returns the
/// rows after this position in the order of their positions. It returns each row together with the position of the row.
/// After a call that returned rows, the stream waits 500 ms before it calls `read` again. While `read` returns no rows,
/// the stream waits longer and longer, up to 8 s.
///
/// The instances of an app on Workers and Spin cannot signal each other, so a subscription has to read the database to
/// find changes. An error from `read` ends the stream.
///
/// ```
/// use async_graphql::futures_util::Stream;
/// use async_graphql::{Context, Error, Result, SimpleObject, Subscription};
/// use serde::Deserialize;
/// use whippet::graphql::{self, ResolverContext};
/// use whippet::query;
///
/// #[derive(Deserialize, SimpleObject)]
/// struct Note { id: i64, text: String }
///
/// struct Notes;
///
/// #[Subscription]
/// impl Notes {
///     /// The notes that are created after the note `after`.
///     async fn new_notes(
///         &self,
///         ctx: &Context<'_>,
///         #[graphql(default)] after: i64,
///     ) -> Result<impl Stream<Item = Result<Note>> + use<>> {
///         Ok(graphql::poll(ctx.request_context()?, after, async |context, after| {
///             let sql = "select id, text from notes where id > ?1 order by id limit 100";
///             let notes: Vec<Note> = query(sql).bind(after).fetch_all(&context.db()).await?;
///             Ok(notes.into_iter().map(|note| (note.id, note)).collect())
///         }))
///     }
/// }
/// # drop(Notes);
/// ```
pub fn poll<P, T, F, R>(
    context: &Context,
    after: P,
    read: F,
) -> impl Stream<Item = async_graphql::Result<T>> + Send + use<P, T, F, R>
where
    P: Clone + Send + 'static,
    T: Send + 'static,
    F: Fn(Context, P) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<(P, T)>, Problem>> + Send,
{
    let state = State {
        context: context.clone(),
        after,
        rows: VecDeque::new(),
        pause: None,
        is_over: false,
    };
    stream::unfold((state, read), |(mut state, read)| async move {
        let next = state.next(&read).await?;
        Some((next, (state, read)))
    })
}

struct State<P, T> {
    context: Context,
    after: P,
    rows: VecDeque<(P, T)>,
    /// The pause before the next read; `None` before the first read.
    pause: Option<Duration>,
    is_over: bool,
}

impl<P: Clone, T> State<P, T> {
    async fn next<R>(&mut self, read: &impl Fn(Context, P) -> R) -> Option<async_graphql::Result<T>>
    where
        R: Future<Output = Result<Vec<(P, T)>, Problem>>,
    {
        if self.is_over {
            return None;
        }
        loop {
            if let Some((position, row)) = self.rows.pop_front() {
                self.after = position;
                return Some(Ok(row));
            }
            if let Some(pause) = self.pause {
                self.context.clock().sleep(pause).await;
            }
            match read(self.context.clone(), self.after.clone()).await {
                Ok(rows) => {
                    let longer = self
                        .pause
                        .map_or(SHORTEST, |pause| (pause * 2).min(LONGEST));
                    self.pause = Some(if rows.is_empty() { longer } else { SHORTEST });
                    self.rows = rows.into();
                }
                Err(problem) => {
                    self.is_over = true;
                    return Some(Err(problem.into()));
                }
            }
        }
    }
}
