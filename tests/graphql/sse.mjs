// Tests the client of graphql-sse, in the mode of distinct connections, against the server at GRAPHQL_URL.

import assert from "node:assert/strict";
import { createClient } from "graphql-sse";

const { GRAPHQL_URL: url } = process.env;
const client = createClient({ url, retryAttempts: 0 });

async function collect(query, limit = Infinity) {
  const results = [];
  const stream = client.iterate({ query });
  for await (const result of stream) {
    results.push(result);
    if (results.length === limit) break;
  }
  return results;
}

const counted = await collect("subscription { count(to: 3, milliseconds: 20) }");
assert.deepEqual(counted, [1, 2, 3].map((count) => ({ data: { count } })));

const hello = await collect("{ hello }");
assert.deepEqual(hello, [{ data: { hello: "hello world" } }]);

const [invalid, ...none] = await collect("subscription { nothing }");
assert.match(invalid.errors[0].message, /nothing/);
assert.deepEqual(none, []);

// The client disconnects after two events. The server still has to serve the next subscription.
assert.equal((await collect("subscription { count(to: 1000, milliseconds: 20) }", 2)).length, 2);
assert.deepEqual(await collect("subscription { count(to: 1, milliseconds: 1) }"), [{ data: { count: 1 } }]);

// A row that already exists is sent immediately.
const [added] = await collect("subscription { booksAdded { title author { name } } }", 1);
assert.deepEqual(added, { data: { booksAdded: { title: "Volume 1", author: { name: "Author 1" } } } });
console.log("ok");
