// A button for SVG beside Plotly's own for PNG, in the bar of whatever chart the pointer or the keyboard reaches.
const PNG = ".modebar-btn[data-title*='PNG']";

function asSvg(chart, png) {
  const options = chart._context.toImageButtonOptions, before = options.format;
  options.format = "svg";
  png.click(); // reads its options at once
  options.format = before;
}

function named(button, format) {
  button.dataset.title = `Save as ${format}`;
  button.setAttribute("aria-label", `Save as ${format}`);
  button.dataset.format = format;
  button.textContent = format;
}

function offer(event) {
  const chart = event.target.closest?.(".js-plotly-plot");
  const png = chart?.querySelector(PNG);
  if (!png || png.dataset.format || !chart._context) return;
  const svg = png.cloneNode(false);
  named(png, "PNG");
  named(svg, "SVG");
  svg.addEventListener("click", () => asSvg(chart, png));
  png.after(svg);
}

export default function () {
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, offer);
  return () => { for (const kind of ["pointerover", "focusin"]) document.removeEventListener(kind, offer); };
}
