"""Entity tags."""

from typing import Annotated

from fastapi import Header, HTTPException

IfMatch = Annotated[str | None, Header()]
IfNoneMatch = Annotated[str | None, Header()]


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"', "Cache-Control": "no-transform"}


def tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def check(if_match: str | None, version: int):
    """Rejects a change if `If-Match` has another version."""
    if if_match is not None and if_match.strip() != "*":
        if f'"{version}"' not in tags(if_match):
            raise HTTPException(412, "If-Match does not match the current ETag")


def require(if_match: str | None):
    if if_match is None:
        raise HTTPException(428, "send If-Match with the ETag that you have read")


def is_current(if_none_match: str | None, version: int) -> bool:
    """Returns whether the client's copy has this version."""
    sent = [tag.removeprefix("W/") for tag in tags(if_none_match or "")]
    return "*" in sent or f'"{version}"' in sent
