// A plot each.
function bars(element, items, width, part) {
  const right = 14 + Math.max(...items.map(d => textWidth(d.text)));
  const r = rows(items.map(d => d.name), width, 22, right);
  element.replaceChildren(Plot.plot({
    ...r.options, x: {domain: [0, 100], label: null, ticks: width < 500 ? 3 : 6, tickFormat: d => d + " %"},
    marks: [
      Plot.barX(items, {x1: 0, x2: 100, y: (_, i) => i, insetTop: r.head, fill: part.rest}),
      Plot.barX(items, {x1: 0, x2: d => Math.min(100, 100 * d.part), y: (_, i) => i, insetTop: r.head, fill: "var(--kept)"}),
      Plot.text(items, {x: 100, y: (_, i) => i, dx: 8, dy: r.shift, textAnchor: "start", text: "text", fill: "var(--ink)"}),
      Plot.axisX({ticks: width < 500 ? 3 : 6, tickFormat: d => d + " %", label: null}),
      r.labels, rowTip(items, d => Math.min(100, 100 * d.part)),
    ],
  }));
}

draw.left = (element, items, width) => bars(element, items, width, {rest: "var(--base)"});
draw.groups = (element, items, width) => bars(element, items, width, {rest: "var(--removed)"});

draw.saliency = (element, groups, width) => {
  const columns = Math.max(1, Math.min(4, Math.floor(width / 165))), gap = 24;
  element.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  const each = Math.floor((width - gap * (columns - 1)) / columns);
  element.replaceChildren(...groups.map(g => {
    const box = document.createElement("div"), name = document.createElement("h3");
    name.textContent = g.name;
    box.append(name, histogram(g, each));
    return box;
  }));
};

// Units worth nothing are a class of their own, apart at the left.
function histogram(g, width) {
  const zeros = g.zero ? 1 : 0, n = g.bins.length - zeros;
  const at = i => i < zeros ? -2 : i - zeros;
  const most = Math.max(1, ...g.bins.map(b => b.kept + b.removed));
  const ends = [[0, g.least, "start"], [n, g.most, "end"], ...(g.zero ? [[-1.5, "0", "middle"]] : [])];
  const bin = {x1: (_, i) => at(i) + 0.06, x2: (_, i) => at(i) + 0.94};
  const end = anchor => Plot.text(ends.filter(d => d[2] === anchor), {x: "0", text: "1", frameAnchor: "bottom", dy: 14, textAnchor: anchor, fill: "var(--soft)"});
  return Plot.plot({
    width, height: 96, marginLeft: 26, marginRight: 2, marginTop: 6, marginBottom: 20, style: {fontSize: "11px", background: "none"},
    x: {domain: [-2 * zeros, n], axis: null}, y: {domain: [0, most], label: null, ticks: [0, most], tickSize: 3, tickFormat: "d"},
    marks: [
      Plot.rectY(g.bins, {...bin, y1: 0, y2: "kept", fill: "var(--kept)"}),
      Plot.rectY(g.bins, {...bin, y1: "kept", y2: d => d.kept + d.removed, fill: "var(--removed)"}),
      Plot.ruleY([0], {stroke: "var(--base)"}),
      end("start"), end("end"), end("middle"),
      Plot.tip(g.bins, Plot.pointerX(tip({x: (_, i) => at(i) + 0.5, y: d => d.kept + d.removed, title: "tip", anchor: "bottom"}))),
    ],
  });
}

draw.pinned = (element, items, width) => {
  const all = d => d.weights + d.values, most = Math.max(1, ...items.map(all));
  const r = rows(items.map(d => d.name), width, 22, 14 + Math.max(...items.map(d => textWidth(d.text))));
  element.replaceChildren(Plot.plot({
    ...r.options, x: {domain: [0, most], label: null},
    marks: [
      Plot.barX(items, {x1: 0, x2: "weights", y: (_, i) => i, insetTop: r.head, fill: "var(--kept)"}),
      Plot.barX(items, {x1: "weights", x2: all, y: (_, i) => i, insetTop: r.head, fill: "var(--base)"}),
      Plot.text(items, {x: all, y: (_, i) => i, dx: 6, dy: r.shift, textAnchor: "start", text: "text", fill: "var(--ink)"}),
      Plot.axisX({ticks: d3.ticks(0, most, width < 500 ? 3 : 6).filter(Number.isInteger), tickFormat: ",d", label: null}),
      r.labels, rowTip(items, all),
    ],
  }));
};

draw.repairs = (element, items, width) => {
  const r = rows(items.map(d => d.name), width, 20, 16);
  // An error of 0 has no logarithm: it is at the left end.
  const positive = items.flatMap(d => [d.before, d.after]).filter(x => x > 0);
  const least = Math.min(1, ...positive) / 1.3, most = Math.max(...positive, least * 10) * 1.3;
  const x = v => Math.max(v, least);
  const first = Math.ceil(Math.log10(least)), last = Math.floor(Math.log10(most));
  const every = Math.ceil((last - first + 1) / (width < 500 ? 4 : 8));
  const decades = d3.range(first, last + 1, every).map(k => Number("1e" + k));
  element.replaceChildren(Plot.plot({
    ...r.options, x: {type: "log", domain: [least, most], label: null},
    marks: [
      Plot.gridX(decades, {stroke: "var(--line)", strokeOpacity: 1}),
      Plot.link(items, {x1: d => x(d.before), x2: d => x(d.after), y1: (_, i) => i, y2: (_, i) => i, dy: r.shift, stroke: "var(--base)", strokeWidth: 3}),
      Plot.dot(items, {x: d => x(d.before), y: (_, i) => i, dy: r.shift, r: 4.5, fill: "var(--removed)"}),
      Plot.dot(items, {x: d => x(d.after), y: (_, i) => i, dy: r.shift, r: 4.5, fill: d => d.taken ? "var(--kept)" : "var(--paper)", stroke: "var(--kept)", strokeWidth: 1.5}),
      Plot.axisX(decades, {tickFormat: ".0e", label: null}),
      r.labels, rowTip(items, d => x(d.after)),
    ],
  }));
};

draw.operators = (element, {models, operators}, width) => {
  const colours = ["var(--base)", "var(--kept)"].slice(-models.length);
  keyOf("operators", models.map((m, i) => [m, colours[i]]));
  const most = Math.max(1e-6, ...operators.flatMap(o => o.models.map(m => m.ms)));
  const height = models.length * 18 + 6;
  const r = rows(operators.map(o => o.name), width, height, 14 + Math.max(...operators.flatMap(o => o.models.map(m => textWidth(m.text)))));
  const marks = models.flatMap((_, k) => {
    const of = operators.map((o, i) => ({...o.models[k], row: i}));
    const bandHeight = height * 0.88 - 2, each = bandHeight / models.length;
    const inset = {insetTop: r.head + k * each, insetBottom: (models.length - 1 - k) * each + 1};
    return [
      Plot.barX(of, {x1: 0, x2: "ms", y: "row", ...inset, fill: colours[k]}),
      Plot.text(of, {x: "ms", y: "row", dx: 6, dy: r.shift + (k - (models.length - 1) / 2) * each, textAnchor: "start", text: "text", fill: "var(--ink)"}),
    ];
  });
  const all = operators.map(o => ({x: Math.max(...o.models.map(m => m.ms)), tip: o.models.map(m => m.tip).join("\n\n")}));
  element.replaceChildren(Plot.plot({
    ...r.options, x: {domain: [0, most], label: null},
    marks: [...marks, Plot.axisX({ticks: width < 500 ? 3 : 6, label: null}), r.labels, rowTip(all, "x")],
  }));
};

draw.ways = (element, nodes, width) => {
  const names = [...new Set(nodes.flatMap(n => n.ways.map(w => w.name)))];
  const palette = ["var(--soft)", "var(--kept)", "var(--removed)", "var(--good)", "var(--bad)"];
  const colour = name => palette[names.indexOf(name) % palette.length];
  keyOf(element.dataset.plot, names.map(n => [n, colour(n)]));
  const r = rows(nodes.map(n => n.name), width, 22, 16);
  const all = nodes.flatMap((n, i) => n.ways.map(w => ({...w, row: i})));
  if (all.length === 0) return;
  element.replaceChildren(Plot.plot({
    ...r.options, x: {type: "log", domain: [Math.min(...all.map(w => w.ms)) / 1.2, Math.max(...all.map(w => w.ms)) * 1.2], label: null},
    marks: [
      Plot.gridX({ticks: width < 500 ? 3 : 6, stroke: "var(--line)", strokeOpacity: 1}),
      Plot.ruleY(nodes, {y: (_, i) => i, dy: r.shift, stroke: "var(--line)"}),
      Plot.dot(all, {x: "ms", y: "row", dy: r.shift, r: 5, fill: d => d.taken ? colour(d.name) : "var(--paper)", stroke: d => colour(d.name), strokeWidth: 1.5}),
      Plot.axisX({ticks: width < 500 ? 3 : 6, tickFormat: "~g", label: null}),
      r.labels, Plot.tip(all, Plot.pointer(tip({x: "ms", y: "row", dy: r.shift, title: d => broken(d.tip)}))),
    ],
  }));
};

draw.efficiency = (element, nodes, width) => {
  const most = 1.08 * Math.max(0.1, ...nodes.flatMap(n => [n.rho, n.predicted]));
  const line = [[0, 0], [most, most]];
  const band = [0, 0.85 * most, most]; // what is 15 % over the diagonal leaves the plot before it ends
  element.replaceChildren(Plot.plot({
    width: Math.min(width, 640), height: Math.min(width, 460), marginLeft: 44, marginBottom: 48, marginRight: 12, style: {fontSize: `${labelSize}px`, background: "none"},
    x: {domain: [0, most], label: "rho predicted →", labelAnchor: "right"}, y: {domain: [0, most], label: "↑ rho realised"},
    marks: [
      Plot.areaY(band, {x: d => d, y1: d => d / 1.15, y2: d => Math.min(most, d / 0.85), fill: "var(--band)"}),
      Plot.line(line, {x: "0", y: "1", stroke: "var(--soft)", strokeDasharray: "4 4"}),
      Plot.dot(nodes, {x: "predicted", y: "rho", r: 5, fill: d => d.sparse ? "var(--kept)" : "var(--paper)", stroke: "var(--kept)", strokeWidth: 1.5}),
      Plot.tip(nodes, Plot.pointer(tip({x: "predicted", y: "rho", title: d => broken(d.tip)}))),
    ],
  }));
};

draw.timings = (element, items, width) => {
  const r = rows(items.map(d => d.name), width, 22, 14 + Math.max(...items.map(d => textWidth(d.text))));
  element.replaceChildren(Plot.plot({
    ...r.options, x: {domain: [0, Math.max(1e-3, ...items.map(d => d.seconds))], label: null},
    marks: [
      Plot.barX(items, {x1: 0, x2: "seconds", y: (_, i) => i, insetTop: r.head, fill: "var(--kept)"}),
      Plot.text(items, {x: "seconds", y: (_, i) => i, dx: 6, dy: r.shift, textAnchor: "start", text: "text", fill: "var(--ink)"}),
      Plot.axisX({ticks: width < 500 ? 3 : 6, tickFormat: d => d + " s", label: null}),
      r.labels,
    ],
  }));
};
