// Measures how much time the code of Whippet's Worker takes per request. The WebAssembly module, glue.js, boundary.js
// and index.js run in Node.js, with stubs instead of workerd and D1. The result varies little between runs, so it shows
// the effect of a change to the code or to the profile.
//
//   node bench/inside.mjs [DIRECTORY…]      a directory is the output of `whippet build cloudflare -p items`; by default,
//                                           the app is built; the second and later directories are compared with the first

import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { whippetWorker } from "./build.mjs";
import { operations } from "./operations.mjs";

const rounds = 40;
const requestsPerRound = 300;
const warmUp = 3000;

const columns = ["id", "sku", "name", "cents", "weight", "active", "tags", "version"];
const row = (id) => [id, `SKU-${id}`, `Item ${id}`, 1999, 1.5, 1, '["tools","new"]', 1];
const oneRow = [columns, row(4242)];
const manyRows = [columns, ...Array.from({ length: 50 }, (_, index) => row(4243 + index))];

// Stubs of D1 and of workerd's classes, without I/O.
const statement = { bind: () => statement, raw: async () => oneRow };
const list = { bind: () => list, raw: async () => manyRows };
globalThis.workers = {
  env: { LOG_LEVEL: "info", DB: { prepare: (sql) => (sql.includes("limit") ? list : statement) } },
  waitUntil() {},
};
globalThis.Response = class {
  headers = { set() {} };
  constructor(body, { status = 200 } = {}) {
    Object.assign(this, { body, status });
  }
  async arrayBuffer() {
    return new ArrayBuffer(1);
  }
};
globalThis.addEventListener = () => {};
console.info = () => {};

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "cloudflare:workers") return next(specifier, context);
    return { url: "data:text/javascript,export const { env, waitUntil } = globalThis.workers", shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.endsWith(".wasm")) return next(url, { ...context, format: url.endsWith(".js") ? "module" : context.format });
    const read = `readFileSync(new URL(${JSON.stringify(url)}))`;
    const source = `import { readFileSync } from "node:fs"; export default new WebAssembly.Module(${read})`;
    return { format: "module", source, shortCircuit: true };
  },
});

const directories = process.argv.slice(2);
if (directories.length === 0) directories.push(await whippetWorker());
const apps = [];
for (const directory of directories) {
  const { default: app } = await import(pathToFileURL(resolve(directory, "index.js")));
  apps.push(app);
}

/** Returns a stub for the `Request` of an operation. The stub has only the members that a Worker of Whippet reads. */
function requestOf({ method, path, body }) {
  const bytes = body && new TextEncoder().encode(JSON.stringify(body));
  const headers = new Map([["x-request-id", "7f1c1c2e"], ["content-type", "application/json"]]);
  if (bytes) headers.set("content-length", String(bytes.length));
  return {
    method,
    url: `http://127.0.0.1${path.replace("{n}", "4242")}`,
    headers: { get: (name) => headers.get(name) ?? null },
    body: null,
    arrayBuffer: async () => bytes.slice().buffer,
  };
}

/** Returns the microseconds per request. */
async function measure(app, operation, count) {
  const request = requestOf(operation);
  const started = performance.now();
  for (let number = 0; number < count; number++) await app.fetch(request);
  return ((performance.now() - started) * 1000) / count;
}

for (const operation of operations) {
  const best = apps.map(() => Infinity);
  for (const app of apps) {
    const { status } = await app.fetch(requestOf(operation));
    if (status >= 400) throw new Error(`${operation.name}: status ${status}`);
    await measure(app, operation, warmUp);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, app] of apps.entries()) {
      best[index] = Math.min(best[index], await measure(app, operation, requestsPerRound));
    }
  }
  const cells = best.map((micros, index) => `${micros.toFixed(1)} µs${index > 0 ? ` (${(micros / best[0]).toFixed(2)})` : ""}`);
  console.log(`${operation.name.padEnd(8)}${cells.join("   ")}`);
}
process.exit(0);
