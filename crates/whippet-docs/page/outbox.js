// Displays the tasks of an app, and changes them. The data comes from the operator routes, which need the sweep key.
// The page keeps the key only in memory, not in the URL, in a cookie or in the storage of the browser. All paths are
// relative, because a proxy may serve the app below a path prefix.

import { bars, lines, short } from "./outbox-plots.js";

const INTERVAL = 5000;
// The number of samples in one hour.
const SAMPLES = 720;
// The app counts at most this many tasks with the same name and state.
const COUNTED = 10_000;

const $ = (id) => document.getElementById(id);
const encoded = encodeURIComponent;

let key;
let timer;
let before;
const samples = [];

/** Sends a request to a route below `/_whippet/tasks`. Returns the JSON, or null if the response has no body. */
async function send(method, path) {
  const url = new URL(`tasks${path}`, location.href);
  const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
  const response = await fetch(url, { method, headers, cache: "no-store", credentials: "omit", redirect: "error" });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const json = isJson && text ? JSON.parse(text) : null;
  if (response.status === 401) {
    forget();
    throw new Error("The app rejects the key: enter the value that SWEEP_KEY has in the app.");
  }
  if (response.status === 404 && path.startsWith("?")) {
    throw new Error("The app has no routes for operators: set SWEEP_KEY in the app.");
  }
  if (!response.ok) throw new Error(`${method} ${url.pathname} responded ${response.status}: ${json?.detail ?? text}`);
  return { json, date: Date.parse(response.headers.get("date")) || Date.now() };
}

function node(name, properties = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  created.append(...children);
  return created;
}

const number = (value) => (value >= COUNTED ? `≥ ${COUNTED.toLocaleString("en")}` : value.toLocaleString("en"));
const time = (text) => (text ? node("time", { dateTime: text, title: text }, new Date(text).toLocaleString()) : "–");
const button = (label, title, act) => node("button", { type: "button", title, ariaLabel: title, onclick: act }, label);

const shown = new Map();

/** Replaces the content of an element if `data` has changed, and keeps the focus. */
function render(id, data, build) {
  const text = JSON.stringify(data);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  const focused = $(id).contains(document.activeElement) ? document.activeElement.title : "";
  const value = $(id).value;
  $(id).replaceChildren(...build(data));
  if (value) $(id).value = value;
  if (focused) [...$(id).querySelectorAll("button")].find((other) => other.title === focused)?.focus();
}

/** Returns a table. A column is a header, the content of a cell, and a class: `number`, `text` or `actions`. */
function table(caption, columns, rows) {
  if (rows.length === 0) return [node("p", {}, `${caption}: none`)];
  const head = columns.map(([title, , kind = ""]) => node("th", { scope: "col", className: kind }, title));
  const cell = (row) => ([, content, kind = ""], at) =>
    node(at === 0 ? "th" : "td", at === 0 ? { scope: "row" } : { className: kind }, ...[content(row)].flat());
  const body = rows.map((row) => node("tr", {}, ...columns.map(cell(row))));
  return [node("table", { ariaLabel: caption }, node("thead", {}, node("tr", {}, ...head)), node("tbody", {}, ...body))];
}

/** Asks whether to do something that cannot be undone. */
function confirmed(question, action) {
  $("question").textContent = question;
  $("yes").textContent = action;
  const { promise, resolve } = Promise.withResolvers();
  $("yes").onclick = () => resolve(true);
  $("no").onclick = () => resolve(false);
  $("confirm").onclose = () => resolve(false);
  $("confirm").showModal();
  return promise.finally(() => $("confirm").close());
}

/** Shows the error of `act`, if it fails. */
async function report(act) {
  $("error").textContent = "";
  try {
    return await act();
  } catch (error) {
    $("error").textContent = error.message;
  }
}

/** Sends a request that changes something after the operator has confirmed it, and then reads all data again. */
async function change(question, action, act) {
  if (!(await confirmed(question, action))) return;
  await report(async () => {
    const done = await act();
    await refresh();
    $("status").textContent = done;
  });
}

/** Repeats a request that changes a limited number of tasks, until no task is left. */
async function all(method, path) {
  for (let total = 0; ; ) {
    const { json } = await send(method, path);
    if (json.tasks === 0) return `${total} tasks changed.`;
    total += json.tasks;
  }
}

const one = (verb, method, path) => (id) => {
  const act = () => send(method, `${path}${encoded(id)}`).then(() => `Done: ${verb} ${id}.`);
  return button(verb, `${verb} ${id}`, () => change(`${verb} ${id}?`, verb, act));
};
const retry = one("Retry", "POST", "/dead/");
const purge = one("Delete", "DELETE", "/dead/");
const cancel = one("Cancel", "DELETE", "/");
const pause = one("Pause", "PUT", "/paused/");
const resume = one("Resume", "DELETE", "/paused/");

function showOverview({ json, date }) {
  const counts = ["waiting", "blocked", "ready", "running", "dead"];
  const columns = counts.map((state) => [state, (row) => number(row[state]), "number"]);
  render("names", json.tasks, (tasks) => table("Tasks by name", [
    ["name", (row) => row.name], ["queue", (row) => row.queue], ...columns, ["due", (row) => time(row.due)],
  ], tasks));
  $("unknown").textContent = json.unknown
    .map(([name, count]) => `${number(count)} pending tasks have the name “${name}”, which the app does not know.`).join(" ");
  const queues = [...new Set(json.tasks.map((task) => task.queue))].sort().map((queue) => {
    const of = (state) => json.tasks.filter((task) => task.queue === queue).reduce((sum, task) => sum + task[state], 0);
    return { queue, ready: of("ready"), running: of("running"), ...json.paused.find((paused) => paused.queue === queue) };
  });
  render("queues", queues, (rows) => table("Queues", [
    ["queue", (row) => row.queue],
    ["ready", (row) => number(row.ready), "number"],
    ["running", (row) => number(row.running), "number"],
    ["paused since", (row) => time(row.pausedAt)],
    ["action", (row) => (row.pausedAt ? resume : pause)(row.queue), "actions"],
  ], rows));
  render("schedules", json.schedules, (rows) => table("Schedules", [
    ["name", (row) => row.name], ["schedule", (row) => row.schedule],
    ["last run", (row) => time(row.lastTick)], ["next run", (row) => time(row.nextTick)],
  ], rows));
  const options = (names) => names.map((name) => node("option", {}, name));
  render("pending-name", json.tasks.map((task) => task.name), options);
  showHistory(json, date);
}

function showHistory({ tasks, minutes }, now) {
  const sum = (state) => tasks.reduce((total, task) => total + task[state], 0);
  const ages = tasks.filter((task) => task.ready > 0).map((task) => now - Date.parse(task.due));
  samples.push({
    time: now, waiting: sum("waiting"), ready: sum("ready"), running: sum("running"), dead: sum("dead"),
    age: Math.max(0, ...ages) / 1000,
  });
  samples.splice(0, samples.length - SAMPLES);
  lines($("states"), samples, ["running", "ready", "waiting", "dead"]);
  lines($("age"), samples, ["age"], (seconds) => `${short(seconds)} s`);
  if (!minutes) {
    const how = "This app does not count attempts. Call App::count_attempts, and add the table of tasks::SCHEMA_MINUTES.";
    $("attempts").replaceChildren($("attempts").firstElementChild, node("p", {}, how));
    return;
  }
  // The plot has sixty bars. Each bar shows one minute or several minutes.
  const length = Number($("span").value) / 60;
  const width = length * 60_000;
  const first = (Math.floor(now / width) - 59) * width;
  const points = Array.from({ length: 60 }, (_, at) => ({ time: first + at * width, done: 0, failed: 0, dead: 0 }));
  for (const { minute, ...ended } of minutes) {
    const point = points[Math.floor((Date.parse(minute) - first) / width)];
    for (const name of point ? Object.keys(ended) : []) point[name] += ended[name] / length;
  }
  bars($("attempts"), points, ["done", "failed", "dead"]);
}

const args = (row) => node("details", {}, node("summary", {}, "Arguments"), node("pre", {}, row.args));

function showDead({ json }) {
  render("dead", json.tasks, (rows) => table("Dead tasks", [
    ["id", (row) => row.id], ["name", (row) => row.name],
    ["attempts", (row) => number(row.attempts), "number"], ["died", (row) => time(row.diedAt)],
    ["last error", (row) => [row.lastError ?? "–", args(row)], "text"],
    ["actions", (row) => [retry(row.id), " ", purge(row.id)], "actions"],
  ], rows));
  const names = [...new Set(json.tasks.map((task) => task.name))].sort();
  render("retry-name", names, (names) => names.map((name) => node("option", {}, name)));
  $("retry-all").hidden = names.length === 0;
  $("older").hidden = json.tasks.length < 100;
  $("older").onclick = () => { before = json.tasks.at(-1).diedAt; report(refresh); };
  $("newest").hidden = !before;
}

async function refresh() {
  clearTimeout(timer);
  try {
    const [overview, dead] = await Promise.all([
      send("GET", `?minutes=${$("span").value}`),
      send("GET", `/dead${before ? `?before=${encoded(before)}` : ""}`),
    ]);
    if (!key) return;
    $("unlock").hidden = true;
    for (const id of ["content", "forget", "live-label"]) $(id).hidden = false;
    showOverview(overview);
    showDead(dead);
    $("status").textContent = `Updated at ${new Date().toLocaleTimeString()}.`;
  } finally {
    if (key) timer = setTimeout(poll, INTERVAL);
  }
}

function poll() {
  if ($("live").checked && !document.hidden && !$("confirm").open) report(refresh);
  else timer = setTimeout(poll, INTERVAL);
}

/** Forgets the key and all data. */
function forget() {
  key = before = undefined;
  clearTimeout(timer);
  samples.length = 0;
  shown.clear();
  for (const id of ["names", "queues", "schedules", "dead", "pending", "found"]) $(id).replaceChildren();
  for (const id of ["content", "forget", "live-label"]) $(id).hidden = true;
  $("unlock").hidden = false;
  $("status").textContent = "";
  $("key").focus();
}

function on(id, act) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

on("unlock", () => {
  key = $("key").value;
  $("key").value = "";
  report(refresh);
});
on("retry-all", () => {
  const name = $("retry-name").value;
  change(`Retry all dead tasks with the name ${name}?`, "Retry all", async () => {
    // `until` excludes tasks that die from now on, so a task that dies again is not retried again.
    const { json } = await send("GET", "/dead");
    const until = json.tasks.length ? `&until=${encoded(json.tasks[0].diedAt)}` : "";
    return all("POST", `/dead?name=${encoded(name)}${until}`);
  });
});
on("purge-all", () => {
  const until = new Date($("purge-before").value);
  const path = `/dead?before=${encoded(until.toISOString())}`;
  change(`Delete all tasks that died before ${until.toLocaleString()}?`, "Delete all", () => all("DELETE", path));
});
on("list-pending", () => report(async () => {
  const [name, state] = [$("pending-name").value, $("pending-state").value];
  const { json } = await send("GET", `/pending?name=${encoded(name)}&state=${state}`);
  shown.delete("pending");
  render("pending", json.tasks, (rows) => table(`Tasks with the name ${name} that are ${state}`, [
    ["id", (row) => row.id], ["attempts", (row) => number(row.attempts), "number"],
    ["failures", (row) => number(row.failures), "number"], ["enqueued", (row) => time(row.createdAt)],
    [state === "running" ? "lease ends" : "due", (row) => time(row.dueAt)],
    ["last error", (row) => row.lastError ?? "–", "text"], ["action", (row) => cancel(row.id), "actions"],
  ], rows));
}));
on("find", () => report(async () => {
  $("found").replaceChildren();
  const { json } = await send("GET", `/${encoded($("find-id").value)}`);
  const text = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "–"));
  const fields = Object.entries(json).flatMap(([name, value]) => [node("dt", {}, name), node("dd", {}, text(value))]);
  const actions = json.state === "dead" ? [retry(json.id), " ", purge(json.id)] : [cancel(json.id)];
  $("found").replaceChildren(node("dl", {}, ...fields), ...actions);
}));
$("span").onchange = () => report(refresh);
$("newest").onclick = () => { before = undefined; report(refresh); };
$("forget").onclick = forget;
