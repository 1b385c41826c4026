// Cuts off uploads to the probe, and checks the log lines of these requests.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { reset, Server } from "./server.mjs";

const SOON = 20_000;

const UPLOADS = {
  "with a Content-Length": { headers: ["Content-Length: 1000"], body: "some" },
  "in chunks": { headers: ["Transfer-Encoding: chunked"], body: "4\r\nsome\r\n" },
};

let server;

before(async () => (server = await Server.start()));
after(() => server?.stop());

/** Waits until a request is logged, and returns its log lines. */
async function logged(requestId) {
  const deadline = Date.now() + SOON;
  for (;;) {
    const lines = server.linesOf(requestId);
    if (lines.some(({ message }) => message === "request")) return lines;
    assert.ok(Date.now() < deadline, `the request is not logged: ${JSON.stringify(lines)}`);
    await sleep(50);
  }
}

for (const [kind, { headers, body }] of Object.entries(UPLOADS)) {
  test(`an upload ${kind} that is cut off is logged as a 400`, async () => {
    const id = randomUUID();
    const request = { method: "POST", path: "/echo", headers: [`X-Request-Id: ${id}`, ...headers], body };
    const socket = await server.begin(request);
    // Waits until the request has reached the Worker.
    await sleep(200);
    reset(socket);
    const lines = await logged(id);
    const { status, route, level } = lines.find(({ message }) => message === "request");
    assert.deepEqual({ status, route }, { status: 400, route: "/echo" });
    assert.notEqual(level, "error");
    assert.equal(lines.length, 1, JSON.stringify(lines));
    assert.equal(await server.get("/text"), "hello");
  });
}
