// Builds the apps. A build of a Worker returns a directory with `index.js` and the modules that `index.js` imports. A
// build of a Spin app returns the path of a component. A build of a native app returns a function: given an address and
// a database file, the function returns the command that starts the app. If several apps share a build, the build runs
// once.

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { cargo, find, root, run, target } from "./process.mjs";
import { scratch } from "./scratch.mjs";

const here = import.meta.dirname;

export const rawWorker = () => join(here, "raw");
export const hono = () => bundle("hono/index.js");
export const drizzle = () => bundle("hono/drizzle.js");
export const yoga = () => bundle("yoga/index.js");

/** Bundles and minifies a Worker, with the options that wrangler passes to esbuild. */
async function bundle(entry) {
  const { build } = await import("esbuild");
  const directory = mkdtempSync(join(scratch, "bundle-"));
  await build({
    entryPoints: [join(here, entry)],
    outfile: join(directory, "index.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  return directory;
}

/** Builds the axum app. The environment variables name the three tools that worker-build otherwise downloads. */
export async function axumWorker() {
  const env = {
    ...process.env,
    RUSTUP_TOOLCHAIN: process.env.WHIPPET_TOOLCHAIN ?? process.env.RUSTUP_TOOLCHAIN,
    WASM_BINDGEN_BIN: find("wasm-bindgen"),
    WASM_OPT_BIN: find("wasm-opt"),
    ESBUILD_BIN: find("esbuild"),
  };
  await run(find("worker-build"), ["--release", ".", "--locked"], { cwd: join(here, "axum-worker"), env, stdio: "inherit" });
  return join(here, "axum-worker/build");
}

export const whippetWorker = () => whippetBuild("cloudflare", "items", root);
export const whippetComponent = async () => join(await whippetBuild("spin", "items", root), "items.wasm");

/** Builds the raw component with Whippet's build steps, so that the two components differ only in their code. */
export const rawComponent = async () => join(await whippetBuild("spin", "spin-raw", join(here, "spin-raw")), "spin-raw.wasm");

export const graphqlWorker = () => whippetBuild("cloudflare", "bench-graphql", root);
export const tasksWorker = () => whippetBuild("cloudflare", "bench-tasks", root);

/** Builds Relay for each host. */
export const relay = {
  workerd: () => whippetBuild("cloudflare", "relay", root),
  spin: async () => join(await whippetBuild("spin", "relay", root), "relay.wasm"),
  native: () => native("relay"),
};

/** Runs `whippet build` for a package of the workspace at `cwd`. Returns the output directory. */
async function whippetBuild(host, name, cwd) {
  const out = join(scratch, host, name);
  const args = ["build", host, "--release", "--locked", "-p", name, "--out", out];
  // The environment variable WHIPPET is the path of `whippet`, if the program is already built. wrangler.toml uses this
  // variable too.
  const whippet = process.env.WHIPPET;
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  if (whippet) await run(whippet, args, { cwd, env, stdio: "inherit" });
  else await cargo(["run", "-q", "--locked", "--manifest-path", join(root, "Cargo.toml"), "-p", "whippet-cli", "--", ...args], cwd);
  return out;
}

export const whippetNative = () => native("items");
export const graphqlNative = () => native("bench-graphql");

/** Builds a native program of the workspace. */
async function native(name) {
  await cargo(["build", "--quiet", "--locked", "--profile", "release-native", "-p", name]);
  return served(join(target, "release-native", name));
}

/** Returns the function that returns the command of a native program. */
export function served(program) {
  return (address, database) => ({ program, env: { PORT: address.split(":")[1], DATABASE: database } });
}

export async function axumNative() {
  await cargo(["build", "--quiet", "--locked", "--release"], join(here, "axum-native"));
  return served(join(target, "release/axum-native"));
}

/** FastAPI's app needs no build. Each server runs one worker process, as one instance of the other apps does. */
export const uvicorn = () => underUvicorn("main:app");
export const strawberry = () => underUvicorn("graphql_app:app");

function underUvicorn(app) {
  const fixed = ["--no-access-log", "--log-level", "warning", "--app-dir", join(here, "fastapi")];
  return fastApi("uvicorn", (host, port) => [...fixed, "--host", host, "--port", port, app]);
}

export function granian() {
  const fixed = ["--interface", "asgi", "--loop", "uvloop", "--no-log", "--working-dir", join(here, "fastapi")];
  return fastApi("granian", (host, port) => [...fixed, "--host", host, "--port", port, "main:app"]);
}

function fastApi(server, args) {
  const program = join(root, ".tools/bench-python/bin", server);
  return (address, database) => ({ program, args: args(...address.split(":")), env: { DATABASE: database } });
}
