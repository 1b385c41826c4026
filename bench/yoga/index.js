// A GraphQL schema with one query, which reads items: GraphQL Yoga with the D1 binding.

import { createSchema, createYoga } from "graphql-yoga";

const typeDefs = /* GraphQL */ `
  type Item {
    id: Int!
    sku: String!
    name: String!
    cents: Int!
    weight: Float!
    active: Boolean!
    tags: [String!]!
    version: Int!
  }

  type Query {
    items(after: Int!, first: Int!): [Item!]!
  }
`;

const select = `select id, sku, name, cents, weight, active, tags, version from items
  where id > ?1 order by id limit ?2`;

async function items(_, { after, first }, { DB }) {
  const { results } = await DB.prepare(select).bind(after, first).all();
  return results.map((row) => ({ ...row, active: row.active === 1, tags: JSON.parse(row.tags) }));
}

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { Query: { items } } }),
  graphiql: false,
  landingPage: false,
  logging: false,
});

export default {
  async fetch(request, env, context) {
    const started = Date.now();
    const id = request.headers.get("x-request-id") ?? crypto.randomUUID();
    const response = await yoga.fetch(request, env, context);
    response.headers.set("x-request-id", id);
    const line = {
      timestamp: new Date().toISOString(),
      level: "info",
      message: "request",
      request_id: id,
      trace_id: hex(),
      span_id: hex().slice(16),
      route: new URL(request.url).pathname,
      method: request.method,
      status: response.status,
      duration_ms: Date.now() - started,
    };
    console.log(JSON.stringify(line));
    return response;
  },
};

function hex() {
  return crypto.randomUUID().replaceAll("-", "");
}
