"""A GraphQL schema with one query, which reads items: Strawberry with the app and the rows of `main.py`."""

import strawberry
from sqlalchemy import select
from strawberry.fastapi import GraphQLRouter

from main import ItemRow, app, sessions


@strawberry.type
class Item:
    id: int
    sku: str
    name: str
    cents: int
    weight: float
    active: bool
    tags: list[str]
    version: int


@strawberry.type
class Query:
    @strawberry.field
    async def items(self, after: int, first: int) -> list[Item]:
        statement = select(ItemRow).where(ItemRow.id > after).order_by(ItemRow.id).limit(first)
        async with sessions() as session:
            # Strawberry reads the fields of an item from the attributes of the row.
            return list(await session.scalars(statement))


app.include_router(GraphQLRouter(strawberry.Schema(Query), graphql_ide=None), prefix="/graphql")
