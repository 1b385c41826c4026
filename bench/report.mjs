// The tables of one host: CPU time, Whippet's ratios with their targets, the start of an instance, latency, throughput.

import { operations } from "./operations.mjs";

/** `samples`: one { server, operation, micros, rate, p99, p999 } for each cell of each round. */
export function report(servers, samples) {
  const values = (server, operation, unit) =>
    samples.filter((sample) => sample.server === server && sample.operation === operation).map((sample) => sample[unit]);
  const typical = (server, operation, unit) => median(values(server, operation, unit));

  const lasting = servers.filter(({ newInstances }) => !newInstances);
  const fresh = servers.filter(({ newInstances }) => newInstances);
  const whippet = lasting.find(({ title }) => title === "Whippet");
  const silentOf = ({ name }) => lasting.find((other) => other.name === name && !other.logs);
  const logging = lasting.filter(({ logs }) => logs);
  const compared = whippet
    ? lasting.filter(({ name, logs }) => !logs && operations.some(({ targets }) => name in targets))
    : [];

  const tables = [
    table("CPU µs a request: median (lowest–highest)", lasting, (server, operation) =>
      spread(values(server, operation, "micros")),
    ),
    table("Whippet's median ÷ that of … (target)", compared, (server, operation) => {
      const ratio = typical(whippet, operation, "micros") / typical(server, operation, "micros");
      const target = operation.targets[server.name];
      const verdict = target ? ` (${ratio <= target ? "met" : "MISSED"}: ≤ ${target.toFixed(2)})` : "";
      return ratio.toFixed(2) + verdict;
    }),
    table("a line in the log, CPU µs: median (lowest–highest)", logging, (server, operation) => {
      const silent = values(silentOf(server), operation, "micros");
      return spread(values(server, operation, "micros").map((logged, round) => logged - silent[round]));
    }),
    table("instance start, CPU µs: median (lowest–highest)", fresh, (server, operation) => {
      const later = values(lasting.find(({ title }) => title === server.title), operation, "micros");
      return spread(values(server, operation, "micros").map((first, round) => first - later[round]));
    }),
    table("latency in ms, 99% and 99.9%: medians", lasting, (server, operation) =>
      ["p99", "p999"].map((unit) => typical(server, operation, unit).toFixed(2)).join(", "),
    ),
    table("requests/s, for information: median", lasting, (server, operation) =>
      typical(server, operation, "rate").toFixed(0),
    ),
  ];
  return tables.filter(Boolean).join("\n\n");
}

function table(heading, servers, cell) {
  if (servers.length === 0) return "";
  const row = (title, cells) => [title, ...cells].map((text) => text.padEnd(22)).join("").trimEnd();
  return [
    heading,
    row("", operations.map(({ name }) => name)),
    ...servers.map((server) => row(server.title, operations.map((operation) => cell(server, operation)))),
  ].join("\n");
}

function spread(numbers) {
  const [middle, lowest, highest] = [median(numbers), Math.min(...numbers), Math.max(...numbers)];
  return `${middle.toFixed(1)} (${lowest.toFixed(1)}–${highest.toFixed(1)})`;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
