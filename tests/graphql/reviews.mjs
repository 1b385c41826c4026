// A subgraph that extends the types of examples/bookshelf: its field `shippingWeight` requires a field of the bookshelf.

import { createServer } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { graphql, parse } from "graphql";

export const typeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])

  type Book @key(fields: "id") {
    id: ID!
    pages: Int! @external
    "The weight in grams."
    shippingWeight: Int! @requires(fields: "pages")
    reviews: [Review!]!
  }

  type Review {
    stars: Int!
    book: Book!
  }

  type Query {
    bestReviews: [Review!]!
  }
`;

/** Returns the id of a book of the bookshelf. */
export const bookId = (number) => Buffer.from(`Book:${number}`).toString("base64url");

const review = (id) => {
  const number = Number(Buffer.from(id, "base64url").toString().slice("Book:".length));
  return { stars: (number % 5) + 1, book: { __typename: "Book", id } };
};

const resolvers = {
  Book: {
    __resolveReference: (book) => book,
    shippingWeight: ({ pages }) => pages * 5,
    reviews: ({ id }) => [review(id)],
  },
  Query: { bestReviews: () => [review(bookId(4)), review(bookId(9))] },
};

/** Starts the subgraph. Returns its URL and a function that stops it. */
export async function start() {
  const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers }]);
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { query, variables, operationName } = JSON.parse(body);
    const result = await graphql({ schema, source: query, variableValues: variables, operationName });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(result));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => server.closeAllConnections() ?? server.close(),
  };
}
