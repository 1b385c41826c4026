//! Files that are attached to notes. `Blobs` stores the content of a file as an object, and the database stores the key
//! of the object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::extract::{FileStream, Form};
use whippet::problem::types::NOT_FOUND;
use whippet::response::{Download, DownloadRequest};
use whippet::{
    Blobs, Clock, Created, Db, DbError, Json, Path, Problem, Random, TaskError, Timestamp, get,
    post, query, query_as, task,
};

use crate::notes;
use crate::tokens::Caller;

/// A file to attach.
#[derive(Form)]
pub(crate) struct Upload {
    /// A description of the file.
    #[validate(length(max = 200))]
    description: String,
    /// The file, of at most 1 MB. It is the last field of the form, and is stored while it arrives.
    file: FileStream<1_000_000>,
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
        "select id, name, description, media_type, size, created_at from attachments
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
    random: Random,
    blobs: Blobs,
    Path(id): Path<u32>,
    Upload { description, file }: Upload,
) -> Result<Created<Attachment>, Problem> {
    notes::version(&db, &caller, id).await?;
    let name = file.file_name().unwrap_or("file").to_owned();
    let media_type = file.content_type().unwrap_or("application/octet-stream");
    let media_type = media_type.to_owned();
    let key = format!("attachments/{}", random.token());
    let stored = blobs.put(&key, &media_type, file.into_body()).await?;
    let attachment = query_as!(
        Attachment,
        "insert into attachments (note_id, key, name, description, media_type, size, created_at)
         values (:id, :key, :name, :description, :media_type, :size, :now)
         returning id, name, description, media_type, size, created_at",
        size = stored.size.cast_signed(),
        now = clock.now(),
    );
    match attachment.fetch_one(&db).await {
        Ok(attachment) => {
            let path = format!("/notes/{id}/attachments/{}", attachment.id);
            Ok(Created::at(path, attachment))
        }
        Err(DbError::ForeignKey) => {
            blobs.delete(&key).await?;
            Err(notes::missing(id))
        }
        Err(error) => Err(error.into()),
    }
}

/// Download an attachment.
#[get("/{note}/attachments/{id}", scopes("notes:read"), errors(NOT_FOUND))]
pub(crate) async fn get_attachment(
    caller: Caller,
    request: DownloadRequest,
    db: Db,
    blobs: Blobs,
    Path((note, id)): Path<(u32, u32)>,
) -> Result<Download, Problem> {
    notes::version(&db, &caller, note).await?;
    let missing = || Problem::not_found(format!("the attachment {id} does not exist"));
    let file = query!("select key, name from attachments where id = :id and note_id = :note");
    let file = file.fetch_optional(&db).await?.ok_or_else(missing)?;
    let download = request.blob(&blobs, &file.key).await?;
    Ok(download.ok_or_else(missing)?.attachment(&file.name))
}

/// Deletes the content of an attachment whose note was deleted.
#[derive(Serialize, Deserialize)]
pub(crate) struct DeleteFile {
    key: String,
}

#[task(retry = "10s 1m 10m 1h")]
pub(crate) async fn delete_file(task: DeleteFile, blobs: Blobs) -> Result<(), TaskError> {
    Ok(blobs.delete(&task.key).await?)
}
