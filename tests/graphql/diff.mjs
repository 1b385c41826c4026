// Compares two schemas, and reports the changes that break clients of the old schema:
//
//   node tests/graphql/diff.mjs OLD NEW
//
// Does not report the removal of a field or an enum value that the old schema marks as deprecated. So deprecate first,
// merge, and then remove.
import { readFileSync } from "node:fs";
import { CriticalityLevel, DiffRule, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

// A subgraph may use the directives of Federation without defining them.
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
    console.error("the new schema breaks clients: restore the old parts, or deprecate them now and remove them later");
    process.exit(1);
  }
}
