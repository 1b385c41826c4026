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

const ada = { name: "Ada Lovelace", email: "ada@example.com", age: 36 };

/**
 * `targets`: for each other app, the highest acceptable ratio of Whippet's CPU time to the CPU time of that app. The
 * target 1 / 0.9 for `spin-raw` means that Whippet serves at least 0.9 times as many requests as `spin-raw`.
 */
export const operations = [
  {
    name: "text",
    method: "GET",
    path: "/text",
    response: { status: 200, type: "text/plain", body: "hello" },
    targets: { axum: 0.4, hono: 1.4, "spin-raw": 1 / 0.9 },
  },
  {
    name: "JSON",
    method: "GET",
    path: "/users/42",
    response: { status: 200, type: "application/json", body: '{"id":42,"name":"Ada","email":"ada@example.com"}' },
    targets: { axum: 0.4, hono: 1.1, "spin-raw": 1 / 0.9 },
  },
  {
    name: "POST",
    method: "POST",
    path: "/users",
    body: JSON.stringify(ada),
    response: { status: 201, type: "application/json", body: JSON.stringify({ id: 1, ...ada }) },
    targets: { axum: 0.4, hono: 1.1 },
  },
];

/** Requests with invalid bodies. An app that validates must reject these requests with a 4xx status. */
export const rejected = [
  { ...ada, name: "" },
  { ...ada, name: "a".repeat(65) },
  { ...ada, email: "ada" },
  { ...ada, age: 200 },
].map((body) => ({ name: "invalid POST", method: "POST", path: "/users", body: JSON.stringify(body) }));
