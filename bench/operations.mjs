// The requests that every app gets, and the expected responses.

/** Six headers, similar to those of a browser or an SDK. */
export const headers = {
  accept: "application/json, text/plain, */*",
  "accept-encoding": "gzip, deflate, br",
  authorization: "Bearer 0123456789abcdef0123456789abcdef",
  "content-type": "application/json",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "x-request-id": "7f1c1c2e-6d0f-4c8e-9b58-0d9a6c1f1e2a",
};

/** The number of rows in `rows.sql`. */
export const rows = 300_000;

const ada = { name: "Ada Lovelace", email: "ada@example.com", age: 36 };

const newItem = { sku: "SKU-1", name: "Hammer", cents: 1999, weight: 1.5, active: true, tags: ["tools", "new"] };

const change = { name: "Hammer, large", cents: 2499, version: 1 };

/** An item of `rows.sql`. */
function item(id) {
  return {
    id,
    sku: `SKU-${String(id).padStart(6, "0")}`,
    name: `Item ${id}`,
    cents: 100 + (id % 10_000),
    weight: (id % 100) + 0.5,
    active: id % 2 === 1,
    tags: ["tools", "new"],
    version: 1,
  };
}

const targets = {
  hono: 1,
  drizzle: 1,
  axum: 0.35,
  "spin-raw": 1 / 0.95,
  "axum-native": 1.2,
  uvicorn: 1 / 8,
  granian: 1 / 8,
  strawberry: 1 / 10,
};

/**
 * The operations. In a path, `{n}` stands for a number from 1 to `rows`, which is different in each request. In a body, the
 * text "{n}" stands for this number. `response(n, body)` returns the expected response; `body` is the actual body, which
 * contains ids that the database has chosen.
 *
 * `targets`: for each other app, the highest acceptable ratio of Whippet's CPU time to the CPU time of that app. For
 * example, 1 / 0.95 means that Whippet serves at least 0.95 times as many requests per second of CPU time.
 */
export const operations = [
  {
    name: "text",
    method: "GET",
    path: "/text",
    response: () => ({ status: 200, type: "text/plain", body: "hello" }),
    targets: { ...targets, hono: 1.1 },
  },
  {
    name: "JSON",
    method: "GET",
    path: "/users/42",
    response: () => json(200, { id: 42, name: "Ada", email: "ada@example.com" }),
    targets,
  },
  {
    name: "POST",
    method: "POST",
    path: "/users",
    body: ada,
    response: () => json(201, { id: 1, ...ada }),
    targets: { ...targets, hono: 1.1 },
  },
  {
    name: "get",
    database: true,
    method: "GET",
    path: "/items/{n}",
    response: (n) => json(200, item(n)),
    targets,
  },
  {
    name: "list",
    database: true,
    method: "GET",
    path: "/items?after={n}",
    response: (n) => json(200, { items: Array.from({ length: 50 }, (_, index) => item(n + 1 + index)), next: n + 50 }),
    targets,
  },
  {
    name: "insert",
    database: true,
    method: "POST",
    path: "/items",
    body: newItem,
    response: (_, { id }) => json(201, { id, ...newItem, version: 1 }),
    targets,
  },
  {
    // Each request updates another row, because after the first update a row no longer has the version in the request.
    name: "update",
    database: true,
    once: true,
    method: "PUT",
    path: "/items/{n}",
    body: change,
    response: (n) => json(200, { ...item(n), ...change, version: 2 }),
    targets,
  },
  {
    name: "GraphQL",
    database: true,
    graphql: true,
    method: "POST",
    path: "/graphql",
    body: {
      query: "query ($after: Int!) { items(after: $after, first: 100) { id sku name cents weight active tags version } }",
      variables: { after: "{n}" },
    },
    response: (n) => json(200, { data: { items: Array.from({ length: 100 }, (_, index) => item(n + 1 + index)) } }),
    targets,
  },
];

function json(status, body) {
  return { status, type: "application/json", body };
}

/** Requests with invalid bodies. An app that validates must reject these requests with a 4xx status. */
export const rejected = [
  ...[{ name: "" }, { name: "a".repeat(65) }, { email: "ada" }, { age: 200 }].map((invalid) => ({
    path: "/users",
    body: { ...ada, ...invalid },
  })),
  ...[{ sku: "" }, { cents: -1 }, { weight: 2000 }].map((invalid) => ({
    database: true,
    path: "/items",
    body: { ...newItem, ...invalid },
  })),
];
