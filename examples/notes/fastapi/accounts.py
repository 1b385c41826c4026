"""Accounts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from pwdlib import PasswordHash
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy.exc import IntegrityError

from clients import limit_client
from database import Account, Db
from problems import LIMITED, UNAUTHORIZED, responses
from tokens import Caller

router = APIRouter(tags=["Accounts"])
passwords = PasswordHash.recommended()


class NewAccount(BaseModel):
    """The email address and the password of an account."""

    email: Annotated[EmailStr, Field(max_length=254)]
    password: Annotated[str, Field(min_length=12, max_length=128)]


class AccountOut(BaseModel):
    """An account."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    created_at: datetime


@router.post(
    "/accounts",
    status_code=201,
    response_model=AccountOut,
    dependencies=[Depends(limit_client)],
    responses=responses(_409="Another account has this email address.") | LIMITED,
)
async def create_account(new: NewAccount, db: Db, response: Response):
    """Create an account."""
    account = Account(email=new.email, password_hash=passwords.hash(new.password))
    db.add(account)
    try:
        await db.commit()
    except IntegrityError as error:
        if "accounts.email" in str(error):
            raise HTTPException(409, f"{new.email} has an account") from error
        raise
    response.headers["Location"] = "/account"
    return account


@router.get("/account", response_model=AccountOut, responses=UNAUTHORIZED)
async def get_account(caller: Caller, db: Db):
    """Get the account of the caller."""
    return await db.get_one(Account, caller.account_id)
