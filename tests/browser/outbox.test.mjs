// Tests the page `/_whippet/outbox` of a native Relay in headless Chromium, with real deliveries. scripts/test-browser
// runs this file. The test writes screenshots to target/browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../..");
const OUTPUT = join(ROOT, "target/browser");
const [API_KEY, SWEEP_KEY] = ["an-api-key-of-this-test", "a-sweep-key-of-this-test"];

let folder, relay, probe, browser, page, receiver;
const running = [];
const requested = new Set();
const errors = [];
// The receiver responds with `status`. `received` contains the bodies of the deliveries that the receiver has accepted.
let status = 500;
const received = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "outbox-"));
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (status < 300) received.push(body);
    response.writeHead(status).end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  relay = await serve("relay", {
    RELAY_API_KEY: API_KEY,
    RELAY_RETRY_SCHEDULE: "100ms",
    RELAY_ALLOW_PRIVATE_TARGETS: "true",
  });
  probe = await serve("probe", { SCHEDULES: "1" });
  browser = await chromium.launch({ executablePath: installed(), args: await flags() });
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => requested.add(new URL(request.url()).origin));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await mkdir(OUTPUT, { recursive: true });
});

after(async () => {
  await browser?.close();
  receiver?.close();
  for (const server of running) {
    server.kill();
    if (server.exitCode === null) await once(server, "exit");
  }
  await rm(folder, { recursive: true, force: true });
});

/** Starts a native program, and waits until it responds. Returns its URL. */
async function serve(program, variables) {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address();
  await once(free.close(), "close");
  const database = join(folder, `${program}.db`);
  const env = { ...process.env, PORT: `${port}`, HOST: "127.0.0.1", DATABASE: database, SWEEP_KEY, ...variables };
  const server = spawn(join(ROOT, "target/debug", program), { env, stdio: ["ignore", "ignore", "inherit"] });
  running.push(server);
  const url = `http://127.0.0.1:${port}`;
  await eventually(`${program} responds`, () => fetch(`${url}/_whippet/outbox`).then(({ ok }) => ok, () => false));
  return url;
}

/** Waits until `check` returns true. */
async function eventually(what, check) {
  for (const end = Date.now() + 20_000; !(await check()); ) {
    assert.ok(Date.now() < end, `timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function installed() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const programs = ["chromium", "google-chrome"].flatMap((name) => folders.map((path) => join(path, name)));
  const found = programs.find((program) => existsSync(program));
  assert.ok(found, "Chromium is not on PATH: run `scripts/setup browser`");
  return found;
}

async function flags() {
  const options = JSON.parse(await readFile(join(import.meta.dirname, "webdriver.json"), "utf8"));
  return options["goog:chromeOptions"].args.filter((arg) => !arg.startsWith("--headless"));
}

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
  const response = await fetch(`${relay}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  assert.ok(response.ok, `${path} responded ${response.status}: ${await response.clone().text()}`);
  return response.json();
}

const send = (text) => call("POST", "app/acme/msg", { eventType: "test", payload: { text } });

/** Opens the page of a program, and enters the key. */
async function unlock(base, key = SWEEP_KEY) {
  await page.goto(`${base}/_whippet/tasks`);
  await page.getByLabel("The value of SWEEP_KEY in the app").fill(key);
  await page.keyboard.press("Enter");
}

const dialog = () => page.getByRole("dialog");
const rows = (table) => page.getByRole("table", { name: table }).locator("tbody tr");

/** Waits until the receiver has accepted a message with this text. */
const delivered = (text) =>
  eventually(`${text} is delivered`, () => received.some((body) => body.includes(text)));

test("a browser that opens the JSON of the outbox gets the page, which rejects a wrong key", async () => {
  await unlock(relay, "wrong");
  assert.equal(new URL(page.url()).pathname, "/_whippet/outbox");
  await page.getByRole("alert").filter({ hasText: "The app rejects the key" }).waitFor();
  assert.ok(await page.getByRole("heading", { name: "Dead tasks" }).isHidden());
});

test("an operator sees a dead task with its error, retries it, and sees that it is done", async () => {
  await call("POST", "app", { name: "Acme", uid: "acme" });
  await call("POST", "app/acme/endpoint", { url: `http://127.0.0.1:${receiver.address().port}/` });
  await send("retried");
  await unlock(relay);
  const dead = rows("Dead tasks");
  await dead.filter({ hasText: "500" }).waitFor();
  await page.getByText("Arguments").click();
  await page.locator("pre").filter({ hasText: "msg_" }).waitFor();

  status = 204;
  const retry = dead.getByRole("button", { name: "Retry" });
  await retry.click();
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "hidden" });
  assert.equal(await dead.count(), 1, "a dialog that is closed changes nothing");
  await retry.focus();
  await page.keyboard.press("Enter");
  await dialog().getByRole("button", { name: "Retry" }).press("Enter");
  await delivered("retried");
  await page.getByText("Dead tasks: none").waitFor();
  const plot = page.getByRole("img", { name: /^Attempts per minute\. Latest: done [1-9]/ });
  await plot.waitFor();
  assert.ok((await plot.locator("rect.done").count()) > 0);
});

test("an operator pauses a queue, sees the task that waits, and cancels it", async () => {
  const queue = rows("Queues").filter({ hasText: "default" });
  await queue.getByRole("button", { name: "Pause default" }).click();
  await dialog().getByRole("button", { name: "Pause" }).click();
  await queue.getByRole("button", { name: "Resume default" }).waitFor();
  await send("canceled");
  await send("resumed");
  await page.getByLabel("State").selectOption("ready");
  await page.getByRole("button", { name: "List up to 100" }).click();
  const ready = rows("Tasks with the name deliver that are ready");
  await ready.nth(1).waitFor();
  const id = await ready.first().getByRole("rowheader").innerText();

  await page.getByLabel("Id").fill(id);
  await page.getByRole("button", { name: "Show the task" }).click();
  const found = page.locator("#found");
  await found.getByText("ready", { exact: true }).waitFor();
  await found.getByRole("button", { name: "Cancel" }).click();
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("status").filter({ hasText: `Done: Cancel ${id}.` }).waitFor();
  await queue.getByRole("button", { name: "Resume default" }).click();
  await dialog().getByRole("button", { name: "Resume" }).click();
  await delivered("resumed");
  assert.ok(!received.some((body) => body.includes("canceled")));
});

test("all dead tasks with a name can be retried, and old dead tasks can be deleted", async () => {
  status = 500;
  await send("one");
  await send("two");
  const dead = rows("Dead tasks");
  await dead.nth(1).waitFor();
  await page.getByRole("button", { name: "Retry all with this name" }).click();
  await dialog().getByRole("button", { name: "Retry all" }).click();
  await page.getByRole("status").filter({ hasText: "2 tasks changed." }).waitFor();
  await dead.nth(1).waitFor();
  await page.getByLabel("Died before").fill("2000-01-01T00:00");
  await page.getByRole("button", { name: "Delete all" }).click();
  await dialog().getByRole("button", { name: "Delete all" }).click();
  await page.getByRole("status").filter({ hasText: "0 tasks changed." }).waitFor();
  assert.equal(await dead.count(), 2);
  await dead.first().getByRole("button", { name: "Delete" }).click();
  await dialog().getByRole("button", { name: "Delete" }).click();
  await dead.nth(1).waitFor({ state: "detached" });
});

test("the plots show what the page has seen, in light and dark", async () => {
  await page.getByRole("img", { name: /^Tasks, since this page was opened\. Latest: running 0, .*dead 1/ }).waitFor();
  await page.getByRole("img", { name: /^Age of the oldest ready task/ }).waitFor();
  await page.getByLabel("Time span of the attempts").selectOption("24 hours");
  await page.locator("#attempts rect.failed").first().waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(OUTPUT, `outbox-${colorScheme}.png`), fullPage: true });
  }
});

test("every field has a label, and every table has headers", async () => {
  const unlabeled = await page.evaluate(() =>
    [...document.querySelectorAll("input, select")].filter((field) => field.labels.length === 0).map((field) => field.id));
  assert.deepEqual(unlabeled, []);
  const tables = await page.locator("table").count();
  assert.ok(tables >= 3, `${tables} tables`);
  const without = page.locator("table:not(:has(th[scope=col])), table tbody tr:not(:has(th[scope=row]))");
  assert.equal(await without.count(), 0);
});

test("the key is neither stored nor in the URL, and the page forgets it", async () => {
  const stored = await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length);
  assert.equal(stored, 0);
  assert.ok(!page.url().includes(SWEEP_KEY));
  await page.getByRole("button", { name: "Forget the key" }).click();
  assert.equal(await page.locator("table").count(), 0);
  assert.ok(await page.getByLabel("The value of SWEEP_KEY in the app").isVisible());
});

test("schedules have their last and their next run", async () => {
  await unlock(probe);
  const schedule = rows("Schedules").filter({ hasText: "* * * * * Europe/Berlin" });
  await schedule.locator("time").nth(1).waitFor();
  await page.getByText("This app does not count attempts.").waitFor();
});

test("the page loads nothing from other origins, and the content security policy blocks nothing", () => {
  assert.deepEqual([...requested].toSorted(), [relay, probe].map((base) => new URL(base).origin).toSorted());
  const unexpected = errors.filter((error) => !error.includes("401 (Unauthorized)"));
  assert.deepEqual(unexpected, []);
});
