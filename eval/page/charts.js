const SVG = "http://www.w3.org/2000/svg";
const WIDE = 420, HIGH = 300, LEFT = 42, BOTTOM = 36, RIGHT = 10, TOP = 10;

/** Make an SVG element. */
function draw(tag, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

/** Add a figure; its legend hides and shows the lines, which are found by their label. */
function addFigure(parent, svg, caption, lines) {
  const legend = make("div", { class: "legend" });
  for (const { label, note, colour, element } of lines) {
    const button = make("button", { type: "button", "aria-pressed": "true" }, label + note);
    button.style.setProperty("--colour", colour);
    button.addEventListener("click", () => {
      const visible = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(visible));
      element.style.display = visible ? "" : "none";
    });
    legend.append(button);
  }
  parent.append(make("figure", {}, make("figcaption", {}, caption), svg, legend));
}

/** Add curves over a common axis. series: {label, note, ys, colour}. */
function addCurves(parent, { caption, across, xs, series }) {
  const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": caption });
  const last = xs[xs.length - 1];
  const atX = (x) => LEFT + (WIDE - LEFT - RIGHT) * x / last;
  const atY = (y) => HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * y;
  for (let step = 0; step <= 5; step += 1) {
    const y = step / 5, x = last * step / 5;
    svg.append(
      draw("path", { class: "grid", d: `M${LEFT},${atY(y)}H${WIDE - RIGHT}` }),
      draw("path", { class: "grid", d: `M${atX(x)},${TOP}V${HIGH - BOTTOM}` }),
      draw("text", { x: LEFT - 6, y: atY(y) + 4, "text-anchor": "end" }, y.toFixed(1)),
      draw("text", { x: atX(x), y: HIGH - BOTTOM + 15, "text-anchor": "middle" }, String(+x.toFixed(2))),
    );
  }
  const middle = (LEFT + WIDE - RIGHT) / 2;
  svg.append(draw("text", { x: middle, y: HIGH - 4, "text-anchor": "middle" }, across));
  const lines = series.map((each) => {
    const points = each.ys.map((y, i) => `${atX(xs[i]).toFixed(1)},${atY(y).toFixed(1)}`);
    const element = draw("polyline", { class: "curve", stroke: each.colour, points: points.join(" ") });
    element.append(draw("title", {}, each.label + each.note));
    svg.append(element);
    return { ...each, element };
  });
  addFigure(parent, svg, caption, lines);
}

/** Add a radar chart. series: {label, note, values (in [0, 1]), colour}. */
function addRadar(parent, { caption, names, series }) {
  const size = 360, centre = size / 2, reach = size / 2 - 44;
  const svg = draw("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": caption });
  const at = (index, share) => {
    const angle = 2 * Math.PI * index / names.length - Math.PI / 2;
    const [x, y] = [Math.cos(angle), Math.sin(angle)].map((part) => centre + reach * share * part);
    return [x.toFixed(1), y.toFixed(1)];
  };
  const ring = (shares) => shares.map((share, index) => at(index, share).join(",")).join(" ");
  for (const share of [0.25, 0.5, 0.75, 1]) {
    svg.append(draw("polygon", { class: "grid", points: ring(names.map(() => share)) }));
  }
  names.forEach((name, index) => {
    const [x, y] = at(index, 1.13);
    svg.append(draw("text", { x, y: +y + 4, "text-anchor": "middle" }, name));
  });
  const lines = series.map((each) => {
    const element = draw("polygon", { class: "curve", stroke: each.colour, points: ring(each.values) });
    element.append(draw("title", {}, each.label));
    svg.append(element);
    return { ...each, element };
  });
  addFigure(parent, svg, caption, lines);
}
