// Child processes: finding their programs, running them, and leaving none behind.

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export const root = join(import.meta.dirname, "..");

const children = new Set();

process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.exit(1));
}

/** Starts a program that does not outlive this process. */
export function start(program, args, options) {
  const child = spawn(program, args, options);
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

/** The path of a program that `scripts/setup` installed, else of one on the PATH. */
export function find(program) {
  const folders = [
    join(root, ".tools/cargo/bin"),
    join(root, "node_modules/.bin"),
    ...process.env.PATH.split(delimiter),
  ];
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new Error(`${program} is not installed; run scripts/setup wasm node bench`);
}
