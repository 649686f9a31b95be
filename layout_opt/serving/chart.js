const AHEAD = "600px"; // how far below what is seen a chart is drawn already

export default {
  template: `<div role="img" :aria-label="alt"></div>`,
  props: { spec: String, alt: String },
  mounted() {
    const seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        seen.disconnect();
        this.draw();
      }
    }, { rootMargin: AHEAD });
    seen.observe(this.$el);
  },
  methods: {
    async draw() {
      await import("/vega.js"); // as a module, so that its names stay its own
      await window.vegaEmbed(this.$el, JSON.parse(this.spec), { actions: false, renderer: "svg", tooltip: { theme: "light" } });
      this.$el.dataset.drawn = "yes";
    },
  },
};
