//! Follows a table, for feeds.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::try_unfold;

use crate::{Clock, Problem};

/// Follows a table. Returns a stream of rows: first the existing rows after the position `after`, and then each new
/// row. Each item of the stream is a row with its position. For a feed of events, pass the stream to
/// [`Sse::try_new`](super::Sse::try_new): the position becomes the id of the event.
///
/// `read` gets a position, and returns the rows after this position, sorted by their positions. `read` returns each row
/// together with its position. A new row must have a larger position than every row that was already returned, as with
/// an `integer primary key autoincrement`. `read` should limit the number of rows that one call returns. If a call
/// returns rows, `read` is called again immediately. Otherwise, `read` is called again after `interval`. If `read`
/// returns an error, the stream yields the error and ends.
///
/// If a feed starts at the end of the table, send the start position with [`Sse::start_id`](super::Sse::start_id).
/// Then, even a client that reconnects before the first event misses no row.
///
/// On some hosts, the instances of an app cannot signal each other, so `follow` reads the table again and again. Each
/// client causes a query in each interval.
///
/// ```
/// use std::time::Duration;
/// use whippet::response::{Event, LastEventId, Sse, follow};
/// use whippet::{Clock, Db, DbError, Problem, get, query};
///
/// /// Returns the next changes, each with its id.
/// async fn changes_after(db: Db, after: i64) -> Result<Vec<(i64, Event)>, DbError> {
///     let changes = query("select id, text from changes where id > ?1 order by id limit 100").bind(after);
///     let changes: Vec<(i64, String)> = changes.fetch_all(&db).await?;
///     Ok(changes.into_iter().map(|(id, text)| (id, Event::data(text))).collect())
/// }
///
/// #[get("/changes")]
/// async fn list_changes(db: Db, clock: Clock, LastEventId(last): LastEventId) -> Sse {
///     let after = last.and_then(|id| id.parse().ok()).unwrap_or(0);
///     let read = move |after| changes_after(db.clone(), after);
///     let changes = follow(clock.clone(), Duration::from_secs(2), after, read);
///     Sse::try_new(changes).keep_alive(clock, Duration::from_secs(15))
/// }
/// # let _ = list_changes;
/// ```
pub fn follow<P, T, F, R, E>(
    clock: Clock,
    interval: Duration,
    after: P,
    read: F,
) -> impl Stream<Item = Result<(P, T), Problem>> + Send + 'static
where
    P: Clone + Send + 'static,
    T: Send + 'static,
    F: Fn(P) -> R + Send + 'static,
    R: Future<Output = Result<Vec<(P, T)>, E>> + Send,
    E: Into<Problem>,
{
    let start = Follower {
        clock,
        interval,
        after,
        read,
        rows: VecDeque::new(),
    };
    try_unfold(start, |mut follower| async move {
        loop {
            if let Some((position, row)) = follower.rows.pop_front() {
                follower.after = position.clone();
                return Ok(Some(((position, row), follower)));
            }
            let rows = (follower.read)(follower.after.clone()).await;
            follower.rows = rows.map_err(Into::into)?.into();
            if follower.rows.is_empty() {
                follower.clock.sleep(follower.interval).await;
            }
        }
    })
}

/// The state of a stream between two rows.
struct Follower<P, T, F> {
    clock: Clock,
    interval: Duration,
    /// The position of the last row that was returned.
    after: P,
    read: F,
    /// The rows that were read but not returned yet.
    rows: VecDeque<(P, T)>,
}
