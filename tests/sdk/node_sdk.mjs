// Tests the official Svix SDK for JavaScript against a running Relay (environment variables RELAY_URL and RELAY_KEY).
//
// Prints each step. If a step fails, the run ends with a stack trace and the exit status 1.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { ApiException, Svix } from "svix";

const { RELAY_URL: serverUrl, RELAY_KEY: key } = process.env;
const SOON = 60_000;
const MANY = 250;

const step = (text) => console.log(`- ${text}`);

async function eventually(what, probe) {
  const deadline = Date.now() + SOON;
  while (Date.now() < deadline) {
    const found = await probe();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${what}: not within ${SOON} ms`);
}

/** Receives webhooks and records them. Returns 500 to the first two deliveries at /flaky, and 200 to all others. */
class Receiver {
  deliveries = [];

  async listen() {
    this.server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const before = this.at(request.url).length;
      this.deliveries.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      response.statusCode = request.url === "/flaky" && before < 2 ? 500 : 200;
      response.end(`attempt ${before + 1}`);
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  url(path) {
    return `http://127.0.0.1:${this.server.address().port}${path}`;
  }

  at(path) {
    return this.deliveries.filter((delivery) => delivery.path === path);
  }

  waitFor(path, count) {
    return eventually(`${count} at ${path}`, () => this.at(path).length >= count && this.at(path));
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Asserts that the API rejects a call with this status. Returns the problem in the SDK's error. */
async function rejected(status, call) {
  const error = await call().then(
    (value) => assert.fail(`expected a ${status}, got ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(error instanceof ApiException, error);
  assert.equal(error.code, status);
  return error.body;
}

async function applications(svix) {
  const uid = `node-${randomUUID()}`;
  step("application.create");
  const app = await svix.application.create({ name: "Node", uid, metadata: { k: "v" } });
  assert.deepEqual([app.name, app.uid, app.metadata], ["Node", uid, { k: "v" }]);
  assert.ok(app.createdAt.getTime() > 0 && app.updatedAt.getTime() > 0, "dates");

  step("application.get, by id and by uid");
  assert.deepEqual(await svix.application.get(app.id), app);
  assert.deepEqual(await svix.application.get(uid), app);

  step("application.getOrCreate, with an existing and a new uid");
  assert.deepEqual(await svix.application.getOrCreate({ name: "Another", uid }), app);
  const created = await svix.application.getOrCreate({ name: "New", uid: `${uid}-new` });
  assert.notEqual(created.id, app.id);

  step("application.list, page by page");
  const seen = [];
  for (let iterator, done = false; !done; ) {
    const page = await svix.application.list({ limit: 2, order: "descending", iterator });
    seen.push(...page.data.map((item) => item.id));
    ({ iterator, done } = page);
  }
  for (const { id } of [app, created]) {
    assert.equal(seen.filter((other) => other === id).length, 1, `${id} in ${seen}`);
  }

  step("application.upsert and application.patch");
  const changed = await svix.application.upsert(created.id, { name: "Changed", uid: `${uid}-new` });
  assert.deepEqual([changed.id, changed.name], [created.id, "Changed"]);
  const patched = await svix.application.patch(created.id, { throttleRate: 9, metadata: { a: "b" } });
  assert.deepEqual([patched.name, patched.throttleRate, patched.metadata], ["Changed", 9, { a: "b" }]);

  step("application.delete");
  await svix.application.delete(created.id);
  await rejected(404, () => svix.application.get(created.id));
  return app;
}

async function endpoints(svix, app, receiver) {
  step("endpoint.create");
  const steady = await svix.endpoint.create(app.id, {
    url: receiver.url("/steady"),
    uid: "steady",
    description: "Never fails",
    eventTypes: null,
  });
  assert.deepEqual([steady.uid, steady.description], ["steady", "Never fails"]);
  const flaky = await svix.endpoint.create(app.id, {
    url: receiver.url("/flaky"),
    eventTypes: ["flaky.event", "steady.event"],
  });
  assert.deepEqual([...flaky.eventTypes].sort(), ["flaky.event", "steady.event"]);
  const spare = await svix.endpoint.create(app.id, {
    url: receiver.url("/spare"),
    channels: ["spare"],
  });

  step("endpoint.get, by id and by uid");
  assert.deepEqual(await svix.endpoint.get(app.id, steady.id), steady);
  assert.deepEqual(await svix.endpoint.get(app.uid, "steady"), steady);

  step("endpoint.list");
  const listed = await svix.endpoint.list(app.id, { order: "ascending" });
  const ids = [steady.id, flaky.id, spare.id].sort();
  assert.deepEqual(listed.data.map((item) => item.id).sort(), ids);
  assert.equal(listed.done, true);

  step("endpoint.patch and endpoint.upsert");
  const patch = { disabled: true, description: "patched", channels: null };
  const patched = await svix.endpoint.patch(app.id, spare.id, patch);
  assert.deepEqual([patched.disabled, patched.description, patched.url], [true, "patched", spare.url]);
  const replacement = { url: receiver.url("/other"), uid: "upserted", eventTypes: ["other"] };
  const replaced = await svix.endpoint.upsert(app.id, spare.id, replacement);
  assert.deepEqual([replaced.id, replaced.uid, replaced.description], [spare.id, "upserted", ""]);
  assert.deepEqual([replaced.disabled, replaced.eventTypes], [false, ["other"]]);
  await rejected(409, () => svix.endpoint.patch(app.id, spare.id, { uid: "steady" }));

  step("endpoint.delete");
  await svix.endpoint.delete(app.id, spare.id);
  await rejected(404, () => svix.endpoint.get(app.id, spare.id));

  step("endpoint.getSecret");
  const secret = async (endpoint) => (await svix.endpoint.getSecret(app.id, endpoint.id)).key;
  return { flaky, secrets: [await secret(steady), await secret(flaky)] };
}

/** Checks that the Standard Webhooks library accepts the delivery, but not a changed body. Returns the payload. */
function verify(secret, { headers, body }) {
  const webhook = new Webhook(secret);
  assert.throws(() => webhook.verify(`${body} `, headers), WebhookVerificationError);
  return webhook.verify(body, headers);
}

async function messages(svix, app, receiver, secret) {
  step("message.create: the receiver gets the message, and the library verifies the signature");
  const payload = { hello: "Žluťoučký 🦀", list: [1.5, null, {}] };
  const sent = await svix.message.create(app.id, {
    eventType: "plain.event",
    payload,
    eventId: "event-1",
    deliverAt: null,
  });
  assert.deepEqual([sent.eventType, sent.eventId, sent.payload], ["plain.event", "event-1", {}]);
  const [delivery] = await receiver.waitFor("/steady", 1);
  assert.deepEqual(verify(secret, delivery), payload);
  assert.equal(delivery.headers["webhook-id"], sent.id);

  step("message.create with an idempotency key, twice");
  const options = { idempotencyKey: randomUUID(), withContent: true };
  const numbered = (n) => ({ eventType: "plain.event", payload: { n } });
  const first = await svix.message.create(app.id, numbered(1), options);
  assert.deepEqual(first.payload, { n: 1 });
  assert.deepEqual(await svix.message.create(app.id, numbered(1), options), first);
  await rejected(422, () => svix.message.create(app.id, numbered(2), options));

  step("message.get and message.list, with content and without");
  assert.deepEqual((await svix.message.get(app.id, sent.id)).payload, {});
  const whole = await svix.message.get(app.id, sent.id, { withContent: true });
  assert.deepEqual(whole.payload, payload);
  const listed = await svix.message.list(app.id, { withContent: true, limit: MANY });
  const ids = listed.data.map((item) => item.id);
  assert.deepEqual([...ids].sort(), [sent.id, first.id].sort());
  const typed = await svix.message.list(app.id, { eventTypes: ["plain.event", "b"] });
  assert.deepEqual(typed.data.map((item) => item.id), ids);
}

async function attempts(svix, app, receiver, flaky, secret) {
  step("a receiver that returns 500 twice gets three attempts with one id");
  const sent = await svix.message.create(app.id, { eventType: "flaky.event", payload: { try: 3 } });
  for (const delivery of await receiver.waitFor("/flaky", 3)) {
    assert.deepEqual(verify(secret, delivery), { try: 3 });
    assert.equal(delivery.headers["webhook-id"], sent.id);
  }

  step("messageAttempt.listByMsg");
  const options = { endpointId: flaky.id, withContent: true };
  const tried = await eventually("three attempts", async () => {
    const { data } = await svix.messageAttempt.listByMsg(app.id, sent.id, options);
    return data.length === 3 && data.sort((a, b) => a.timestamp - b.timestamp);
  });
  assert.deepEqual(tried.map((attempt) => attempt.status), [2, 2, 0]);
  assert.deepEqual(tried.map((attempt) => attempt.responseStatusCode), [500, 500, 200]);
  assert.deepEqual(tried.map((attempt) => attempt.response), [1, 2, 3].map((n) => `attempt ${n}`));

  step("messageAttempt.listByEndpoint");
  const ids = (list) => list.map((attempt) => attempt.id).sort();
  const page = await svix.messageAttempt.listByEndpoint(app.id, flaky.id, { limit: MANY });
  assert.deepEqual(ids(page.data), ids(tried));
  assert.ok(page.data.every((attempt) => attempt.response === ""), "the attempts have content that was not requested");
}

async function errors(svix, app) {
  step("404, 409 and 401 decode with code and detail");
  const unauthorized = new Svix("wrong", { serverUrl });
  const calls = [
    [404, () => svix.application.get("app_nothing")],
    [409, () => svix.application.create({ name: "Taken", uid: app.uid })],
    [401, () => unauthorized.application.list()],
  ];
  for (const [status, call] of calls) {
    const body = await rejected(status, call);
    assert.equal(typeof body.code, "string");
    assert.equal(typeof body.detail, "string");
    assert.equal(body.status, status);
  }

  step("422 decodes with every error");
  const invalid = { url: "ftp://example.com/", uid: "a b", eventTypes: [] };
  const { errors } = await rejected(422, () => svix.endpoint.create(app.id, invalid));
  const pointers = errors.map((error) => error.pointer);
  assert.deepEqual(pointers.sort(), ["/eventTypes", "/uid", "/url"]);
}

const receiver = await new Receiver().listen();
const svix = new Svix(key, { serverUrl });
const app = await applications(svix);
const { flaky, secrets } = await endpoints(svix, app, receiver);
await messages(svix, app, receiver, secrets[0]);
await attempts(svix, app, receiver, flaky, secrets[1]);
await errors(svix, app);
await svix.application.delete(app.id);
receiver.close();
console.log("ok");
