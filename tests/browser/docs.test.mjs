// Tests the page `/docs` of a native Relay server in headless Chromium. scripts/test-browser runs this file.
//
// One test compares a screenshot with docs.png. UPDATE=1 updates docs.png. Fonts differ between machines, so the test
// makes the page use fonts of an npm package. The test masks elements that differ between two runs. The test writes the
// screenshot and an image of the differences to target/browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import pixelmatch from "pixelmatch";
import { chromium } from "playwright-core";
import { PNG } from "pngjs";

const ROOT = join(import.meta.dirname, "../..");
const REFERENCE = join(import.meta.dirname, "docs.png");
const OUTPUT = join(ROOT, "target/browser");
const KEY = "a-key-of-this-test";

// The maximum fraction of pixels that may differ from docs.png. Another version of Chromium may draw some edges
// differently.
const TOLERANCE = 0.0005;

let folder, relay, base, browser, page;
const requested = new Set();
const errors = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "docs-"));
  await serve();
  browser = await chromium.launch({ executablePath: installed(), args: await flags() });
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => requested.add(new URL(request.url()).origin));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${base}/docs`);
  await page.locator(".opblock").first().waitFor();
});

after(async () => {
  await browser?.close();
  relay?.kill();
  if (relay?.exitCode === null) await once(relay, "exit");
  await rm(folder, { recursive: true, force: true });
});

async function serve() {
  const env = { ...process.env, PORT: "0", HOST: "127.0.0.1", DATABASE: join(folder, "relay.db"), RELAY_API_KEY: KEY };
  relay = spawn(join(ROOT, "target/debug/relay"), { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: relay.stdout })) {
    base = /"url":"([^"]+)"/.exec(line)?.[1];
    if (base) break;
  }
  assert.ok(base, "the native Relay did not start");
  relay.stdout.resume();
}

// Returns the path of Chromium.
function installed() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const programs = ["chromium", "google-chrome"].flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = programs.find((program) => existsSync(program));
  assert.ok(found, "Chromium is not on PATH: run `scripts/setup browser`");
  return found;
}

// Returns the Chromium flags of the other browser suites, and further flags that make screenshots reproducible.
async function flags() {
  const options = JSON.parse(await readFile(join(import.meta.dirname, "webdriver.json"), "utf8"));
  const { args } = options["goog:chromeOptions"];
  return [...args.filter((arg) => !arg.startsWith("--headless")), "--font-render-hinting=none", "--disable-lcd-text"];
}

test("every operation of the document is visible", async () => {
  const document = JSON.parse(await readFile(join(ROOT, "openapi.json"), "utf8"));
  const operations = Object.entries(document.paths)
    .concat(Object.entries(document.webhooks))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));

  const shown = await page.locator(".opblock:visible").evaluateAll((blocks) =>
    blocks.map((block) => {
      const method = block.querySelector(".opblock-summary-method").textContent;
      return `${method} ${block.querySelector(".opblock-summary-path").dataset.path}`;
    }),
  );

  assert.deepEqual(shown.toSorted(), operations.toSorted());
  assert.equal(await page.title(), document.info.title);
});

test("a request is sent with the API key that the user entered", async () => {
  const list = page.locator(".opblock-get", { has: page.locator('[data-path="/api/v1/app"]') });
  const status = list.locator(".live-responses-table tbody .response-col_status");
  await list.locator(".opblock-summary-control").click();
  await list.getByRole("button", { name: "Try it out" }).click();
  const execute = list.getByRole("button", { name: "Execute" });

  await execute.click();
  await status.filter({ hasText: "401" }).waitFor();
  await page.locator(".scheme-container .authorize").click();
  const dialog = page.locator(".modal-ux");
  await dialog.locator("input").fill(KEY);
  await dialog.getByRole("button", { name: "Apply credentials" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  await execute.click();
  await status.filter({ hasText: "200" }).waitFor();

  const response = await list.locator(".live-responses-table .highlight-code").first().innerText();
  assert.match(response, /"data": \[\]/);
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0, "the key is stored");
});

test("the page looks as before", async () => {
  await page.evaluate(useFont, await fonts());
  // The elements that differ between two runs: the version, the URL of the server, the headers and the duration of the
  // response, and examples with the current date.
  const volatile = [".version", ".curl-command", ".request-url", ".live-responses-table h5 + pre", ".model-example pre"];
  const screenshot = await page.screenshot({
    fullPage: true,
    animations: "disabled",
    mask: volatile.map((selector) => page.locator(selector)),
  });
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(join(OUTPUT, "docs.png"), screenshot);
  if (process.env.UPDATE === "1") await writeFile(REFERENCE, screenshot);

  const [expected, actual] = [PNG.sync.read(await readFile(REFERENCE)), PNG.sync.read(screenshot)];
  const { width, height } = expected;
  const remedy = "look at target/browser/docs.png; if it is correct, run `UPDATE=1 make test-browser`";
  assert.deepEqual({ width: actual.width, height: actual.height }, { width, height }, `the size of the page differs: ${remedy}`);
  const difference = new PNG({ width, height });
  const pixels = pixelmatch(expected.data, actual.data, difference.data, width, height, { threshold: 0.05 });
  await writeFile(join(OUTPUT, "docs-difference.png"), PNG.sync.write(difference));
  const share = pixels / (width * height);
  assert.ok(share <= TOLERANCE, `${(share * 100).toFixed(2)} % of the pixels differ: ${remedy}`);
});

test("the page loads nothing from other origins, and the content security policy blocks nothing", () => {
  assert.deepEqual([...requested], [base]);
  const unexpected = errors.filter((error) => !error.includes("401 (Unauthorized)"));
  assert.deepEqual(unexpected, []);
});

async function fonts() {
  const file = (weight) => `@fontsource/open-sans/files/open-sans-latin-${weight}-normal.woff2`;
  const read = async (weight) => ({ weight, data: await readFile(join(ROOT, "node_modules", file(weight)), "base64") });
  return Promise.all(["400", "700"].map(read));
}

// Makes the page use these fonts. This function runs in the page. The function loads the fonts and sets the style with
// JavaScript, because the content security policy allows neither fonts from other origins nor inline styles.
async function useFont(fonts) {
  for (const { weight, data } of fonts) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    document.fonts.add(await new FontFace("Everywhere", bytes, { weight }).load());
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { font-family: "Everywhere" !important; }');
  document.adoptedStyleSheets = [sheet];
  await document.fonts.ready;
}
