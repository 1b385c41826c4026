// The entry module of a Worker. It hands each event to the WebAssembly instance in one call each way, and makes a new
// instance when one has trapped.
import * as glue from "./glue.js";
import wasm from "./glue_bg.wasm";

glue.initSync({ module: wasm });

// An instance that has trapped is in an unknown state: nothing runs in it any more, what was under way in it fails, and
// the next event gets a new one.
let trapped = false;
const underWay = new Set();

function trap(error) {
  trapped = true;
  for (const fail of underWay) fail(error);
  underWay.clear();
}

function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

// A trap after the first await is thrown into no caller: it arrives here only.
addEventListener("error", (event) => {
  if (isTrap(event.error)) trap(event.error);
});

function run(call) {
  if (trapped) {
    trapped = false;
    glue.__wbg_reset_state();
  }
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

function failure() {
  const detail = "The server failed. Give the request id to whoever runs it.";
  const problem = { type: "about:blank", title: "Internal Server Error", status: 500, code: "internal", detail };
  const headers = { "content-type": "application/problem+json", "x-request-id": crypto.randomUUID().replaceAll("-", "") };
  return new Response(JSON.stringify(problem), { status: 500, headers });
}

// Method, path with query, then names and values of the headers: a line each, none of which can hold a line feed.
function headOf(request) {
  const url = request.url;
  const path = url.indexOf("/", url.indexOf("//") + 2);
  let head = request.method + "\n" + url.slice(path);
  for (const [name, value] of request.headers) head += "\n" + name + "\n" + value;
  return head;
}

// Undefined when the body is over the limit.
async function bodyOf(request, limit) {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    return Number(declared) <= limit ? new Uint8Array(await request.arrayBuffer()) : undefined;
  }
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function answerWithBody(request, head) {
  try {
    const body = await bodyOf(request, run(glue.bodyLimit));
    return await settle(run(() => glue.answer(head, body, body === undefined)));
  } catch {
    return failure();
  }
}

export default {
  fetch(request) {
    const head = headOf(request);
    if (request.method !== "GET" && request.method !== "HEAD" && request.body !== null) {
      return answerWithBody(request, head);
    }
    try {
      // A response, or a promise of one when the handler waits for something.
      const answer = run(() => glue.answer(head, undefined, false));
      return answer instanceof Promise ? settle(answer).catch(failure) : answer;
    } catch {
      return failure();
    }
  },

  queue() {
    return settle(run(glue.runDueTasks));
  },

  scheduled() {
    return settle(run(glue.runDueTasks));
  },
};
