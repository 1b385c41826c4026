// Formats the tables of one host: CPU time, Whippet's ratios and targets, log lines, instance starts, latency and
// throughput.

import { floors } from "./apps.mjs";
import { measured } from "./serve.mjs";

/** How far the CPU time of the floor may be from its median. A round in which it is farther away is not used. */
const tolerance = 0.15;

/**
 * `samples` has one { server, operation, round, micros, rate, p99, p999 } for every cell in every round, and `starts` has
 * one { app, milliseconds, cpu } for every cold start.
 */
export function report(servers, samples, starts) {
  const steady = samples.filter(isSteady(servers, samples));
  const select = (server, operation) => steady.filter((sample) => sample.server === server && sample.operation === operation);
  const values = (server, operation, unit) => select(server, operation).map((sample) => sample[unit]);

  /** Combines the samples of two servers that have the same round. */
  const paired = (server, other, operation, combine) =>
    select(server, operation).flatMap((sample) => {
      const match = select(other, operation).find(({ round }) => round === sample.round);
      return match ? [combine(sample.micros, match.micros)] : [];
    });

  const reused = servers.filter(({ newInstances }) => !newInstances);
  const fresh = servers.filter(({ newInstances }) => newInstances);
  const production = reused.filter(({ logs }) => logs);
  const silent = reused.filter(({ logs }) => !logs);
  const silentOf = ({ name }) => silent.find((other) => other.name === name);
  const logging = production.filter(silentOf);
  const loggingOf = ({ name }) => logging.find((other) => other.name === name);

  const ratios = (group) => {
    return (server, operation) => {
      const whippet = group.find((other) => isWhippet(other) && measured(other).includes(operation));
      const each = paired(whippet, server, operation, (micros, other) => micros / other);
      const target = server.logs ? operation.targets[server.name] : undefined;
      const verdict = target ? ` ${median(each) <= target ? "met" : "MISSED"}: ≤ ${target.toFixed(2)}` : "";
      return spread(each, 2) + verdict;
    };
  };
  const others = (group) => (group.some(isWhippet) ? group.filter((server) => !isWhippet(server)) : []);

  const tables = [
    dropped(servers, samples, steady),
    table("with logs and a database: CPU µs per request", production, (server, operation) =>
      spread(values(server, operation, "micros"), 1),
    ),
    table("with logs and a database: Whippet's CPU time ÷ the CPU time of …", others(production), ratios(production)),
    table("without logs: CPU µs per request", silent, (server, operation) => spread(values(server, operation, "micros"), 1)),
    table("without logs: Whippet's CPU time ÷ the CPU time of …", others(silent), ratios(silent)),
    table("log line: CPU µs", logging.map(silentOf), (server, operation) =>
      spread(paired(loggingOf(server), server, operation, (micros, without) => micros - without), 1),
    ),
    table("instance start: CPU µs", fresh, (server, operation) =>
      spread(paired(server, silentOf(server), operation, (first, later) => first - later), 1),
    ),
    coldTable(starts),
    table("latency in ms, 99% and 99.9%", production, (server, operation) =>
      ["p99", "p999"].map((unit) => median(values(server, operation, unit)).toFixed(2)).join(", "),
    ),
    table("requests/s, for information", production, (server, operation) =>
      median(values(server, operation, "rate")).toFixed(0),
    ),
  ];
  return tables.filter(Boolean).join("\n\n");
}

const isWhippet = ({ title }) => title.startsWith("Whippet");

/** Returns a filter for the samples of the rounds in which the machine was steady. */
function isSteady(servers, samples) {
  const floorOf = ({ server, operation, round }) => {
    const { logs, host } = server;
    const floor = servers.find((other) => other.name === floors[host] && other.logs === logs && !other.newInstances);
    const of = samples.filter((sample) => sample.server === floor && sample.operation === operation);
    return [of.find((sample) => sample.round === round)?.micros, median(of.map(({ micros }) => micros))];
  };
  return (sample) => {
    if (!servers.includes(sample.server)) return false;
    const [micros, middle] = floorOf(sample);
    return micros === undefined || Math.abs(micros / middle - 1) <= tolerance;
  };
}

function dropped(servers, samples, steady) {
  const all = samples.filter(({ server }) => servers.includes(server)).length;
  if (steady.length === all) return "";
  return `${all - steady.length} of ${all} samples are not used, because the CPU time of the floor moved by more than ${100 * tolerance}%.`;
}

function table(heading, servers, cell) {
  if (servers.length === 0) return "";
  const operations = [...new Set(servers.flatMap(measured))];
  const rows = servers.map((server) => [
    server.title,
    ...operations.map((operation) => (measured(server).includes(operation) ? cell(server, operation) : "")),
  ]);
  const lines = [["", ...operations.map(({ name }) => name)], ...rows];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const format = (line) => line.map((text, column) => text.padEnd(widths[column])).join("  ").trimEnd();
  return [`${heading}: median (lowest–highest)`, ...lines.map(format)].join("\n");
}

function coldTable(starts) {
  if (starts.length === 0) return "";
  const titles = [...new Set(starts.map(({ app }) => app.title))];
  const rows = titles.map((title) => {
    const of = starts.filter(({ app }) => app.title === title);
    const values = (unit) => spread(of.map((start) => start[unit]), 0);
    return `${title}  ${values("milliseconds")} ms, ${values("cpu")} ms of CPU time`;
  });
  return ["cold start, from the start of the host to the first response: median (lowest–highest)", ...rows].join("\n");
}

function spread(numbers, digits) {
  if (numbers.length === 0) return "no steady round";
  const [middle, lowest, highest] = [median(numbers), Math.min(...numbers), Math.max(...numbers)];
  return `${middle.toFixed(digits)} (${lowest.toFixed(digits)}–${highest.toFixed(digits)})`;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
