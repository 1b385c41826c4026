"""Reminders."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import delete, select

from database import Db, Note, Reminder, new_session, now
from own import Writer, get_own, record, router
from problems import MISSING


class ReminderIn(BaseModel):
    """When to remind the account of a note."""

    at: Annotated[
        AwareDatetime | None, Field(description="`null` cancels the reminder.")
    ] = None


@router.put("/{id}/reminder", status_code=204, responses=MISSING)
async def set_reminder(caller: Writer, db: Db, id: int, reminder: ReminderIn):
    """Set the reminder of a note, or cancel it.

    The feed has the event `reminded` at the time of the reminder.
    """
    note = await get_own(id, caller, db)
    at: datetime | None = reminder.at
    if at is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    note.remind_at, note.version, note.changed_at = at, note.version + 1, now()
    await record(db, note, "changed")
    await db.execute(delete(Reminder).where(Reminder.note_id == id))
    if at is not None:
        db.add(Reminder(note_id=id, due_at=at))
    await db.commit()


async def run_reminders():
    """Runs due reminders."""
    async with new_session() as db:
        due = select(Reminder).where(Reminder.due_at <= now())
        for reminder in list(await db.scalars(due)):
            note = await db.get_one(Note, reminder.note_id)
            await record(db, note, "reminded")
            await db.delete(reminder)
        await db.commit()
