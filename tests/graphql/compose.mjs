// Composes the schema in the file SCHEMA with the subgraph in reviews.mjs, once with Apollo's library and once with The
// Guild's. Fails if either library reports an error or a hint.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { composeServices as composeWithGuild } from "@theguild/federation-composition";
import { parse } from "graphql";
import { typeDefs } from "./reviews.mjs";

export function compose(sdl) {
  const subgraphs = [
    { name: "bookshelf", typeDefs: parse(sdl), url: "http://bookshelf.example" },
    { name: "reviews", typeDefs: parse(typeDefs), url: "http://reviews.example" },
  ];
  const composed = composeServices(subgraphs);
  assert.deepEqual(composed.errors ?? [], []);
  assert.deepEqual((composed.hints ?? []).map(String), []);
  const guild = composeWithGuild(subgraphs);
  assert.deepEqual(guild.errors ?? [], []);
  assert.match(guild.supergraphSdl, /shippingWeight/);
  return composed.supergraphSdl;
}

if (process.argv[1] === import.meta.filename) {
  compose(readFileSync(process.env.SCHEMA, "utf8"));
  console.log("composed without errors and hints");
}
