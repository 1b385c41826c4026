// The entry module of a Worker. It hands each event to the WebAssembly instance in one call each way, and makes a new
// instance when one has trapped.
import * as glue from "./glue.js";
import wasm from "./glue_bg.wasm";

glue.initSync({ module: wasm });

// An instance that has trapped is in an unknown state: what was under way in it fails, and a new one takes its place at once,
// so that nothing that was waited for goes on in it.
let trapped = false;
const underWay = new Set();

function trap(error) {
  trapped = true;
  for (const fail of underWay) fail(error);
  underWay.clear();
  renew();
}

function renew() {
  glue.__wbg_reset_state();
  trapped = false;
}

function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

// A trap after the first await is thrown into no caller: it arrives here only.
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

// Fails when the instance traps: the promise itself would stay pending for ever.
async function settle(promise) {
  let fail;
  const death = new Promise((_, reject) => (fail = reject));
  underWay.add(fail);
  try {
    return await Promise.race([promise, death]);
  } finally {
    underWay.delete(fail);
  }
}

// The id of a request that an instance took with it: the log and the caller are told the same.
function failure(request) {
  const given = /^[\w.-]{1,128}$/.exec(request.headers.get("x-request-id") ?? "");
  const requestId = given ? given[0] : crypto.randomUUID().replaceAll("-", "");
  const line = { timestamp: new Date().toISOString(), level: "error", message: "the request was lost with its instance" };
  const [, traceId] = /^00-([0-9a-f]{32})-/.exec(request.headers.get("traceparent") ?? "") ?? [];
  console.error(JSON.stringify({ ...line, target: "whippet::entry", request_id: requestId, trace_id: traceId }));
  const detail = "The server failed. Give the request id to whoever runs it.";
  const problem = { type: "/problems/internal", title: "Internal Server Error", status: 500, code: "internal", detail };
  const headers = { "content-type": "application/problem+json", "x-request-id": requestId };
  return new Response(JSON.stringify(problem), { status: 500, headers });
}

// A response, or a promise of one when the handler waits for something. The request goes along for its headers, which the
// instance reads during this call or not at all.
function answer(request, method, body, overLimit) {
  const url = request.url;
  const line = method + " " + url.slice(url.indexOf("/", url.indexOf("//") + 2));
  try {
    const answer = run(() => glue.answer(line, request, body, overLimit));
    return answer instanceof Promise ? settle(answer).catch(() => failure(request)) : answer;
  } catch {
    return failure(request);
  }
}

let bodyLimit;

// The whole body is read before the handler runs, up to the limit. Its declared length spares looking at every chunk.
function answerWithBody(request, method) {
  try {
    bodyLimit ??= run(glue.bodyLimit);
  } catch {
    return failure(request);
  }
  const length = request.headers.get("content-length");
  if (length === null && request.body === null) return answer(request, method, undefined, false);
  if (length !== null && Number(length) > bodyLimit) return answer(request, method, undefined, true);
  const reading = length === null ? readUpTo(bodyLimit, request.body) : request.arrayBuffer();
  return reading.then(
    (body) => answer(request, method, body && new Uint8Array(body), body === undefined),
    () => failure(request),
  );
}

// Undefined when there is more.
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
    if (method === "GET" || method === "HEAD") return answer(request, method, undefined, false);
    return answerWithBody(request, method);
  },

  queue() {
    return settle(run(glue.runDueTasks));
  },

  scheduled() {
    return settle(run(glue.runDueTasks));
  },
};
