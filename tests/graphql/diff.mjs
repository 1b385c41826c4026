// Reports the changes in a new schema that break clients of an old schema: node tests/graphql/diff.mjs OLD NEW
//
// The removal of a field or an enum value that the old schema marks as deprecated is not reported: deprecate first, merge,
// and then remove.
import { readFileSync } from "node:fs";
import { CriticalityLevel, DiffRule, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

// The schema uses directives of Federation without definitions, as a subgraph may.
const read = (sdl) => buildSchema(sdl, { assumeValidSDL: true });

/** Returns a line for each breaking change between two schemas in the schema definition language. */
export async function breaking(before, after) {
  const changes = await diff(read(before), read(after), [DiffRule.suppressRemovalOfDeprecatedField]);
  const broken = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
  return broken.map(({ path, message }) => `${path ?? "schema"}: ${message}`);
}

if (process.argv[1] === import.meta.filename) {
  const broken = await breaking(...process.argv.slice(2, 4).map((file) => readFileSync(file, "utf8")));
  if (broken.length) {
    console.error(broken.join("\n"));
    console.error("the schema breaks its clients: keep what it had, or mark it as deprecated and remove it after a merge");
    process.exit(1);
  }
}
