// Writes one structured log line per request.

export function log() {
  return async (c, next) => {
    const started = Date.now();
    await next();
    if (c.env.LOG_LEVEL !== "info") return;
    const line = {
      timestamp: new Date().toISOString(),
      level: "info",
      message: "request",
      request_id: c.get("requestId"),
      trace_id: hex(),
      span_id: hex().slice(16),
      route: c.req.path,
      method: c.req.method,
      status: c.res.status,
      duration_ms: Date.now() - started,
    };
    console.log(JSON.stringify(line));
  };
}

function hex() {
  return crypto.randomUUID().replaceAll("-", "");
}
