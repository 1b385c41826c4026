// The functions that the WebAssembly instance calls.
import { env, waitUntil as keepAlive } from "cloudflare:workers";

export { env };

export function waitUntil(promise) {
  keepAlive(promise);
}

// Returns the variables and secrets of the Worker: each name, followed by its value. A variable in `wrangler.toml` may
// be a number, a boolean, a list or a table; a list or a table is returned as JSON. Bindings, such as a database, are
// left out.
export function variables() {
  const pairs = [];
  for (const [name, value] of Object.entries(env)) {
    if (["string", "number", "boolean"].includes(typeof value)) pairs.push(name, String(value));
    else if (isJson(value)) pairs.push(name, JSON.stringify(value));
  }
  return pairs;
}

function isJson(value) {
  return Array.isArray(value) || (value !== null && Object.getPrototypeOf(value) === Object.prototype);
}

// The unsettled promises of the instance, by number.
const promises = new Map();

export function promise(number) {
  return new Promise((resolve, reject) => promises.set(number, { resolve, reject }));
}

export function complete(number, value) {
  promises.get(number).resolve(value);
  promises.delete(number);
}

// When the instance traps, each of these functions closes one open socket or stream.
const open = new Set();

// `detail` is the error that the trap has thrown.
addEventListener("whippet:trap", ({ detail }) => {
  settled = undefined;
  for (const { reject } of promises.values()) reject(detail);
  promises.clear();
  for (const fail of open) fail();
  open.clear();
});

// Runs `fail` when the instance traps, unless the returned function is called first. While workerd handles one event,
// it forbids I/O on a socket or stream of another event. But it runs the continuation of a promise in the event that
// created the promise. So `fail` is the continuation of a promise.
function onTrap(fail) {
  let trapped;
  new Promise((resolve) => (trapped = resolve)).then(fail);
  open.add(trapped);
  return () => open.delete(trapped);
}

// The function of the instance that receives the results of calls.
let settled;

export function onSettled(callback) {
  settled = callback;
}

// Starts a call, and passes its converted result to the instance. If the instance has trapped, the result is discarded.
function call(number, start, convert) {
  const receive = settled;
  const pass = (isSuccess, value) => {
    if (receive !== settled) return;
    try {
      receive(number, isSuccess, value);
    } catch (error) {
      // An error that is thrown here causes the event `error`, from which `entry.js` learns of a trap. A rejected
      // promise would not cause this event.
      queueMicrotask(() => {
        throw error;
      });
    }
  };
  const settle = async () => convert(await start());
  settle().then(
    (value) => pass(true, value),
    (error) => pass(false, error),
  );
}

// Opens a session of D1. Returns undefined if the Worker has no D1 database.
export function openSession(start) {
  return env.DB?.withSession(start);
}

export function bookmarkOf(session) {
  return session?.getBookmark() ?? undefined;
}

// Prepares a statement in `session`, or without a session if `session` is undefined.
function prepare(session, sql, values) {
  const database = session ?? env.DB;
  if (!database) throw new Error("the Worker has no D1 database bound as DB: see d1_databases in wrangler.toml");
  const statement = database.prepare(sql);
  return values.length > 0 ? statement.bind(...values) : statement;
}

// Runs a query on D1. The result is the rows as JSON: an array of column names, and an array of values for each row.
// Passing one string to WebAssembly takes less time than passing many values.
export function fetchRows(number, session, sql, values) {
  call(number, () => prepare(session, sql, values).raw({ columnNames: true }), JSON.stringify);
}

// Runs a statement on D1. The result is the number of changed rows.
export function execute(number, session, sql, values) {
  call(number, () => prepare(session, sql, values).run(), ({ meta }) => meta.changes ?? 0);
}

// Runs statements in a transaction on D1. `values` contains the values for all statements, and `counts` contains the
// number of values for each statement. The result is JSON. For each statement, it has an array of two items: the number
// of changed rows, and an array with an object for each row.
export function batch(number, session, sqls, values, counts) {
  const start = () => {
    let at = 0;
    const statements = sqls.map((sql, index) => prepare(session, sql, values.slice(at, (at += counts[index]))));
    return (session ?? env.DB).batch(statements);
  };
  const convert = (results) => JSON.stringify(results.map(({ meta, results }) => [meta.changes ?? 0, results]));
  call(number, start, convert);
}

export function fillRandom(bytes) {
  crypto.getRandomValues(bytes);
}

// The sets of header names that routes read.
const headerSets = [];

// Stores a set of header names, one name on each line.
export function setNames(index, names) {
  headerSets[index] = names.split("\n");
}

// Returns the values of the headers in a set, one on each line. If a header is missing, its line contains only a
// carriage return, which no header value can contain. Each call to workerd takes time. `tracestate` has no meaning
// without a `traceparent`, so it is read only if the request has a `traceparent`.
export function headersOf(request, index) {
  const headers = request.headers;
  let values = "";
  let isTraced = true;
  for (const name of headerSets[index]) {
    const value = isTraced || name !== "tracestate" ? headers.get(name) : null;
    if (name === "traceparent") isTraced = value !== null;
    values += (value ?? "\r") + "\n";
  }
  return values;
}

// Returns all headers of a request: a line with the name of each header, followed by a line with its value.
export function allHeaders(request) {
  let head = "";
  for (const [name, value] of request.headers) head += name + "\n" + value + "\n";
  return head;
}

// The blocks of headers that many responses share. Each block has a template `Response` for each status, because
// workerd copies headers faster from a `Response` than from an object.
const blocks = [];

// Stores a block of headers. `head` has a line with the name of each header, followed by a line with its value.
export function setBlock(index, head) {
  blocks[index] = { headers: pairsOf(head), templates: [] };
}

function templateOf({ headers, templates }, status) {
  const template = new Response(null, { status, headers });
  return (templates[status] = { template, headers: template.headers });
}

// Creates a response with the headers of a stored block. `id` is the request id in ASCII. `id` and `body` are views
// of the instance's memory.
export function respond(status, block, id, body) {
  const { template, headers } = blocks[block].templates[status] ?? templateOf(blocks[block], status);
  headers.set("x-request-id", String.fromCharCode.apply(null, id));
  return new Response(body.length > 0 ? bodyOf(body) : null, template);
}

// Whether `new Response` copies the bytes of the body, as the Fetch standard requires. workerd has copied the bytes
// since July 2026. Older versions of workerd read the bytes only when they send the body, and the instance may have
// overwritten its memory by then.
let copies = false;
let isProbed = false;

// Returns the body of a response: a view of the instance's memory, or a copy of the bytes in the view.
function bodyOf(view) {
  if (!isProbed) probe();
  return copies ? view : view.slice();
}

// Finds out whether `new Response` copies the bytes of the body. A body can be read only within an event, so the event
// is kept alive until the body has been read.
function probe() {
  isProbed = true;
  const bytes = new Uint8Array(1);
  const response = new Response(bytes);
  bytes[0] = 1;
  keepAlive(response.arrayBuffer().then((body) => (copies = new Uint8Array(body)[0] === 0)));
}

// Creates a response with any headers, including repeated headers. The body is a view of the instance's memory, a
// stream or undefined. `request` is necessary only for a stream.
export function respondWith(status, head, body, request) {
  const headers = pairsOf(head);
  // If the handler has already encoded the body, `manual` prevents workerd from encoding it again.
  const encodeBody = headers.some(([name]) => name === "content-encoding") ? "manual" : "automatic";
  const content = body instanceof Uint8Array ? bodyOf(body) : body && streamOf(body, headers, request);
  return new Response(content, { status, headers, encodeBody });
}

// Returns a stream with the chunks of `source`, a stream that WebAssembly has created. The returned stream fails when
// the instance traps. workerd sends the header `Content-Length` only with a stream of fixed length.
function streamOf(source, headers, request) {
  const length = headers.find(([name]) => name === "content-length");
  const { readable, writable } = length ? new FixedLengthStream(+length[1]) : new IdentityTransformStream();
  const reader = source.getReader();
  const writer = writable.getWriter();
  let stop;
  const stopped = new Promise((resolve) => (stop = resolve));
  const forget = onTrap(() => stop(writer.abort(new Error("the instance of the program has failed"))));
  // When the client disconnects, the instance drops its stream. Without the compatibility flag `enable_request_signal`,
  // the stream is dropped only when the next chunk is written, because workerd does not report the disconnect earlier.
  request.signal?.addEventListener("abort", () => stop(reader.cancel()));
  keepAlive(Promise.race([send(reader, writer), stopped]).catch(() => {}).finally(forget));
  return readable;
}

// Writes all chunks. After an abort, this function ends at once, but `pipeTo` would end only after the next chunk.
async function send(reader, writer) {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return await writer.close();
      await writer.write(value);
    }
  } catch (error) {
    // The client has disconnected, or the instance's stream has failed.
    await Promise.all([reader.cancel(error), writer.abort(error)]);
  }
}

function pairsOf(head) {
  const lines = head.split("\n");
  const pairs = [];
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push([lines[at], lines[at + 1]]);
  return pairs;
}

// The maximum total size of the unread messages of a socket, in bytes. The size of a message is its length plus
// `messageOverhead`.
const maxBuffered = 4 << 20;
const messageOverhead = 64;

const sizeOf = (event) => messageOverhead + (event.byteLength ?? event.length);

// Creates both ends of a socket, and a buffer for its unread events.
export function openSocket() {
  const [client, server] = Object.values(new WebSocketPair());
  const socket = { client, server, events: [], buffered: 0, isFull: false, wake: undefined };
  const push = (event) => {
    const wake = socket.wake;
    socket.wake = undefined;
    if (wake) return wake(event);
    socket.events.push(event);
    socket.buffered += sizeOf(event);
  };
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", ({ data }) => {
    if (socket.isFull) return;
    if (socket.events.length > 0 && socket.buffered + sizeOf(data) > maxBuffered) overflow(socket, push);
    else push(data);
  });
  const forget = onTrap(() => closeSocket(socket, 1011, "the instance of the program has failed"));
  server.addEventListener("close", ({ code, reason }) => {
    forget();
    push([code, reason]);
    closeSocket(socket, code, reason); // completes the closing handshake if workerd has not
  });
  server.addEventListener("error", () => {
    forget();
    push([1006, ""]);
  });
  return socket;
}

// Closes a socket whose buffer is full. The handler still receives the buffered events.
function overflow(socket, push) {
  const close = [1008, "too many unread messages"];
  socket.isFull = true;
  push(close);
  closeSocket(socket, ...close);
}

// Returns a promise of the next event on a socket.
export function nextOfSocket(socket) {
  if (socket.events.length === 0) return new Promise((wake) => (socket.wake = wake));
  const event = socket.events.shift();
  socket.buffered -= sizeOf(event);
  return Promise.resolve(event);
}

// Sends a message, and returns whether the socket is open. Bytes are copied, because they are a view of the instance's
// memory.
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
    // The close codes 1005 and 1006 must not be sent (RFC 6455 section 7.4.1).
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
