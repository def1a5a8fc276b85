// The segments in the browser: a row is a button, its name and sentence are text and never markup.
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

function figure(side, value, text, share, colour) {
  const node = make("span", `figure ${side}`), track = make("span", "bar"), fill = make("i");
  fill.style.width = Math.max(0, Math.min(1, share)) * 100 + "%";
  fill.style.background = colour;
  track.append(fill);
  node.append(make("span", "", value), make("small", "", text), track);
  return node;
}

const SHAPES = { good: "●", fair: "◐", poor: "○" };

function named(d) {
  const node = make("span", "name"), word = make("span", "", d.id);
  node.append(word);
  if (d.badge) {
    const badge = make("small", `badge ${d.badge_kind}`, `${SHAPES[d.badge_kind] ?? ""} ${d.badge}`);
    badge.title = d.badge_help;
    node.append(badge);
  }
  return node;
}

function row(d, chosen, widest) {
  const node = make("button", "row"), dot = make("span", "dot");
  node.type = "button";
  node.dataset.segment = d.id;
  node.setAttribute("aria-pressed", String(d.id === chosen));
  if (d.advice) node.title = d.advice;
  dot.style.background = d.colour;
  node.append(
    dot, named(d),
    figure("one", d.customers, d.customers_text, d.customers_share / widest, d.colour),
    figure("two", d.revenue, d.revenue_text, d.revenue_share / widest, d.colour),
    make("span", "said", d.sentence),
  );
  return node;
}

function head(names) {
  const node = make("div", "head");
  node.append(...names.map((name) => make("span", "", name)));
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.dataset.testid = "segment-list";
  const widest = Math.max(...data.rows.flatMap((d) => [d.customers_share, d.revenue_share]), 0.01);
  root.replaceChildren(head(data.heads), ...data.rows.map((each) => row(each, data.chosen, widest)));
  root.onclick = (event) => {
    const one = event.target.closest("button.row");
    if (one) setTriggerValue("click", one.dataset.segment);
  };
}
