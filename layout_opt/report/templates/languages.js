const reports = [...document.querySelectorAll(".report")];
const shown = () => reports.find((report) => !report.hidden);

/* Show the report that the address asks for (#zh, #zh-map), and what it names there; the first one where it names none. */
async function follow() {
  const address = location.hash.slice(1);
  const before = shown();
  const report = reports.find((one) => address.split("-")[0] === one.dataset.language) ?? reports[0];
  delete document.body.dataset.drawn;
  for (const one of reports) one.hidden = one !== report;
  document.documentElement.lang = report.lang;
  document.title = report.dataset.title;
  const target = document.getElementById(address);
  if (target?.closest("details")) target.closest("details").open = true;
  if (report !== before) report.querySelector(".switch")?.focus({ preventScroll: true });
  target?.scrollIntoView();
  const first = !report.charts;
  await draw(report);
  if (report !== shown()) return;
  reach(report);
  if (first) target?.scrollIntoView();  // charts have moved it
  document.body.dataset.drawn = report.dataset.language;
}

for (const link of document.querySelectorAll(".switch")) link.hidden = false;
for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", () => reach(shown()));
addEventListener("hashchange", follow);
addEventListener("resize", () => reach(shown()));
let unfolded = [];  // notes that are open for print only
addEventListener("beforeprint", () => {
  unfolded = [...shown().querySelectorAll("details.notes:not([open])")];
  for (const notes of unfolded) notes.open = true;
});
addEventListener("afterprint", () => { for (const notes of unfolded) notes.open = false; });
follow();
