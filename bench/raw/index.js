// The baseline: the cost of workerd when the Worker does almost nothing. The Worker finds the route by comparing
// strings, and does not validate bodies.

const COLUMNS = "id, sku, name, cents, weight, active, tags, version";

export default {
  async fetch(request, env) {
    const started = Date.now();
    const path = pathOf(request);
    const response = await respond(request, path, env);
    const requestId = request.headers.get("x-request-id") ?? crypto.randomUUID();
    response.headers.set("x-request-id", requestId);
    if (env.LOG_LEVEL === "info") log(request, path, response, requestId, started);
    return response;
  },
};

function respond(request, path, env) {
  const { method } = request;
  if (path === "/text" && method === "GET") return new Response("hello");
  if (path.startsWith("/users/") && method === "GET") {
    return json({ id: Number(path.slice(7)), name: "Ada", email: "ada@example.com" }, 200);
  }
  if (path === "/users" && method === "POST") return createUser(request);
  if (path.startsWith("/items?after=") && method === "GET") return listItems(env, Number(path.slice(13)));
  if (path === "/items" && method === "POST") return createItem(env, request);
  if (path.startsWith("/items/") && method === "GET") return getItem(env, Number(path.slice(7)));
  if (path.startsWith("/items/") && method === "PUT") return updateItem(env, Number(path.slice(7)), request);
  return new Response("not found", { status: 404 });
}

function pathOf({ url }) {
  return url.slice(url.indexOf("/", 8));
}

async function createUser(request) {
  return json({ id: 1, ...(await request.json()) }, 201);
}

async function getItem(env, id) {
  const row = await env.DB.prepare(`select ${COLUMNS} from items where id = ?1`).bind(id).first();
  return row ? json(item(row), 200) : json({ error: "not found" }, 404);
}

async function listItems(env, after) {
  const list = `select ${COLUMNS} from items where id > ?1 order by id limit 50`;
  const { results } = await env.DB.prepare(list).bind(after).all();
  return json({ items: results.map(item), next: results.at(-1)?.id ?? null }, 200);
}

async function createItem(env, request) {
  const { sku, name, cents, weight, active, tags } = await request.json();
  const insert = `insert into items (sku, name, cents, weight, active, tags) values (?1, ?2, ?3, ?4, ?5, ?6) returning ${COLUMNS}`;
  const values = [sku, name, cents, weight, active ? 1 : 0, JSON.stringify(tags)];
  return json(item(await env.DB.prepare(insert).bind(...values).first()), 201);
}

async function updateItem(env, id, request) {
  const { name, cents, version } = await request.json();
  const update = `update items set name = ?1, cents = ?2, version = version + 1 where id = ?3 and version = ?4 returning ${COLUMNS}`;
  const row = await env.DB.prepare(update).bind(name, cents, id, version).first();
  return row ? json(item(row), 200) : json({ error: "conflict" }, 409);
}

function item(row) {
  return { ...row, active: row.active === 1, tags: JSON.parse(row.tags) };
}

function json(value, status) {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}

// Writes one log line, with the same fields as the log lines of the other apps.
function log(request, path, response, requestId, started) {
  const line = {
    timestamp: new Date().toISOString(),
    level: "info",
    message: "request",
    request_id: requestId,
    trace_id: hex(),
    span_id: hex().slice(16),
    route: path,
    method: request.method,
    status: response.status,
    duration_ms: Date.now() - started,
  };
  console.log(JSON.stringify(line));
}

function hex() {
  return crypto.randomUUID().replaceAll("-", "");
}
