const specs = JSON.parse(document.getElementById("specs").textContent);
const options = { actions: false, renderer: "svg", tooltip: { theme: "light" } };
const drawn = Object.entries(specs).map(([name, spec]) =>
  vegaEmbed(document.getElementById("chart-" + name), spec, options).then(() => {
    document.getElementById("chart-" + name).dataset.drawn = "yes";
  }));
Promise.all(drawn).then(() => { document.body.dataset.drawn = "yes"; });
