// One server an app, started by its host.

import { once } from "node:events";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { headers, operations, refused } from "./operations.mjs";
import { family, start } from "./process.mjs";
import * as spin from "./spin.mjs";
import * as workerd from "./workerd.mjs";

export const hosts = { workerd, spin };

const startSeconds = 30;

/** Serves what was built of an app from a copy in `scratch`. */
export async function serve(app, built, scratch) {
  mkdirSync(scratch);
  const address = `127.0.0.1:${await freePort()}`;
  const [program, ...args] = await hosts[app.host].command(app, built, scratch, address);
  const log = join(scratch, "stderr");
  const child = start(program, args, { cwd: scratch, stdio: ["ignore", "ignore", openSync(log, "w")] });
  const origin = `http://${address}`;
  if (!(await answers(origin, child))) {
    throw new Error(`${app.host}, ${app.title}: ${program} did not start\n${readFileSync(log, "utf8")}`);
  }
  return { ...app, log, origin, pids: family(child.pid) };
}

/** A port that the system chose; not every host says which one it chose. */
async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  return port;
}

/** Whether the server answers before it ends, and in time. */
async function answers(origin, child) {
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

/** Asks for everything once; throws when an answer is not the right one. */
export async function check(server) {
  for (const { name, method, path, body, answer } of operations) {
    const response = await fetch(server.origin + path, { method, headers, body });
    const got = { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
    if (got.status !== answer.status || !got.type?.startsWith(answer.type) || got.body !== answer.body) {
      throw wrong(server, name, got, answer);
    }
  }
  if (!server.validates) return;
  for (const { name, method, path, body } of refused) {
    const response = await fetch(server.origin + path, { method, headers, body });
    const got = { request: body, status: response.status, body: await response.text() };
    if (got.status < 400 || got.status > 499) throw wrong(server, name, got, { status: "4xx" });
  }
}

function wrong(server, operation, got, expected) {
  const log = readFileSync(server.log, "utf8").slice(-2000);
  return new Error(`${server.host}, ${server.title}, ${operation}: wrong answer
  got      ${JSON.stringify(got)}
  expected ${JSON.stringify(expected)}
${log}`);
}
