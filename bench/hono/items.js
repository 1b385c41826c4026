// The operations on items. The functions of `store` run the statements.

import { createRoute, z } from "@hono/zod-openapi";
import { json } from "./app.js";

const NewItem = z
  .object({
    sku: z.string().min(1).max(32),
    name: z.string().min(1).max(64),
    cents: z.number().int().min(0).max(10_000_000),
    weight: z.number().min(0).max(1000),
    active: z.boolean(),
    tags: z.array(z.string().min(1).max(30)).max(10),
  })
  .openapi("NewItem");

const Item = NewItem.extend({ id: z.number().int(), version: z.number().int() }).openapi("Item");

const Items = z.object({ items: z.array(Item), next: z.number().int().nullable() }).openapi("Items");

const ItemUpdate = z
  .object({
    name: z.string().min(1).max(64),
    cents: z.number().int().min(0).max(10_000_000),
    version: z.number().int().min(0),
  })
  .openapi("ItemUpdate");

const Params = z.object({ id: z.coerce.number().int() });

const Problem = json(z.object({ error: z.string() }));

const getItem = createRoute({
  method: "get",
  path: "/items/{id}",
  request: { params: Params },
  responses: { 200: { description: "The item", ...json(Item) }, 404: { description: "No such item", ...Problem } },
});

const listItems = createRoute({
  method: "get",
  path: "/items",
  request: { query: z.object({ after: z.coerce.number().int() }) },
  responses: { 200: { description: "A page of items", ...json(Items) } },
});

const createItem = createRoute({
  method: "post",
  path: "/items",
  request: { body: { required: true, ...json(NewItem) } },
  responses: { 201: { description: "The new item", ...json(Item) } },
});

const updateItem = createRoute({
  method: "put",
  path: "/items/{id}",
  request: { params: Params, body: { required: true, ...json(ItemUpdate) } },
  responses: { 200: { description: "The item", ...json(Item) }, 409: { description: "A conflict", ...Problem } },
});

export function itemRoutes(app, store) {
  app.openapi(getItem, async (c) => {
    const item = await store.get(c.env.DB, c.req.valid("param").id);
    return item ? c.json(item, 200) : c.json({ error: "the item does not exist" }, 404);
  });

  app.openapi(listItems, async (c) => {
    const items = await store.list(c.env.DB, c.req.valid("query").after);
    return c.json({ items, next: items.at(-1)?.id ?? null }, 200);
  });

  app.openapi(createItem, async (c) => {
    return c.json(await store.create(c.env.DB, c.req.valid("json")), 201);
  });

  app.openapi(updateItem, async (c) => {
    const item = await store.update(c.env.DB, c.req.valid("param").id, c.req.valid("json"));
    return item ? c.json(item, 200) : c.json({ error: "the item does not exist or has another version" }, 409);
  });
  return app;
}
