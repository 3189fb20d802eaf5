"use strict";

const COLOURS = ["#2f7fd6", "#e0662f", "#2d9d5f", "#c43c7e", "#8a63d2", "#b08d12", "#16a0a8", "#7d8590"];
const TITLES = {
  success_auc: "AUC", precision: "P", norm_precision: "NP", ao: "AO", sr50: "SR50", sr75: "SR75",
  f_score: "F", recall: "Re",
};

/** Make an element with attributes and children; text becomes text, never markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Name a number as papers do. */
function titleOf(value) {
  return TITLES[value] ?? value;
}

/** Write a share in percent; a dash for none. */
function percent(share) {
  return share === null || share === undefined ? "–" : (100 * share).toFixed(1);
}

/**
 * Add a table whose columns sort when their heads are pressed.
 * columns: {title, value(row) -> what is sorted by, text(row) -> what is shown}.
 */
function addTable(parent, columns, rows, { sortBy = null, descending = false, shown = Infinity } = {}) {
  let order = { column: sortBy, descending };
  let limit = shown;
  const body = make("tbody");
  const heads = columns.map((column, index) => {
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      const again = order.column === index;
      order = { column: index, descending: again ? !order.descending : index > 0 };
      fill();
    });
    return make("th", { scope: "col" }, button);
  });
  const more = make("button", { type: "button", class: "more" }, `Show all ${rows.length}`);
  more.addEventListener("click", () => { limit = Infinity; fill(); });

  function fill() {
    const sorted = [...rows];
    if (order.column !== null) {
      const key = columns[order.column].value;
      sorted.sort((a, b) => compare(key(a), key(b), order.descending));
    }
    body.replaceChildren(...sorted.slice(0, limit).map(
      (row) => make("tr", {}, ...columns.map((column) => make("td", {}, column.text(row)))),
    ));
    heads.forEach((head, index) => {
      if (index !== order.column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", order.descending ? "descending" : "ascending");
    });
    more.hidden = limit >= rows.length;
  }

  fill();
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
  parent.append(make("div", { class: "scroll" }, table), more);
  parent.classList.add("used");
}

/** Compare numbers as numbers and words as words; what is missing comes last either way. */
function compare(a, b, descending) {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  const step = typeof a === "number" ? a - b : String(a).localeCompare(String(b));
  return descending ? -step : step;
}
