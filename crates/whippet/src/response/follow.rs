//! Follows a table, so that a handler can send new rows to its client.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::try_unfold;

use crate::{Clock, Problem};

/// Follows a table. Returns a stream, which first yields the existing rows after the position `after`, and then each
/// new row. Each item of the stream is a row with its position. To send the rows as events, pass the stream to
/// [`Sse::try_new`](super::Sse::try_new). The position of a row becomes the id of the event.
///
/// `read` receives a position. It returns the rows after this position with their positions, sorted by position. A new
/// row must have a larger position than all earlier rows, as with an `integer primary key autoincrement`. A call of
/// `read` should return a limited number of rows. If the call returned rows, `follow` calls `read` again as soon as the
/// stream has yielded them. If the call returned no rows, `follow` calls `read` again after `interval`. If `read`
/// returns an error, the stream yields the error and ends.
///
/// If `after` is the position of the last row, also send this position with [`Sse::start_id`](super::Sse::start_id). A
/// client that reconnects before its first event then misses no row.
///
/// On some hosts, one instance of an app cannot notify the other instances of a new row, so `follow` reads the table
/// again and again. Every connected client causes one query per interval.
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

/// The state of the stream.
struct Follower<P, T, F> {
    clock: Clock,
    interval: Duration,
    /// The position of the last row that the stream has yielded.
    after: P,
    read: F,
    /// The rows that were read, and that the stream has not yielded yet.
    rows: VecDeque<(P, T)>,
}
