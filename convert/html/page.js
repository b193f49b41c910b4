"use strict";
// What plots have in common: they are drawn as wide as there is room, and again when that changes.
const data = JSON.parse(document.getElementById("data").textContent);
const draw = {}; // by the name of a plot, or what it has in front of "-": (element, data, width) draws into the element

const ruler = document.createElement("canvas").getContext("2d");
const labelSize = 12;

function textWidth(text) {
  ruler.font = `${labelSize}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

// The end of a name tells nodes apart: what does not fit goes at the front.
function shortened(name, width) {
  if (textWidth(name) <= width) return name;
  let low = 0, high = name.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (textWidth("…" + name.slice(mid)) <= width) high = mid;
    else low = mid + 1;
  }
  return "…" + name.slice(low);
}

// Tips break lines at blanks alone, which names have none of.
function broken(tip) {
  return tip.split("\n").map(line => line.length <= 40 || line.includes(" ") ? line : line.replace(/.{1,38}([\/._:]|$)|.{38}/g, "$&\n").trimEnd()).join("\n");
}

// A plot with one row a name: the names are at the left where they fit, else each above its row.
function rows(names, width, height, right) {
  const longest = Math.max(0, ...names.map(textWidth));
  const above = longest > 0.36 * width;
  const left = above ? 1 : Math.ceil(longest) + 12;
  const head = above ? 18 : 0;
  return {
    above,
    head, // of a row: where its name is
    shift: head / 2, // of what is centred in a row
    options: {
      width, marginLeft: left, marginRight: right, marginTop: 4, marginBottom: 30,
      height: 34 + names.length * (height + head),
      style: {fontSize: `${labelSize}px`, background: "none"},
      y: {type: "band", domain: names.map((_, i) => i), padding: 0.12, axis: null, label: null},
    },
    labels: above
      ? Plot.text(names, {x: null, y: (_, i) => i, text: n => shortened(n, width - 4), frameAnchor: "left", textAnchor: "start", lineAnchor: "middle", dy: -height / 2 - 1, fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 4})
      : Plot.text(names, {x: null, y: (_, i) => i, text: n => n, frameAnchor: "left", textAnchor: "end", dx: -8, fill: "var(--ink)"}),
  };
}

function tip(options) {
  return {lineWidth: 40, fontSize: labelSize, fill: "var(--panel)", stroke: "var(--soft)", pointerSize: 6, ...options};
}

// The tip of the row that the pointer is in, wherever in it.
function rowTip(items, x) {
  return Plot.tip(items, Plot.pointerY(tip({x, y: (_, i) => i, title: d => broken(d.tip), anchor: "top-left", maxRadius: 60})));
}

function keyOf(name, entries) {
  const key = document.querySelector(`[data-key="${name}"]`);
  if (!key || key.childElementCount) return;
  for (const [text, colour] of entries) {
    const span = document.createElement("span");
    span.textContent = text;
    span.style.setProperty("--swatch", colour);
    key.append(span);
  }
}

function render(element) {
  const name = element.dataset.plot, width = Math.floor(element.clientWidth);
  const to = draw[name] ?? draw[name.split("-")[0]];
  if (!to || data[name] === undefined || width === 0 || element.drawn === width) return;
  element.drawn = width;
  to(element, data[name], width);
}

addEventListener("DOMContentLoaded", () => {
  const plots = document.querySelectorAll("[data-plot]");
  const watch = new ResizeObserver(entries => entries.forEach(e => requestAnimationFrame(() => render(e.target))));
  plots.forEach(e => { render(e); watch.observe(e); });
});
// On paper everything is open.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = true; }));
