// Measures cold starts: how long a host needs from its start to the first response of an app.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { processTree, stop } from "./process.mjs";
import { scratch } from "./scratch.mjs";
import { launch, waitUntilReady } from "./serve.mjs";

/** Starts each app `rounds` times, one app after the other. Returns { app, milliseconds, cpu } for each start. */
export async function coldStarts(apps, builds, rounds) {
  const samples = [];
  for (let round = 1; round <= rounds; round++) {
    for (const app of apps) {
      const directory = join(scratch, `cold-${app.name}-${round}`);
      samples.push({ app, ...(await coldStart(app, builds.get(app.name), directory)) });
    }
  }
  return samples;
}

async function coldStart(app, built, directory) {
  const { child, server } = await launch(app, built, directory);
  await waitUntilReady(server, child, 1);
  const sample = { milliseconds: performance.now() - server.started, cpu: cpuMilliseconds(processTree(child.pid)) };
  await stop(child);
  return sample;
}

/** Returns the CPU time of all threads of the processes: the first field of /proc/PID/task/TID/schedstat. */
function cpuMilliseconds(pids) {
  const threads = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`));
  const nanoseconds = threads.map((thread) => Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ")[0]));
  return nanoseconds.reduce((sum, used) => sum + used, 0) / 1e6;
}
