"""The tokens with which an account signs in."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pwdlib import PasswordHash
from pydantic import BaseModel, Field
from sqlalchemy import delete, select

from clients import count_sign_in, limit_client
from database import Account, Db, Token, new_session, now
from problems import LIMITED, UNAUTHORIZED, responses
from quotas import count, describe
from settings import settings

router = APIRouter(tags=["Accounts"])
bearer = HTTPBearer(scheme_name="token", description="A token from `POST /tokens`.")
passwords = PasswordHash.recommended()
NO_HASH = passwords.hash("the password of an unknown account")


async def get_caller(
    required: SecurityScopes,
    given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    db: Db,
) -> Token:
    token = await db.get(Token, sha256(given.credentials.encode()).digest())
    if token is None or token.expires_at <= now():
        raise HTTPException(
            401,
            "the token is not valid, or has expired",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    missing = set(required.scopes) - set(token.scopes)
    if missing:
        challenge = f'error="insufficient_scope", scope="{required.scope_str}"'
        raise HTTPException(
            403,
            f"the credentials lack the scope {', '.join(sorted(missing))}",
            headers={"WWW-Authenticate": f"Bearer {challenge}"},
        )
    return token


Caller = Annotated[Token, Depends(get_caller)]


async def limit(caller: Caller, db: Db, response: Response):
    """Counts the request in the quota of the account."""
    quota = settings.requests_per_minute
    used = await count(db, f"account {caller.account_id}", quota)
    response.headers.update(describe("account", quota, used))


class SignIn(BaseModel):
    """An email address and a password, and what the token allows."""

    email: str
    password: str
    scopes: Annotated[
        list[Literal["notes:read", "notes:write"]], Field(min_length=1, max_length=2)
    ]


class TokenOut(BaseModel):
    """A token, to send as `Authorization: Bearer <token>`."""

    token: str
    expires_at: datetime


async def delete_expired():
    async with new_session() as db:
        await db.execute(delete(Token).where(Token.expires_at <= now()))
        await db.commit()


@router.post(
    "/tokens",
    status_code=201,
    dependencies=[Depends(limit_client)],
    responses=responses(_401="The email address or the password is wrong.") | LIMITED,
)
async def sign_in(given: SignIn, db: Db, after: BackgroundTasks) -> TokenOut:
    """Sign in: create a token."""
    await count_sign_in(db, given.email)
    account = await db.scalar(select(Account).where(Account.email == given.email))
    hashed = account.password_hash if account else NO_HASH
    if not passwords.verify(given.password, hashed) or account is None:
        raise HTTPException(
            401,
            "the email address or the password is wrong",
            headers={"WWW-Authenticate": "Bearer"},
        )
    token = secrets.token_urlsafe(32)
    expires_at = now() + settings.token_lifetime
    db.add(
        Token(
            digest=sha256(token.encode()).digest(),
            account_id=account.id,
            scopes=given.scopes,
            expires_at=expires_at,
        )
    )
    await db.commit()
    after.add_task(delete_expired)
    return TokenOut(token=token, expires_at=expires_at)


@router.delete("/tokens/current", status_code=204, responses=UNAUTHORIZED)
async def sign_out(caller: Caller, db: Db):
    """Sign out: delete the token of the request."""
    await db.delete(caller)
    await db.commit()
