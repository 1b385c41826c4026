"""`Idempotency-Key`: a request that is repeated gets the stored response."""

from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Header, HTTPException, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from database import IdempotentRequest, Token, new_session, now

IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=256)]


class IdempotentRoute(APIRoute):
    """Runs each operation once for each `Idempotency-Key` of the account."""

    def get_route_handler(self):
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            account = await account_of(request)
            if key is None or request.method != "POST" or account is None:
                return await handle(request)
            content = f"{request.method} {request.url.path}".encode()
            fingerprint = sha256(content + await request.body()).digest()
            async with new_session() as db:
                stored = await claim(db, account, key, fingerprint)
                if stored is not None:
                    headers = stored.headers | {"Idempotent-Replayed": "true"}
                    return Response(stored.body, stored.status, headers)
                try:
                    response = await handle(request)
                except HTTPException:
                    await db.delete(await db.get_one(IdempotentRequest, (account, key)))
                    await db.commit()
                    raise
                row = await db.get_one(IdempotentRequest, (account, key))
                row.status, row.body = response.status_code, response.body
                row.headers = dict(response.headers)
                row.expires_at = now() + timedelta(hours=12)
                await db.commit()
                return response

        return once


async def account_of(request: Request) -> int | None:
    """Returns the account of the token, which the operation checks again."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    async with new_session() as db:
        found = await db.get(Token, sha256(token.strip().encode()).digest())
    is_valid = scheme.lower() == "bearer" and found and found.expires_at > now()
    return found.account_id if is_valid else None


async def claim(db, account: int, key: str, fingerprint: bytes):
    """Returns the stored response, or `None` after the key is reserved."""
    expired = IdempotentRequest.expires_at <= now()
    await db.execute(delete(IdempotentRequest).where(expired))
    row = IdempotentRequest(
        account_id=account,
        key=key,
        fingerprint=fingerprint,
        expires_at=now() + timedelta(minutes=1),
    )
    db.add(row)
    try:
        await db.commit()
        return None
    except IntegrityError:
        await db.rollback()
    stored = await db.get_one(IdempotentRequest, (account, key))
    if stored.fingerprint != fingerprint:
        raise HTTPException(422, "the key was sent with another request")
    if stored.status is None:
        raise HTTPException(409, "the first request with the key is in flight")
    return stored
