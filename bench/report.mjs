// The three tables: CPU time, Whippet's ratios with their targets, throughput.

import { operations } from "./operations.mjs";

/** `samples`: one { title, operation, micros, rate } for each cell of each round. */
export function report(titles, samples) {
  const values = (title, operation, unit) =>
    samples.filter((s) => s.title === title && s.operation === operation).map((s) => s[unit]);
  const cell = (title, operation, unit) => median(values(title, operation, unit));

  const time = table("CPU µs a request: median (lowest–highest)", titles, (title, { name }) => {
    const all = values(title, name, "micros");
    return `${cell(title, name, "micros").toFixed(1)} (${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)})`;
  });

  const baselines = { "axum through worker": "axum", Hono: "hono" };
  const compared = titles.includes("Whippet") ? titles.filter((title) => title in baselines) : [];
  const ratios = table("Whippet's median ÷ that of … (target)", compared, (title, { name, targets }) => {
    const ratio = cell("Whippet", name, "micros") / cell(title, name, "micros");
    const target = targets[baselines[title]];
    return `${ratio.toFixed(2)} (${ratio <= target ? "met" : "MISSED"}: ≤ ${target.toFixed(2)})`;
  });

  const rate = table("requests/s, for information: median", titles, (title, { name }) =>
    cell(title, name, "rate").toFixed(0),
  );

  return [time, ...(compared.length ? [ratios] : []), rate].join("\n\n");
}

function table(heading, titles, cell) {
  const row = (title, cells) => [title, ...cells].map((text) => text.padEnd(22)).join("").trimEnd();
  return [
    heading,
    row("", operations.map(({ name }) => name)),
    ...titles.map((title) => row(title, operations.map((operation) => cell(title, operation)))),
  ].join("\n");
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
