// Tests a client that is generated from openapi.json. The TypeScript compiler checks the types of the client. Running
// this program checks that the server's responses match the document.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "openapi";

declare const process: { env: Record<string, string | undefined> };

const authorize: Middleware = {
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${process.env.RELAY_KEY}`);
    return request;
  },
};

function equal<T>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

const client = createClient<paths>({ baseUrl: process.env.RELAY_URL ?? "" });
client.use(authorize);

const uid = `typed-${crypto.randomUUID()}`;
const created = await client.POST("/api/v1/app", { body: { name: "Typed", uid } });
const app: components["schemas"]["Application"] | undefined = created.data;
equal(created.response.status, 201, "creating an application");
equal(app?.uid, uid, "the uid of the application");

const endpoint = await client.POST("/api/v1/app/{app_id}/endpoint", {
  params: { path: { app_id: uid } },
  body: { url: "https://hook.example/in", channels: ["a"] },
});
equal(endpoint.data?.channels?.[0], "a", "the endpoint's channel");

const patched = await client.PATCH("/api/v1/app/{app_id}/endpoint/{endpoint_id}", {
  params: { path: { app_id: uid, endpoint_id: endpoint.data?.id ?? "" } },
  body: { channels: null, disabled: true },
});
equal(patched.data?.disabled, true, "the changed endpoint");

const listed = await client.GET("/api/v1/app/{app_id}/endpoint", {
  params: { path: { app_id: uid }, query: { limit: 1, order: "descending" } },
});
equal(listed.data?.data[0]?.id, endpoint.data?.id, "the endpoint in the list");

const message = await client.POST("/api/v1/app/{app_id}/msg", {
  params: { path: { app_id: uid }, header: { "Idempotency-Key": "once" } },
  body: { eventType: "user.created", payload: { n: 1 } },
});
equal(message.response.status, 202, "a message");

const invalid = await client.POST("/api/v1/app", { body: { name: "", uid: "a b" } });
const problem: components["schemas"]["Problem"] | components["schemas"]["ValidationProblem"] | undefined = invalid.error;
equal(problem?.code, "validation", "the code of the problem");
if (!problem || !("errors" in problem)) throw new Error("the problem has no errors");
equal(problem.errors.map((error) => error.pointer).join(" "), "/name /uid", "the invalid fields");

// @ts-expect-error: an application requires a name.
const nameless = await client.POST("/api/v1/app", { body: {} });
equal(nameless.response.status, 422, "an application without a name");

const gone = await client.DELETE("/api/v1/app/{app_id}", { params: { path: { app_id: uid } } });
equal(gone.response.status, 204, "deleting the application");
const after = await client.GET("/api/v1/app/{app_id}", { params: { path: { app_id: uid } } });
equal(after.error?.code, "not_found", "the deleted application");
console.log("typed client: passed");
