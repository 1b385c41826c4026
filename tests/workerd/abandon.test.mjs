// Abandons requests, streams and WebSockets of the probe, and checks that the memory of the instance does not grow.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { reset, Server } from "./server.mjs";

const IN_A_WAVE = 250;
const WAVES_IN_A_HALF = 20;

// The number of bytes by which the memory may grow in the second half of the test: one page of WebAssembly.
const TOLERANCE = 65_536;

// The pause after each wave, in milliseconds. The pause is longer than the 300 ms after which the handler of `/wait`
// responds, so that waves do not overlap. Overlapping waves would change the size of the memory.
const SETTLED = 500;

const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

// The kinds of request. The client abandons a request after the text `until` has arrived. A client of `/wait` abandons
// the request while the handler runs, and a client of `/echo` while the entry module reads the body.
const KINDS = [
  { path: "/wait" },
  { method: "POST", path: "/echo", headers: ["Content-Length: 1000"], body: "some" },
  { path: "/events/endless", until: "data: 1" },
  { path: "/silence", until: "start" },
  { path: "/socket", headers: UPGRADE, until: "101 Switching Protocols" },
];

let server;

before(async () => (server = await Server.start()));
after(() => server?.stop());

/** Sends concurrent requests of one kind, and resets their connections. */
async function abandon(kind) {
  const sockets = await Promise.all(Array.from({ length: IN_A_WAVE }, () => server.begin(kind)));
  // Waits until a request without `until` has reached its handler.
  if (!kind.until) await sleep(100);
  sockets.forEach(reset);
  await sleep(SETTLED);
}

/** Abandons half of the requests. Returns the size of the instance's memory in bytes. */
async function memoryAfterHalf() {
  for (let wave = 0; wave < WAVES_IN_A_HALF; wave++) await abandon(KINDS[wave % KINDS.length]);
  return Number(await server.get("/memory"));
}

test("10,000 abandoned requests, streams and sockets leave the memory of the instance unchanged", async (t) => {
  const first = await memoryAfterHalf();
  const second = await memoryAfterHalf();
  t.diagnostic(`the memory has ${first} bytes after the first half, ${second} bytes after the second half`);
  assert.ok(first > 0);
  assert.ok(second - first <= TOLERANCE, `the memory grew from ${first} to ${second} bytes`);
  assert.equal(await server.get("/text"), "hello");
  assert.equal(await server.get("/wait"), "waited");
});
