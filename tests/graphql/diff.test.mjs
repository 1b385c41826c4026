// Tests that the comparison of two schemas reports what breaks a client.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { breaking } from "./diff.mjs";

const path = join(import.meta.dirname, "../../examples/bookshelf/schema.graphql");
const schema = readFileSync(path, "utf8");

/** Returns the schema with `to` in place of `from`. The schema must contain `from`. */
function changed(from, to) {
  assert(schema.includes(from), from);
  return schema.replace(from, to);
}

const FIELD = '\t"""\n\tThe books of the author, sorted by title.\n\t"""\n\tbooks: [Book!]!\n';

test("a removed field is reported", async () => {
  assert.deepEqual(await breaking(schema, changed(FIELD, "")), ["Author.books: Field 'books' was removed from object type 'Author'"]);
});

test("a changed type and a new required argument are reported", async () => {
  assert.match((await breaking(schema, changed("books: [Book!]!", "books: [Book]"))).join(), /Author\.books/);
  const required = changed("booksAdded(after: ID)", "booksAdded(after: ID, before: ID!)");
  assert.match((await breaking(schema, required)).join(), /before/);
});

test("an addition, and the removal of a deprecated field, are not reported", async () => {
  assert.deepEqual(await breaking(schema, schema), []);
  assert.deepEqual(await breaking(changed(FIELD, ""), schema), []);
  const deprecated = changed("books: [Book!]!", "books: [Book!]! @deprecated");
  assert.deepEqual(await breaking(schema, deprecated), []);
  assert.deepEqual(await breaking(deprecated, changed(FIELD, "")), []);
});

test("the program fails for a breaking change", () => {
  const folder = mkdtempSync(join(tmpdir(), "diff-"));
  try {
    const now = join(folder, "now.graphql");
    writeFileSync(now, changed(FIELD, ""));
    const program = join(import.meta.dirname, "diff.mjs");
    const run = (after) => spawnSync(process.execPath, [program, path, after], { encoding: "utf8" });
    const failed = run(now);
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /Author\.books: /);
    assert.equal(run(path).status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
