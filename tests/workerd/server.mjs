// Serves the probe with workerd, for the tests of this folder. workerd runs without wrangler, because wrangler's proxy
// keeps its connections to workerd open after a client has disconnected.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "../../bench/port.mjs";
import { command, serveD1 } from "../../bench/workerd.mjs";

const BUNDLE = join(import.meta.dirname, "../../examples/probe/build/cloudflare");

/** A running workerd. */
export class Server {
  #folder;
  #process;
  #port;
  #output = "";

  /** Starts workerd, with an empty D1 database if `hasDatabase`, and waits until it responds to requests. */
  static async start({ hasDatabase = false } = {}) {
    const server = new Server();
    server.#folder = await mkdtemp(join(tmpdir(), "workerd-"));
    server.#port = await freePort();
    const database = hasDatabase ? await serveD1(join(server.#folder, "d1")) : undefined;
    const [program, ...args] = command({ database }, BUNDLE, server.#folder, `127.0.0.1:${server.#port}`);
    server.#process = spawn(program, args, { cwd: server.#folder, stdio: ["ignore", "pipe", "pipe"] });
    for (const output of [server.#process.stdout, server.#process.stderr]) {
      output.setEncoding("utf8").on("data", (text) => (server.#output += text));
    }
    while (!(await server.get("/text").catch(() => undefined))) {
      assert.equal(server.#process.exitCode, null, `workerd has ended: ${server.#output}`);
      await sleep(50);
    }
    return server;
  }

  async stop() {
    this.#process.kill("SIGKILL");
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "exit");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Returns the log lines of a request. */
  linesOf(requestId) {
    const lines = this.#output.split("\n").flatMap((line) => line.match(/\{.*\}/)?.[0] ?? []);
    return lines.map((line) => JSON.parse(line)).filter((line) => line.request_id === requestId);
  }

  /** Returns the body of a response, whose status must be 200. */
  async get(path) {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    assert.equal(response.status, 200);
    return response.text();
  }

  /** Sends the head of a request and the start of its body. Waits for the text `until`. Returns the socket. */
  async begin({ method = "GET", path, headers = [], body = "", until }) {
    const socket = connect(this.#port, "127.0.0.1");
    socket.setEncoding("latin1");
    await once(socket, "connect");
    socket.write([`${method} ${path} HTTP/1.1`, "Host: probe.example", ...headers, `\r\n${body}`].join("\r\n"));
    let received = "";
    while (until && !received.includes(until)) {
      const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(60_000) });
      received += chunk;
    }
    return socket;
  }
}

/** Resets the connection of a client. */
export function reset(socket) {
  socket.on("error", () => {});
  socket.resetAndDestroy();
}
