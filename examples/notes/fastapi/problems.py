"""The error responses."""

from pydantic import BaseModel


class Problem(BaseModel):
    detail: str


def responses(**descriptions: str):
    """Describes error responses: `responses(_404="The note does not exist.")`."""
    return {
        int(status[1:]): {"model": Problem, "description": text}
        for status, text in descriptions.items()
    }


UNAUTHORIZED = responses(
    _401="The token is missing or wrong.",
    _403="The token lacks a scope.",
    _429="The account has sent too many requests.",
)
MISSING = responses(_404="The resource does not exist.")
PRECONDITION = responses(
    _409="The note was changed just now.",
    _412="The note has another version.",
    _428="The request has no If-Match.",
)
IDEMPOTENCY = responses(_409="The first request with the key is in flight.")
