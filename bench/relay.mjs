// Serves Relay on a host, and counts what its operations cost.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { root, stop } from "./process.mjs";
import { launch, waitUntilReady } from "./serve.mjs";
import { counts } from "./workerd.mjs";

export const key = "relay_0123456789abcdef0123456789abcdef";

const variables = { RELAY_API_KEY: key, RELAY_ALLOW_PRIVATE_TARGETS: "true", LOG_LEVEL: "info" };

/** How long a server must be idle until an operation has ended, with the deliveries that it has started. */
const idleMilliseconds = 1500;

/** Serves Relay. `take()` returns the counts of everything since the last call, once the server is idle. */
export async function serveRelay(host, built, scratch) {
  const lower = ([name, value]) => [name.toLowerCase(), value];
  const { child, server } = await launch(
    {
      host,
      title: "Relay",
      logs: true,
      migrates: true,
      keepsOutput: true,
      variables: host === "spin" ? Object.fromEntries(Object.entries(variables).map(lower)) : variables,
      queue: "TASKS",
      outbound: ["http://127.0.0.1:*"],
      schema,
    },
    built,
    scratch,
  );
  await waitUntilReady(server, child, 50);
  const read = host === "workerd" ? () => counts(server.database) : () => logged(server.output);
  let taken = await idle(read);
  const take = async () => {
    const total = await idle(read);
    const since = Object.keys(total).map((name) => [name, total[name] - taken[name]]);
    taken = total;
    return Object.fromEntries(since);
  };
  return { origin: server.origin, take, stop: () => stop(child) };
}

function schema() {
  const folder = join(root, "migrations");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql")).sort();
  return files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}

/** Waits until the counts do not change for a while. Returns them. */
async function idle(read) {
  let [last, counted] = [undefined, await read()];
  while (JSON.stringify(last) !== JSON.stringify(counted)) {
    await setTimeout(idleMilliseconds);
    [last, counted] = [counted, await read()];
  }
  return counted;
}

/** Returns the sums of the log lines of requests and attempts. */
function logged(file) {
  const lines = readFileSync(file, "utf8").split("\n").flatMap((line) => line.match(/\{.*\}/)?.[0] ?? []);
  const sum = (name) => lines.reduce((sum, line) => sum + (JSON.parse(line)[name] ?? 0), 0);
  return { statements: sum("db_statements"), rows: sum("db_rows") };
}
