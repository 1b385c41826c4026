"""The clients of requests without a token, and their quota."""

from typing import Annotated

from fastapi import Depends, Request, Response

from database import Db
from quotas import count, describe
from settings import settings


def client_address(request: Request) -> str:
    """Returns the address, which is empty if it is not known."""
    header = settings.client_address_header
    return ", ".join(request.headers.getlist(header)) if header else ""


async def limit_client(
    address: Annotated[str, Depends(client_address)], db: Db, response: Response
):
    """Counts the request in the quota of the client. Hashing a password is expensive."""
    quota = settings.sign_ins_per_minute
    used = await count(db, f"client {address}", quota)
    response.headers.update(describe("client", quota, used))


async def count_sign_in(db: Db, email: str):
    """Counts a sign-in to an account, whose password clients may guess from any number of addresses."""
    await count(db, f"sign-ins {email.lower()}", settings.sign_ins_per_minute)
