// Tests GraphiQL of a native `examples/bookshelf` in headless Chromium. scripts/test-browser runs this file. The npm
// packages of GraphiQL are installed in tests/graphql.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../..");

let folder, bookshelf, base, browser, page;
const requested = new Set();
const errors = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "graphiql-"));
  const env = {
    ...process.env,
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE: join(folder, "bookshelf.db"),
    GRAPHQL_INTROSPECTION: "true",
    NODE_PATH: join(ROOT, "tests/graphql/node_modules"),
  };
  bookshelf = spawn(join(ROOT, "target/debug/bookshelf"), { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: bookshelf.stdout })) {
    base = /"url":"([^"]+)"/.exec(line)?.[1];
    if (base) break;
  }
  assert.ok(base, "the native bookshelf did not start");
  bookshelf.stdout.resume();
  const options = JSON.parse(await readFile(join(import.meta.dirname, "webdriver.json"), "utf8"));
  const args = options["goog:chromeOptions"].args.filter((arg) => !arg.startsWith("--headless"));
  const folders = (process.env.PATH ?? "").split(delimiter);
  const programs = ["chromium", "google-chrome"].flatMap((name) => folders.map((path) => join(path, name)));
  browser = await chromium.launch({ executablePath: programs.find((program) => existsSync(program)), args });
  page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => requested.add(new URL(request.url()).origin));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${base}/graphql`);
  await page.locator(".graphiql-execute-button").waitFor();
});

after(async () => {
  await browser?.close();
  bookshelf?.kill();
  if (bookshelf?.exitCode === null) await once(bookshelf, "exit");
  await rm(folder, { recursive: true, force: true });
});

async function run(query, result) {
  await page.locator(".graphiql-query-editor .CodeMirror").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(query);
  await page.locator(".graphiql-execute-button").click();
  await page.locator(".result-window").filter({ hasText: result }).waitFor();
}

test("a browser that opens the endpoint gets the page", () => {
  assert.equal(new URL(page.url()).pathname, "/graphiql");
});

test("a query and a subscription are executed", async () => {
  await run('{ hello(name: "Ada") }', "hello Ada");
  await run("subscription { count(to: 3, milliseconds: 20) }", /"count": 3/);
});

test("the schema is read", async () => {
  await page.locator("button[aria-label*='Documentation']").first().click();
  await page.locator(".graphiql-plugin").filter({ hasText: "Subscription" }).waitFor();
});

test("the page requests nothing from other sites, and reports no errors", () => {
  assert.deepEqual([...requested].filter((origin) => origin !== "null"), [new URL(base).origin]);
  assert.deepEqual(errors, []);
});
