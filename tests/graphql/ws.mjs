// Tests the client of graphql-ws against the server at GRAPHQL_URL.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { GRAPHQL_URL, LIBRARIAN_TOKEN } = process.env;
const url = GRAPHQL_URL.replace(/^http/, "ws");
const connect = (options) => createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...options });

async function collect(client, query, limit = Infinity, variables = undefined) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) {
    results.push(result);
    if (results.length === limit) break;
  }
  return results;
}

const counts = (to) => Array.from({ length: to }, (_, index) => ({ data: { count: index + 1 } }));
let opened = 0;
let pongs = 0;
const client = connect({
  keepAlive: 50,
  on: { opened: () => opened++, pong: () => pongs++ },
  connectionParams: { authorization: `Bearer ${LIBRARIAN_TOKEN}` },
  lazy: false,
});

// One socket runs a subscription with three values, then a query, and then several operations at the same time.
const count = "subscription { count(to: 3, milliseconds: 50) }";
assert.deepEqual(await collect(client, count), counts(3));
assert.deepEqual(await collect(client, "{ hello }"), [{ data: { hello: "hello world" } }]);
const together = await Promise.all([collect(client, count), collect(client, "{ hello }"), collect(client, count)]);
assert.deepEqual(together, [counts(3), [{ data: { hello: "hello world" } }], counts(3)]);

// The mutation needs a token, which the client sends in connection_init.
const addBook = "mutation ($book: NewBook!) { addBook(book: $book) { title } }";
const book = { authorId: Buffer.from("Author:5").toString("base64url"), title: randomUUID(), pages: 7 };
assert.deepEqual(await collect(client, addBook, 1, { book }), [{ data: { addBook: { title: book.title } } }]);
const stranger = connect({ connectionParams: { authorization: "Bearer wrong" } });
const [rejected] = await collect(stranger, addBook, 1, { book });
assert.equal(rejected.errors[0].extensions.code, "authentication_failed");
await stranger.dispose();

// The server ends an invalid operation with a list of errors.
const failure = await collect(client, "subscription { nothing }").catch((errors) => errors);
assert.match(failure[0].message, /nothing/);
const syntax = await collect(client, "subscription {").catch((errors) => errors);
assert.equal(syntax.length, 1);
const deep = await collect(client, "{ author ".repeat(200) + "}".repeat(200)).catch((errors) => errors);
assert.equal(deep[0].extensions.code, "graphql_limit_exceeded");

// The client ends a subscription. The socket stays usable.
const endless = "subscription { count(to: 1000, milliseconds: 20) }";
assert.deepEqual(await collect(client, endless, 2), counts(2));
assert.deepEqual(await collect(client, "subscription { count(to: 1, milliseconds: 1) }"), counts(1));

// A row that already exists is sent immediately.
const [added] = await collect(client, "subscription { booksAdded { title author { name } } }", 1);
assert.deepEqual(added, { data: { booksAdded: { title: "Volume 1", author: { name: "Author 1" } } } });

while (pongs === 0) await new Promise((resolve) => setTimeout(resolve, 20));
assert.equal(opened, 1);
await client.dispose();
console.log("ok");
