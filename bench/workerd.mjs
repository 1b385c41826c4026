// Starts npm's workerd binary without wrangler, so that the benchmark does not measure wrangler's proxy.

import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "./port.mjs";
import { root, start } from "./process.mjs";

/** The path of the binary. npm's launcher is not used, because it starts the binary in another process. */
const { default: workerd, version: number } = (() => {
  const fromWrangler = createRequire(createRequire(join(root, "package.json")).resolve("wrangler"));
  return fromWrangler("workerd");
})();

export const version = () => `workerd ${number}`;

const moduleKinds = { ".js": "esModule", ".wasm": "wasm" };

const compatibility = `compatibilityDate = "2026-09-01",
  compatibilityFlags = ["enable_request_signal"],`;

const file = (name) => readFileSync(join(import.meta.dirname, name), "utf8");

/** Prepares a copy of the modules in `directory`, and a D1 database for an app that uses one. */
export async function prepare({ variables, logs, inspector, queue, schema = itemsSchema }, directory, scratch, address) {
  const database = logs && (await serveD1(join(scratch, "d1")));
  if (database) await query(database, schema());
  const [program, ...args] = command({ variables, database, queue }, directory, scratch, address);
  if (inspector) args.push(`--inspector-addr=${inspector}`);
  const seed = () => query(database, file("rows.sql"));
  return { program, args, seed, database };
}

const itemsSchema = () => file("items/migrations/0001_items.sql");

/**
 * Returns the command that serves a copy of the modules in `directory`. `database` is the address of a D1 service.
 * `queue` is the name of a queue binding. If `queue` is set, the Worker sends messages to this queue, consumes them,
 * and may send requests to this machine.
 */
export function command({ variables = {}, database, queue }, directory, scratch, address) {
  cpSync(directory, scratch, { recursive: true });
  const modules = readdirSync(scratch, { recursive: true }).filter((file) => extname(file) in moduleKinds);
  writeFileSync(join(scratch, "config.capnp"), config(modules, variables, address, database, queue));
  if (queue) cpSync(join(import.meta.dirname, "queue/index.js"), join(scratch, "queue.js"));
  return [workerd, "serve", "--experimental", "config.capnp"];
}

/** Lists the entry module first, because workerd takes the first module as the entry module. */
function config(modules, variables, address, database, queue) {
  const quoted = JSON.stringify;
  const module = (file) => `(name = ${quoted(file)}, ${moduleKinds[extname(file)]} = embed ${quoted(file)})`;
  const entryFirst = ["index.js", ...modules.filter((file) => file !== "index.js")];
  const bindings = Object.entries(variables).map(([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`);
  const services = [`(name = "worker", worker = .worker)`];
  if (database) {
    services.push(`(name = "d1", external = (address = ${quoted(database)}, http = ()))`);
    bindings.push(`(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "d1")]))`);
  }
  if (queue) {
    services.push(`(name = "queue", worker = .queue)`, `(name = "internet", network = (allow = ["local", "private"]))`);
    bindings.push(`(name = ${quoted(queue)}, queue = "queue")`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(", ")}],
  sockets = [(name = "http", address = ${quoted(address)}, http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [${entryFirst.map(module).join(", ")}],
  bindings = [${bindings.join(", ")}],
  ${compatibility}
);
${queue ? queueWorker : ""}`;
}

/** The Worker behind the binding of a queue. */
const queueWorker = `const queue :Workerd.Worker = (
  modules = [(name = "queue.js", esModule = embed "queue.js")],
  bindings = [(name = "CONSUMER", service = "worker")],
  compatibilityDate = "2026-09-01",
  compatibilityFlags = ["service_binding_extra_handlers"],
);
`;

/** Starts the D1 service with an empty database. Returns the address of the service. */
export async function serveD1(scratch) {
  mkdirSync(join(scratch, "storage"), { recursive: true });
  const address = `127.0.0.1:${await freePort()}`;
  cpSync(join(import.meta.dirname, "d1/index.js"), join(scratch, "index.js"));
  writeFileSync(
    join(scratch, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "storage", disk = (path = "storage", writable = true)),
  ],
  sockets = [(name = "http", address = ${JSON.stringify(address)}, http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  durableObjectNamespaces = [(className = "Database", uniqueKey = "bench", enableSql = true)],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [(name = "DATABASE", durableObjectNamespace = "Database")],
  ${compatibility}
);
`,
  );
  // `unref` lets this process exit while the service is still running. The service is then killed.
  start(workerd, ["serve", "--experimental", "config.capnp"], { cwd: scratch, stdio: ["ignore", "ignore", "inherit"] }).unref();
  while (!(await query(address, "select 1").catch(() => undefined))) await setTimeout(50);
  return address;
}

/** Returns what the calls of a D1 service have cost since its start: round trips, statements, rows read and written. */
export const counts = async (address) => (await fetch(`http://${address}/counts`)).json();

/** Runs statements on a D1 service. Returns the rows of the last one. */
export async function query(address, sql) {
  const request = { method: "POST", body: JSON.stringify({ sql, params: [] }) };
  const response = await (await fetch(`http://${address}/query`, request)).json();
  if (response.success === false) throw new Error(`D1: ${response.error}`);
  return response[0].results;
}
