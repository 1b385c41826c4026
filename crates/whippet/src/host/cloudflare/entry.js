// The entry module of a Worker, which passes events to the WebAssembly instance, and creates a new instance after a
// trap.
import { waitUntil } from "cloudflare:workers";
import * as glue from "./glue.js";
import wasm from "./glue_bg.wasm";

glue.initSync({ module: wasm });

// An instance that has trapped is in an unknown state. Its requests in flight fail. A new instance replaces it
// immediately, so that no pending promise continues to run code of the old instance.
let trapped = false;

function trap(error) {
  trapped = true;
  // When this event arrives, `boundary.js` rejects the instance's promises, and closes the instance's sockets and
  // streams.
  dispatchEvent(new CustomEvent("whippet:trap", { detail: error }));
  renew();
}

function renew() {
  glue.__wbg_reset_state();
  trapped = false;
}

function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

// `run` cannot catch a trap that happens after the first `await` in the instance. Only the event `error` reports such a
// trap.
addEventListener("error", (event) => {
  if (isTrap(event.error)) trap(event.error);
});

function run(call) {
  if (trapped) renew();
  try {
    return call();
  } catch (error) {
    if (isTrap(error)) trap(error);
    throw error;
  }
}

// Logs that a request was lost together with its instance. Returns a 500 with the request id from the log line.
function failure(request) {
  const given = /^[\w.-]{1,128}$/.exec(request.headers.get("x-request-id") ?? "");
  const requestId = given ? given[0] : crypto.randomUUID().replaceAll("-", "");
  const line = { timestamp: new Date().toISOString(), level: "error", message: "the request was lost with its instance" };
  const [, traceId] = /^00-([0-9a-f]{32})-/.exec(request.headers.get("traceparent") ?? "") ?? [];
  console.error(JSON.stringify({ ...line, target: "whippet::entry", request_id: requestId, trace_id: traceId }));
  const detail = "The server failed. Report the request id to the operator of the server.";
  const problem = { type: "/problems/internal", title: "Internal Server Error", status: 500, code: "internal", detail };
  const headers = { "content-type": "application/problem+json", "x-request-id": requestId };
  return new Response(JSON.stringify(problem), { status: 500, headers });
}

// The states of a request body. `handler.rs` defines the same numbers.
const whole = 0;
const overLimit = 1;
const incomplete = 2;

// Returns a response, or a promise of a response if the handler waits for something. The instance reads the headers of
// `request` only during this call.
function handle(request, method, body, bodyState) {
  const url = request.url;
  const line = method + " " + url.slice(url.indexOf("/", url.indexOf("//") + 2));
  try {
    const response = run(() => glue.handle(line, request, body, bodyState));
    return response instanceof Promise ? response.catch(() => failure(request)) : response;
  } catch {
    return failure(request);
  }
}

let bodyLimit;

// Reads the whole request body, up to the limit, before the handler runs. A body with a `Content-Length` is read in one
// call, not chunk by chunk.
function handleWithBody(request, method) {
  try {
    bodyLimit ??= run(glue.bodyLimit);
  } catch {
    return failure(request);
  }
  const length = request.headers.get("content-length");
  if (length === null && request.body === null) return handle(request, method, undefined, whole);
  if (length !== null && Number(length) > bodyLimit) return handle(request, method, undefined, overLimit);
  const reading = length === null ? readUpTo(bodyLimit, request.body) : request.arrayBuffer();
  return reading.then(
    (body) => handle(request, method, body && new Uint8Array(body), body === undefined ? overLimit : whole),
    () => handle(request, method, undefined, incomplete),
  );
}

// Returns the bytes of the stream, or undefined if the stream has more than `limit` bytes.
async function readUpTo(limit, stream) {
  const chunks = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.byteLength;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

export default {
  fetch(request) {
    const method = request.method;
    const isRead = method === "GET" || method === "HEAD";
    const response = isRead ? handle(request, method, undefined, whole) : handleWithBody(request, method);
    // When a client disconnects, workerd ends the event, which stops the handler and the reading of the body.
    // `waitUntil` keeps the event alive until the response is ready, so that a request is logged even if its upload is
    // cut off.
    if (response instanceof Promise) waitUntil(response);
    return response;
  },

  queue() {
    return run(glue.runDueTasks);
  },

  scheduled() {
    return run(glue.runDueTasks);
  },
};
