"""The settings of the API."""

from datetime import timedelta
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="NOTES_")

    token_lifetime: timedelta = timedelta(days=30)
    feed_interval: timedelta = timedelta(seconds=1)
    feeds_per_account: int = 10
    requests_per_minute: int = 600
    sign_ins_per_minute: int = 20
    client_address_header: str | None = None
    database: str = "sqlite+aiosqlite:///notes.db"
    files: Path = Path("files")


settings = Settings()
