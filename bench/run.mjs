// Measures the CPU time per request on workerd, on Spin and natively, for apps with the same small API. README.md
// explains the output.
//
//   node bench/run.mjs [names of apps] [counts] [data] [start]      BENCH_ROUNDS=12 BENCH_SECONDS=1

import { cpus } from "node:os";
import { join } from "node:path";
import { apps } from "./apps.mjs";
import { relay } from "./build.mjs";
import { coldStarts } from "./cold.mjs";
import { measureCounts } from "./counts.mjs";
import { measureData } from "./data.mjs";
import { measure } from "./measure.mjs";
import { cargo } from "./process.mjs";
import { report } from "./report.mjs";
import { scratch } from "./scratch.mjs";
import { check, hosts, measured, serve } from "./serve.mjs";

const rounds = Number(process.env.BENCH_ROUNDS ?? 12);
const seconds = Number(process.env.BENCH_SECONDS ?? 1);
const warmUpSeconds = 2;

/** The parts of the report that do not use the requests in `operations.mjs`, by name. */
const parts = {
  counts: () => measureCounts(relay),
  data: measureData,
  start: () => cargo(["bench", "--quiet", "--locked", "--profile", "release-native", "-p", "relay", "--bench", "start"]),
};

const chosen = process.argv.slice(2);
const names = [...new Set(apps.map((app) => app.name)), ...Object.keys(parts)];
const unknown = chosen.find((name) => !names.includes(name));
if (unknown) throw new Error(`unknown app ${unknown}; the apps are: ${names.join(", ")}`);
const selected = apps.filter(({ name }) => chosen.length === 0 || chosen.includes(name));

const builds = new Map();
for (const { name, build } of selected) {
  if (builds.has(name)) continue;
  console.error(`building ${name}`);
  builds.set(name, await build());
}

const servers = [];
for (const [index, app] of selected.entries()) {
  const server = await serve(app, builds.get(app.name), join(scratch, `served-${index}`));
  await check(server, 1);
  servers.push(server);
}

for (const server of servers) {
  console.error(`warming up ${server.host}: ${server.title}`);
  for (const operation of measured(server)) await measure(server, operation, warmUpSeconds);
}

// Each round measures an operation in all apps, one app directly after the other, so that a slow phase of the machine
// affects all apps.
const operations = [...new Set(servers.flatMap(measured))];
const samples = [];
for (let round = 1; round <= rounds; round++) {
  console.error(`round ${round} of ${rounds}`);
  for (const operation of operations) {
    for (const server of servers.filter((server) => measured(server).includes(operation))) {
      samples.push({ server, operation, round, ...(await measure(server, operation, seconds)) });
    }
  }
}

for (const server of servers) await check(server, 2);

console.error("cold starts");
const started = selected.filter(({ logs, newInstances }) => !logs && !newInstances);
const starts = await coldStarts(started, builds, rounds);

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}`);
console.log(`${rounds} rounds of ${seconds} s per cell`);
for (const [name, host] of Object.entries(hosts)) {
  const served = servers.filter((server) => server.host === name);
  const cold = starts.filter(({ app }) => app.host === name);
  if (served.length > 0) console.log(`\n${await host.version()}\n\n${report(served, samples, cold)}`);
}
for (const [name, measurePart] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n${name[0].toUpperCase()}${name.slice(1)}`);
  await measurePart();
}
process.exit(0);
