"""The error responses: problem documents (RFC 9457)."""

from http import HTTPStatus

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class FieldError(BaseModel):
    pointer: str
    message: str


class Problem(BaseModel):
    status: int
    title: str
    detail: str
    errors: list[FieldError] = []


def document(status: int, detail: str, errors=(), headers=None):
    problem = Problem(
        status=status, title=HTTPStatus(status).phrase, detail=detail, errors=errors
    )
    return JSONResponse(
        problem.model_dump(), status, headers, "application/problem+json"
    )


async def problem(_: Request, error: HTTPException):
    return document(error.status_code, error.detail, headers=error.headers)


async def validation_problem(_: Request, error: RequestValidationError):
    errors = [
        FieldError(pointer="/" + "/".join(map(str, e["loc"][1:])), message=e["msg"])
        for e in error.errors()
    ]
    return document(422, "the request has invalid fields", errors)


def responses(**descriptions: str):
    """Describes error responses: `responses(_404="The note does not exist.")`."""
    return {
        int(status[1:]): {"model": Problem, "description": text}
        for status, text in descriptions.items()
    }


LIMITED = responses(_429="The client has sent too many requests.")
UNAUTHORIZED = LIMITED | responses(
    _401="The token is missing or wrong.",
    _403="The token lacks a scope.",
)
MISSING = responses(_404="The resource does not exist.")
PRECONDITION = responses(
    _409="The note was changed just now.",
    _412="The note has another version.",
    _428="The request has no If-Match.",
)
IDEMPOTENCY = responses(_409="The first request with the key is in flight.")
