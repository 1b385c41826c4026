// CPU time a request of workerd, for the same small API in four workers. README.md says how to read what this prints.
//
//   node bench/run.mjs [raw] [hono] [axum] [whippet]      BENCH_ROUNDS=5 BENCH_SECONDS=4

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { workers } from "./build.mjs";
import { measure } from "./measure.mjs";
import { operations } from "./operations.mjs";
import { report } from "./report.mjs";
import { check, serve, workerdVersion } from "./serve.mjs";

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const warmUpSeconds = 2;

const scratch = mkdtempSync(join(tmpdir(), "whippet-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (!workers.some((worker) => worker.name === name)) throw new Error(`no worker is called ${name}`);
}
const selected = workers.filter(({ name }) => chosen.length === 0 || chosen.includes(name));

const builds = new Map();
for (const { name, build } of selected) {
  if (builds.has(name)) continue;
  console.error(`building ${name}`);
  builds.set(name, await build(scratch));
}

const servers = [];
for (const [index, worker] of selected.entries()) {
  const server = await serve(worker, builds.get(worker.name), join(scratch, `served-${index}`));
  await check(server);
  servers.push(server);
}

for (const server of servers) {
  console.error(`warming up ${server.title}`);
  for (const operation of operations) await measure(server, operation, warmUpSeconds);
}

const samples = [];
for (let round = 1; round <= rounds; round++) {
  console.error(`round ${round} of ${rounds}`);
  for (const operation of operations) {
    for (const server of servers) {
      const { micros, rate } = await measure(server, operation, seconds);
      samples.push({ title: server.title, operation: operation.name, micros, rate });
    }
  }
}

for (const server of servers) await check(server);

console.log(`workerd ${workerdVersion}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}`);
console.log(`${rounds} rounds of ${seconds} s a cell\n`);
console.log(report(servers.map(({ title }) => title), samples));
process.exit(0);
