/* The number that a cell shows, or the one behind it. "<0.1" is less than 0.1, and "–" is none. */
function numberOf(cell) {
  if (cell.dataset.value !== undefined) return cell.dataset.value === "" ? NaN : Number(cell.dataset.value);
  const [, below, digits] = cell.textContent.replace(/[,\s]/g, "").match(/^([<>])?([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/i) ?? [];
  return digits === undefined ? NaN : Number(digits) / (below ? 2 : 1);
}

/* Sort the rows of a table by a column; totals stay below. Cells without a number come last. */
function sortRows(table, column, numeric, order) {
  const [body] = table.tBodies;
  const rows = [...body.rows];
  rows.forEach((row, place) => { row.dataset.place ??= place; });
  const letters = new Intl.Collator(table.closest("[lang]").lang, { numeric: true });
  const compare = (a, b) => {
    const [x, y] = [a.cells[column], b.cells[column]];
    if (!numeric) return letters.compare(x.textContent, y.textContent);
    const [m, n] = [numberOf(x), numberOf(y)];
    if (Number.isNaN(m) || Number.isNaN(n)) return (Number.isNaN(m) - Number.isNaN(n)) * (order === "descending" ? -1 : 1);
    return m === n ? 0 : m - n;
  };
  rows.sort((a, b) => a.dataset.place - b.dataset.place);
  if (order) rows.sort((a, b) => (order === "descending" ? compare(b, a) : compare(a, b)));
  body.append(...rows);
}

/* Headings become buttons: first the largest number or the first letter, then the other way round, then as it was. */
for (const table of document.querySelectorAll("table")) {
  if (table.tBodies[0].rows.length < 2) continue;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const numeric = head.classList.contains("number");
    const orders = numeric ? ["descending", "ascending", ""] : ["ascending", "descending", ""];
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = orders[(orders.indexOf(head.getAttribute("aria-sort") ?? "") + 1) % orders.length];
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (order) head.setAttribute("aria-sort", order);
      sortRows(table, column, numeric, order);
    });
  });
}

/* What scrolls sideways can be reached with the keyboard; what fits is no stop on the way. */
function reach(report) {
  for (const box of report.querySelectorAll(".scroll")) box.toggleAttribute("tabindex", false);
  for (const box of report.querySelectorAll(".scroll")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}
