// Puts the charts on screen, as SVG, into the places that a report has for them, and saves it as one file.
const SVG = "http://www.w3.org/2000/svg";
const MOST_MILLISECONDS = 6000;
const OVERLAYS = ".hoverlayer, .modebar-container, .notifier-container, .cursor-pane, .select-outline";

const charts = () => [...document.querySelectorAll(".stPlotlyChart .js-plotly-plot")];
const words = (chart) => chart.closest(".stPlotlyChart")?.getAttribute("aria-label") ?? "";

function drawn(chart) {
  const layers = [...chart.querySelectorAll("svg.main-svg")];
  if (!layers.length) return null;
  const [width, height] = ["width", "height"].map((side) => layers[0].getAttribute(side));
  const whole = document.createElementNS(SVG, "svg");
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  whole.setAttribute("width", width);
  whole.setAttribute("role", "img");
  whole.setAttribute("aria-label", words(chart));
  for (const layer of layers) {
    const copy = layer.cloneNode(true);
    copy.querySelectorAll(OVERLAYS).forEach((each) => each.remove());
    copy.removeAttribute("class");
    copy.removeAttribute("style");
    whole.append(copy);
  }
  const text = new XMLSerializer().serializeToString(whole);
  return text.replace(/url\((&quot;|["'])?[^)#]*(#[^)"'&]+)(&quot;|["'])?\)/g, "url($2)");
}

async function inLight(card) {
  const until = performance.now() + MOST_MILLISECONDS;
  const waits = () => charts().some((chart) => chart.layout?.paper_bgcolor !== card);
  while (card && waits() && performance.now() < until) await new Promise((then) => setTimeout(then, 100));
  await new Promise((then) => setTimeout(then, 150)); // the last chart is painted
}

function filled(html) {
  const report = new DOMParser().parseFromString(html, "text/html");
  for (const place of report.querySelectorAll("figure[data-alt]")) {
    const chart = charts().find((each) => words(each) === place.dataset.alt);
    const picture = chart && drawn(chart);
    if (picture) place.insertAdjacentHTML("afterbegin", picture);
    place.removeAttribute("data-alt");
  }
  return `<!doctype html>\n${report.documentElement.outerHTML}`;
}

function saved(name, html) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export default function ({ data, setTriggerValue }) {
  if (!data) return undefined;
  let gone = false;
  inLight(data.card).then(() => {
    if (gone) return;
    saved(data.name, filled(data.html));
    setTriggerValue("saved", true); // what was drawn in light colours is drawn as before
  });
  return () => { gone = true; };
}
