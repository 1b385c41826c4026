"""The feed of changes."""

import asyncio
from collections.abc import AsyncIterable
from time import monotonic
from typing import Annotated

from fastapi import Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from sqlalchemy import delete, func, select

from database import Change, Feed, Token, new_session, now
from own import Reader, router
from settings import settings

# How often it is checked whether a feed may go on, in seconds.
CHECK = 15


class NoteId(BaseModel):
    """The note of an event."""

    note: int


async def open_feed(caller: Token) -> int:
    """Records a new feed, and deletes the oldest feeds of the account that are over the limit."""
    feed = Feed(account_id=caller.account_id, token=caller.digest)
    async with new_session() as db:
        db.add(feed)
        await db.flush()
        feeds = select(Feed.id).where(Feed.account_id == caller.account_id)
        newest = feeds.order_by(Feed.id.desc()).limit(settings.feeds_per_account)
        of_account = Feed.account_id == caller.account_id
        await db.execute(delete(Feed).where(of_account, Feed.id.not_in(newest)))
        await db.commit()
    return feed.id


async def is_open(feed: int) -> bool:
    """Returns whether the token of a feed is valid, and no newer feeds have replaced the feed."""
    valid = select(Feed.id).join(Token).where(Feed.id == feed, Token.expires_at > now())
    async with new_session() as db:
        return await db.scalar(valid) is not None


@router.get("/events", response_class=EventSourceResponse)
async def follow_notes(
    caller: Reader, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterable[ServerSentEvent]:
    """Follow the notes.

    Sends an event for each change of a note from now on, or since the event
    `last-event-id`: `created`, `changed`, `deleted` or `reminded`. The feed ends soon
    after the token has expired, and when the account has too many newer feeds.
    """
    async with new_session() as db:
        last = await db.scalar(select(func.coalesce(func.max(Change.id), 0)))
    if last_event_id is not None and last_event_id.isdecimal():
        last = int(last_event_id)
    feed, check_at = await open_feed(caller), monotonic() + CHECK
    while True:
        if monotonic() >= check_at:
            if not await is_open(feed):
                return
            check_at = monotonic() + CHECK
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
