// Measures other task queues with tasks that do nothing: apalis with SQLite, and Taskiq with Postgres. Counts the rows
// that D1 writes for a task of Whippet.

import { join } from "node:path";
import { tasksWorker } from "./build.mjs";
import { serveCounted, sqlFiles } from "./counted.mjs";
import { startPostgres } from "./postgres.mjs";
import { cargo, root, run, target } from "./process.mjs";
import { median } from "./report.mjs";
import { scratch } from "./scratch.mjs";
import { query } from "./workerd.mjs";

const here = import.meta.dirname;
const rounds = 3;

/** How many tasks each peer runs in a round. Taskiq runs fewer, so that a round takes seconds. */
const apalisTasks = 20_000;
const taskiqTasks = 4_000;

/** How many tasks are counted on D1, and the most rows that one may write. */
const countedTasks = 64;
const mostRows = 6;

/** Prints the rates of the other task queues. `data/` prints Whippet's rates. */
export async function measurePeers() {
  await cargo(["build", "--quiet", "--locked", "--release"], join(here, "apalis"));
  const apalis = await run(join(target, "release/bench-apalis"), [apalisTasks, rounds]);
  printRates(`apalis, SQLite, ${apalisTasks} tasks`, apalisTasks, apalis);
  const postgres = await startPostgres();
  const args = [join(here, "taskiq/tasks.py"), postgres.dsn, postgres.pid, taskiqTasks, rounds];
  const taskiq = await run(join(root, ".tools/bench-taskiq/bin/python"), args);
  await postgres.stop();
  printRates(`Taskiq, Postgres, ${taskiqTasks} tasks`, taskiqTasks, taskiq);
}

function printRates(name, tasks, output) {
  const times = output.trim().split("\n").map((line) => JSON.parse(line));
  const [cpu, wall] = [0, 1].map((unit) => (tasks / median(times.map((time) => time[unit]))).toFixed(0));
  console.log(`  ${name}: ${cpu} tasks per second of CPU time, ${wall} per second`);
}

/** Prints how many rows a task writes on D1, from the statement that enqueues the task to its end. */
export async function countRows(build = tasksWorker) {
  const schema = sqlFiles(join(root, "crates/whippet/schema"), schemaFiles);
  const app = { host: "workerd", title: "tasks", variables: { LOG_LEVEL: "info" }, schema };
  const served = await serveCounted(app, await build(), join(scratch, "tasks"));
  const response = await fetch(`${served.origin}/tasks/${countedTasks}`, { method: "POST" });
  if (response.status !== 204) throw new Error(`the tasks were not enqueued: ${response.status} ${await response.text()}`);
  const { written, trips } = await served.take();
  const [{ left }] = await query(served.database, "select count(*) as left from tasks");
  await served.stop();
  if (left > 0) throw new Error(`${left} tasks did not run`);
  const rows = written / countedTasks;
  const verdict = rows <= mostRows ? "met" : "MISSED";
  console.log(`  on D1, ${countedTasks} tasks: ${rows.toFixed(2)} rows written per task (${verdict}: ≤ ${mostRows}), ${trips} round trips in total`);
}

/** The files of `whippet::tasks::SCHEMA`. */
const schemaFiles = ["tasks.sql", "tasks_trace.sql", "tasks_queues.sql", "tasks_progress.sql"];
