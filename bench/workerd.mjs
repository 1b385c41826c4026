// Starts npm's workerd binary without wrangler, so that the benchmark does not measure wrangler's proxy.

import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { root } from "./process.mjs";

/** The path of the binary. npm's launcher is not used, because it starts the binary in another process. */
const { default: workerd, version: number } = (() => {
  const fromWrangler = createRequire(createRequire(join(root, "package.json")).resolve("wrangler"));
  return fromWrangler("workerd");
})();

export const version = () => `workerd ${number}`;

const moduleKinds = { ".js": "esModule", ".wasm": "wasm" };

/** Returns the command that serves a copy of the modules in `directory`. */
export function command({ variables = {} }, directory, scratch, address) {
  cpSync(directory, scratch, { recursive: true });
  const modules = readdirSync(scratch, { recursive: true }).filter((file) => extname(file) in moduleKinds);
  writeFileSync(join(scratch, "config.capnp"), config(modules, variables, address));
  return [workerd, "serve", "config.capnp"];
}

/** Lists the entry module first, because workerd takes the first module as the entry module. */
function config(modules, variables, address) {
  const quoted = JSON.stringify;
  const module = (file) => `(name = ${quoted(file)}, ${moduleKinds[extname(file)]} = embed ${quoted(file)})`;
  const binding = ([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`;
  const entryFirst = ["index.js", ...modules.filter((file) => file !== "index.js")];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker)],
  sockets = [(name = "http", address = ${quoted(address)}, http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [${entryFirst.map(module).join(", ")}],
  bindings = [${Object.entries(variables).map(binding).join(", ")}],
  compatibilityDate = "2026-09-01",
  compatibilityFlags = ["enable_request_signal"],
);
`;
}
