// What the WebAssembly instance calls.
import { env, waitUntil as keepAlive } from "cloudflare:workers";

export function environment() {
  return env;
}

export function waitUntil(promise) {
  keepAlive(promise);
}

export function fillRandom(bytes) {
  crypto.getRandomValues(bytes);
}

// `packed` is a view of the instance's memory: `headLength` bytes of ASCII, in which names and values of the headers
// alternate, a line each; then the body. Short text crosses as a string: workerd is faster with those.
export function respond(status, headLength, bodyIsText, packed) {
  let body = null;
  let head;
  if (bodyIsText) {
    const text = ascii(packed, packed.length);
    head = text.slice(0, headLength);
    body = text.slice(headLength);
  } else {
    head = ascii(packed, headLength);
    if (packed.length > headLength) body = packed.slice(headLength);
  }
  return new Response(body, { status, headers: headersOf(head) });
}

export function respondWithStream(status, head, stream) {
  return new Response(stream, { status, headers: headersOf(head) });
}

const decoder = new TextDecoder("latin1");

// Up to a few thousand characters this is several times faster than the decoder.
function ascii(bytes, end) {
  const used = end === bytes.length ? bytes : bytes.subarray(0, end);
  return end > 4096 ? decoder.decode(used) : String.fromCharCode.apply(null, used);
}

// An object is faster than pairs, but holds each name once.
function headersOf(head) {
  const lines = head.split("\n");
  const headers = {};
  for (let at = 0; at + 1 < lines.length; at += 2) {
    if (lines[at] in headers) return pairsOf(lines);
    headers[lines[at]] = lines[at + 1];
  }
  return headers;
}

function pairsOf(lines) {
  const pairs = [];
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push([lines[at], lines[at + 1]]);
  return pairs;
}
