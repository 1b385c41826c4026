// Serves an app, and counts what its requests and tasks cost.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stop } from "./process.mjs";
import { launch, waitUntilReady } from "./serve.mjs";
import { counts } from "./workerd.mjs";

/** If the counts do not change for this time, the operation and the deliveries that it has started have ended. */
const idleMilliseconds = 1500;

/**
 * Serves an app. `take()` waits until the server is idle, and returns the counts since the last call of `take()`. On
 * workerd, the D1 service counts, and on the other hosts the log lines contain the counts.
 */
export async function serveCounted(app, built, scratch) {
  const counted = { ...app, logs: true, migrates: true, keepsOutput: true, queue: "TASKS" };
  const { child, server } = await launch(counted, built, scratch);
  await waitUntilReady(server, child, 50);
  const read = app.host === "workerd" ? () => counts(server.database) : () => logged(server.output);
  let taken = await idle(read);
  const take = async () => {
    const total = await idle(read);
    const since = Object.keys(total).map((name) => [name, total[name] - taken[name]]);
    taken = total;
    return Object.fromEntries(since);
  };
  return { origin: server.origin, database: server.database, take, stop: () => stop(child) };
}

/** Returns a function that reads SQL files, in the order of their names. */
export function sqlFiles(folder, names = readdirSync(folder).filter((name) => name.endsWith(".sql")).sort()) {
  return () => names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
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
