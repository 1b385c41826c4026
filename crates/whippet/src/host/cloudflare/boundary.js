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

// The request's id in ASCII and the body, each a view of the instance's memory.
export function respond(status, block, id, body) {
  const { template, headers } = blocks[block].templates[status] ?? templateOf(blocks[block], status);
  headers.set("x-request-id", String.fromCharCode.apply(null, id));
  return new Response(body.length > 0 ? bodyOf(body) : null, template);
}

// Whether a response copies the bytes that it is made of, as the Fetch standard has it and workerd since July 2026. Before,
// it read them when it sent them, and the instance may have written something else there by then.
let copies = false;
let isAsked = false;

// What a response can be made of for a view of the instance's memory.
function bodyOf(view) {
  if (!isAsked) observe();
  return copies ? view : view.slice();
}

// A body can be read within an event only, which has to last until it is read.
function observe() {
  isAsked = true;
  const bytes = new Uint8Array(1);
  const response = new Response(bytes);
  bytes[0] = 1;
  keepAlive(response.arrayBuffer().then((body) => (copies = new Uint8Array(body)[0] === 0)));
}

// Any headers, repeated ones too; a body that is a view of the instance's memory, or a stream, or nothing.
export function respondWith(status, head, body) {
  return new Response(body instanceof Uint8Array ? bodyOf(body) : body, { status, headers: pairsOf(head) });
}

function pairsOf(head) {
  const lines = head.split("\n");
  const pairs = [];
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push([lines[at], lines[at + 1]]);
  return pairs;
}

// How much may have come over a socket and nobody has asked for: bytes, with some for each message itself.
const mostWaiting = 4 << 20;
const eachWaiting = 64;

const sizeOf = (event) => eachWaiting + (event.byteLength ?? event.length);

// A socket's two ends, and what waits.
export function openSocket() {
  const [client, server] = Object.values(new WebSocketPair());
  const socket = { client, server, events: [], waiting: 0, isFull: false, wake: undefined };
  const push = (event) => {
    const wake = socket.wake;
    socket.wake = undefined;
    if (wake) return wake(event);
    socket.events.push(event);
    socket.waiting += sizeOf(event);
  };
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", ({ data }) => {
    if (socket.isFull) return;
    if (socket.events.length > 0 && socket.waiting + sizeOf(data) > mostWaiting) refuse(socket, push);
    else push(data);
  });
  server.addEventListener("close", ({ code, reason }) => {
    push([code, reason]);
    closeSocket(socket, code, reason); // the other half of the handshake, where workerd leaves it to us
  });
  server.addEventListener("error", () => push([1006, ""]));
  return socket;
}

// The caller does not wait for the handler, which gets what came before.
function refuse(socket, push) {
  const close = [1008, "too many messages wait to be read"];
  socket.isFull = true;
  push(close);
  closeSocket(socket, ...close);
}

export function nextOfSocket(socket) {
  if (socket.events.length === 0) return new Promise((wake) => (socket.wake = wake));
  const event = socket.events.shift();
  socket.waiting -= sizeOf(event);
  return Promise.resolve(event);
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
