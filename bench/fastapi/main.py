"""The API with FastAPI, SQLAlchemy and structlog, as their documentation shows it."""

import logging
import os
import time
import uuid
from typing import Annotated

import structlog
from fastapi import Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy import JSON, event, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['DATABASE']}")
sessions = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def set_pragmas(connection, _):
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "busy_timeout = 5000"):
        connection.execute(f"pragma {pragma}")


async def get_session():
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


class Base(DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    cents: Mapped[int]
    weight: Mapped[float]
    active: Mapped[bool]
    tags: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)


class User(BaseModel):
    id: int
    name: str
    email: str


class NewUser(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    email: EmailStr
    age: int = Field(ge=0, le=150)


class CreatedUser(NewUser):
    id: int


Tag = Annotated[str, Field(min_length=1, max_length=30)]


class NewItem(BaseModel):
    sku: str = Field(min_length=1, max_length=32)
    name: str = Field(min_length=1, max_length=64)
    cents: int = Field(ge=0, le=10_000_000)
    weight: float = Field(ge=0, le=1000)
    active: bool
    tags: list[Tag] = Field(max_length=10)


class Item(NewItem):
    model_config = ConfigDict(from_attributes=True)
    id: int
    version: int


class Items(BaseModel):
    items: list[Item]
    next: int | None


class ItemUpdate(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    cents: int = Field(ge=0, le=10_000_000)
    version: int


structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", key="timestamp"),
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, os.environ["LOG_LEVEL"].upper())),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger()


class RequestLog:
    """Sets a request id, and writes one line per request. This is pure ASGI, which is faster than BaseHTTPMiddleware."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-request-id") or uuid.uuid4().hex.encode()
        status = 500

        async def send_with_id(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id))
            await send(message)

        await self.app(scope, receive, send_with_id)
        log.info(
            "request",
            request_id=request_id.decode(),
            trace_id=uuid.uuid4().hex,
            span_id=uuid.uuid4().hex[16:],
            route=scope["route"].path if "route" in scope else "",
            method=scope["method"],
            status=status,
            duration_ms=int((time.perf_counter() - started) * 1000),
        )


app = FastAPI()
app.add_middleware(RequestLog)


@app.get("/text")
async def text() -> Response:
    return Response("hello", media_type="text/plain")


@app.get("/users/{id}")
async def get_user(id: int) -> User:
    return User(id=id, name="Ada", email="ada@example.com")


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> CreatedUser:
    return CreatedUser(id=1, **new.model_dump())


@app.get("/items/{id}")
async def get_item(id: int, session: Session) -> Item:
    row = await session.get(ItemRow, id)
    if row is None:
        raise HTTPException(404, "the item does not exist")
    return Item.model_validate(row)


@app.get("/items")
async def list_items(after: int, session: Session) -> Items:
    statement = select(ItemRow).where(ItemRow.id > after).order_by(ItemRow.id).limit(50)
    rows = (await session.scalars(statement)).all()
    return Items(items=[Item.model_validate(row) for row in rows], next=rows[-1].id if rows else None)


@app.post("/items", status_code=201)
async def create_item(new: NewItem, session: Session) -> Item:
    row = ItemRow(**new.model_dump())
    session.add(row)
    await session.commit()
    return Item.model_validate(row)


@app.put("/items/{id}")
async def update_item(id: int, change: ItemUpdate, session: Session) -> Item:
    statement = (
        update(ItemRow)
        .where(ItemRow.id == id, ItemRow.version == change.version)
        .values(name=change.name, cents=change.cents, version=ItemRow.version + 1)
        .returning(ItemRow)
    )
    row = await session.scalar(statement)
    await session.commit()
    if row is None:
        raise HTTPException(409, "the item does not exist or has another version")
    return Item.model_validate(row)
