// Buttons for PNG and SVG in place of Plotly's one, in the bar of whatever chart the pointer or the keyboard reaches.
const OWN = ".modebar-btn[data-title*='PNG']:not([data-format])";
const TITLE_PIXELS = 34;

function titled(chart) {
  const said = chart.closest(".stPlotlyChart")?.getAttribute("aria-label") ?? "";
  const text = said.split(/\.\s/)[0].replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const { layout } = chart;
  return {
    ...layout,
    title: { text, x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12, l: 12 },
      font: { size: 15, weight: 600, color: layout.hoverlabel?.font?.color } },
    margin: { ...layout.margin, t: (layout.margin?.t ?? 0) + TITLE_PIXELS },
    height: layout.height + TITLE_PIXELS,
  };
}

function save(chart, own, format) {
  const { layout } = chart, options = chart._context.toImageButtonOptions, before = options.format;
  chart.layout = titled(chart);
  options.format = format.toLowerCase();
  try { own.click(); } // copies layout and options at once
  finally { chart.layout = layout; options.format = before; }
}

function button(chart, own, format) {
  const made = own.cloneNode(false);
  made.dataset.title = `Save as ${format}`;
  made.setAttribute("aria-label", `Save as ${format}`);
  made.dataset.format = format;
  made.textContent = format;
  made.addEventListener("click", () => save(chart, own, format));
  return made;
}

function offer(event) {
  const chart = event.target.closest?.(".js-plotly-plot");
  const own = chart?.querySelector(OWN);
  if (!own || own.style.display === "none" || !chart._context) return;
  const focused = document.activeElement === own;
  const made = ["PNG", "SVG"].map((format) => button(chart, own, format));
  own.after(...made);
  own.style.display = "none";
  if (focused) made[0].focus();
}

export default function () {
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, offer);
  return () => { for (const kind of ["pointerover", "focusin"]) document.removeEventListener(kind, offer); };
}
