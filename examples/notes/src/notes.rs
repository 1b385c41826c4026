//! Notes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::extract::Query;
use whippet::layers::Idempotent;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::response::{Cached, ETag, IfMatch, IfNoneMatch, Order, Page, PageParams};
use whippet::{
    Change, Clock, Column, Created, Db, Json, NoContent, Patch, Path, Problem, Tasks, Timestamp,
    Valid, delete, get, patch, post, query, query_as, query_scalar, rules,
};

use crate::tokens::Caller;
use crate::{attachments, reminders};

/// A color.
#[derive(Serialize, Deserialize, JsonSchema, Column)]
#[serde(rename_all = "lowercase")]
enum Color {
    Yellow,
    Green,
    Blue,
}

/// A note.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Note {
    id: u32,
    title: String,
    text: String,
    tags: Vec<String>,
    color: Option<Color>,
    /// The time of the reminder.
    remind_at: Option<Timestamp>,
    /// The number of the version, which is also the `ETag`.
    version: i64,
    created_at: Timestamp,
    changed_at: Timestamp,
}

/// A new note.
#[rules]
#[derive(Deserialize, Validate, JsonSchema)]
pub(crate) struct NewNote {
    #[validate(length(min = 1, max = 100))]
    title: String,
    #[serde(default)]
    #[validate(length(max = 20_000))]
    text: String,
    #[serde(default)]
    #[validate(length(max = 10), each(length(min = 1, max = 30)))]
    tags: Vec<String>,
    color: Option<Color>,
}

/// The fields to change in a note. Absent fields stay as they are.
#[rules]
#[derive(Deserialize, Validate, JsonSchema)]
pub(crate) struct NoteUpdate {
    #[validate(length(min = 1, max = 100))]
    title: Change<String>,
    #[validate(length(max = 20_000))]
    text: Change<String>,
    #[validate(length(max = 10), each(length(min = 1, max = 30)))]
    tags: Change<Vec<String>>,
    /// The color; `null` removes it.
    color: Patch<Color>,
}

/// Which notes to list.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct NoteFilter {
    /// Only notes with this tag.
    tag: Option<String>,
}

/// List notes, the newest first.
#[get("/", scopes("notes:read"))]
pub(crate) async fn list_notes(
    caller: Caller,
    db: Db,
    Query(page): Query<PageParams>,
    Query(filter): Query<NoteFilter>,
) -> Result<Page<Note>, Problem> {
    let cursor = page.cursor("notes", &["id"], Order::Descending)?;
    let notes = query_as!(
        Note,
        "select id, title, text, tags, color, remind_at, version, created_at, changed_at from notes
         where account_id = :account {and exists (select 1 from json_each(tags) where value = :tag)}
         and {page :cursor by id}",
        account = caller.account,
        tag = filter.tag,
    );
    cursor.page(notes.fetch_all(&db).await?, |note| [note.id.into()])
}

/// Create a note.
#[post("/", scopes("notes:write"))]
pub(crate) async fn create_note(
    _: Idempotent<Caller>,
    caller: Caller,
    db: Db,
    clock: Clock,
    Valid(Json(new)): Valid<Json<NewNote>>,
) -> Result<(ETag, Created<Note>), Problem> {
    let note = query_as!(
        Note,
        "insert into notes (account_id, title, text, tags, color, created_at, changed_at)
         values (:account, :title, :text, :tags, :color, :now, :now)
         returning id, title, text, tags, color, remind_at, version, created_at, changed_at",
        account = caller.account,
        title = new.title,
        text = new.text,
        tags = new.tags,
        color = new.color,
        now = clock.now(),
    );
    let note = note.fetch_one(&db).await?;
    Ok((
        ETag::version(note.version),
        Created::at(format!("/notes/{}", note.id), note),
    ))
}

/// Get a note.
#[get("/{id}", scopes("notes:read"), errors(NOT_FOUND))]
pub(crate) async fn get_note(
    caller: Caller,
    if_none_match: IfNoneMatch,
    db: Db,
    Path(id): Path<u32>,
) -> Result<Cached<Json<Note>>, Problem> {
    let note = query_as!(
        Note,
        "select id, title, text, tags, color, remind_at, version, created_at, changed_at from notes
         where id = :id and account_id = :account",
        account = caller.account,
    );
    let note = note.fetch_optional(&db).await?.ok_or_else(|| missing(id))?;
    Ok(if_none_match.respond(ETag::version(note.version), Json(note)))
}

/// Change a note.
#[patch("/{id}", scopes("notes:write"), errors(NOT_FOUND, CONFLICT))]
pub(crate) async fn update_note(
    caller: Caller,
    if_match: IfMatch,
    db: Db,
    clock: Clock,
    Path(id): Path<u32>,
    Valid(Json(update)): Valid<Json<NoteUpdate>>,
) -> Result<(ETag, Json<Note>), Problem> {
    let version = version(&db, &caller, id).await?;
    if_match.required()?.check(Some(&ETag::version(version)))?;
    let note = query_as!(
        Note,
        "update notes set version = version + 1, changed_at = :now
         {, title = :title} {, text = :text} {, tags = :tags} {, color = :color}
         where id = :id and account_id = :account and version = :version
         returning id, title, text, tags, color, remind_at, version, created_at, changed_at",
        now = clock.now(),
        title = update.title,
        text = update.text,
        tags = update.tags,
        color = update.color,
        account = caller.account,
    );
    let note = note.fetch_optional(&db).await?;
    let note = note.ok_or_else(changed)?;
    Ok((ETag::version(note.version), Json(note)))
}

/// Delete a note, with its attachments and its reminder.
#[delete("/{id}", scopes("notes:write"), errors(NOT_FOUND, CONFLICT))]
pub(crate) async fn delete_note(
    caller: Caller,
    if_match: IfMatch,
    db: Db,
    tasks: Tasks,
    Path(id): Path<u32>,
) -> Result<NoContent, Problem> {
    let version = version(&db, &caller, id).await?;
    if_match.check(Some(&ETag::version(version)))?;
    let files = query!(
        "select 'file-' || attachments.id as id, json_object('key', key) as args
         from attachments join notes on notes.id = note_id
         where notes.id = :id and account_id = :account and version = :version",
        account = caller.account,
    );
    let delete_files = tasks.enqueue_each::<attachments::DeleteFile>(files);
    let delete = query!(
        "delete from notes where id = :id and account_id = :account and version = :version",
        account = caller.account,
    );
    let results = db.batch([delete_files.into(), delete]).await?;
    if results.changes(1)? == 0 {
        return Err(changed());
    }
    // Runs after the batch, because a note that could not be deleted must keep its reminder. If this query fails, the
    // reminder of the deleted note does nothing.
    let cancel = tasks.cancel(reminders::task_id(id));
    cancel.execute(&db).await?;
    Ok(NoContent)
}

/// Returns the version of a note that belongs to the caller.
pub(crate) async fn version(db: &Db, caller: &Caller, id: u32) -> Result<i64, Problem> {
    let version = query_scalar!(
        "select version from notes where id = :id and account_id = :account",
        account = caller.account,
    );
    version.fetch_optional(db).await?.ok_or_else(|| missing(id))
}

pub(crate) fn missing(id: u32) -> Problem {
    Problem::not_found(format!("the note {id} does not exist"))
}

fn changed() -> Problem {
    Problem::conflict("the note was changed just now; read it again")
}
