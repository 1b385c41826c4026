"""The same API with FastAPI: see ../README.md."""

import asyncio
import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import text
from starlette.exceptions import HTTPException

import accounts
import feed  # before `notes`, because `/notes/{id}` also matches `/notes/events`
import notes
import attachments
import own
import reminders
import tokens
from database import Base, Db, engine
from problems import problem, validation_problem
from settings import settings


@asynccontextmanager
async def lifespan(_: FastAPI):
    settings.files.mkdir(parents=True, exist_ok=True)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    jobs = [reminders.run_reminders, attachments.delete_files]
    running = [asyncio.create_task(repeat(job)) for job in jobs]
    yield
    for job in running:
        job.cancel()
    await engine.dispose()


async def repeat(job):
    """Runs a job every second, until the program ends. Run it in one process only."""
    while True:
        try:
            await job()
        except Exception:
            logging.exception("%s failed", job.__name__)
        await asyncio.sleep(1)


app = FastAPI(
    title="Notes",
    version="0.1.0",
    license_info={"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
    openapi_tags=[
        {
            "name": "Accounts",
            "description": "Accounts, and the tokens with which they sign in.",
        },
        {"name": "Notes", "description": "The notes of an account."},
        {
            "name": "Health",
            "description": "Whether the server is ready for requests.",
        },
    ],
    exception_handlers={
        HTTPException: problem,
        RequestValidationError: validation_problem,
    },
    lifespan=lifespan,
)
app.include_router(accounts.router)
app.include_router(tokens.router)
app.include_router(own.router)


@app.get("/healthz", tags=["Health"])
async def healthz():
    """Reports whether the program runs."""
    return {"status": "ok"}


@app.get("/readyz", tags=["Health"])
async def readyz(db: Db):
    """Reports whether the database responds."""
    await db.execute(text("select 1"))
    return {"status": "ok"}
