// One cell: wrk drives one server with one operation, and the CPU time that its process spent is divided by the requests.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { headers } from "./operations.mjs";
import { find, run } from "./process.mjs";

const connections = 16;
const threads = 2;

/** Linux's USER_HZ: the unit of the two counters in /proc/PID/stat, on every architecture that the hosts run on. */
const ticksPerSecond = 100;

/** Answers microseconds of CPU a request, requests a second, and latency in milliseconds; throws when a request failed. */
export async function measure(server, operation, seconds) {
  const before = ticks(server.pids);
  const { requests, elapsed, errors, p99, p999 } = await wrk(server.origin, operation, seconds);
  const spent = ticks(server.pids) - before;
  if (errors > 0 || requests === 0) {
    throw new Error(`${server.host}, ${server.title}, ${operation.name}: ${errors} of ${requests} requests failed`);
  }
  return { micros: (spent / ticksPerSecond) * (1e6 / requests), rate: requests / elapsed, p99, p999 };
}

/** User and system time of all threads of processes: the 14th and 15th field; the 2nd, in parentheses, may hold spaces. */
function ticks(pids) {
  const spent = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return spent.reduce((sum, ticks) => sum + ticks);
}

async function wrk(origin, { method, path, body = "" }, seconds) {
  const output = await run(find("wrk"), [
    `--connections=${connections}`,
    `--threads=${threads}`,
    `--duration=${seconds}s`,
    `--script=${join(import.meta.dirname, "wrk.lua")}`,
    ...Object.entries(headers).map(([name, value]) => `--header=${name}: ${value}`),
    origin + path,
    "--",
    method,
    body,
  ]);
  return JSON.parse(output.trimEnd().split("\n").at(-1));
}
