// How each worker is built. A build answers the directory of its `index.js` and of the modules that imports.

import { join } from "node:path";
import { find, root, run } from "./process.mjs";

const here = import.meta.dirname;

/** Four workers, the last one measured twice: silent, and with one JSON log line a request, as in production. */
export const workers = [
  { name: "raw", title: "raw JS", build: () => join(here, "raw"), validates: false },
  { name: "hono", title: "Hono", build: buildHono, validates: true },
  { name: "axum", title: "axum through worker", build: buildAxum, validates: true },
  { name: "whippet", title: "Whippet", build: buildWhippet, validates: true, variables: { LOG_LEVEL: "warn" } },
  { name: "whippet", title: "Whippet, logging", build: buildWhippet, validates: true, variables: { LOG_LEVEL: "info" } },
];

/** With the options that wrangler gives esbuild, minified. */
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

/** worker-build downloads the three tools that it runs unless it is told where they are. */
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

async function buildWhippet() {
  const args = "run -q -p whippet-cli -- build cloudflare --release -p probe".split(" ");
  await run(find("cargo"), args, { cwd: root, stdio: "inherit" });
  return join(root, "examples/probe/build/cloudflare");
}
