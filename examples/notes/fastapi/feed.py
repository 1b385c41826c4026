"""The feed of changes."""

import asyncio
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from sqlalchemy import func, select

from database import Change, new_session
from own import Reader, router
from settings import settings


class NoteId(BaseModel):
    """The note of an event."""

    note: int


@router.get("/events", response_class=EventSourceResponse)
async def follow_notes(
    caller: Reader, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterable[ServerSentEvent]:
    """Follow the notes.

    Sends an event for each change of a note from now on, or since the event
    `last-event-id`: `created`, `changed`, `deleted` or `reminded`.
    """
    async with new_session() as db:
        last = await db.scalar(select(func.coalesce(func.max(Change.id), 0)))
    if last_event_id is not None and last_event_id.isdecimal():
        last = int(last_event_id)
    while True:
        async with new_session() as db:
            changes = (
                select(Change)
                .where(Change.account_id == caller.account_id, Change.id > last)
                .order_by(Change.id)
                .limit(100)
            )
            changes = list(await db.scalars(changes))
        for change in changes:
            last = change.id
            data = NoteId(note=change.note_id)
            yield ServerSentEvent(data=data, event=change.kind, id=str(last))
        if not changes:
            await asyncio.sleep(settings.feed_interval.total_seconds())
