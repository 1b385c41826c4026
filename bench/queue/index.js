// The service behind the queue binding of the benchmark. It speaks the protocol of workerd's queue binding, and passes
// each message to the consumer when the delay of the message has passed.

const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };

export default {
  async fetch(request, env, context) {
    const body = await request.text();
    const delay = 1000 * Number(request.headers.get("x-msg-delay-secs") ?? 0);
    context.waitUntil(deliver(env.CONSUMER, body, delay));
    return Response.json({ metadata });
  },
};

async function deliver(consumer, body, delay) {
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  const message = { id: crypto.randomUUID(), timestamp: new Date(), body, attempts: 1 };
  await consumer.queue("tasks", [message], metadata);
}
