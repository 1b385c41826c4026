// The apps of the benchmark. Each app implements the operations of `operations.mjs` on one host.

import * as build from "./build.mjs";

/** Apps that validate bodies. The baselines do not. */
const validates = true;

const rawWorker = { host: "workerd", name: "raw", title: "raw JS", build: build.rawWorker };
const hono = { host: "workerd", name: "hono", title: "Hono", build: build.hono, validates };
const drizzle = { ...hono, name: "drizzle", title: "Hono, drizzle", build: build.drizzle, databaseOnly: true };
const axum = { host: "workerd", name: "axum", title: "axum through worker", build: build.axumWorker, validates };
const whippetWorker = { host: "workerd", name: "whippet", title: "Whippet", build: build.whippetWorker, validates };
const rawComponent = { host: "spin", name: "spin-raw", title: "raw spin-sdk", build: build.rawComponent };
const whippetComponent = {
  host: "spin",
  name: "spin-whippet",
  title: "Whippet",
  build: build.whippetComponent,
  validates,
  migrates: true,
};
const axumNative = { host: "native", name: "axum-native", title: "axum, rusqlite", build: build.axumNative, validates };
const uvicorn = { host: "native", name: "uvicorn", title: "FastAPI, uvicorn", build: build.uvicorn, validates };
const granian = { host: "native", name: "granian", title: "FastAPI, Granian", build: build.granian, validates };
const whippetNative = {
  host: "native",
  name: "whippet-native",
  title: "Whippet",
  build: build.whippetNative,
  validates,
  migrates: true,
};

/** Apps with a GraphQL schema, and without the other operations. */
const graphql = true;

const graphqlWorker = { ...whippetWorker, name: "graphql", title: "Whippet, GraphQL", build: build.graphqlWorker, graphql };
const yoga = { host: "workerd", name: "yoga", title: "GraphQL Yoga", build: build.yoga, graphql };
const graphqlNative = { ...whippetNative, name: "graphql-native", title: "Whippet, GraphQL", build: build.graphqlNative, graphql };
const strawberry = { host: "native", name: "strawberry", title: "Strawberry, FastAPI, uvicorn", build: build.strawberry, graphql };

/** The app without a framework on each host. If its CPU time moves in a round, the machine was busy. */
export const floors = { workerd: "raw", spin: "spin-raw", native: "axum-native" };

/** As in production: one log line per request, and a database. */
function production(app) {
  const variable = app.host === "spin" ? "log_level" : "LOG_LEVEL";
  return { ...app, logs: true, variables: { [variable]: "info" } };
}

function silent(app) {
  const variable = app.host === "spin" ? "log_level" : "LOG_LEVEL";
  return { ...app, logs: false, variables: { [variable]: "warn" } };
}

/** Starts an instance for every request, so that the cost of a start is measured. */
function newInstances(app) {
  return { ...silent(app), newInstances: true };
}

const workers = [rawWorker, hono, axum, whippetWorker];
const components = [rawComponent, whippetComponent];

export const apps = [
  ...[...workers.slice(0, 2), drizzle, ...workers.slice(2)].map(production),
  ...workers.map(silent),
  ...components.map(production),
  ...components.map(silent),
  ...components.map(newInstances),
  ...[axumNative, uvicorn, granian, whippetNative].map(production),
  ...[yoga, graphqlWorker, strawberry, graphqlNative].map(production),
];
