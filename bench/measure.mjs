// Measures one cell of the report. wrk sends requests for one operation to one server. The result is the CPU time of
// the server's processes, divided by the number of requests.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { headers, rows } from "./operations.mjs";
import { find, run } from "./process.mjs";

const connections = 16;
const threads = 2;

/** The number of the first measured request. The checks use smaller numbers. */
const firstNumber = 100;

/** Linux's USER_HZ: the ticks per second in /proc/PID/stat, which are the same on all architectures of the hosts. */
const ticksPerSecond = 100;

/** Returns CPU microseconds per request, requests per second, and latency in milliseconds. Throws when a request failed. */
export async function measure(server, operation, seconds) {
  const before = ticks(server.pids);
  const { requests, elapsed, errors, p99, p999, next } = await wrk(server, operation, seconds);
  const used = ticks(server.pids) - before;
  const cell = `${server.host}, ${server.title}, ${operation.name}`;
  if (errors > 0 || requests === 0) throw new Error(`${cell}: ${errors} of ${requests} requests failed`);
  if (operation.once && next > rows) throw new Error(`${cell}: no row is left; shorten the run, or add rows to rows.sql`);
  server.numbers[operation.name] = next;
  return { micros: (used / ticksPerSecond) * (1e6 / requests), rate: requests / elapsed, p99, p999 };
}

/**
 * Returns the user and system time of all threads of the processes, in ticks, from fields 14 and 15 of /proc/PID/stat.
 * Field 2, the name in parentheses, may contain spaces, so the code splits the text after it.
 */
function ticks(pids) {
  const used = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return used.reduce((sum, ticks) => sum + ticks);
}

async function wrk({ origin, numbers }, { name, method, path, body }, seconds) {
  const output = await run(find("wrk"), [
    `--connections=${connections}`,
    `--threads=${threads}`,
    `--duration=${seconds}s`,
    `--script=${join(import.meta.dirname, "wrk.lua")}`,
    ...Object.entries(headers).map(([name, value]) => `--header=${name}: ${value}`),
    origin,
    "--",
    method,
    path,
    body ? JSON.stringify(body) : "",
    String(numbers[name] ?? firstNumber),
    String(rows),
    String(threads),
  ]);
  return JSON.parse(output.trimEnd().split("\n").at(-1));
}
