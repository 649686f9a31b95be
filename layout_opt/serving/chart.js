export default {
  template: `<div role="img" :aria-label="alt"></div>`,
  props: { spec: String, alt: String },
  async mounted() {
    await import("/vega.js"); // as a module, so that its names stay its own
    await window.vegaEmbed(this.$el, JSON.parse(this.spec), { actions: false, renderer: "svg", tooltip: { theme: "light" } });
    this.$el.dataset.drawn = "yes";
  },
};
