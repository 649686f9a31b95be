"use strict";
const drawn = JSON.parse(document.getElementById("charts").textContent);
const chosen = {};  // what the reader chose, by the name of the choice
const views = [];  // charts that are drawn, with the choices that they know

/* The specification of a chart with its own copy of the data, since a view writes into its rows. */
function specification(language, name) {
  const spec = structuredClone(drawn.charts[language][name]);
  spec.datasets = Object.fromEntries(spec.datasets.map((data) => [data, structuredClone(drawn.datasets[data])]));
  for (const asked of spec.params ?? []) if (asked.name in chosen) asked.value = chosen[asked.name];
  spec.config.aria = false;  // a chart is one image with a description; its figures stand in a table
  return spec;
}

async function drawOne(box, language) {
  const spec = specification(language, box.dataset.name);
  const { view } = await vegaEmbed(box, spec, { actions: false, renderer: "svg", tooltip: { theme: "light" } });
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", spec.description);
  const names = (spec.params ?? []).map((asked) => asked.name);
  views.push({ view, names });
  if (names.includes("region")) {
    view.addEventListener("click", (_, item) => {
      const region = item?.datum?.region;
      if (region) choose("region", region === chosen.region ? "" : region);
    });
  }
}

/* Draw all charts of a report, once. */
function draw(report) {
  report.charts ??= Promise.all([...report.querySelectorAll(".chart")].map((box) => drawOne(box, report.dataset.language)));
  return report.charts;
}

/* Set a choice everywhere: in every list that offers it, and in every chart that knows it. */
function choose(name, value) {
  chosen[name] = value;
  for (const list of document.querySelectorAll("select[data-choice]")) if (list.dataset.choice === name) list.value = value;
  for (const { view, names } of views) if (names.includes(name)) view.signal(name, value).runAsync();
}

for (const group of document.querySelectorAll(".choices")) group.hidden = false;
for (const list of document.querySelectorAll("select[data-choice]")) list.addEventListener("change", () => choose(list.dataset.choice, list.value));
