"""Reads 1,000 rows of eight columns with SQLAlchemy (async, aiosqlite), and prints the median time in microseconds."""

import asyncio
import statistics
import sys
import time

from sqlalchemy import select
from main import ItemRow, engine, sessions

ROUNDS = 15
READS = 10


async def read(after):
    async with sessions() as session:
        statement = select(ItemRow).where(ItemRow.id > after).order_by(ItemRow.id).limit(1000)
        return (await session.scalars(statement)).all()


async def main():
    micros = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for n in range(READS):
            if len(await read(n * 1000)) != 1000:
                sys.exit("a read did not return 1,000 rows")
        micros.append((time.perf_counter() - started) * 1e6 / READS)
    await engine.dispose()
    print(f"{statistics.median(micros):.0f}")


asyncio.run(main())
