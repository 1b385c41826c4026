"""Runs tasks that do nothing with Taskiq and its Postgres broker.

    python tasks.py DSN POSTMASTER TASKS ROUNDS

POSTMASTER is the process id of the Postgres server. Prints a JSON array for each round: the seconds of CPU time of this
process and of Postgres, and the seconds of wall time.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import asyncpg
from taskiq.api import run_receiver_task
from taskiq_pg.asyncpg import AsyncpgBroker

dsn, postmaster, tasks, rounds = sys.argv[1], *map(int, sys.argv[2:])
broker = AsyncpgBroker(dsn)
ran = 0


@broker.task
async def nothing(n: int) -> None:
    global ran
    ran += 1


def cpu_time() -> float:
    """Returns the seconds of user and system time of this process, of Postgres, and of the children of Postgres that have
    ended."""
    server = Path(f"/proc/{postmaster}")
    children = (server / f"task/{postmaster}/children").read_text().split()
    ticks = sum(map(int, stat(server)[11:15])) + sum(sum(map(int, stat(Path("/proc") / pid)[11:13])) for pid in children)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def stat(process: Path) -> list[str]:
    """Returns the fields of /proc/PID/stat after field 2, the name in parentheses."""
    return (process / "stat").read_text().rpartition(") ")[2].split()


async def pending(connection: asyncpg.Connection) -> int:
    return await connection.fetchval(f"select count(*) from {broker.table_name}")


async def run(connection: asyncpg.Connection) -> list[float]:
    """Enqueues the tasks, and then measures the time of a worker until all have run and no row is left."""
    global ran
    ran = 0
    for n in range(tasks):
        await nothing.kiq(n)
    cpu, started = cpu_time(), time.perf_counter()
    worker = asyncio.create_task(run_receiver_task(broker))
    while ran < tasks or await pending(connection) > 0:
        if worker.done():
            await worker
        await asyncio.sleep(0.02)
    times = [cpu_time() - cpu, time.perf_counter() - started]
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    return times


async def main() -> None:
    connection = await asyncpg.connect(dsn)
    # The notifications of the tasks wait in the broker until the worker starts.
    await broker.startup()
    for _ in range(rounds):
        print(json.dumps(await run(connection)), flush=True)
    await broker.shutdown()
    await connection.close()


asyncio.run(main())
