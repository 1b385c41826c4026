// Says when the server of `wrangler dev` is ready, then fires its cron trigger, which wrangler never does by itself: once
// now, for what a crash left undone, and then again and again.
//
//   node scripts/cron.mjs <base URL> <seconds> <API key>

import { setTimeout as sleep } from "node:timers/promises";

const [base, seconds, key] = process.argv.slice(2);

async function isHealthy() {
  try {
    return (await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

async function fire() {
  try {
    const response = await fetch(`${base}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
    const text = await response.text();
    if (!response.ok || text !== "ok") {
      console.error(`The cron trigger answered ${response.status}: ${text}`);
    }
  } catch (error) {
    console.error(`The cron trigger could not be fired: ${error.cause?.message ?? error.message}`);
  }
}

while (!(await isHealthy())) {
  await sleep(200);
}
console.log(`Relay is ready at ${base}`);
console.log(`API key: ${key}`);

for (;;) {
  await fire();
  await sleep(seconds * 1_000);
}
