// Runs the audits of GraphQL over HTTP against the server at GRAPHQL_URL. Fails unless every audit passes, including
// the audits for SHOULD and MAY.

import { serverAudits } from "graphql-http";

const { GRAPHQL_URL: url } = process.env;
const counts = {};
let failed = false;

for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  const [kind] = audit.name.split(" ");
  const key = `${kind} ${result.status}`;
  counts[key] = (counts[key] ?? 0) + 1;
  if (result.status === "ok") continue;
  console.log(`FAILED: ${audit.id} ${audit.name}: ${result.reason}`);
  failed = true;
}
console.log(JSON.stringify(counts));
process.exitCode = failed ? 1 : 0;
