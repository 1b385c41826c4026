// The baseline: the cost of workerd when the Worker does almost nothing. The Worker returns the fields of a POST
// without validation.

export default {
  fetch(request, env) {
    const responded = respond(request);
    return env.LOG_LEVEL === "info" ? responded.then((response) => logged(request, response)) : responded;
  },
};

async function respond(request) {
  const path = pathOf(request);
  if (path === "/text" && request.method === "GET") {
    return new Response("hello");
  }
  if (path.startsWith("/users/") && request.method === "GET") {
    return json({ id: Number(path.slice(7)), name: "Ada", email: "ada@example.com" }, 200);
  }
  if (path === "/users" && request.method === "POST") {
    return json({ id: 1, ...JSON.parse(await request.text()) }, 201);
  }
  return new Response("not found", { status: 404 });
}

function pathOf({ url }) {
  return url.slice(url.indexOf("/", 8));
}

// Logs a line of the same length as Whippet's log line.
function logged(request, response) {
  const line = {
    timestamp: new Date().toISOString(),
    level: "info",
    message: "request",
    target: "whippet::request",
    request_id: request.headers.get("x-request-id"),
    trace_id: "81f01f7ce0cb5862549e963a88a4547e",
    route: pathOf(request),
    method: request.method,
    status: response.status,
    duration_ms: 0,
    request_bytes: 0,
    response_bytes: 5,
    span_id: "ec46752820b64a8c",
  };
  console.log(JSON.stringify(line));
  return response;
}

function json(value, status) {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
