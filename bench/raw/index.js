// The floor: what workerd costs when the worker does next to nothing. POST is echoed, not validated.

export default {
  async fetch(request) {
    const url = request.url;
    const path = url.slice(url.indexOf("/", 8));

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
  },
};

function json(value, status) {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
