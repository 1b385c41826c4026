// Sends operations to a server.

/** A server, and the token of its librarian. */
export interface Server {
  url: string;
  token: string;
}

export interface Failure {
  message: string;
  path?: (string | number)[];
  extensions?: Record<string, unknown>;
}

/** The result of an operation. */
export interface Result {
  data?: Record<string, unknown> | null;
  errors?: Failure[];
}

/** Sends an operation. If a variable is a file, sends a form. */
export async function send(server: Server, query: string, variables: Record<string, unknown>): Promise<Result> {
  const files = Object.entries(variables).filter((entry): entry is [string, Blob] => entry[1] instanceof Blob);
  const nulls = Object.fromEntries(files.map(([name]) => [name, null]));
  const operation = JSON.stringify({ query, variables: { ...variables, ...nulls } });
  const headers: Record<string, string> = { authorization: `Bearer ${server.token}` };
  let body: string | FormData = operation;
  if (files.length > 0) {
    headers["graphql-preflight"] = "1";
    body = new FormData();
    body.append("operations", operation);
    body.append("map", JSON.stringify(Object.fromEntries(files.map(([name], at) => [at, [`variables.${name}`]]))));
    for (const [at, [, file]] of files.entries()) body.append(String(at), file, "file");
  } else {
    headers["content-type"] = "application/json";
  }
  const response = await fetch(server.url, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}
