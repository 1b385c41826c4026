// Starts one server per app and mode, and checks its responses.

import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import * as native from "./native.mjs";
import { headers, operations, rejected } from "./operations.mjs";
import { freePort } from "./port.mjs";
import { processTree, start } from "./process.mjs";
import * as spin from "./spin.mjs";
import * as workerd from "./workerd.mjs";

export const hosts = { workerd, spin, native };

const startSeconds = 60;

/** Serves a copy of a built app from `scratch`, with a database that contains the rows of `rows.sql`. */
export async function serve(app, built, scratch) {
  const { child, server, seed } = await launch(app, built, scratch);
  await waitUntilReady(server, child, 50);
  if (app.logs) await seed();
  return { ...server, pids: processTree(child.pid) };
}

/**
 * Starts the server of an app. `seed()` adds the rows of `rows.sql` to the database of the app. `server.database` is
 * the address of a D1 service. If `app.keepsOutput` is true, the server writes its standard output to the file
 * `server.output`.
 */
export async function launch(app, built, scratch) {
  mkdirSync(scratch);
  const address = `127.0.0.1:${await freePort()}`;
  const { program, args, env, seed, database } = await hosts[app.host].prepare(app, built, scratch, address);
  const [log, output] = [join(scratch, "stderr"), join(scratch, "stdout")];
  const stdio = ["ignore", app.keepsOutput ? openSync(output, "w") : "ignore", openSync(log, "w")];
  const started = performance.now();
  const child = start(program, args, { cwd: scratch, env: { ...process.env, ...env }, stdio });
  return { child, server: { ...app, log, output, database, origin: `http://${address}`, numbers: {}, started }, seed };
}

/** Returns the operations that are measured on a server. A server without logs shows the cost of the log line. */
export function measured({ logs, databaseOnly, graphql }) {
  if (graphql) return operations.filter(({ graphql }) => graphql);
  const rest = operations.filter(({ graphql }) => !graphql);
  if (!logs) return rest.filter(({ database }) => !database);
  return rest.filter(({ database }) => database || !databaseOnly);
}

/**
 * Waits until the server responds, and sends a request every `interval` milliseconds. Throws if the server exits, or
 * does not respond within `startSeconds`.
 */
export async function waitUntilReady(server, child, interval) {
  const deadline = Date.now() + 1000 * startSeconds;
  while (child.exitCode === null && Date.now() < deadline) {
    try {
      await fetch(`${server.origin}/text`);
      return;
    } catch {
      await setTimeout(interval);
    }
  }
  throw new Error(`${server.host}, ${server.title}: the server did not start\n${readFileSync(server.log, "utf8")}`);
}

/** Sends every request once. Throws if a response is not as expected. `n` is the number in the paths. */
export async function check(server, n) {
  for (const operation of measured(server)) {
    const { got, json } = await send(server, operation, n);
    const { status, type, body } = operation.response(n, json ?? {});
    const isSame = json ? isDeepStrictEqual(json, body) : got.body === body;
    if (got.status !== status || !got.type?.startsWith(type) || !isSame) {
      throw mismatch(server, operation.name, got, { status, type, body });
    }
    if (got.id !== headers["x-request-id"]) {
      throw mismatch(server, operation.name, got, { id: headers["x-request-id"] });
    }
  }
  if (!server.validates || server.graphql) return;
  for (const invalid of rejected) {
    if (!measured(server).some(({ database }) => Boolean(database) === Boolean(invalid.database))) continue;
    const { got } = await send(server, { method: "POST", ...invalid }, n);
    if (got.status < 400 || got.status > 499) throw mismatch(server, `invalid ${invalid.path}`, got, { status: "4xx" });
  }
}

async function send({ origin }, { method, path, body }, n) {
  const request = { method, headers, body: body && JSON.stringify(body).replace('"{n}"', n) };
  const response = await fetch(origin + path.replace("{n}", n), request);
  const type = response.headers.get("content-type");
  const got = { status: response.status, type, id: response.headers.get("x-request-id"), body: await response.text() };
  return { got, json: type?.startsWith("application/json") ? JSON.parse(got.body) : undefined };
}

function mismatch(server, operation, got, expected) {
  const log = readFileSync(server.log, "utf8").slice(-2000);
  return new Error(`${server.host}, ${server.title}, ${operation}: unexpected response
  got      ${JSON.stringify(got)}
  expected ${JSON.stringify(expected)}
${log}`);
}
