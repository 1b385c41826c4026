// Reads the database of the probe with sqlx-d1.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server } from "./server.mjs";

let server;

before(async () => (server = await Server.start({ hasDatabase: true })));
after(() => server?.stop());

test("a handler reads rows with a connection of sqlx-d1", async () => {
  assert.equal(await server.get("/sqlx"), "seven");
});
