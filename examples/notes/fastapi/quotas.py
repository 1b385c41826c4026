"""Quotas: how often a caller may send requests in a minute."""

from time import time

from fastapi import HTTPException
from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert

from database import Db, Quota


def seconds_left() -> int:
    return 60 - int(time()) % 60


async def count(db: Db, caller: str, quota: int) -> int:
    """Counts a request, and returns how many requests the caller has sent in this minute."""
    window = int(time()) // 60
    statement = (
        insert(Quota)
        .values(caller=caller, window=window)
        .on_conflict_do_update(
            index_elements=["caller", "window"], set_={"used": Quota.used + 1}
        )
        .returning(Quota.used)
    )
    used = (await db.execute(statement)).scalar_one()
    await db.execute(delete(Quota).where(Quota.window < window))
    await db.commit()
    if used > quota:
        headers = {"Retry-After": str(seconds_left())}
        raise HTTPException(429, "too many requests", headers)
    return used


def describe(name: str, quota: int, used: int) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"{name}";q={quota};w=60',
        "RateLimit": f'"{name}";r={quota - used};t={seconds_left()}',
    }
