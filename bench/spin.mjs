// Serves components. Uses `spin` on PATH if it is Spin 4.1 or later, and crates/spin-host otherwise.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTables, seed } from "./native.mjs";
import { cargo, root, run, target } from "./process.mjs";

let found;

function program() {
  return (found ??= find());
}

async function find() {
  const spin = await run(join(root, "scripts/find-spin"), []);
  return spin.trim() || buildSpinHost();
}

async function buildSpinHost() {
  await cargo(["build", "--locked", "--profile", "release-native", "-p", "spin-host"]);
  return join(target, "release-native/spin-host");
}

export const version = async () => (await run(await program(), ["--version"])).trim();

/** Prepares a copy of the component. The database is a file in `state`. */
export async function prepare({ variables = {}, newInstances = false, migrates, outbound = [] }, component, scratch, address) {
  copyFileSync(component, join(scratch, "app.wasm"));
  writeFileSync(join(scratch, "spin.toml"), manifest(variables, outbound));
  const state = join(scratch, "state");
  const database = join(state, "sqlite_db.db");
  mkdirSync(state);
  if (!migrates) createTables(database);
  const reuse = newInstances ? ["--max-instance-reuse-count", "1"] : [];
  const args = ["up", "--listen", address, "--state-dir", state, ...reuse];
  return { program: await program(), args, seed: () => seed(database) };
}

/** `outbound` is the list of hosts to which the component may send requests. */
function manifest(variables, outbound) {
  return `spin_manifest_version = 2

[application]
name = "bench"

[[trigger.http]]
route = "/..."
component = "app"

[component.app]
source = "app.wasm"
sqlite_databases = ["default"]
allowed_outbound_hosts = ${JSON.stringify(outbound)}

[component.app.variables]
${Object.entries(variables).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n")}
`;
}
