"""The tables, and the session of a request."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import JSON, ForeignKey, Index, String, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from settings import settings

engine = create_async_engine(settings.database)
new_session = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def enforce_foreign_keys(connection, _):
    connection.execute("pragma foreign_keys = on")


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(collation="nocase"), unique=True)
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Token(Base):
    __tablename__ = "tokens"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="cascade"), index=True
    )
    scopes: Mapped[list] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Note(Base):
    __tablename__ = "notes"
    __table_args__ = (
        Index("notes_account", "account_id", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="cascade")
    )
    title: Mapped[str]
    text: Mapped[str]
    tags: Mapped[list] = mapped_column(JSON)
    color: Mapped[str | None]
    remind_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Attachment(Base):
    __tablename__ = "attachments"
    __table_args__ = {"sqlite_autoincrement": True}
    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(
        ForeignKey("notes.id", ondelete="cascade"), index=True
    )
    name: Mapped[str]
    description: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)


class DeletedFile(Base):
    """A file whose attachment was deleted."""

    __tablename__ = "deleted_files"
    id: Mapped[int] = mapped_column(primary_key=True)


class Change(Base):
    __tablename__ = "changes"
    __table_args__ = (
        Index("changes_account", "account_id", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    note_id: Mapped[int]
    kind: Mapped[str]


class Reminder(Base):
    __tablename__ = "reminders"
    note_id: Mapped[int] = mapped_column(
        ForeignKey("notes.id", ondelete="cascade"), primary_key=True
    )
    due_at: Mapped[datetime] = mapped_column(index=True)


class IdempotentRequest(Base):
    __tablename__ = "idempotent_requests"
    account_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None]
    headers: Mapped[dict | None] = mapped_column(JSON)
    body: Mapped[bytes | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Quota(Base):
    __tablename__ = "quotas"
    caller: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True, index=True)
    used: Mapped[int] = mapped_column(default=1)


class Feed(Base):
    __tablename__ = "feeds"
    __table_args__ = {"sqlite_autoincrement": True}
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="cascade"), index=True
    )
    token: Mapped[bytes] = mapped_column(
        ForeignKey("tokens.digest", ondelete="cascade"), index=True
    )


async def get_session():
    async with new_session() as session:
        yield session


Db = Annotated[AsyncSession, Depends(get_session)]
