// Measures how long it takes to read many rows, with the Rust program in `data/` and with `fastapi/rows.py`. Measures
// tasks, with `data/` and with the programs of `tasks.mjs`.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createTables, seed } from "./native.mjs";
import { cargo, root, run, target } from "./process.mjs";
import { scratch } from "./scratch.mjs";
import { countRows, measurePeers } from "./tasks.mjs";

const here = import.meta.dirname;

/** Prints the results. */
export async function measureData() {
  await cargo(["build", "--quiet", "--locked", "--release"], join(here, "data"));
  mkdirSync(join(scratch, "data"));
  const database = join(scratch, "data/items.db");
  createTables(database);
  seed(database);
  process.stdout.write(await run(join(target, "release/bench-data"), []));
  await measurePeers();
  await countRows();
  const env = { ...process.env, DATABASE: database, LOG_LEVEL: "warning" };
  const micros = await run(join(root, ".tools/bench-python/bin/python"), ["rows.py"], { cwd: join(here, "fastapi"), env });
  console.log(`\n1,000 rows of 8 columns into objects of SQLAlchemy: ${micros.trim()} µs`);
}
