"""The operations of an account on its own notes."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Security
from sqlalchemy import delete

from database import Change, Db, Note, Token
from idempotency import IdempotentRoute
from problems import UNAUTHORIZED
from tokens import get_caller, limit

router = APIRouter(
    prefix="/notes",
    tags=["Notes"],
    dependencies=[Depends(limit)],
    responses=UNAUTHORIZED,
    route_class=IdempotentRoute,
)
Reader = Annotated[Token, Security(get_caller, scopes=["notes:read"])]
Writer = Annotated[Token, Security(get_caller, scopes=["notes:write"])]


async def get_own(id: int, caller: Token, db: Db) -> Note:
    note = await db.get(Note, id)
    if note is None or note.account_id != caller.account_id:
        raise HTTPException(404, f"the note {id} does not exist")
    return note


async def record(db, note: Note, kind: str):
    """Adds an event to the feed, which has the last 100,000 events."""
    change = Change(account_id=note.account_id, note_id=note.id, kind=kind)
    db.add(change)
    await db.flush()
    await db.execute(delete(Change).where(Change.id <= change.id - 100_000))
