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
// for a header that is not there.
export function headersOf(request, index) {
  const headers = request.headers;
  let values = "";
  for (const name of sets[index]) values += (headers.get(name) ?? "\r") + "\n";
  return values;
}

// Names and values of all headers, a line each.
export function allHeaders(request) {
  let head = "";
  for (const [name, value] of request.headers) head += name + "\n" + value + "\n";
  return head;
}

// Header blocks that many responses have in common, parsed once each: names and values alternate, a line each.
const blocks = [];

export function setBlock(index, head) {
  blocks[index] = Object.fromEntries(pairsOf(head));
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
  return new Response(body, { status, headers: { ...blocks[block], "x-request-id": id } });
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
