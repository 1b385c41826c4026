// Generates clients from the schema of a native `examples/bookshelf`: one with GraphQL Code Generator, and one with the
// compiler of Relay, Meta's GraphQL client. Checks that TypeScript compiles the clients, and that they can read and
// change data of the server.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { transformAsync } from "@babel/core";
import { generate } from "@graphql-codegen/cli";
import { build } from "esbuild";
import { buildClientSchema, getIntrospectionQuery, printSchema } from "graphql";

const require = createRequire(import.meta.url);
const CLIENTS = join(import.meta.dirname, "clients");
const OUT = join(import.meta.dirname, "build");
const PROGRAM = resolve(process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, "../../target"), "debug/bookshelf");
const TOKEN = "the token of the librarian";

// The generators look for their plugins in the current directory.
process.chdir(import.meta.dirname);

let folder, bookshelf, server;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "clients-"));
  const env = {
    ...process.env,
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE: join(folder, "bookshelf.db"),
    GRAPHQL_INTROSPECTION: "true",
    LIBRARIAN_TOKEN: TOKEN,
  };
  bookshelf = spawn(PROGRAM, { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: bookshelf.stdout })) {
    const base = /"url":"([^"]+)"/.exec(line)?.[1];
    if (base) server = { url: `${base}/graphql`, token: TOKEN };
    if (base) break;
  }
  assert.ok(server, "the native bookshelf did not start");
  bookshelf.stdout.resume();
  await rm(OUT, { recursive: true, force: true });
  await mkdir(join(OUT, "relay"), { recursive: true });
});

after(async () => {
  bookshelf?.kill();
  if (bookshelf?.exitCode === null) await once(bookshelf, "exit");
  await rm(folder, { recursive: true, force: true });
});

/** Runs a JavaScript tool in the folder of the clients. Fails with the output of the tool. */
function run(tool, ...args) {
  try {
    execFileSync(process.execPath, [require.resolve(tool), ...args], { cwd: CLIENTS, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    assert.fail(`${tool}: ${error.stdout}${error.stderr}`);
  }
}

/** Bundles a client, and imports the bundle. Relay's plugin for Babel replaces documents with artifacts. */
async function load(name) {
  const outfile = join(OUT, `${name}.cjs`);
  const relay = {
    name: "relay",
    setup(build) {
      build.onLoad({ filter: /\.tsx$/ }, async ({ path }) => {
        const plugins = [["relay", { artifactDirectory: join(OUT, "relay"), eagerEsModules: true }]];
        const options = { filename: path, plugins, parserOpts: { plugins: ["jsx", "typescript"] }, configFile: false };
        const { code } = await transformAsync(await readFile(path, "utf8"), options);
        return { contents: code, loader: "tsx" };
      });
    },
  };
  await build({
    entryPoints: [join(CLIENTS, name)],
    outfile,
    bundle: true,
    platform: "node",
    packages: "external",
    jsx: "automatic",
    plugins: [relay],
  });
  return require(outfile);
}

const names = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => `Author ${from + at}`);

test("the clients are generated, and are correct TypeScript", async () => {
  const documents = [join(CLIENTS, "codegen.ts")];
  const config = { documentMode: "string", useTypeImports: true, strictScalars: true, scalars: { Upload: "Blob", _Any: "unknown" } };
  const generates = { [join(OUT, "codegen/")]: { preset: "client", presetConfig: { fragmentMasking: false }, config } };
  await generate({ schema: server.url, documents, generates, silent: true });
  // Relay's compiler rejects the federation directives in schema.graphql. So the test gets a schema without directives
  // from the server, by introspection.
  const response = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: getIntrospectionQuery() }),
  });
  const { data } = await response.json();
  await writeFile(join(OUT, "schema.graphql"), printSchema(buildClientSchema(data)));
  run("relay-compiler/cli.js", "relay.config.json");
  run("typescript/bin/tsc", "--project", "tsconfig.json");
});

test("the client of GraphQL Code Generator reads and changes data", async () => {
  const client = await load("codegen.ts");
  const pages = await client.pages(server, 40);
  const lists = pages.map((page) => page.map(({ name }) => name));
  assert.deepEqual(lists, [names(1, 40), names(41, 80), names(81, 100)]);
  const { id } = pages[0][6];
  assert.equal(await client.describe(server, id), "Author 7: Volume 1, Volume 2");

  const book = await client.add(server, { authorId: id, title: "Volume 3", pages: 9 });
  assert.equal(book.pages, 9);
  assert.equal(await client.describe(server, book.id), "Volume 3 by Author 7");
  await assert.rejects(client.add(server, { authorId: book.id, title: "Volume 4", pages: 9 }), /no author has this id/);
  assert.equal(await client.importBooks(server, id, ["9 Volume 3", "9 Volume 4"]), 1);
  assert.equal(await client.describe(server, id), "Author 7: Volume 1, Volume 2, Volume 3, Volume 4");
  assert.equal(await client.describe(server, "7"), "nothing");
});

test("the client of Relay's compiler reads and changes data", async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  // Relay's hooks keep results for 5 minutes, with timers. `unref` lets the process end before these timers fire.
  const start = globalThis.setTimeout;
  globalThis.setTimeout = (call, delay, ...args) => {
    const timer = start(call, delay, ...args);
    return delay < 60_000 ? timer : timer.unref();
  };
  const client = await load("relay.tsx");
  assert.deepEqual(await client.pages(client.connect(server), 40), [names(1, 40), names(1, 80), names(1, 100)]);

  const id = btoa("Author:8").replaceAll("=", "");
  const environment = client.connect(server);
  const author = await client.watch(environment, id);
  assert.deepEqual(author.titles(), ["Volume 1", "Volume 2"]);
  // An id is unique among all objects, so the store of the GraphQL client Relay has one record for the author. The
  // mutation updates this record, and so the component shows the new book.
  assert.ok(await client.add(environment, { authorId: id, title: "Volume 3", pages: 9 }));
  assert.deepEqual(author.titles(), ["Volume 1", "Volume 2", "Volume 3"]);
  // Another client adds this book, so the component's store does not contain it. `refetch` reads the author again, with
  // the field `node`.
  await client.add(client.connect(server), { authorId: id, title: "Volume 4", pages: 9 });
  assert.deepEqual(author.titles(), ["Volume 1", "Volume 2", "Volume 3"]);
  await author.refetch();
  assert.deepEqual(author.titles(), ["Volume 1", "Volume 2", "Volume 3", "Volume 4"]);
  author.stop();
});
