// One workerd process a worker: started straight from npm's binary, without wrangler, whose proxy would be measured too.

import { cpSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { headers, operations, refused } from "./operations.mjs";
import { root, start } from "./process.mjs";

/** The binary itself, not npm's launcher: its process is the one that is measured. */
const { default: workerd, version } = (() => {
  const fromWrangler = createRequire(createRequire(join(root, "package.json")).resolve("wrangler"));
  return fromWrangler("workerd");
})();

export const workerdVersion = version;

const moduleKinds = { ".js": "esModule", ".wasm": "wasm" };

/** Serves the modules in `directory` from a copy in `scratch`; the port is one that the system chooses. */
export async function serve({ title, validates, variables = {} }, directory, scratch) {
  cpSync(directory, scratch, { recursive: true });
  const modules = readdirSync(scratch, { recursive: true }).filter((file) => extname(file) in moduleKinds);
  writeFileSync(join(scratch, "config.capnp"), config(modules, variables));

  const log = join(scratch, "stderr");
  const child = start(workerd, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: scratch,
    stdio: ["ignore", "ignore", openSync(log, "w"), "pipe"],
  });
  for await (const line of createInterface({ input: child.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return { title, validates, log, pid: child.pid, origin: `http://127.0.0.1:${port}` };
  }
  throw new Error(`${title}: workerd did not start\n${readFileSync(log, "utf8")}`);
}

/** The first module is the worker's entry. */
function config(modules, variables) {
  const quoted = JSON.stringify;
  const module = (file) => `(name = ${quoted(file)}, ${moduleKinds[extname(file)]} = embed ${quoted(file)})`;
  const binding = ([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`;
  const entryFirst = ["index.js", ...modules.filter((file) => file !== "index.js")];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [${entryFirst.map(module).join(", ")}],
  bindings = [${Object.entries(variables).map(binding).join(", ")}],
  compatibilityDate = "2026-09-01",
);
`;
}

/** Asks for everything once; throws when an answer is not the right one. */
export async function check(server) {
  for (const { name, method, path, body, answer } of operations) {
    const response = await fetch(server.origin + path, { method, headers, body });
    const got = { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
    if (got.status !== answer.status || !got.type?.startsWith(answer.type) || got.body !== answer.body) {
      throw wrong(server, name, got, answer);
    }
  }
  if (!server.validates) return;
  for (const { name, method, path, body } of refused) {
    const response = await fetch(server.origin + path, { method, headers, body });
    const got = { request: body, status: response.status, body: await response.text() };
    if (got.status < 400 || got.status > 499) throw wrong(server, name, got, { status: "4xx" });
  }
}

function wrong(server, operation, got, expected) {
  const log = readFileSync(server.log, "utf8").slice(-2000);
  return new Error(`${server.title}, ${operation}: wrong answer
  got      ${JSON.stringify(got)}
  expected ${JSON.stringify(expected)}
${log}`);
}
