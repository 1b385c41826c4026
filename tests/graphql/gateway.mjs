// Runs a query with Apollo's gateway. The subgraphs are the server at GRAPHQL_URL and reviews.mjs.

import assert from "node:assert/strict";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { parse } from "graphql";
import { compose } from "./compose.mjs";
import { bookId, start } from "./reviews.mjs";

const { GRAPHQL_URL: url } = process.env;
const AUTHOR_2 = Buffer.from("Author:2").toString("base64url");

async function ask(query) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

const { data } = await ask("{ _service { sdl } }");
const reviews = await start();
const gateway = new ApolloGateway({
  supergraphSdl: compose(data._service.sdl),
  buildService: ({ name }) =>
    new RemoteGraphQLDataSource({ url: name === "bookshelf" ? url : reviews.url }),
  logger: { debug() {}, info() {}, warn: console.warn, error: console.error },
});
try {
  const { executor } = await gateway.load();
  const query = `{
    bestReviews { stars book { title shippingWeight author { name } } }
    author(id: "${AUTHOR_2}") { books { title shippingWeight reviews { stars } } }
  }`;
  const result = await executor({
    request: { query },
    document: parse(query),
    queryHash: "1",
    schema: gateway.schema,
    context: {},
    cache: { get: async () => undefined, set: async () => {}, delete: async () => {} },
    operationName: null,
    operation: parse(query).definitions[0],
    metrics: {},
    overallCachePolicy: {},
  });
  assert.deepEqual(result.errors ?? [], []);
  // Which book has the id 4 depends on the order in which SQLite inserted the books. So the test reads this book also
  // from the bookshelf itself, and compares the two results.
  const [first] = result.data.bestReviews;
  const direct = await ask(`{ book(id: "${bookId(4)}") { title pages author { name } } }`);
  assert.equal(first.book.title, direct.data.book.title);
  assert.equal(first.book.author.name, direct.data.book.author.name);
  assert.equal(first.book.shippingWeight, direct.data.book.pages * 5);
  assert.equal(result.data.author.books.length, 2);
  assert.equal(result.data.author.books[0].shippingWeight, 102 * 5);
  console.log("ok");
} finally {
  await gateway.stop();
  reviews.stop();
}
