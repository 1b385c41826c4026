// Starts native servers, each with a database file.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export const version = () => "native";

const file = (name) => readFileSync(join(import.meta.dirname, name), "utf8");

/** Prepares a server. `built` returns its program, arguments and variables for an address and a database. */
export function prepare({ variables, migrates }, built, scratch, address) {
  const database = join(scratch, "items.db");
  if (!migrates) createTables(database);
  const { program, args = [], env = {} } = built(address, database);
  return { program, args, env: { ...variables, ...env }, seed: () => seed(database) };
}

/** Creates a database with the schema, for an app that does not apply migrations. */
export function createTables(database) {
  execute(database, file("items/migrations/0001_items.sql"));
}

/** Adds the rows of `rows.sql` to a database that has the schema. */
export function seed(database) {
  execute(database, file("rows.sql"));
}

function execute(path, sql) {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
