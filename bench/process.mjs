// Child processes: finding their programs, running them, and leaving none behind.

import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export const root = join(import.meta.dirname, "..");

/** Where cargo builds. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

const children = new Set();

process.on("exit", () => children.forEach(killGroup));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.exit(1));
}

/** Starts a program that does not outlive this process, nor do the programs that it starts: they are a group. */
export function start(program, args, options) {
  const child = spawn(program, args, { ...options, detached: true });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

/** Runs a program to its end and answers what it wrote to its standard output, unless `stdio` says otherwise. */
export async function run(program, args, options = {}) {
  const child = start(program, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  const { promise, resolve, reject } = Promise.withResolvers();
  child.on("error", reject);
  child.on("close", (code, signal) => {
    if (code === 0) resolve(output);
    else reject(new Error(`${program} ${args.join(" ")}: ended with ${signal ?? code}\n${output}`));
  });
  return promise;
}

/** Runs cargo, which builds in `target` wherever it runs. */
export function cargo(args, cwd = root) {
  return run(find("cargo"), args, { cwd, env: { ...process.env, CARGO_TARGET_DIR: target }, stdio: "inherit" });
}

function killGroup({ pid }) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {} // It has ended.
}

/** The ids of a process and of those that it started. */
export function family(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const started = threads.flatMap((thread) => {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").match(/\d+/g) ?? [];
  });
  return [pid, ...started.flatMap(family)];
}

/** The path of a program that `scripts/setup` installed, else of one on the PATH, if there is one. */
export function look(program) {
  const folders = [
    join(root, ".tools/cargo/bin"),
    join(root, "node_modules/.bin"),
    ...process.env.PATH.split(delimiter),
  ];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The same for a program that has to be there. */
export function find(program) {
  const path = look(program);
  if (!path) throw new Error(`${program} is not installed; run scripts/setup wasm node bench`);
  return path;
}
