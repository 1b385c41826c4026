// Builds the apps. The function `build` of a Worker returns a directory with `index.js` and the modules that it
// imports. The function `build` of a Spin app returns the path of a component.

import { join } from "node:path";
import { cargo, find, root, run } from "./process.mjs";

const here = import.meta.dirname;

const rawWorker = { host: "workerd", name: "raw", title: "raw JS", build: () => join(here, "raw"), validates: false };
const whippetWorker = { host: "workerd", name: "whippet", build: buildWhippetWorker, validates: true };
const rawComponent = { host: "spin", name: "spin-raw", title: "raw spin-sdk", build: buildRawComponent, validates: false };
const whippetComponent = { host: "spin", name: "spin-whippet", build: buildWhippetComponent, validates: true };
const silentComponent = { ...whippetComponent, title: "Whippet", variables: { log_level: "off" } };

/**
 * Whippet and raw JS are measured without logs, and with one JSON log line per request, as in production. Raw JS shows
 * the cost of `console.log`. With `newInstances`, every request starts an instance, so that the cost of a start is measured.
 */
export const apps = [
  rawWorker,
  { ...rawWorker, title: "raw JS, logging", logs: true, variables: { LOG_LEVEL: "info" } },
  { host: "workerd", name: "hono", title: "Hono", build: buildHono, validates: true },
  { host: "workerd", name: "axum", title: "axum through worker", build: buildAxum, validates: true },
  { ...whippetWorker, title: "Whippet", variables: { LOG_LEVEL: "warn" } },
  { ...whippetWorker, title: "Whippet, logging", logs: true, variables: { LOG_LEVEL: "info" } },
  rawComponent,
  silentComponent,
  { ...whippetComponent, title: "Whippet, logging", logs: true, variables: { log_level: "info" } },
  { ...rawComponent, newInstances: true },
  { ...silentComponent, newInstances: true },
];

/** Bundles and minifies the Hono app, with the options that wrangler passes to esbuild. */
async function buildHono(scratch) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(here, "hono/index.js")],
    outfile: join(scratch, "hono/index.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  return join(scratch, "hono");
}

/** Builds the axum app. The environment variables name the three tools that worker-build otherwise downloads. */
async function buildAxum() {
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

async function buildWhippetWorker(scratch) {
  return whippetBuild("cloudflare", "probe", root, scratch);
}

async function buildWhippetComponent(scratch) {
  return join(await whippetBuild("spin", "probe", root, scratch), "probe.wasm");
}

/** Builds the raw component with Whippet's build steps, so that the two components differ only in their code. */
async function buildRawComponent(scratch) {
  return join(await whippetBuild("spin", "spin-raw", join(here, "spin-raw"), scratch), "spin-raw.wasm");
}

/** Runs `whippet build` for a package of the workspace at `cwd`. Returns the output directory. */
async function whippetBuild(host, name, cwd, scratch) {
  const out = join(scratch, host, name);
  const whippet = ["run", "-q", "--locked", "--manifest-path", join(root, "Cargo.toml"), "-p", "whippet-cli", "--"];
  await cargo([...whippet, "build", host, "--release", "--locked", "-p", name, "--out", out], cwd);
  return out;
}
