"""Notes."""

import base64
import json
from datetime import datetime
from typing import Annotated, Literal

from fastapi import HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update

from conditions import IfMatch, IfNoneMatch, check, etag, is_current, require
from database import Attachment, Db, DeletedFile, Note, now
from idempotency import IdempotencyKey
from own import Reader, Writer, get_own, record, router
from problems import IDEMPOTENCY, MISSING, PRECONDITION

Title = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=20_000)]
Tag = Annotated[str, Field(min_length=1, max_length=30)]
Tags = Annotated[list[Tag], Field(max_length=10)]
Color = Literal["yellow", "green", "blue"]


class NoteOut(BaseModel):
    """A note."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    text: str
    tags: list[str]
    color: Color | None
    remind_at: Annotated[
        datetime | None, Field(description="The time of the reminder.")
    ]
    version: Annotated[
        int, Field(description="The number of the version, which is also the `ETag`.")
    ]
    created_at: datetime
    changed_at: datetime


class NewNote(BaseModel):
    """A new note."""

    title: Title
    text: Text = ""
    tags: Tags = []
    color: Color | None = None


class NoteUpdate(BaseModel):
    """The fields to change in a note. Absent fields stay as they are."""

    title: Title = None
    text: Text = None
    tags: Tags = None
    color: Annotated[Color | None, Field(description="`null` removes it.")] = None


class Page(BaseModel):
    """A page of notes."""

    items: list[NoteOut]
    next: str | None
    previous: str | None
    has_more: bool


class PageParams(BaseModel):
    limit: Annotated[int, Field(ge=1, le=250)] = 50
    cursor: str | None = None
    order: Literal["ascending", "descending"] = "descending"
    tag: Annotated[str | None, Field(description="Only notes with this tag.")] = None


def encode(backwards: bool, note: int) -> str:
    cursor = json.dumps(["notes", backwards, note])
    return base64.urlsafe_b64encode(cursor.encode()).decode()


def decode(cursor: str | None) -> tuple[bool, int | None]:
    if not cursor:
        return False, None
    try:
        name, backwards, note = json.loads(base64.urlsafe_b64decode(cursor))
        if name != "notes" or type(note) is not int:
            raise ValueError
        return bool(backwards), note
    except ValueError as error:
        raise HTTPException(422, "the cursor is not of this list") from error


@router.get("", response_model=Page)
async def list_notes(caller: Reader, db: Db, page: Annotated[PageParams, Query()]):
    """List notes, the newest first."""
    backwards, start = decode(page.cursor)
    ascending = (page.order == "ascending") != backwards
    notes = select(Note).where(Note.account_id == caller.account_id)
    if page.tag is not None:
        tags = func.json_each(Note.tags).table_valued("value")
        has_tag = select(tags).where(tags.c.value == page.tag).exists()
        notes = notes.where(has_tag)
    if start is not None:
        notes = notes.where(Note.id > start if ascending else Note.id < start)
    notes = notes.order_by(Note.id if ascending else Note.id.desc())
    items = list(await db.scalars(notes.limit(page.limit + 1)))
    has_more = len(items) > page.limit
    items = items[: page.limit]
    if backwards:
        items.reverse()
    last = items[-1].id if items else start
    return {
        "items": items,
        "next": encode(False, last) if last is not None else None,
        "previous": encode(True, items[0].id) if items and start else None,
        "has_more": has_more,
    }


@router.post("", status_code=201, response_model=NoteOut, responses=IDEMPOTENCY)
async def create_note(
    caller: Writer,
    db: Db,
    new: NewNote,
    response: Response,
    idempotency_key: IdempotencyKey = None,
):
    """Create a note."""
    note = Note(account_id=caller.account_id, **new.model_dump())
    db.add(note)
    await db.flush()
    await record(db, note, "created")
    await db.commit()
    response.headers.update(etag(note.version) | {"Location": f"/notes/{note.id}"})
    return note


@router.get(
    "/{id}",
    response_model=NoteOut,
    responses=MISSING | {304: {"description": "The client's copy is current."}},
)
async def get_note(
    caller: Reader,
    db: Db,
    id: int,
    response: Response,
    if_none_match: IfNoneMatch = None,
):
    """Get a note."""
    note = await get_own(id, caller, db)
    if is_current(if_none_match, note.version):
        return Response(status_code=304, headers=etag(note.version))
    response.headers.update(etag(note.version))
    return note


@router.patch("/{id}", response_model=NoteOut, responses=MISSING | PRECONDITION)
async def update_note(
    caller: Writer,
    db: Db,
    id: int,
    new: NoteUpdate,
    response: Response,
    if_match: IfMatch = None,
):
    """Change a note."""
    note = await get_own(id, caller, db)
    require(if_match)
    check(if_match, note.version)
    change = (
        update(Note)
        .where(Note.id == id, Note.version == note.version)
        .values(
            version=Note.version + 1,
            changed_at=now(),
            **new.model_dump(exclude_unset=True),
        )
    )
    if (await db.execute(change)).rowcount == 0:
        raise HTTPException(409, "the note was changed just now; read it again")
    await record(db, note, "changed")
    await db.commit()
    await db.refresh(note)
    response.headers.update(etag(note.version))
    return note


@router.delete("/{id}", status_code=204, responses=MISSING | PRECONDITION)
async def delete_note(caller: Writer, db: Db, id: int, if_match: IfMatch = None):
    """Delete a note, with its attachments and its reminder."""
    note = await get_own(id, caller, db)
    check(if_match, note.version)
    files = select(Attachment.id).where(Attachment.note_id == id)
    db.add_all(DeletedFile(id=file) for file in await db.scalars(files))
    await record(db, note, "deleted")
    await db.delete(note)
    await db.commit()
