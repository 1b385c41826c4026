// Calls each operation of Relay through Svix's SDK, and counts what the operation costs. On workerd, the costs are the
// round trips to D1, the statements, and the rows read and written. On the other hosts, the costs are the statements
// and rows in the log lines.

import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { Svix } from "svix";
import { serveCounted, sqlFiles } from "./counted.mjs";
import { root } from "./process.mjs";
import { scratch } from "./scratch.mjs";

const key = "relay_0123456789abcdef0123456789abcdef";

const variables = { RELAY_API_KEY: key, RELAY_ALLOW_PRIVATE_TARGETS: "true", LOG_LEVEL: "info" };

/** The most that a message to one endpoint may cost on D1, from the request to the end of the delivery. */
const targets = { trips: 5, written: 14 };

/** Prints the counts. `builds` has the build of Relay for each host. */
export async function measureCounts(builds) {
  for (const [host, build] of Object.entries(builds)) {
    const relay = await serveCounted(app(host), await build(), join(scratch, `relay-${host}`));
    const rows = await operate(relay);
    await relay.stop();
    console.log(host === "workerd" ? d1Table(rows) : logTable(host, rows));
  }
}

function app(host) {
  const lower = ([name, value]) => [name.toLowerCase(), value];
  return {
    host,
    title: "Relay",
    variables: host === "spin" ? Object.fromEntries(Object.entries(variables).map(lower)) : variables,
    outbound: ["http://127.0.0.1:*"],
    schema: sqlFiles(join(root, "migrations")),
  };
}

/** Calls the operations. Returns a name and the counts of each. */
async function operate({ origin, take }) {
  const svix = new Svix(key, { serverUrl: origin });
  const receiver = await receive();
  const rows = [];
  const count = async (name, call, target) => {
    const result = await call();
    rows.push({ name, target, ...(await take()) });
    return result;
  };
  const message = { eventType: "user.created", payload: { name: "Ada" } };
  const delivered = (app, endpoints) => receiver.wait(endpoints, () => svix.message.create(app.id, message));
  const addEndpoint = (app) => svix.endpoint.create(app.id, { url: receiver.url });

  // The first run of tasks in an isolate also does the work that the isolate does only once a minute. So the counts of
  // this run are discarded.
  const first = await svix.application.create({ name: "First" });
  await addEndpoint(first);
  await delivered(first, 1);
  await take();

  const app = await count("create an application", () => svix.application.create({ name: "Bench", uid: "bench" }));
  await count("get an application", () => svix.application.get(app.id));
  await count("list applications", () => svix.application.list());
  await count("change an application", () => svix.application.patch(app.id, { name: "Changed" }));
  await count("create a message, no endpoint", () => svix.message.create(app.id, message));
  const endpoint = await count("create an endpoint", () => addEndpoint(app));
  await count("get an endpoint", () => svix.endpoint.get(app.id, endpoint.id));
  await count("list endpoints", () => svix.endpoint.list(app.id));
  const { id } = await count("create and deliver a message, 1 endpoint", () => delivered(app, 1), targets);
  await count("get a message", () => svix.message.get(app.id, id));
  await count("list messages", () => svix.message.list(app.id));
  await count("list attempts of a message", () => svix.messageAttempt.listByMsg(app.id, id));
  await count("list attempts of an endpoint", () => svix.messageAttempt.listByEndpoint(app.id, endpoint.id));
  for (let added = 1; added < 5; added++) await addEndpoint(app);
  await take();
  await count("create and deliver a message, 5 endpoints", () => delivered(app, 5));
  await count("delete an endpoint", () => svix.endpoint.delete(app.id, endpoint.id));
  await count("delete the application", () => svix.application.delete(app.id));
  receiver.close();
  return rows;
}

/** Starts a server that accepts deliveries. `wait` returns the result of a call after `count` deliveries. */
async function receive() {
  let arrived = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      arrived += 1;
      response.end();
      server.emit("delivery");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const wait = async (count, call) => {
    const expected = arrived + count;
    const result = await call();
    const signal = AbortSignal.timeout(30_000);
    while (arrived < expected) await once(server, "delivery", { signal });
    return result;
  };
  const close = () => server.close().closeAllConnections();
  return { url: `http://127.0.0.1:${server.address().port}/`, wait, close };
}

function d1Table(rows) {
  const lines = rows.map(({ name, target, trips, statements, read, written }) => {
    const met = target && trips <= target.trips && written <= target.written;
    const verdict = target ? `${met ? "met" : "MISSED"}: ≤ ${target.trips} round trips, ≤ ${target.written} rows written` : "";
    return [name, trips, statements, read, written, verdict];
  });
  return table("Relay on workerd: the cost of each operation on D1", ["round trips", "statements", "rows read", "rows written"], lines);
}

function logTable(host, rows) {
  const lines = rows.map(({ name, statements, rows }) => [name, statements, rows]);
  return table(`Relay, ${host}: the log lines of each operation`, ["db_statements", "db_rows"], lines);
}

function table(heading, columns, lines) {
  const width = Math.max(...lines.map(([name]) => name.length));
  const format = ([name, ...cells]) => {
    const numbers = cells.map((cell, index) => (index < columns.length ? String(cell).padStart(columns[index].length) : cell));
    return [name.padEnd(width), ...numbers].join("  ").trimEnd();
  };
  return [`\n${heading}`, format(["", ...columns]), ...lines.map(format)].join("\n");
}
