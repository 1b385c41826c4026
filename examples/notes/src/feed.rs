//! The feed of changes.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use whippet::response::{Events, LastEventId, Sse, follow};
use whippet::{Clock, Column, Db, DbError, Problem, State, get, query, query_as, query_scalar};

use crate::NotesSettings;
use crate::tokens::Caller;

/// If a feed has sent nothing for this time, it sends a comment. At the same interval, [`closed`] checks whether the
/// feed has to end.
const SILENCE: Duration = Duration::from_secs(15);

/// The note of an event.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NoteId {
    note: u32,
}

#[derive(Events)]
pub(crate) enum NoteEvent {
    /// A note was created.
    Created(NoteId),
    /// A note was changed.
    Changed(NoteId),
    /// A note was deleted.
    Deleted(NoteId),
    /// A reminder is due.
    Reminded(NoteId),
}

/// What happened to a note, as the table `changes` stores it.
#[derive(Column)]
enum Kind {
    Created,
    Changed,
    Deleted,
    Reminded,
}

/// Follow the notes.
///
/// Sends an event for each change of a note from now on, or since the event `last-event-id`. The feed ends soon after
/// the token has expired, or when the account has too many newer feeds.
#[get("/events", scopes("notes:read"))]
pub(crate) async fn follow_notes(
    caller: Caller,
    db: Db,
    clock: Clock,
    settings: State<NotesSettings>,
    LastEventId(last): LastEventId,
) -> Result<Sse<NoteEvent>, Problem> {
    let after: u32 = match last.and_then(|id| id.parse().ok()) {
        Some(last) => last,
        None => {
            query_scalar!(u32, "select coalesce(max(id), 0) from changes")
                .fetch_one(&db)
                .await?
        }
    };
    let feed = open(&db, &caller, settings.feeds_per_account).await?;
    let end = closed(db.clone(), clock.clone(), feed);
    let read = move |after| changes(db.clone(), caller.account, after);
    let events = follow(clock.clone(), settings.feed_interval, after, read);
    let events = Sse::try_new(events).start_id(after);
    Ok(events.keep_alive(clock, SILENCE).until(end))
}

/// Records a new feed. If the account then has more feeds than the limit, deletes the account's oldest feeds. Returns
/// the id of the feed.
async fn open(db: &Db, caller: &Caller, limit: u32) -> Result<i64, DbError> {
    let Caller { account, token, .. } = caller;
    let insert = query_scalar!(
        i64,
        "insert into feeds (account_id, token) values (:account, :token) returning id"
    );
    let (insert, reader) = insert.into_parts();
    let prune = query!(
        "delete from feeds where account_id = :account and id not in
         (select id from feeds where account_id = :account order by id desc limit :limit)"
    );
    let mut results = db.batch([insert, prune]).await?;
    results.read(0, reader)?.pop().ok_or(DbError::NoRow)
}

/// Waits until the token of a feed has expired or was deleted, or until newer feeds have replaced the feed.
async fn closed(db: Db, clock: Clock, feed: i64) {
    let mut is_open = true;
    while is_open {
        clock.sleep(SILENCE).await;
        let open = query_scalar!(
            i64,
            "select feeds.id from feeds join tokens on digest = token where feeds.id = :feed and expires_at > :now",
            now = clock.now(),
        );
        // A failed query also closes the feed, and the client connects again.
        is_open = matches!(open.fetch_optional(&db).await, Ok(Some(_)));
    }
}

/// Returns the next events after the event `after`, each with its id.
async fn changes(db: Db, account: i64, after: u32) -> Result<Vec<(u32, NoteEvent)>, DbError> {
    let changes = query_as!(
        (u32, u32, Kind),
        "select id, note_id, kind from changes where account_id = :account and id > :after
         order by id limit 100"
    );
    let changes = changes.fetch_all(&db).await?.into_iter();
    let event = |(id, note, kind)| {
        let note = NoteId { note };
        let event = match kind {
            Kind::Created => NoteEvent::Created(note),
            Kind::Changed => NoteEvent::Changed(note),
            Kind::Deleted => NoteEvent::Deleted(note),
            Kind::Reminded => NoteEvent::Reminded(note),
        };
        (id, event)
    };
    Ok(changes.map(event).collect())
}
