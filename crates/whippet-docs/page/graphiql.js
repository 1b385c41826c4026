// Starts GraphiQL (MIT) with the endpoint that the query string names: `graphiql?endpoint=graphql`. All paths are
// relative, because a proxy may serve the API below a path prefix. The content security policy forbids requests to other
// origins.

const endpoint = new URL(new URLSearchParams(location.search).get("endpoint") ?? "graphql", location.href);

/** Yields the results of a subscription, which are server-sent events. */
async function* results(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const field = (name) => event.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        if (field("event") === "complete") return;
        if (field("event") === "next") yield JSON.parse(field("data"));
      }
    }
  } finally {
    reader.cancel();
  }
}

async function fetcher(parameters, { headers } = {}) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
    body: JSON.stringify(parameters),
  });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  return isStream ? results(response) : response.json();
}

const root = document.getElementById("graphiql");
document.body.style.margin = "0";
root.style.height = "100vh";
document.title = `GraphiQL: ${endpoint.pathname}`;
// The headers may contain tokens, so the browser forgets them when the page is closed.
ReactDOM.createRoot(root).render(React.createElement(GraphiQL, { fetcher, shouldPersistHeaders: false }));
