// Abandons requests, streams and WebSockets of the probe, and checks that the memory of the instance does not grow.
// `make test` runs this file. workerd runs without wrangler, because wrangler's proxy keeps connections to workerd
// open.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { command } from "../../bench/workerd.mjs";

const BUNDLE = join(import.meta.dirname, "../../examples/probe/build/cloudflare");
const IN_A_WAVE = 250;
const WAVES_IN_A_HALF = 20;

// The maximum growth of the memory in the second half, in bytes: two pages of WebAssembly.
const TOLERANCE = 2 * 65_536;

// The pause after each wave, in milliseconds. The handler of `/wait` responds 300 ms after the request. So waves do not
// overlap, and the memory does not depend on their overlap.
const SETTLED = 500;

const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

// The kinds of request. The client abandons a request after the text `until` has arrived. A client of `/wait` abandons
// the request while the handler runs.
const KINDS = [
  { path: "/wait" },
  { path: "/events/endless", until: "data: 1" },
  { path: "/socket", headers: UPGRADE, until: "101 Switching Protocols" },
];

let folder, workerd, port;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "abandon-"));
  port = await freePort();
  const [program, ...args] = command({}, BUNDLE, folder, `127.0.0.1:${port}`);
  workerd = spawn(program, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  while (!(await get("/text").catch(() => undefined))) {
    assert.equal(workerd.exitCode, null, "workerd has ended");
    await sleep(50);
  }
});

after(async () => {
  workerd?.kill("SIGKILL");
  if (workerd?.exitCode === null && workerd.signalCode === null) await once(workerd, "exit");
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function get(path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  assert.equal(response.status, 200);
  return response.text();
}

/** Sends a request, and returns its socket once the text `until` has arrived. */
async function begin({ path, headers = [], until }) {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("latin1");
  await once(socket, "connect");
  socket.write([`GET ${path} HTTP/1.1`, "Host: probe.example", ...headers, "\r\n"].join("\r\n"));
  let received = "";
  while (until && !received.includes(until)) {
    const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(60_000) });
    received += chunk;
  }
  return socket;
}

/** Sends concurrent requests of one kind, and resets their connections. */
async function abandon(kind) {
  const sockets = await Promise.all(Array.from({ length: IN_A_WAVE }, () => begin(kind)));
  // Waits until a request without `until` has reached its handler.
  if (!kind.until) await sleep(100);
  for (const socket of sockets) {
    socket.on("error", () => {});
    socket.resetAndDestroy();
  }
  await sleep(SETTLED);
}

/** Abandons half of the requests. Returns the size of the instance's memory in bytes. */
async function memoryAfterHalf() {
  for (let wave = 0; wave < WAVES_IN_A_HALF; wave++) await abandon(KINDS[wave % KINDS.length]);
  return Number(await get("/memory"));
}

test("10,000 abandoned requests, streams and sockets leave the memory of the instance unchanged", async (t) => {
  const first = await memoryAfterHalf();
  const second = await memoryAfterHalf();
  t.diagnostic(`the memory has ${first} bytes after the first half, ${second} bytes after the second half`);
  assert.ok(first > 0);
  assert.ok(second - first <= TOLERANCE, `the memory grew from ${first} to ${second} bytes`);
  assert.equal(await get("/text"), "hello");
  assert.equal(await get("/wait"), "waited");
});
