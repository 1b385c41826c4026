// Small plots as SVG. Each plot has a text for screen readers, which contains the latest values and the highest value.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [480, 120];

function element(name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
  node.textContent = text;
  return node;
}

/** Returns a number with few digits. */
export const short = (value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString("en");

const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** Replaces the plot in `figure`. `series` names the numbers of each point; `draw` returns the shapes of the plot. */
function replace(figure, points, series, format, draw, highest) {
  figure.querySelectorAll("svg, ul, p").forEach((old) => old.remove());
  const last = points.at(-1);
  if (!last) return;
  const top = highest || 1;
  const y = (value) => HEIGHT - (value / top) * HEIGHT;
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 22}`, role: "img" });
  const title = figure.querySelector("figcaption").textContent;
  const latest = series.map((name) => `${name} ${format(last[name])}`).join(", ");
  svg.setAttribute("aria-label", `${title}. Latest: ${latest}. Highest value: ${format(highest)}.`);
  svg.append(
    element("line", { x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT, class: "axis" }),
    ...draw(y),
    element("text", { x: 4, y: 15, class: "label" }, format(top)),
    element("text", { x: 0, y: HEIGHT + 16, class: "label" }, clock(points[0].time)),
    element("text", { x: WIDTH, y: HEIGHT + 16, class: "label end" }, clock(last.time)),
  );
  const legend = document.createElement("ul");
  for (const name of series) {
    const item = document.createElement("li");
    item.className = name;
    item.textContent = `${name}: ${format(last[name])}`;
    legend.append(item);
  }
  figure.append(svg, legend);
}

/** Draws a line for each series. */
export function lines(figure, points, series, format = short) {
  const [start, end] = [points[0]?.time, points.at(-1)?.time];
  const x = (time) => (end === start ? WIDTH : ((time - start) / (end - start)) * WIDTH);
  const highest = Math.max(0, ...points.flatMap((point) => series.map((name) => point[name])));
  const draw = (y) => series.map((name) => {
    const places = points.map((point) => `${x(point.time).toFixed(1)},${y(point[name]).toFixed(1)}`);
    return element("polyline", { points: places.join(" "), class: `line ${name}` });
  });
  replace(figure, points, series, format, draw, highest);
}

/** Draws a bar for each point, with the series on top of each other. */
export function bars(figure, points, series, format = short) {
  const width = WIDTH / points.length;
  const highest = Math.max(0, ...points.map((point) => series.reduce((sum, name) => sum + point[name], 0)));
  const draw = (y) => points.flatMap((point, at) => {
    let below = 0;
    return series.filter((name) => point[name] > 0).map((name) => {
      const [bottom, top] = [y(below), y(below + point[name])];
      below += point[name];
      const place = { x: at * width, y: top, width: width * 0.8, height: bottom - top };
      return element("rect", { ...place, class: `bar ${name}` });
    });
  });
  replace(figure, points, series, format, draw, highest);
}
