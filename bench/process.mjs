// Finds programs, runs them as child processes, and kills the child processes on exit.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export const root = join(import.meta.dirname, "..");

/** The target directory of cargo. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

const children = new Set();

process.on("exit", () => children.forEach(killGroup));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.exit(1));
}

/** Starts a program in its own process group. The group is killed when this process exits. */
export function start(program, args, options) {
  const child = spawn(program, args, { ...options, detached: true });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

/** Runs a program to its end. Returns the program's standard output if `stdio` does not redirect it. */
export async function run(program, args, options = {}) {
  const child = start(program, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  const { promise, resolve, reject } = Promise.withResolvers();
  child.on("error", reject);
  child.on("close", (code, signal) => {
    if (code === 0) resolve(output);
    else reject(new Error(`${program} ${args.join(" ")}: exited with ${signal ?? code}\n${output}`));
  });
  return promise;
}

/** Runs cargo with `target` as its target directory, regardless of `cwd`. */
export function cargo(args, cwd = root) {
  return run(find("cargo"), args, { cwd, env: { ...process.env, CARGO_TARGET_DIR: target }, stdio: "inherit" });
}

/** Kills a program and its process group, and waits until it has ended. */
export async function stop(child) {
  const ended = once(child, "exit");
  killGroup(child);
  await ended;
}

function killGroup({ pid }) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {} // The group has already exited.
}

/** Returns the ids of a process and of its descendants. */
export function processTree(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) => {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").match(/\d+/g) ?? [];
  });
  return [pid, ...children.flatMap(processTree)];
}

/** Returns the path of a program that `scripts/setup` has installed, or of a program on PATH, or `undefined`. */
export function findOptional(program) {
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

/** Returns the path of a program. Throws if the program is not installed. */
export function find(program) {
  const path = findOptional(program);
  if (!path) throw new Error(`${program} is not installed; run scripts/setup wasm node bench`);
  return path;
}
