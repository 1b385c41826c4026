//! The feed of changes.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use whippet::response::{Events, LastEventId, Sse, follow};
use whippet::{Clock, Column, Db, DbError, Problem, State, get, query_as, query_scalar};

use crate::NotesSettings;
use crate::tokens::Caller;

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
/// Sends an event for each change of a note from now on, or since the event `last-event-id`. The feed also continues
/// after the token has expired, until the client disconnects.
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
    let read = move |after| changes(db.clone(), caller.account, after);
    let events = follow(clock.clone(), settings.feed_interval, after, read);
    Ok(Sse::try_new(events).keep_alive(clock, Duration::from_secs(15)))
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
