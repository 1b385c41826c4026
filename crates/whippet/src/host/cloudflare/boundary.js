// What the WebAssembly instance calls.
import { env, waitUntil as keepAlive } from "cloudflare:workers";

export { env };

export function waitUntil(promise) {
  keepAlive(promise);
}

export function fillRandom(bytes) {
  crypto.getRandomValues(bytes);
}

// Sets of header names that routes read, a line each.
const sets = [];

export function setNames(index, names) {
  sets[index] = names.split("\n");
}

// The values of a set, a line each: no value can hold a line feed. A carriage return, which neither can be in one, stands
// for a header that is not there. Each call to workerd costs; without `traceparent`, `tracestate` after it means nothing.
export function headersOf(request, index) {
  const headers = request.headers;
  let values = "";
  let isTraced = true;
  for (const name of sets[index]) {
    const value = isTraced || name !== "tracestate" ? headers.get(name) : null;
    if (name === "traceparent") isTraced = value !== null;
    values += (value ?? "\r") + "\n";
  }
  return values;
}

// Names and values of all headers, a line each.
export function allHeaders(request) {
  let head = "";
  for (const [name, value] of request.headers) head += name + "\n" + value + "\n";
  return head;
}

// The headers that many responses have in common, as a response of each status to take them from: that is cheaper than having
// workerd read an object. Names and values alternate in `head`, a line each.
const blocks = [];

export function setBlock(index, head) {
  blocks[index] = { headers: pairsOf(head), templates: [] };
}

function templateOf({ headers, templates }, status) {
  const template = new Response(null, { status, headers });
  return (templates[status] = { template, headers: template.headers });
}

// `packed` is a view of the instance's memory: the request's id in ASCII, then the body. Short text crosses as a string:
// workerd is faster with those.
export function respond(status, block, idLength, bodyIsText, packed) {
  let body = null;
  let id;
  if (bodyIsText) {
    const text = ascii(packed);
    id = text.slice(0, idLength);
    body = text.slice(idLength);
  } else {
    id = ascii(packed.subarray(0, idLength));
    if (packed.length > idLength) body = packed.slice(idLength);
  }
  const { template, headers } = blocks[block].templates[status] ?? templateOf(blocks[block], status);
  headers.set("x-request-id", id);
  return new Response(body, template);
}

// Any headers, repeated ones too; a body that is a view of the instance's memory, or a stream, or nothing.
export function respondWith(status, head, body) {
  return new Response(body instanceof Uint8Array ? body.slice() : body, { status, headers: pairsOf(head) });
}

// An argument a character: the caller keeps it short.
function ascii(bytes) {
  return String.fromCharCode.apply(null, bytes);
}

function pairsOf(head) {
  const lines = head.split("\n");
  const pairs = [];
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push([lines[at], lines[at + 1]]);
  return pairs;
}

// A socket's two ends, and what has come over it and nobody has asked for.
export function openSocket() {
  const [client, server] = Object.values(new WebSocketPair());
  const socket = { client, server, events: [], wake: undefined };
  const push = (event) => {
    const wake = socket.wake;
    socket.wake = undefined;
    if (wake) wake(event);
    else socket.events.push(event);
  };
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", ({ data }) => push(data));
  server.addEventListener("close", ({ code, reason }) => {
    push([code, reason]);
    closeSocket(socket, code, reason); // the other half of the handshake, where workerd leaves it to us
  });
  server.addEventListener("error", () => push([1006, ""]));
  return socket;
}

export function nextOfSocket(socket) {
  if (socket.events.length > 0) return Promise.resolve(socket.events.shift());
  return new Promise((wake) => (socket.wake = wake));
}

// Bytes are a view of the instance's memory.
export function sendOnSocket({ server }, message) {
  try {
    server.send(typeof message === "string" ? message : message.slice());
    return true;
  } catch {
    return false;
  }
}

export function closeSocket({ server }, code, reason) {
  try {
    if (code === 1005 || code === 1006) server.close();
    else server.close(code, reason);
    return true;
  } catch {
    return false;
  }
}

export function respondWithSocket({ client }, head) {
  return new Response(null, { status: 101, webSocket: client, headers: pairsOf(head) });
}
