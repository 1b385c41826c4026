// The statements, with drizzle.

import { and, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

const items = sqliteTable("items", {
  id: integer().primaryKey(),
  sku: text().notNull(),
  name: text().notNull(),
  cents: integer().notNull(),
  weight: real().notNull(),
  active: integer({ mode: "boolean" }).notNull(),
  tags: text({ mode: "json" }).notNull(),
  version: integer().notNull().default(1),
});

export function get(db, id) {
  return drizzle(db).select().from(items).where(eq(items.id, id)).get();
}

export function list(db, after) {
  return drizzle(db).select().from(items).where(gt(items.id, after)).orderBy(items.id).limit(50);
}

export function create(db, item) {
  return drizzle(db).insert(items).values(item).returning().get();
}

export function update(db, id, { name, cents, version }) {
  return drizzle(db)
    .update(items)
    .set({ name, cents, version: sql`${items.version} + 1` })
    .where(and(eq(items.id, id), eq(items.version, version)))
    .returning()
    .get();
}
