// Formats the tables of one host: CPU time, Whippet's ratios and targets, instance starts, latency and throughput.

import { operations } from "./operations.mjs";

/** `samples` has one { server, operation, micros, rate, p99, p999 } for every cell in every round. */
export function report(servers, samples) {
  const values = (server, operation, unit) =>
    samples.filter((sample) => sample.server === server && sample.operation === operation).map((sample) => sample[unit]);
  const medianOf = (server, operation, unit) => median(values(server, operation, unit));

  const reused = servers.filter(({ newInstances }) => !newInstances);
  const fresh = servers.filter(({ newInstances }) => newInstances);
  const whippet = reused.find(({ title }) => title === "Whippet");
  const silentOf = ({ name }) => reused.find((other) => other.name === name && !other.logs);
  const logging = reused.filter(({ logs }) => logs);
  const compared = whippet
    ? reused.filter(({ name, logs }) => !logs && operations.some(({ targets }) => name in targets))
    : [];

  const tables = [
    table("CPU µs per request: median (lowest–highest)", reused, (server, operation) =>
      spread(values(server, operation, "micros")),
    ),
    table("Whippet's median ÷ the median of … (target)", compared, (server, operation) => {
      const ratio = medianOf(whippet, operation, "micros") / medianOf(server, operation, "micros");
      const target = operation.targets[server.name];
      const verdict = target ? ` (${ratio <= target ? "met" : "MISSED"}: ≤ ${target.toFixed(2)})` : "";
      return ratio.toFixed(2) + verdict;
    }),
    table("log line, CPU µs: median (lowest–highest)", logging, (server, operation) => {
      const silent = values(silentOf(server), operation, "micros");
      return spread(values(server, operation, "micros").map((withLog, round) => withLog - silent[round]));
    }),
    table("instance start, CPU µs: median (lowest–highest)", fresh, (server, operation) => {
      const later = values(reused.find(({ title }) => title === server.title), operation, "micros");
      return spread(values(server, operation, "micros").map((first, round) => first - later[round]));
    }),
    table("latency in ms, 99% and 99.9%: medians", reused, (server, operation) =>
      ["p99", "p999"].map((unit) => medianOf(server, operation, unit).toFixed(2)).join(", "),
    ),
    table("requests/s, for information: median", reused, (server, operation) =>
      medianOf(server, operation, "rate").toFixed(0),
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
