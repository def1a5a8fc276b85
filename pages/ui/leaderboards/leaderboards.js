// Courses over time and leaderboards in the browser: a member is a filter, a brush over a course is a period.
const SVG = "http://www.w3.org/2000/svg";
const HIGH = 92, TOP = 8, BOTTOM = 18;

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const draw = (tag, attributes) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

class Boards {
  constructor(root) {
    this.root = root;
    root.dataset.testid = "leaderboards";
    new ResizeObserver(() => this.d && this.wide !== root.clientWidth && this.paint()).observe(root);
  }

  show(d, send) {
    const active = this.root.getRootNode().activeElement;
    this.focusOn = active && this.root.contains(active) ? active.dataset.focus : null;
    this.d = d;
    this.send = send;
    this.root.dataset.path = d.base;
    this.paint();
    if (this.focusOn) this.root.querySelector(`[data-focus="${CSS.escape(this.focusOn)}"]`)?.focus();
  }

  ask(where, level = "", value = "", until = "") { this.send("choice", { where, level, value, until, base: this.d.base }); }

  paint() {
    this.wide = this.root.clientWidth;
    const courses = make("div", "courses"), boards = make("div", "boards");
    courses.append(this.grains());
    this.lines = [];
    this.d.courses.forEach((course, at) => courses.append(this.course(course, at)));
    this.d.boards.forEach((board) => boards.append(this.board(board)));
    this.root.replaceChildren(courses, boards);
    this.lines.forEach(([svg, course, width]) => this.plot(svg, course, svg.clientWidth || width));
  }

  grains() {
    const bar = make("div", "grains");
    bar.setAttribute("role", "radiogroup");
    bar.setAttribute("aria-label", "Grain of time");
    for (const [name, label] of this.d.grains) {
      const button = make("button", name === this.d.grain ? "now" : "", label);
      button.type = "button";
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", String(name === this.d.grain));
      button.dataset.focus = "grain " + name;
      button.onclick = () => this.ask("grain", "", name);
      bar.append(button);
    }
    bar.append(make("span", "hint", "Drag over a course to choose a period"));
    return bar;
  }

  course(course, at) {
    const box = make("section", "course"), head = make("button", "measure");
    head.type = "button";
    head.title = at ? `Rank the boards by ${course.label}` : `The boards are ranked by ${course.label}`;
    head.dataset.focus = "rank " + course.name;
    head.append(make("span", "", course.label));
    head.append(make("b", "", course.total === null ? "\u2013" : written(this.d.locale, course.total, course.form)));
    if (course.total !== null) head.lastChild.title = exact(this.d.locale, course.total, course.form);
    head.append(this.change(course.growth, course.growthUnit, course.rising));
    head.onclick = () => at && this.ask("rank", "", course.name);
    if (!at) head.classList.add("now");
    const svg = draw("svg", { height: HIGH, width: "100%", role: "img", tabindex: 0 });
    svg.dataset.focus = "course " + course.name;
    svg.setAttribute("aria-label", this.told(course));
    box.append(head, svg);
    this.lines.push([svg, course, 600]);
    return box;
  }

  told(course) {
    const known = course.values.filter((each) => each !== null);
    if (!known.length) return `${course.label}: nothing is known`;
    const say = (value) => written(this.d.locale, value, course.form);
    return `${course.label} over ${this.d.periods.length} periods from ${this.d.periods[0]} to ${this.d.periods.at(-1)}: ` +
      `least ${say(Math.min(...known))}, greatest ${say(Math.max(...known))}, last ${say(known.at(-1))}. ` +
      "Left and right read it; Shift and an arrow choose a period, Enter takes it.";
  }

  change(value, unit, rising) {
    if (value === null) return make("small", "");
    const [way, text] = change(this.d.locale, value, unit);
    const tag = make("small", way * rising > 0 ? "good" : way * rising < 0 ? "bad" : "", text);
    if (way) tag.prepend(make("i", way > 0 ? "up" : "down"));
    return tag;
  }

  plot(svg, course, width) {
    const count = this.d.periods.length;
    const all = [...course.values, ...course.previous].filter((each) => each !== null);
    const low = Math.min(0, ...all), high = Math.max(0, ...all) || 1;
    const x = (at) => 6 + (count < 2 ? 0.5 : at / (count - 1)) * (width - 12);
    const y = (value) => TOP + (1 - (value - low) / (high - low || 1)) * (HIGH - TOP - BOTTOM);
    const path = (values) => values.map((each, at) => each === null ? null : `${x(at).toFixed(1)},${y(each).toFixed(1)}`)
      .reduce((made, point, at, points) => point === null ? made : made + (points[at - 1] ? "L" : "M") + point, "");
    svg.append(draw("line", { x1: 0, x2: width, y1: y(0), y2: y(0), class: "zero" }));
    if (course.previous.length) svg.append(draw("path", { d: path(course.previous), class: "previous" }));
    const last = this.d.partial ? count - 2 : count - 1;
    svg.append(draw("path", { d: path(course.values.map((each, at) => at <= last ? each : null)), class: "line" }));
    if (this.d.partial && count > 1) {
      svg.append(draw("path", { d: path(course.values.map((each, at) => at >= last ? each : null)), class: "line partial" }));
    }
    course.values.forEach((each, at) => {
      const alone = each !== null && (course.values[at - 1] ?? null) === null && (course.values[at + 1] ?? null) === null;
      if (alone) svg.append(draw("circle", { cx: x(at), cy: y(each), r: 2.5, class: "dot" }));
    });
    for (const at of new Set([0, count - 1])) {
      const text = draw("text", { x: at ? width - 4 : 4, y: HIGH - 3, "text-anchor": at ? "end" : "start" });
      text.textContent = this.d.periods[at] ?? "";
      svg.append(text);
    }
    this.hover(svg, course, x, y, width);
  }

  // One cursor for all courses: what each was in the period under the pointer.
  hover(svg, course, x, y, width) {
    const count = this.d.periods.length;
    const brush = draw("rect", { y: TOP, height: HIGH - TOP - BOTTOM, class: "brush", visibility: "hidden" });
    const cross = draw("line", { y1: TOP, y2: HIGH - BOTTOM, class: "cross", visibility: "hidden" });
    const tip = draw("text", { y: TOP + 4, class: "tip", visibility: "hidden" });
    svg.append(brush, cross, tip);
    svg.at = (at) => {
      const hide = at === null;
      [cross, tip].forEach((each) => each.setAttribute("visibility", hide ? "hidden" : "visible"));
      if (hide) return;
      const value = course.values[at], before = course.previous[at];
      cross.setAttribute("x1", x(at));
      cross.setAttribute("x2", x(at));
      const say = (each) => each === null || each === undefined ? "\u2013" : written(this.d.locale, each, course.form);
      tip.textContent = `${this.d.periods[at]}: ${say(value)}` + (course.previous.length ? ` (${this.d.previous} ${say(before)})` : "");
      const right = x(at) > width * 0.6;
      tip.setAttribute("x", x(at) + (right ? -6 : 6));
      tip.setAttribute("text-anchor", right ? "end" : "start");
    };
    svg.band = (from, until) => {
      brush.setAttribute("visibility", from === null ? "hidden" : "visible");
      if (from === null) return;
      const [a, b] = [Math.min(from, until), Math.max(from, until)];
      brush.setAttribute("x", x(a) - 3);
      brush.setAttribute("width", x(b) - x(a) + 6);
    };
    const under = (event) => {
      const box = svg.getBoundingClientRect();
      const share = (event.clientX - box.left - 6) / Math.max(1, box.width - 12);
      return Math.max(0, Math.min(count - 1, Math.round(share * (count - 1))));
    };
    const all = (what, ...values) => this.lines.forEach(([each]) => each[what]?.(...values));
    let from = null, at = null;
    svg.onpointerdown = (event) => { from = under(event); svg.setPointerCapture(event.pointerId); };
    svg.onpointermove = (event) => { all("at", under(event)); if (from !== null) all("band", from, under(event)); };
    svg.onpointerleave = () => { if (from === null) all("at", null); };
    svg.onpointerup = (event) => { const until = under(event); if (from !== null && from !== until) this.days(from, until); from = null; all("band", null); };
    svg.onpointercancel = () => { from = null; all("band", null); };
    svg.onblur = () => { at = null; from = null; all("at", null); all("band", null); };
    svg.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) {
        if (event.shiftKey && from === null) from = at ?? count - 1;
        if (!event.shiftKey) from = null;
        at = Math.max(0, Math.min(count - 1, (at ?? (step > 0 ? -1 : count)) + step));
        all("at", at);
        all("band", from, at);
      } else if (event.key === "Enter" && at !== null) this.days(from ?? at, at);
      else if (event.key === "Escape") { from = null; all("band", null); }
      else return;
      event.preventDefault();
    };
  }

  days(from, until) {
    const [a, b] = [Math.min(from, until), Math.max(from, until)];
    this.ask("days", "", this.d.days[a][0], this.d.days[b][1]);
  }

  board(board) {
    const box = make("section", "board"), head = make("header");
    head.append(make("h3", "", board.label));
    const more = make("button", "more", "Open as table");
    more.type = "button";
    more.dataset.focus = "more " + board.level;
    more.onclick = () => this.ask("more", board.level);
    head.append(more);
    const list = make("ul");
    list.setAttribute("aria-label", board.label);
    const plain = board.leaders.filter((each) => !each[6]).map((each) => Math.abs(each[2] ?? 0));
    const most = Math.max(...plain, 0);
    board.leaders.forEach((each) => list.append(this.leader(board, each, most)));
    if (!board.leaders.length) list.append(make("li", "none", "Nothing here"));
    box.append(head, list);
    return box;
  }

  leader(board, [id, label, value, share, growth, chosen, others], most) {
    const item = make("li", others ? "others" : chosen ? "chosen" : ""), button = make("button");
    button.type = "button";
    button.dataset.focus = `${board.level} ${id}`;
    button.dataset.member = id;
    button.dataset.level = board.level;
    if (!others) button.setAttribute("aria-pressed", String(!!chosen));
    button.title = others ? "Open as table" : `${chosen ? (board.leftOut ? "Left out" : "Kept") : "Filter by"} ${label}; with Alt alone`;
    const bar = make("span", "bar");
    if (!others && most) bar.style.width = Math.min(100, Math.abs(value ?? 0) / most * 100) + "%";
    if (value < 0) bar.classList.add("below");
    const number = make("b", "", value === null ? "\u2013" : written(this.d.locale, value, board.form));
    if (value !== null) number.title = exact(this.d.locale, value, board.form);
    button.append(bar, make("span", "mark", chosen ? (board.leftOut ? "\u2212" : "\u2713") : ""), make("span", "name", label), number);
    button.append(make("small", "share", share === null ? "" : digits(this.d.locale, share * 100, 1) + this.d.locale.percent));
    button.append(this.change(growth, "%", this.d.courses[0]?.rising ?? 0));
    button.onclick = (event) => others ? this.ask("more", board.level) : this.ask(event.altKey ? "only" : "toggle", board.level, id);
    item.append(button);
    return item;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.boards ??= new Boards(root);
  root.boards.show(data, setTriggerValue);
}
