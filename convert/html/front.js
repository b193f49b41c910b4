// The front: accuracy over one of the things that a model takes. A click holds a point, also when the axis changes.
const frontState = {axis: null, held: null};

function hold(index) {
  frontState.held = index;
  const box = document.querySelector('[data-held="front"]');
  if (index !== null) {
    box.textContent = data.front.points[index].tip;
    box.classList.remove("empty");
  }
  const element = document.querySelector('[data-plot="front"]');
  element.drawn = 0;
  render(element);
}

function chooseAxis(axes) {
  const bar = document.querySelector('[data-choice="front"]');
  if (bar.childElementCount) return;
  for (const a of axes) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = a.name;
    button.dataset.axis = a.key;
    button.addEventListener("click", () => { frontState.axis = a.key; hold(frontState.held); });
    bar.append(button);
  }
}

draw.front = (element, {points, axes, of, percent, lower}, width) => {
  chooseAxis(axes);
  frontState.axis ??= axes[0]?.key;
  const key = frontState.axis, axis = axes.find(a => a.key === key);
  document.querySelectorAll('[data-choice="front"] button').forEach(b => b.setAttribute("aria-pressed", b.dataset.axis === key));
  const all = points.map((p, index) => ({...p, index, x: p.sizes[key], y: (percent ? 100 : 1) * p.accuracy})).filter(p => p.x > 0);
  const sign = lower ? -1 : 1;
  const ascending = all.filter(p => p.on).sort((a, b) => a.x - b.x || sign * (b.y - a.y));
  // Of what is on the front over everything, the line joins what is on it over this axis.
  let best = -Infinity;
  const line = ascending.filter(p => sign * p.y > best && (best = sign * p.y, true));
  const svg = Plot.plot({
    width, height: Math.max(280, Math.min(440, 0.62 * width)), marginLeft: 48, marginBottom: 44, marginTop: 28, marginRight: 18, insetLeft: 6, insetRight: 10, insetTop: 8, insetBottom: 6,
    style: {fontSize: `${labelSize}px`, background: "none", cursor: "pointer"},
    x: {label: axis.name + " →", labelAnchor: "right", tickFormat: key === "latency" ? "~g" : "~s", ticks: width < 500 ? 4 : 8, nice: true},
    y: {label: "↑ " + of, nice: true, grid: true},
    marks: [
      Plot.line(line, {x: "x", y: "y", stroke: "var(--kept)", curve: "step-after", strokeOpacity: 0.6}),
      Plot.dot(all, {x: "x", y: "y", r: 5, symbol: d => d.original ? "square" : "circle", fill: d => d.on ? "var(--kept)" : "var(--base)"}),
      Plot.dot(all.filter(p => p.index === frontState.held), {x: "x", y: "y", r: 10, stroke: "var(--ink)", strokeWidth: 2}),
      Plot.tip(all, Plot.pointer(tip({x: "x", y: "y", title: d => broken(d.tip)}))),
    ],
  });
  svg.addEventListener("click", () => { if (svg.value) hold(svg.value.index); });
  element.replaceChildren(svg);
};
