// Creates the app, which has only the operations without a database.

import { OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import { requestId } from "hono/request-id";
import { log } from "./log.js";

const User = z.object({ id: z.number().int(), name: z.string(), email: z.string() }).openapi("User");

const Params = z.object({ id: z.coerce.number().int() });

const NewUser = z
  .object({
    name: z.string().min(1).max(64),
    email: z.email(),
    age: z.number().int().min(0).max(150),
  })
  .openapi("NewUser");

const CreatedUser = NewUser.extend({ id: z.number().int() }).openapi("CreatedUser");

export const json = (schema) => ({ content: { "application/json": { schema } } });

const text = createRoute({
  method: "get",
  path: "/text",
  responses: { 200: { description: "A greeting", content: { "text/plain": { schema: z.string() } } } },
});

const getUser = createRoute({
  method: "get",
  path: "/users/{id}",
  request: { params: Params },
  responses: { 200: { description: "The user", ...json(User) } },
});

const createUser = createRoute({
  method: "post",
  path: "/users",
  request: { body: { required: true, ...json(NewUser) } },
  responses: { 201: { description: "The new user", ...json(CreatedUser) } },
});

export function app() {
  const app = new OpenAPIHono();
  app.use(requestId());
  app.use(log());

  app.openapi(text, (c) => c.text("hello"));

  app.openapi(getUser, (c) => {
    const { id } = c.req.valid("param");
    return c.json({ id, name: "Ada", email: "ada@example.com" }, 200);
  });

  app.openapi(createUser, (c) => {
    const { name, email, age } = c.req.valid("json");
    return c.json({ id: 1, name, email, age }, 201);
  });

  app.doc("/openapi.json", { openapi: "3.0.0", info: { title: "bench", version: "1" } });
  return app;
}
