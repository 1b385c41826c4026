// Starts one server per app, and checks its responses.

import { once } from "node:events";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { headers, operations, rejected } from "./operations.mjs";
import { processTree, start } from "./process.mjs";
import * as spin from "./spin.mjs";
import * as workerd from "./workerd.mjs";

export const hosts = { workerd, spin };

const startSeconds = 30;

/** Serves a copy of a built app from `scratch`. */
export async function serve(app, built, scratch) {
  mkdirSync(scratch);
  const address = `127.0.0.1:${await freePort()}`;
  const [program, ...args] = await hosts[app.host].command(app, built, scratch, address);
  const log = join(scratch, "stderr");
  const child = start(program, args, { cwd: scratch, stdio: ["ignore", "ignore", openSync(log, "w")] });
  const origin = `http://${address}`;
  if (!(await isReady(origin, child))) {
    throw new Error(`${app.host}, ${app.title}: ${program} did not start\n${readFileSync(log, "utf8")}`);
  }
  return { ...app, log, origin, pids: processTree(child.pid) };
}

/** Returns a free port to listen on, because some hosts do not report a port that they have chosen. */
async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  return port;
}

/** Returns true if the server responds within `startSeconds`, and false if it does not respond in time or exits. */
async function isReady(origin, child) {
  const deadline = Date.now() + 1000 * startSeconds;
  while (child.exitCode === null && Date.now() < deadline) {
    try {
      await fetch(origin);
      return true;
    } catch {
      await setTimeout(50);
    }
  }
  return false;
}

/** Sends every request once. Throws if a response is not as expected. */
export async function check(server) {
  for (const { name, method, path, body, response: expected } of operations) {
    const response = await fetch(server.origin + path, { method, headers, body });
    const got = { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
    if (got.status !== expected.status || !got.type?.startsWith(expected.type) || got.body !== expected.body) {
      throw mismatch(server, name, got, expected);
    }
  }
  if (!server.validates) return;
  for (const { name, method, path, body } of rejected) {
    const response = await fetch(server.origin + path, { method, headers, body });
    const got = { request: body, status: response.status, body: await response.text() };
    if (got.status < 400 || got.status > 499) throw mismatch(server, name, got, { status: "4xx" });
  }
}

function mismatch(server, operation, got, expected) {
  const log = readFileSync(server.log, "utf8").slice(-2000);
  return new Error(`${server.host}, ${server.title}, ${operation}: unexpected response
  got      ${JSON.stringify(got)}
  expected ${JSON.stringify(expected)}
${log}`);
}
