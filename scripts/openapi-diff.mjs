// Tells what in a new OpenAPI document breaks clients of an old one: node scripts/openapi-diff.mjs OLD NEW
//
// A client breaks when an operation, an answer or a member of one that it reads goes away or changes its type, and when
// something that it does not send is asked for. A new version says that it may: another major one, or minor one below 1.0.0.
import { readFileSync } from "node:fs";

const [before, after] = process.argv.slice(2, 4).map((file) => JSON.parse(readFileSync(file, "utf8")));
const broken = [];
const METHODS = ["get", "put", "post", "delete", "patch"];

const resolve = (document, schema) => {
  const reference = schema?.$ref;
  return reference ? resolve(document, reference.slice(2).split("/").reduce((at, key) => at?.[key], document)) : (schema ?? {});
};
const types = (schema) => [schema.type ?? []].flat().sort();

// `reads` says whether the client reads what this describes; otherwise it writes it.
const compare = (where, old, now, reads, seen = new Set()) => {
  const key = `${where.split(" ")[0]} ${old?.$ref} ${now?.$ref}`;
  if (old?.$ref && seen.has(key)) return;
  const deeper = new Set(seen).add(key);
  old = resolve(before, old);
  now = resolve(after, now);
  const lost = types(old).filter((type) => !types(now).includes(type) && !(type === "integer" && types(now).includes("number")));
  const gained = types(now).filter((type) => !types(old).includes(type));
  if (types(old).length && types(now).length && (reads ? gained : lost).length) {
    broken.push(`${where}: was ${types(old).join(" or ")}, is ${types(now).join(" or ")}`);
  }
  const values = (schema) => schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (!reads && values(now)) {
    const gone = (values(old) ?? ["anything"]).filter((value) => !values(now).includes(value));
    if (gone.length) broken.push(`${where}: no longer takes ${gone.join(", ")}`);
  }
  const properties = { ...old.properties };
  for (const [name, schema] of Object.entries(properties)) {
    const there = now.properties?.[name];
    if (there) compare(`${where}/${name}`, schema, there, reads, deeper);
    else if (reads || now.additionalProperties === false) broken.push(`${where}/${name}: is gone`);
  }
  const required = (schema) => schema.required ?? [];
  if (reads) {
    for (const name of required(old)) {
      if (now.properties?.[name] && !required(now).includes(name)) broken.push(`${where}/${name}: may be absent`);
    }
  } else {
    for (const name of required(now)) if (!required(old).includes(name)) broken.push(`${where}/${name}: is required`);
    for (const limit of ["minLength", "minItems", "minimum"]) if (now[limit] > (old[limit] ?? -Infinity)) broken.push(`${where}: ${limit} is ${now[limit]}`);
    for (const limit of ["maxLength", "maxItems", "maximum"]) if (now[limit] < (old[limit] ?? Infinity)) broken.push(`${where}: ${limit} is ${now[limit]}`);
  }
  if (old.items) compare(`${where}/items`, old.items, now.items, reads, deeper);
};

const content = (where, old, now, reads) => {
  for (const [media, { schema }] of Object.entries(old ?? {})) {
    if (now?.[media]) compare(`${where} ${media}`, schema, now[media].schema, reads);
    else broken.push(`${where}: ${media} is gone`);
  }
};

for (const [path, methods] of Object.entries(before.paths)) {
  for (const method of METHODS.filter((method) => methods[method])) {
    const where = `${method.toUpperCase()} ${path}`;
    const [old, now] = [methods[method], after.paths[path]?.[method]];
    if (!now) {
      broken.push(`${where}: is gone`);
      continue;
    }
    const find = (list, { name, in: place }) => (list ?? []).find((other) => other.name === name && other.in === place);
    for (const parameter of now.parameters ?? []) {
      const known = find(old.parameters, parameter);
      if (parameter.required && !known?.required) broken.push(`${where}: the parameter ${parameter.name} is required`);
      if (known) compare(`${where}?${parameter.name}`, known.schema, parameter.schema, false);
    }
    for (const parameter of old.parameters ?? []) {
      if (!find(now.parameters, parameter)) broken.push(`${where}: the parameter ${parameter.name} is gone`);
    }
    if (!old.requestBody && now.requestBody?.required) broken.push(`${where}: a body is required`);
    if (old.requestBody) content(where, old.requestBody.content, now.requestBody?.content, false);
    for (const [status, response] of Object.entries(old.responses)) {
      const there = now.responses[status];
      if (there) content(`${where} ${status}`, response.content, there.content, true);
      else if (status.startsWith("2")) broken.push(`${where}: ${status} is gone`);
    }
    if (JSON.stringify(old.security) !== JSON.stringify(now.security)) broken.push(`${where}: security is another`);
  }
}

const significant = (version) => version.split(".").slice(0, version.startsWith("0.") ? 2 : 1).join(".");
const [was, is] = [before.info.version, after.info.version];
if (broken.length && significant(was) === significant(is)) {
  console.error(`openapi.json breaks clients of version ${was}:\n  ${broken.join("\n  ")}`);
  console.error("Undo it, or say so by the version in Cargo.toml: another minor one below 1.0.0, else another major one.");
  process.exit(1);
}
console.log(broken.length ? `openapi.json: ${is} breaks ${broken.length} things of ${was}, as its version says` : "openapi.json: nothing that breaks clients");
