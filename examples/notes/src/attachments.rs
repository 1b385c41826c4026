//! Files that are attached to notes.

use schemars::JsonSchema;
use serde::Serialize;
use whippet::extract::{File, Form};
use whippet::problem::types::NOT_FOUND;
use whippet::response::{Download, DownloadRequest};
use whippet::{
    Clock, Created, Db, DbError, Json, Path, Problem, Timestamp, get, post, query, query_as,
};

use crate::notes;
use crate::tokens::Caller;

/// A file to attach.
#[derive(Form)]
pub(crate) struct Upload {
    /// A description of the file.
    #[validate(length(max = 200))]
    description: String,
    /// The file, of at most 1 MB.
    file: File<1_000_000>,
}

/// A file that is attached to a note.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Attachment {
    id: u32,
    name: String,
    description: String,
    media_type: String,
    /// The number of bytes.
    size: i64,
    created_at: Timestamp,
}

/// List the attachments of a note.
#[get("/{id}/attachments", scopes("notes:read"), errors(NOT_FOUND))]
pub(crate) async fn list_attachments(
    caller: Caller,
    db: Db,
    Path(id): Path<u32>,
) -> Result<Json<Vec<Attachment>>, Problem> {
    notes::version(&db, &caller, id).await?;
    let attachments = query_as!(
        Attachment,
        "select id, name, description, media_type, length(content) as size, created_at from attachments
         where note_id = :id order by id"
    );
    Ok(Json(attachments.fetch_all(&db).await?))
}

/// Attach a file to a note.
#[post("/{id}/attachments", scopes("notes:write"), errors(NOT_FOUND))]
pub(crate) async fn create_attachment(
    caller: Caller,
    db: Db,
    clock: Clock,
    Path(id): Path<u32>,
    upload: Upload,
) -> Result<Created<Attachment>, Problem> {
    notes::version(&db, &caller, id).await?;
    let attachment = query_as!(
        Attachment,
        "insert into attachments (note_id, name, description, media_type, content, created_at)
         values (:id, :name, :description, :media_type, :content, :now)
         returning id, name, description, media_type, length(content) as size, created_at",
        name = upload.file.file_name().unwrap_or("file"),
        description = upload.description,
        media_type = upload
            .file
            .content_type()
            .unwrap_or("application/octet-stream"),
        content = upload.file.bytes(),
        now = clock.now(),
    );
    let attachment = match attachment.fetch_one(&db).await {
        Err(DbError::ForeignKey) => return Err(notes::missing(id)),
        attachment => attachment?,
    };
    Ok(Created::at(
        format!("/notes/{id}/attachments/{}", attachment.id),
        attachment,
    ))
}

/// Download an attachment.
#[get("/{note}/attachments/{id}", scopes("notes:read"), errors(NOT_FOUND))]
pub(crate) async fn get_attachment(
    caller: Caller,
    request: DownloadRequest,
    db: Db,
    Path((note, id)): Path<(u32, u32)>,
) -> Result<Download, Problem> {
    notes::version(&db, &caller, note).await?;
    let file = query!(
        "select name, media_type, content from attachments where id = :id and note_id = :note"
    );
    let file = file.fetch_optional(&db).await?;
    let file =
        file.ok_or_else(|| Problem::not_found(format!("the attachment {id} does not exist")))?;
    Ok(request
        .file(file.content)
        .media_type(&file.media_type)
        .attachment(&file.name))
}
