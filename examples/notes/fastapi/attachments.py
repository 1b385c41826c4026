"""Files that are attached to notes."""

from datetime import datetime
from typing import Annotated

from fastapi import Form, HTTPException, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from database import Attachment, Db, DeletedFile, new_session
from own import Reader, Writer, get_own, router
from problems import MISSING, responses
from settings import settings

LIMIT = 1_000_000


class Upload(BaseModel):
    """A file to attach."""

    description: Annotated[
        str, Field(max_length=200, description="A description of the file.")
    ]
    file: Annotated[UploadFile, Field(description="The file, of at most 1 MB.")]


class AttachmentOut(BaseModel):
    """A file that is attached to a note."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    description: str
    media_type: str
    size: Annotated[int, Field(description="The number of bytes.")]
    created_at: datetime


@router.get("/{id}/attachments", response_model=list[AttachmentOut], responses=MISSING)
async def list_attachments(caller: Reader, db: Db, id: int):
    """List the attachments of a note."""
    await get_own(id, caller, db)
    attachments = select(Attachment).where(Attachment.note_id == id)
    return list(await db.scalars(attachments.order_by(Attachment.id)))


@router.post(
    "/{id}/attachments",
    status_code=201,
    response_model=AttachmentOut,
    responses=MISSING,
)
async def create_attachment(
    caller: Writer,
    db: Db,
    id: int,
    upload: Annotated[Upload, Form(media_type="multipart/form-data")],
    response: Response,
):
    """Attach a file to a note."""
    await get_own(id, caller, db)
    content = await upload.file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise HTTPException(422, f"the file must have at most {LIMIT} bytes")
    attachment = Attachment(
        note_id=id,
        name=upload.file.filename or "file",
        description=upload.description,
        media_type=upload.file.content_type or "application/octet-stream",
        size=len(content),
    )
    db.add(attachment)
    await db.flush()
    path = settings.files / str(attachment.id)
    path.write_bytes(content)
    try:
        await db.commit()
    except Exception:
        path.unlink()
        raise
    response.headers["Location"] = f"/notes/{id}/attachments/{attachment.id}"
    return attachment


@router.get(
    "/{note}/attachments/{id}",
    response_class=FileResponse,
    responses=MISSING
    | responses(_416="The range starts after the end of the file.")
    | {206: {"description": "A range of the file."}},
)
async def get_attachment(caller: Reader, db: Db, note: int, id: int):
    """Download an attachment."""
    await get_own(note, caller, db)
    attachment = await db.get(Attachment, id)
    if attachment is None or attachment.note_id != note:
        raise HTTPException(404, f"the attachment {id} does not exist")
    return FileResponse(
        settings.files / str(id),
        media_type=attachment.media_type,
        filename=attachment.name,
        headers={"X-Content-Type-Options": "nosniff"},
    )


async def delete_files():
    """Deletes the files of deleted attachments."""
    async with new_session() as db:
        for file in list(await db.scalars(select(DeletedFile))):
            (settings.files / str(file.id)).unlink(missing_ok=True)
            await db.delete(file)
        await db.commit()
