// Profiles an operation of a Worker, and prints where the time of its thread goes: WebAssembly, the JavaScript of the
// app, D1's client, and workerd itself. workerd's own threads, such as the one for sockets, are not part of a profile.
//
//   node bench/profile.mjs [name of an app on workerd] [operation] [seconds]     default: whippet get 6

import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { apps } from "./apps.mjs";
import { measure } from "./measure.mjs";
import { operations } from "./operations.mjs";
import { freePort } from "./port.mjs";
import { scratch } from "./scratch.mjs";
import { serve } from "./serve.mjs";

const [name = "whippet", operationName = "get", seconds = "6"] = process.argv.slice(2);
const app = apps.find((app) => app.host === "workerd" && app.name === name && app.logs);
const operation = operations.find((operation) => operation.name === operationName);
if (!app || !operation) throw new Error("name an app on workerd and an operation, such as `whippet get`");

const inspector = `127.0.0.1:${await freePort()}`;
const server = await serve({ ...app, inspector }, await app.build(), join(scratch, "profiled"));
await measure(server, operation, 2);
const [profile, { micros }] = await Promise.all([record(Number(seconds) - 1), measure(server, operation, Number(seconds))]);
print(profile, micros);
process.exit(0);

/** Records a profile through the Chrome DevTools Protocol. */
async function record(seconds) {
  const [target] = await (await fetch(`http://${inspector}/json`)).json();
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((opened) => (socket.onopen = opened));
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
  };
  const call = (method, params = {}) => {
    const id = waiting.size + 1;
    const { promise, resolve } = Promise.withResolvers();
    waiting.set(id, resolve);
    socket.send(JSON.stringify({ id, method, params }));
    return promise;
  };
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: 100 });
  await call("Profiler.start");
  await setTimeout(1000 * seconds);
  const { profile } = await call("Profiler.stop");
  return profile;
}

/** Prints the share of each part and of the functions that take the most time. Idle time is not counted. */
function print({ nodes, samples, timeDeltas }, micros) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const [parts, functions] = [new Map(), new Map()];
  const add = (map, key, time) => map.set(key, (map.get(key) ?? 0) + time);
  let total = 0;
  samples.forEach((id, index) => {
    const frame = byId.get(id);
    if (frame.functionName === "(idle)") return;
    const part = partOf(frame);
    total += timeDeltas[index];
    add(parts, part, timeDeltas[index]);
    add(functions, `${part}: ${frame.functionName || "(anonymous)"}`, timeDeltas[index]);
  });
  const list = (map, count) => {
    const sorted = [...map].sort(([, a], [, b]) => b - a).slice(0, count);
    for (const [key, time] of sorted) console.log(`${((100 * time) / total).toFixed(1).padStart(6)} %  ${key}`);
  };
  console.log(`${app.title}, ${operation.name}: ${micros.toFixed(1)} CPU µs per request\n`);
  list(parts);
  console.log("");
  list(functions, 25);
}

function partOf({ url, functionName }) {
  if (url.startsWith("wasm:") || /^(wasm|js)-(to|function)/.test(functionName)) return "WebAssembly";
  if (url.includes("cloudflare-internal")) return "D1's client";
  if (url.endsWith("glue.js")) return "glue.js";
  if (url.endsWith("boundary.js")) return "boundary.js";
  if (url.endsWith("index.js")) return "the app's JavaScript";
  return "workerd and V8";
}
