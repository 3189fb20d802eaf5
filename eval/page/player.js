const WHITE = "#ffffff", TRUTH = "truth (dashed)";

/** Add a player of one clip at a time: pictures, true boxes (dashed), boxes of the trackers. */
function addPlayer(parent, clips, colourOf) {
  const canvas = make("canvas"), pen = canvas.getContext("2d");
  const choice = make("select", { "aria-label": "clip" });
  choice.append(...clips.map((clip, index) => make("option", { value: index }, clip.name)));
  const button = make("button", { type: "button" }, "Play");
  const slider = make("input", { type: "range", min: 0, value: 0, "aria-label": "frame" });
  const counter = make("span");
  const hidden = new Set();
  let clip = clips[0], pictures = [], timer = null;

  function open(index) {
    clip = clips[index];
    pictures = clip.pictures.map((source) => Object.assign(new Image(), { src: source }));
    [canvas.width, canvas.height] = clip.shown;
    slider.max = pictures.length - 1;
    go(0);
  }

  function go(step) {
    slider.value = step;
    counter.textContent = `frame ${clip.frames[step] + 1}`;
    const picture = pictures[step];
    if (picture.complete) paint(step);
    else picture.onload = () => { if (+slider.value === step) paint(step); };
  }

  function paint(step) {
    pen.drawImage(pictures[step], 0, 0, canvas.width, canvas.height);
    pen.lineWidth = 2;
    for (const [label, boxes] of Object.entries(clip.boxes)) {
      if (!hidden.has(label)) outline(boxes[step], colourOf(label));
    }
    pen.setLineDash([5, 3]);
    if (!hidden.has(TRUTH)) outline(clip.truth[step], WHITE);
    pen.setLineDash([]);
  }

  function outline(box, colour) {
    if (box === null) return;
    pen.strokeStyle = colour;
    pen.strokeRect(...box.map((side) => side * clip.scale));
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  }

  button.addEventListener("click", () => {
    if (timer !== null) return pause();
    button.textContent = "Pause";
    timer = setInterval(() => go((+slider.value + 1) % pictures.length), 60);
  });
  slider.addEventListener("input", () => { pause(); go(+slider.value); });
  choice.addEventListener("change", () => { pause(); open(+choice.value); });
  const legend = make("div", { class: "legend" });
  for (const label of [...Object.keys(clips[0].boxes), TRUTH]) {
    const entry = make("button", { type: "button", "aria-pressed": "true" }, label);
    entry.style.setProperty("--colour", label === TRUTH ? WHITE : colourOf(label));
    entry.addEventListener("click", () => {
      if (!hidden.delete(label)) hidden.add(label);
      entry.setAttribute("aria-pressed", String(!hidden.has(label)));
      paint(+slider.value);
    });
    legend.append(entry);
  }
  parent.append(canvas, make("div", { class: "controls" }, button, slider, counter, choice), legend);
  parent.classList.add("used");
  open(0);
}
