const AXES = {
  success: ["Success", "overlap threshold"],
  precision: ["Precision", "distance of centres, pixels"],
  norm_precision: ["Normalized precision", "distance of centres, box sizes"],
};

const data = JSON.parse(document.getElementById("data").textContent);
const part = (id) => document.getElementById(id);
const labels = Object.keys(data.trackers);
const first = data.values[0];
const colourOf = (label) => COLOURS[labels.indexOf(label) % COLOURS.length];

part("title").textContent = data.benchmark;
part("about").textContent = `Protocol ${data.protocol}: ${data.protocol_title}. Numbers are percent; `
  + "± is half the 95 % interval over resampled sequences. Press a column's head to sort.";

part("notes").textContent = data.notes.join("\n");
for (const id of data.mark ? ["summary", "plots", "pairs", "attributes", "sequences"] : []) {
  part(id).querySelector("h2").append(` (${data.mark})`);
}

/** A column of one of the overall numbers. */
function numberColumn(value) {
  const of = (label) => data.trackers[label].overall[value];
  return { title: titleOf(value), value: of, text: (label) => percent(of(label)) };
}

/** A column of a time per update. */
function timeColumn(title, key) {
  const of = (label) => data.trackers[label].speed?.[key] ?? null;
  return { title, value: of, text: (label) => of(label)?.toFixed(1) ?? "–" };
}

const half = (label) => {
  const ends = data.trackers[label].intervals[first];
  return ends ? (ends[1] - ends[0]) / 2 : null;
};
const scored = (label) => data.trackers[label].scored;
const whole = data.coverage.official || data.coverage.present;
addTable(part("summary"), [
  { title: "tracker", value: (label) => label, text: (label) => label },
  ...data.values.map(numberColumn),
  { title: "±", value: half, text: (label) => percent(half(label)) },
  timeColumn("median ms", "median_ms"),
  timeColumn("p95 ms", "p95_ms"),
  { title: "sequences", value: scored, text: (label) => `${scored(label)} of ${whole}` },
], labels, { sortBy: 1, descending: true });

for (const [curve, [caption, across]] of Object.entries(AXES)) {
  if (!(curve in data.thresholds)) continue;
  const value = curve in data.trackers[labels[0]].overall ? curve : first;
  part("plots").classList.add("used");
  addCurves(part("plots").querySelector(".plots"), {
    caption, across, xs: data.thresholds[curve],
    series: labels.map((label) => ({
      label, colour: colourOf(label), ys: data.trackers[label].curves[curve],
      note: ` ${percent(data.trackers[label].overall[value])}`,
    })),
  });
}

if (data.pairs.length > 0) {
  const share = (title, key) => ({ title, value: (p) => p[key], text: (p) => percent(p[key]) });
  const plain = (title, key) => ({ title, value: (p) => p[key], text: (p) => String(p[key]) });
  addTable(part("pairs"), [
    { title: `${data.pairs[0].first} against`, value: (p) => p.second, text: (p) => p.second },
    share(`difference in ${titleOf(first)}`, "difference"), share("from", "low"), share("to", "high"),
    { title: "p", value: (p) => p.p_value, text: (p) => p.p_value.toFixed(4) },
    plain("wins", "wins"), plain("losses", "losses"),
  ], data.pairs);
}

/** Columns of the first number, one for each tracker; rows are names. */
function byTracker(title, key) {
  const of = (label, name) => data.trackers[label][key][name]?.[first] ?? null;
  return [
    { title, value: (name) => name, text: (name) => name },
    ...labels.map((label) => ({
      title: label, value: (name) => of(label, name), text: (name) => percent(of(label, name)),
    })),
  ];
}

const namesOf = (key) => [...new Set(labels.flatMap((l) => Object.keys(data.trackers[l][key])))];
const attributes = namesOf("attributes").sort();
if (attributes.length > 2) {
  addRadar(part("attributes").querySelector(".plots"), {
    caption: titleOf(first), names: attributes,
    series: labels.map((label) => ({
      label, note: "", colour: colourOf(label),
      values: attributes.map((name) => data.trackers[label].attributes[name]?.[first] ?? 0),
    })),
  });
}
if (attributes.length > 0) addTable(part("attributes"), byTracker("attribute", "attributes"), attributes);
if (data.clips.length > 0) addPlayer(part("clips"), data.clips, colourOf);
addTable(part("sequences"), byTracker("sequence", "sequences"), namesOf("sequences"), { sortBy: 1, shown: 15 });
part("origin").append(make("ul", {}, ...data.provenance.map((line) => make("li", {}, line))));
part("origin").classList.add("used");
