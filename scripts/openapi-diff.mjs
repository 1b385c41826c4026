// Compares two OpenAPI documents, and reports the changes that break clients of the old document:
//
//   node scripts/openapi-diff.mjs OLD NEW
//
// A change breaks a client if it removes an operation, a response or a response property, if it changes a type, or if a
// request now requires something that the client does not send. A breaking change needs a new major version. Below
// 1.0.0, a new minor version is enough.
import { readFileSync } from "node:fs";

const [before, after] = process.argv.slice(2, 4).map((file) => JSON.parse(readFileSync(file, "utf8")));
const broken = [];
const METHODS = ["get", "put", "post", "delete", "patch"];

const resolve = (document, schema) => {
  const reference = schema?.$ref;
  return reference ? resolve(document, reference.slice(2).split("/").reduce((at, key) => at?.[key], document)) : (schema ?? {});
};
const types = (schema) => [schema.type ?? []].flat().sort();

// `reads` is true for the schema of a response, which the client reads, and false for the schema of a request.
const compare = (where, old, now, reads, seen = new Set()) => {
  const key = `${where.split(" ")[0]} ${old?.$ref} ${now?.$ref}`;
  if (old?.$ref && seen.has(key)) return;
  const deeper = new Set(seen).add(key);
  old = resolve(before, old);
  now = resolve(after, now);
  const lost = types(old).filter((type) => !types(now).includes(type) && !(type === "integer" && types(now).includes("number")));
  const gained = types(now).filter((type) => !types(old).includes(type));
  if (types(old).length && types(now).length && (reads ? gained : lost).length) {
    broken.push(`${where}: the type changed from ${types(old).join(" or ")} to ${types(now).join(" or ")}`);
  }
  const values = (schema) => schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (!reads && values(now)) {
    const gone = (values(old) ?? ["any value"]).filter((value) => !values(now).includes(value));
    if (gone.length) broken.push(`${where}: no longer accepts ${gone.join(", ")}`);
  }
  const properties = { ...old.properties };
  for (const [name, schema] of Object.entries(properties)) {
    const property = now.properties?.[name];
    if (property) compare(`${where}/${name}`, schema, property, reads, deeper);
    else if (reads || now.additionalProperties === false) broken.push(`${where}/${name}: was removed`);
  }
  const required = (schema) => schema.required ?? [];
  if (reads) {
    for (const name of required(old)) {
      if (now.properties?.[name] && !required(now).includes(name)) broken.push(`${where}/${name}: is no longer always present`);
    }
  } else {
    for (const name of required(now)) if (!required(old).includes(name)) broken.push(`${where}/${name}: is now required`);
    for (const limit of ["minLength", "minItems", "minimum"]) if (now[limit] > (old[limit] ?? -Infinity)) broken.push(`${where}: ${limit} is now ${now[limit]}`);
    for (const limit of ["maxLength", "maxItems", "maximum"]) if (now[limit] < (old[limit] ?? Infinity)) broken.push(`${where}: ${limit} is now ${now[limit]}`);
  }
  if (old.items) compare(`${where}/items`, old.items, now.items, reads, deeper);
};

const content = (where, old, now, reads) => {
  for (const [media, { schema }] of Object.entries(old ?? {})) {
    if (now?.[media]) compare(`${where} ${media}`, schema, now[media].schema, reads);
    else broken.push(`${where}: ${media} was removed`);
  }
};

for (const [path, methods] of Object.entries(before.paths)) {
  for (const method of METHODS.filter((method) => methods[method])) {
    const where = `${method.toUpperCase()} ${path}`;
    const [old, now] = [methods[method], after.paths[path]?.[method]];
    if (!now) {
      broken.push(`${where}: was removed`);
      continue;
    }
    const find = (list, { name, in: location }) =>
      (list ?? []).find((other) => other.name === name && other.in === location);
    for (const parameter of now.parameters ?? []) {
      const oldParameter = find(old.parameters, parameter);
      if (parameter.required && !oldParameter?.required) broken.push(`${where}: the parameter ${parameter.name} is now required`);
      if (oldParameter) compare(`${where}?${parameter.name}`, oldParameter.schema, parameter.schema, false);
    }
    for (const parameter of old.parameters ?? []) {
      if (!find(now.parameters, parameter)) broken.push(`${where}: the parameter ${parameter.name} was removed`);
    }
    if (!old.requestBody && now.requestBody?.required) broken.push(`${where}: a body is now required`);
    if (old.requestBody) content(where, old.requestBody.content, now.requestBody?.content, false);
    for (const [status, response] of Object.entries(old.responses)) {
      const newResponse = now.responses[status];
      if (newResponse) content(`${where} ${status}`, response.content, newResponse.content, true);
      else if (status.startsWith("2")) broken.push(`${where}: the response ${status} was removed`);
    }
    if (JSON.stringify(old.security) !== JSON.stringify(now.security)) broken.push(`${where}: the security requirements changed`);
  }
}

const significant = (version) => version.split(".").slice(0, version.startsWith("0.") ? 2 : 1).join(".");
const [was, is] = [before.info.version, after.info.version];
if (broken.length && significant(was) === significant(is)) {
  console.error(`openapi.json: these changes break clients of version ${was}:\n  ${broken.join("\n  ")}`);
  console.error("Undo these changes, or raise the version in Cargo.toml. Below 1.0.0, raise the minor version, otherwise the major version.");
  process.exit(1);
}
console.log(`openapi.json: ${broken.length} breaking changes` + (broken.length ? `, which version ${is} allows after ${was}` : ""));
