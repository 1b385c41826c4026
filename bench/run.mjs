// Measures the CPU time per request on workerd and on Spin, for apps with the same small API. README.md explains the
// output.
//
//   node bench/run.mjs [raw] [hono] [axum] [whippet] [spin-raw] [spin-whippet] [start]      BENCH_ROUNDS=5 BENCH_SECONDS=4

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { apps } from "./build.mjs";
import { measure } from "./measure.mjs";
import { operations } from "./operations.mjs";
import { cargo } from "./process.mjs";
import { report } from "./report.mjs";
import { check, hosts, serve } from "./serve.mjs";

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const warmUpSeconds = 2;

const scratch = mkdtempSync(join(tmpdir(), "whippet-bench-"));
process.env.TMPDIR = scratch; // builds and servers also write to TMPDIR
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (name !== "start" && !apps.some((app) => app.name === name)) {
    const names = [...new Set(apps.map((app) => app.name)), "start"].join(", ");
    throw new Error(`unknown app ${name}; the apps are: ${names}`);
  }
}
const selected = apps.filter(({ name }) => chosen.length === 0 || chosen.includes(name));

const builds = new Map();
for (const { name, build } of selected) {
  if (builds.has(name)) continue;
  console.error(`building ${name}`);
  builds.set(name, await build(scratch));
}

const servers = [];
for (const [index, app] of selected.entries()) {
  const server = await serve(app, builds.get(app.name), join(scratch, `served-${index}`));
  await check(server);
  servers.push(server);
}

for (const server of servers) {
  console.error(`warming up ${server.host}: ${server.title}`);
  for (const operation of operations) await measure(server, operation, warmUpSeconds);
}

const samples = [];
for (let round = 1; round <= rounds; round++) {
  console.error(`round ${round} of ${rounds}`);
  for (const operation of operations) {
    for (const server of servers) {
      samples.push({ server, operation, ...(await measure(server, operation, seconds)) });
    }
  }
}

for (const server of servers) await check(server);

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}`);
console.log(`${rounds} rounds of ${seconds} s per cell`);
for (const [name, host] of Object.entries(hosts)) {
  const served = servers.filter((server) => server.host === name);
  if (served.length > 0) console.log(`\n${await host.version()}\n\n${report(served, samples)}`);
}
if (chosen.length === 0 || chosen.includes("start")) {
  console.log("\nStart");
  await cargo(["bench", "--quiet", "--locked", "--profile", "release-native", "-p", "relay", "--bench", "start"]);
}
process.exit(0);
