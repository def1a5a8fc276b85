// The row of key figures in the browser, each with its course as a small line.
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const W = 200, H = 38;

function draw(course) {
  const known = course.filter((v) => v !== null);
  const low = Math.min(...known), span = Math.max(...known) - low || 1;
  const point = (v, i) => [(i / Math.max(course.length - 1, 1)) * W, H - 3 - ((v - low) / span) * (H - 6)];
  const runs = [[]];
  course.forEach((v, i) => { if (v === null) runs.push([]); else runs[runs.length - 1].push(point(v, i)); });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const run of runs.filter((each) => each.length > 1)) {
    const line = "M" + run.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L");
    for (const [kind, shape] of [["area", `${line}L${run[run.length - 1][0]} ${H}L${run[0][0]} ${H}Z`], ["line", line]]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", kind);
      path.setAttribute("d", shape);
      svg.append(path);
    }
  }
  return svg;
}

function whyButton(d) {
  const node = make("button", "why", "Why?");
  node.type = "button";
  node.dataset.why = d.id;
  node.setAttribute("aria-label", `Why did ${d.label} move?`);
  return node;
}

function tile(d, opens) {
  const node = make(opens ? "button" : "div", "tile");
  node.dataset.kpi = d.id;
  if (d.help) node.title = d.help;
  node.append(make("div", "label", d.label), make("div", "value", d.value));
  const change = make("div", "change");
  if (d.delta) {
    const delta = make("span", "delta" + (d.good === true ? " good" : d.good === false ? " bad" : ""));
    if (d.trend) delta.append(make("i", d.trend > 0 ? "up" : "down"));
    delta.append(document.createTextNode(d.delta));
    change.append(delta);
  }
  if (d.note) change.append(make("span", "note", d.note));
  node.append(change);
  if (d.course.filter((v) => v !== null).length > 1) node.append(draw(d.course));
  if (d.target !== null) {
    const goal = make("div", "goal"), bar = make("b");
    bar.style.width = Math.max(0, Math.min(1, d.target)) * 100 + "%";
    goal.append(bar);
    node.append(goal);
  }
  if (d.target_text) node.append(make("div", "aim", d.target_text));
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.dataset.testid = "kpis";
  root.replaceChildren(...data.tiles.map((each) => {
    const place = make("div", "place");
    place.append(tile(each, data.opens), ...(each.moved ? [whyButton(each)] : []));
    return place;
  }));
  root.onclick = (event) => {
    const asked = event.target.closest("button.why");
    if (asked) setTriggerValue("why", asked.dataset.why);
    const one = event.target.closest("button.tile");
    if (one) setTriggerValue("click", one.dataset.kpi);
  };
}
