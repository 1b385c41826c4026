// A client generated from openapi.json: what it accepts and gives is checked when it compiles, and that the server keeps to it
// when it runs.
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
  if (actual !== expected) throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

const client = createClient<paths>({ baseUrl: process.env.RELAY_URL ?? "" });
client.use(authorize);

const uid = `typed-${crypto.randomUUID()}`;
const made = await client.POST("/api/v1/app", { body: { name: "Typed", uid } });
const app: components["schemas"]["Application"] | undefined = made.data;
equal(made.response.status, 201, "creating an application");
equal(app?.uid, uid, "its uid");

const endpoint = await client.POST("/api/v1/app/{app_id}/endpoint", {
  params: { path: { app_id: uid } },
  body: { url: "https://hook.example/in", channels: ["a"] },
});
equal(endpoint.data?.channels?.[0], "a", "the endpoint's channel");

const listed = await client.GET("/api/v1/app/{app_id}/endpoint", {
  params: { path: { app_id: uid }, query: { limit: 1, order: "descending" } },
});
equal(listed.data?.data[0]?.id, endpoint.data?.id, "the endpoint in the list");

const message = await client.POST("/api/v1/app/{app_id}/msg", {
  params: { path: { app_id: uid }, header: { "Idempotency-Key": "once" } },
  body: { eventType: "user.created", payload: { n: 1 } },
});
equal(message.response.status, 202, "a message");

const wrong = await client.POST("/api/v1/app", { body: { name: "", uid: "a b" } });
const problem: components["schemas"]["Problem"] | components["schemas"]["ValidationProblem"] | undefined = wrong.error;
equal(problem?.code, "validation", "the code of what is wrong");
if (!problem || !("errors" in problem)) throw new Error("the problem has no errors");
equal(problem.errors.map((error) => error.pointer).join(" "), "/name /uid", "what is wrong");

// @ts-expect-error: an application has a name.
const nameless = await client.POST("/api/v1/app", { body: {} });
equal(nameless.response.status, 422, "an application without a name");

const gone = await client.DELETE("/api/v1/app/{app_id}", { params: { path: { app_id: uid } } });
equal(gone.response.status, 204, "deleting the application");
const after = await client.GET("/api/v1/app/{app_id}", { params: { path: { app_id: uid } } });
equal(after.error?.code, "not_found", "the application that is gone");
console.log("typed client: passed");
