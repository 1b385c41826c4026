"""The same API with FastAPI: see ../README.md."""

import asyncio
from contextlib import asynccontextmanager

from fastapi import FastAPI

import accounts
import feed  # before `notes`, because `/notes/{id}` also matches `/notes/events`
import notes
import attachments
import own
import reminders
import tokens
from database import Base, engine
from settings import settings


@asynccontextmanager
async def lifespan(_: FastAPI):
    settings.files.mkdir(parents=True, exist_ok=True)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    running = asyncio.create_task(reminders.run_reminders())
    yield
    running.cancel()
    await engine.dispose()


app = FastAPI(title="Notes", version="0.1.0", lifespan=lifespan)
app.include_router(accounts.router)
app.include_router(tokens.router)
app.include_router(own.router)


@app.get("/healthz", tags=["Health"])
async def healthz():
    """Reports whether the program runs."""
    return {"status": "ok"}
