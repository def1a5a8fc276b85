// The question bar in the browser: draws the question it is given, sends back what was chosen since.
// What is chosen shows at once and waits in `pending` until a run of the page says that it has heard of it.
const NARROW = 700, DEBOUNCE = 250;
const SIDES = {
  measures: { name: "Measures", add: "Measure", title: "Measures" },
  rows: { name: "Rows", add: "Row", title: "Rows", other: "columns" },
  columns: { name: "Columns", add: "Column", title: "Columns", other: "rows" },
};
const SINGLE = { top: "How many rows", period: "Period", compare: "Comparison", as_of: "Customers and products" };
const DATES = { period: ["From", "To"], compare: ["From", "To"], as_of: ["Day"] };

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node[name] = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
};
function star(on) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(drawing.namespaceURI, "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M12 3l2.8 5.8 6.2.9-4.5 4.4 1.1 6.3-5.6-3-5.6 3 1.1-6.3L3 9.7l6.2-.9z");
  drawing.append(path);
  return make("span", { class: on ? "star on" : "star", title: on ? "A favourite: take it away" : "Make it a favourite" }, drawing, on ? make("span", { class: "sr" }, "Favourite") : null);
}
const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
const without = (list, value) => list.filter((each) => each !== value);

class Bar {
  constructor(root, shadow) {
    Object.assign(this, { root, shadow, pending: {}, wanted: null, panel: null, sheet: null });
    this.lines = make("div", { class: "lines" });
    this.layer = make("div");
    this.status = make("div", { class: "sr", role: "status" });
    root.append(this.lines, this.layer, this.status);
    this.narrow = root.clientWidth < NARROW;
    this.ended = new AbortController();
    const { signal } = this.ended;
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(root);
    window.addEventListener("scroll", () => this.panel?.place(), { capture: true, signal });
    window.addEventListener("resize", () => this.panel?.place(), { signal });
    document.addEventListener("pointerdown", (event) => this.pressed(event), { signal });
  }

  end() {
    this.observer.disconnect();
    this.ended.abort();
  }

  resized() {
    const narrow = this.root.clientWidth < NARROW;
    if (!this.root.clientWidth || narrow === this.narrow) return;
    this.narrow = narrow;
    this.panel?.close();
    this.sheet?.close();
    this.draw();
  }

  pressed(event) {
    const path = event.composedPath();
    if (this.panel && !this.narrow && !path.includes(this.panel.node)
      && !path.some((node) => node.dataset?.key === this.panel.opener)) this.panel.close(false);
  }

  receive(data, send) {
    if (!this.data) this.number = data.heard;
    Object.assign(this, { data, send });
    if (data.heard >= this.number) this.pending = {};
    if (data.found && this.wanted?.text === data.found.text && this.wanted.level === data.found.level) this.wanted = null;
    this.draw();
  }

  // What holds, with what waits to be heard.
  values(side) { return this.pending[side] ?? (side === "measures" ? this.data.measures.map((each) => each.value) : this.data[side]); }

  label(side, value) {
    if (side !== "measures") return this.data.offered_levels.find((each) => each.value === value)?.label ?? value;
    const known = this.data.measures.find((each) => each.value === value);
    if (known) return known.label;
    const [name, derived] = value.split(":");
    const label = this.data.offered_measures.find((each) => each.value === name)?.label ?? name;
    const also = this.data.measures.flatMap((each) => each.also).find((each) => each.value === derived);
    return derived ? `${label}, ${lower(also?.label ?? derived.replaceAll("_", " "))}` : label;
  }

  filters() {
    const changed = this.pending.filters ?? {};
    const kept = this.data.filters.filter((each) => !changed[each.level]);
    return [...kept, ...Object.values(changed).filter((each) => each.members.length)];
  }

  filter(level) { return this.filters().find((each) => each.level === level); }

  single(name) { return this.pending[name] ?? this.data.choices[name]; }

  isFavourite(offered) { return this.pending.favourites?.[offered.value] ?? offered.is_favourite; }

  choose(changes) {
    Object.assign(this.pending, changes);
    this.post();
    this.draw();
  }

  post() {
    this.number += 1;
    const { filters = {}, favourites = {}, top, period, compare, as_of, ...rest } = this.pending;
    const chosen = Object.entries({ period, compare, as_of }).filter(([, choice]) => choice);
    this.send({
      ...rest, base: this.data.base, number: this.number, search: this.wanted,
      top: top ? Number(top.value) : null,
      ...Object.fromEntries(chosen.map(([name, choice]) => [name, choice.value])),
      filters: Object.values(filters).map((each) => ({
        level: each.level, members: each.members.map((member) => member.id), exclude: each.exclude })),
      favourites: Object.entries(favourites),
    });
  }

  search(text, level) {
    this.wanted = { text, level };
    this.post();
  }

  setSide(side, values) {
    const other = SIDES[side].other;
    const moved = other && this.values(other).some((each) => values.includes(each));
    this.choose({ [side]: values, ...(moved && { [other]: this.values(other).filter((each) => !values.includes(each)) }) });
  }

  canRemove(side) {
    return this.values(side).length > 1 || side === "columns" || (side === "rows" && this.values("columns").length > 0);
  }

  remove(side, value) {
    if (!this.canRemove(side)) return;
    const values = without(this.values(side), value);
    if (side === "rows" && !values.length) this.choose({ rows: this.values("columns"), columns: [] });
    else this.setSide(side, values);
  }

  move(side, value, to) {
    const values = without(this.values(side), value);
    values.splice(Math.max(0, Math.min(to, values.length)), 0, value);
    this.setSide(side, values);
    this.say(`${this.label(side, value)} is number ${values.indexOf(value) + 1} of ${values.length}`);
  }

  setFilter(level, members, exclude) {
    const label = this.data.offered_levels.find((each) => each.value === level)?.label ?? level;
    this.choose({ filters: { ...this.pending.filters, [level]: { level, label, members, exclude, span: "", on_trail: false } } });
  }

  // A condition or a set is a filter whose level is its whole text, as questions write it.
  setCondition(text, label = text, wanted = true) {
    const met = { level: text, label, members: wanted ? [{ id: "meets", label: "", above: "" }] : [], exclude: false, span: "", on_trail: false, is_condition: true };
    this.choose({ filters: { ...this.pending.filters, [text]: met } });
  }

  say(text) { this.status.textContent = text; }

  // Drawing: lines are made anew, and what had the focus has it again.
  draw() {
    const active = this.shadow.activeElement;
    const key = active?.dataset.key, home = active?.dataset.home;
    this.root.classList.toggle("narrow", this.narrow);
    this.lines.replaceChildren(...(this.narrow ? this.narrowLines() : this.wideLines()));
    this.sheet?.fill(this.sections());
    if (key && !active.isConnected) (this.at(key) ?? this.at(home))?.focus({ preventScroll: true });
    this.panel?.refill();
    this.sheet?.show();
    this.panel?.show();
    this.panel?.place();
  }

  at(key) { return key ? this.root.querySelector(`[data-key="${CSS.escape(key)}"]`) : null; }

  button(key, label, press, attributes = {}) {
    const { text = label, ...rest } = attributes;
    return make("button", { type: "button", "data-key": key, "aria-label": text === label ? null : label, onclick: press, ...rest }, text);
  }

  opener(key, label, open, attributes = {}) {
    const press = () => (this.panel?.opener === key ? this.panel.close() : open(key));
    return this.button(key, label, press,
      { "aria-haspopup": "dialog", "aria-expanded": String(this.panel?.opener === key), ...attributes });
  }

  wideLines() {
    return [
      make("div", { class: "line" }, ...this.sideGroups()),
      make("div", { class: "line where" }, this.trail(), this.filterGroup(), make("span", { class: "stretch" }), this.singles()),
    ];
  }

  narrowLines() {
    const press = () => this.openSheet();
    const question = this.button("question", `Question: ${this.data.summary}`, press, { class: "question", "aria-haspopup": "dialog", text: "" });
    const count = this.filters().filter((each) => !each.on_trail).length;
    const told = [this.single("period")?.label, count && (count === 1 ? "1 filter" : `${count} filters`)].filter(Boolean).join(" \u00b7 ");
    question.append(make("b", {}, "Question"), make("span", {}, this.data.summary), make("small", {}, told));
    return [this.trail(), question];
  }

  sections() {
    return [...this.sideGroups(), this.filterGroup(), this.singles()];
  }

  trail() {
    const steps = ["All data", ...this.data.trail];
    const last = steps.length - 1;
    const items = steps.map((name, at) => make("li", {}, this.button(`step-${at}`, name,
      () => this.choose({ step: at }), { class: "step", disabled: at === last, "aria-current": at === last ? "location" : null })));
    const up = last ? this.button("roll-up", "Roll up", () => this.choose({ step: last - 1 }), { class: "plain up", "data-home": "step-0" }) : null;
    return make("nav", { "aria-label": "Drilled into" }, make("ol", {}, ...items), up);
  }

  group(name, ...children) {
    return make("div", { class: "group", role: "group", "aria-label": name }, make("span", { class: "name", "aria-hidden": "true" }, name), ...children);
  }

  sideGroups() {
    const swap = this.button("swap", "Swap rows and columns",
      () => this.choose({ rows: this.values("columns"), columns: this.values("rows") }),
      { class: "icon swap", text: "\u21c4", title: "Swap rows and columns", disabled: !this.values("columns").length });
    return [this.sideGroup("measures"), this.sideGroup("rows"), swap, this.sideGroup("columns")];
  }

  sideGroup(side) {
    const chips = this.values(side).map((value, at) => this.sideChip(side, value, at));
    const add = this.opener(`add-${side}`, `+ ${SIDES[side].add}`, (key) => this.open(side === "measures" ? new MeasurePanel(this, key) : new LevelPanel(this, key, side)), { class: "add" });
    return this.group(SIDES[side].name, chips.length ? make("ul", {}, ...chips) : null, add);
  }

  sideChip(side, value, at) {
    const label = this.label(side, value), key = `${side}-${value}`, home = `add-${side}`;
    const offered = side === "measures" ? this.data.measures : this.data.offered_levels;
    const refusal = offered.find((each) => each.value === value)?.refusal ?? "";
    const main = this.opener(key, label, (opener) => this.open(new ChipMenu(this, opener, side, value)),
      { class: "main", "aria-haspopup": "menu", "data-home": home, title: refusal || null });
    if (refusal) main.append(make("span", { class: "warn", "aria-hidden": "true" }, "!"), make("span", { class: "sr" }, `. ${refusal}`));
    main.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (event.altKey && step) { event.preventDefault(); this.move(side, value, at + step); }
      else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); this.remove(side, value); }
    };
    const away = this.canRemove(side) ? this.button(`x-${key}`, `Remove ${label}`, () => this.remove(side, value), { class: "x", text: "\u00d7", "data-home": home }) : null;
    const chip = make("li", { class: refusal ? "chip refused" : "chip", draggable: "true" }, main, away);
    this.drags(chip, side, value, at);
    return chip;
  }

  drags(chip, side, value, at) {
    const takes = () => this.dragged && (this.dragged.side === side || SIDES[side].other === this.dragged.side);
    chip.ondragstart = (event) => { this.dragged = { side, value }; event.dataTransfer.setData("text/plain", value); };
    chip.ondragend = () => { this.dragged = null; };
    chip.ondragover = (event) => { if (takes()) { event.preventDefault(); chip.classList.add("over"); } };
    chip.ondragleave = () => chip.classList.remove("over");
    chip.ondrop = (event) => {
      if (!takes()) return;
      event.preventDefault();
      const { side: from, value: moved } = this.dragged;
      this.dragged = null;
      if (moved === value || (from !== side && !this.canRemove(from))) return;
      const box = chip.getBoundingClientRect();
      const before = from === side && this.values(side).indexOf(moved) < at;
      this.move(side, moved, at + (event.clientX > box.left + box.width / 2 ? 1 : 0) - (before ? 1 : 0));
    };
  }

  filterGroup() {
    const chips = this.filters().filter((each) => !each.on_trail).map((each) => this.filterChip(each));
    const add = this.opener("add-filter", "+ Filter", (key) => this.open(new FilterPanel(this, key)), { class: "add" });
    const clear = this.filters().length ? this.button("clear", "Clear all", () => this.choose({ filters: {}, step: null, clear: true }), { class: "plain", "data-home": "add-filter" }) : null;
    return this.group("Filters", chips.length ? make("ul", {}, ...chips) : null, add, clear);
  }

  filterChip(filter) {
    const names = filter.members.slice(0, 2).map((each) => each.label).join(", ");
    const rest = filter.members.length > 2 ? ` and ${filter.members.length - 2} more` : "";
    const label = filter.is_condition ? filter.label : `${filter.label}: ${filter.exclude ? "not " : ""}${filter.span || names + rest}`;
    const key = `filter-${filter.level}`;
    const main = filter.is_condition ? make("span", { class: "main" }, label) : this.opener(key, label, (opener) => this.open(new FilterPanel(this, opener, filter.level)), { class: "main", "data-home": "add-filter" });
    const away = this.button(`x-${key}`, `Remove ${label}`, () => this.setFilter(filter.level, [], false), { class: "x", text: "\u00d7", "data-home": "add-filter" });
    return make("li", { class: "chip" }, main, away);
  }

  singles() {
    const buttons = Object.keys(SINGLE).filter((name) => this.data.choices[name]).map((name) => {
      const choice = this.single(name);
      return this.opener(name, `${SINGLE[name]}: ${choice.label}`, (key) => this.open(new SinglePanel(this, key, name)), { class: "single", text: this.narrow ? `${SINGLE[name]}: ${choice.label}` : choice.label });
    });
    return make("div", { class: "singles" }, ...buttons);
  }

  // Panels
  open(panel) {
    this.panel?.close(false);
    this.panel = panel;
    this.layer.append(panel.node);
    panel.refill();
    panel.show();
    this.expanded(panel.opener, true);
  }

  expanded(key, is) { this.at(key)?.setAttribute("aria-expanded", String(is)); }

  openSheet() {
    if (this.sheet) return;
    this.sheet = new Sheet(this);
    this.layer.prepend(this.sheet.node);
    this.sheet.fill(this.sections());
    this.sheet.show();
  }
}

// A dialog: beside what opened it, or from below where there is little room.
class Dialog {
  constructor(bar, opener, title) {
    Object.assign(this, { bar, opener });
    this.title = make("h2", {}, title);
    const done = bar.button(`done-${opener}`, "Done", () => this.close(), { class: "done" });
    this.head = make("div", { class: "head" }, this.title, done);
    this.node = make("dialog", { class: "panel", "aria-label": title, tabindex: "-1" }, this.head);
    this.node.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    };
    this.node.addEventListener("focusout", ({ relatedTarget: next }) => {
      if (!bar.narrow && next && this.node.isConnected && !this.node.contains(next) && next.dataset.key !== opener) this.close(false);
    });
    this.node.oncancel = (event) => { event.preventDefault(); this.close(); };
    this.node.onclick = (event) => { if (event.target === this.node && bar.narrow) this.close(); };
  }

  // Also where the page put the bar elsewhere meanwhile, which hides what lies on top of it.
  show() {
    const { node, bar } = this;
    if (node.matches(":modal, :popover-open")) return;
    if (bar.narrow) { node.close(); node.showModal(); }
    else { node.popover = "manual"; node.showPopover(); }
    this.place();
    this.keeper?.focus();
  }

  place() {
    const opener = this.bar.at(this.opener);
    if (this.bar.narrow || !opener) return;
    const box = opener.getBoundingClientRect(), style = this.node.style;
    const below = window.innerHeight - box.bottom - 16, above = box.top - 16;
    const up = below < 260 && above > below;
    style.left = Math.max(8, Math.min(box.left, window.innerWidth - this.node.offsetWidth - 8)) + "px";
    style.top = up ? "auto" : box.bottom + 6 + "px";
    style.bottom = up ? window.innerHeight - box.top + 6 + "px" : "auto";
    style.maxHeight = Math.min(560, up ? above : below) + "px";
  }

  close(focus = true) {
    if (this.bar.panel === this) this.bar.panel = null;
    this.node.remove();
    this.bar.expanded(this.opener, false);
    if (focus) this.bar.at(this.opener)?.focus();
  }
}

class Sheet extends Dialog {
  constructor(bar) {
    super(bar, "question", "Question");
    this.node.classList.add("sheet");
    this.body = make("div", { class: "sections" });
    this.node.append(this.body);
  }

  fill(sections) { this.body.replaceChildren(...sections); }

  close() {
    this.bar.panel?.close(false);
    this.bar.sheet = null;
    super.close();
  }
}

// A list to search and choose in by keyboard. Panels say what is in it: groups of items, each with what it does.
class ListPanel extends Dialog {
  constructor(bar, opener, title, { search = "", many = false, role = "listbox" } = {}) {
    super(bar, opener, title);
    Object.assign(this, { role, text: "", active: null, items: [] });
    this.list = make("div", { class: "list", role, id: "list", "aria-label": title,
      "aria-multiselectable": many && role === "listbox" ? "true" : null, tabindex: search ? null : "0" });
    if (search) {
      this.input = make("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "list",
        "aria-autocomplete": "list", "aria-label": search, placeholder: search, autocomplete: "off", spellcheck: "false" });
      this.input.oninput = () => { this.text = this.input.value; this.active = null; this.searched(); };
      this.node.append(make("div", { class: "search" }, this.input));
    }
    this.keeper = this.input ?? this.list;
    this.keeper.onkeydown = (event) => this.keyed(event);
    this.bars = make("div", { class: "bars" });
    this.foot = make("div", { class: "foot" });
    this.node.append(this.bars, this.list, this.foot);
  }

  searched() { this.refill(); this.list.scrollTop = 0; }

  groups() { return []; }

  empty() { return "Nothing is called so."; }

  refill() {
    const scroll = this.list.scrollTop;
    const groups = this.groups().filter((group) => group.items.length);
    this.items = groups.flatMap((group) => group.items);
    if (!this.items.some((item) => item.value === this.active)) {
      const first = this.items.find((item) => item.selected && !this.text) ?? this.items[0];
      this.active = first?.value ?? null;
    }
    const drawn = groups.map((group) => group.label
      ? make("div", { role: "group", "aria-label": group.label }, make("div", { class: "heading", "aria-hidden": "true" }, group.label), ...this.drawn(group.items))
      : make("div", { role: "group", "aria-label": this.title.textContent }, ...this.drawn(group.items)));
    this.list.replaceChildren(...drawn);
    this.list.classList.toggle("none", !drawn.length);
    if (!drawn.length) this.list.append(make("div", { class: "quiet", role: this.role === "listbox" ? "option" : "menuitem", "aria-disabled": "true" }, this.empty()));
    this.list.scrollTop = scroll;
    this.point();
  }

  drawn(items) {
    let under = null;
    return items.flatMap((item) => {
      const heading = item.under && item.under !== under ? [make("div", { class: "under", "aria-hidden": "true" }, item.under)] : [];
      under = item.under ?? null;
      return [...heading, this.option(item)];
    });
  }

  option(item) {
    const at = this.items.indexOf(item);
    const role = this.role === "listbox" ? "option" : item.selected === undefined ? "menuitem" : "menuitemcheckbox";
    const state = this.role === "listbox" ? { "aria-selected": String(Boolean(item.selected)) } : item.selected === undefined ? {} : { "aria-checked": String(item.selected) };
    const node = make("div", { class: "item", role, id: `item-${at}`, "data-value": item.value, ...state,
      "aria-disabled": item.refusal ? "true" : null });
    node.append(make("span", { class: "tick", "aria-hidden": "true" }, item.selected ? "\u2713" : ""));
    const told = make("span", { class: "told" }, make("span", { class: "label" }, item.label, item.above && " ", item.above && make("span", { class: "aside" }, item.above)));
    for (const line of item.lines ?? []) told.append(" ", make("span", { class: line.class }, line.text));
    if (item.refusal) told.append(" ", make("span", { class: "refusal" }, item.refusal));
    node.append(told);
    if (item.aside) node.append(" ", make("span", { class: "aside" }, item.aside));
    if (item.star !== undefined) node.append(star(item.star));
    node.onmousedown = (event) => event.preventDefault();
    node.onclick = (event) => {
      this.active = item.value;
      if (event.target.closest(".star")) item.favour();
      else this.press(item);
    };
    return node;
  }

  press(item) {
    if (item?.refusal) this.bar.say(item.refusal);
    else item?.run();
    this.point();
  }

  point() {
    const at = this.items.findIndex((item) => item.value === this.active);
    for (const node of this.list.querySelectorAll(".item")) node.classList.toggle("active", node.id === `item-${at}`);
    if (at < 0) this.keeper.removeAttribute("aria-activedescendant");
    else this.keeper.setAttribute("aria-activedescendant", `item-${at}`);
  }

  keyed(event) {
    const at = this.items.findIndex((item) => item.value === this.active), last = this.items.length - 1;
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8, ...(this.input ? {} : { Home: 0, End: last }) };
    if (event.key === "Enter" || (event.key === " " && !this.input)) {
      event.preventDefault();
      if (event.altKey) this.items[at]?.favour?.();
      else this.press(this.items[at]);
    } else if (event.key in steps && !event.altKey) {
      event.preventDefault();
      this.active = this.items[Math.max(0, Math.min(steps[event.key], last))]?.value ?? null;
      this.point();
      this.list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    } else if (!this.input && event.key.length === 1 && !event.ctrlKey && !event.metaKey) this.typed(event.key, at);
  }

  typed(letter, at) {
    const turned = [...this.items.slice(at + 1), ...this.items.slice(0, at + 1)];
    const found = turned.find((item) => item.label.toLowerCase().startsWith(letter.toLowerCase()));
    if (!found) return;
    this.active = found.value;
    this.point();
    this.list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }
}

class MeasurePanel extends ListPanel {
  constructor(bar, opener) {
    super(bar, opener, "Measures", { search: "Search measures", many: true });
    this.node.classList.add("wide");
    this.foot.append(make("span", { class: "hint" }, "Enter adds or takes away, Alt and Enter marks a favourite"));
  }

  groups() {
    const sought = words(this.text);
    const found = this.bar.data.offered_measures.filter((each) => {
      const told = `${each.label} ${each.value} ${each.cube} ${each.doc} ${each.formula}`.toLowerCase();
      return sought.every((word) => told.includes(word));
    });
    const text = this.text.trim().toLowerCase();
    const rank = ({ label }) => [label.toLowerCase() === text, label.toLowerCase().startsWith(text), label.toLowerCase().includes(text), true].indexOf(true);
    const subjects = [...new Set(this.bar.data.offered_measures.map((each) => each.subject))];
    const place = (each) => (text ? rank(each) : subjects.indexOf(each.subject));
    found.sort((one, other) => place(one) - place(other));
    const starred = text ? [] : found.filter((each) => this.bar.isFavourite(each));
    const rest = found.filter((each) => !starred.includes(each));
    const order = text ? rest : this.bar.data.offered_measures;
    const cubes = [...new Set(order.map((each) => each.cube))];
    return [
      { label: "Favourites", items: starred.map((each) => this.item(each, each.cube)) },
      ...cubes.map((cube) => ({ label: cube, items: rest.filter((each) => each.cube === cube).map((each) => this.item(each, text ? null : each.subject)) })),
    ];
  }

  item(each, under) {
    const bar = this.bar, chosen = bar.values("measures"), selected = chosen.includes(each.value);
    return {
      value: each.value, label: each.label, under, aside: each.unit, selected, star: bar.isFavourite(each),
      refusal: selected ? "" : each.refusal,
      lines: [{ class: "doc", text: each.doc }, { class: "formula", text: each.formula }],
      run: () => (selected ? bar.remove("measures", each.value) : bar.setSide("measures", [...chosen, each.value])),
      favour: () => bar.choose({ favourites: { ...bar.pending.favourites, [each.value]: !bar.isFavourite(each) } }),
    };
  }
}

const counted = (number, group) => `${number}`.replace(/\B(?=(\d{3})+$)/g, group);

class LevelPanel extends ListPanel {
  constructor(bar, opener, side) {
    super(bar, opener, SIDES[side].title, { search: "Search levels", many: true });
    this.side = side;
  }

  groups() {
    const sought = words(this.text);
    const found = this.bar.data.offered_levels.filter((each) => sought.every((word) => `${each.label} ${each.dimension}`.toLowerCase().includes(word)));
    const dimensions = [...new Set(found.map((each) => each.dimension))];
    return dimensions.map((label) => ({ label, items: found.filter((each) => each.dimension === label).map((each) => this.item(each)) }));
  }

  item(each) {
    const bar = this.bar, chosen = bar.values(this.side), selected = chosen.includes(each.value);
    const other = SIDES[this.side].other, beyond = bar.values(other).includes(each.value);
    return {
      value: each.value, label: each.label, above: beyond ? `now in ${other}` : "", aside: counted(each.members, bar.data.group), selected,
      refusal: selected ? "" : each.refusal || (beyond && !bar.canRemove(other) ? "The rows need a level" : ""),
      run: () => (selected ? bar.remove(this.side, each.value) : bar.setSide(this.side, [...chosen, each.value])),
    };
  }
}

class ChipMenu extends ListPanel {
  constructor(bar, opener, side, value) {
    super(bar, opener, bar.label(side, value), { role: "menu" });
    Object.assign(this, { side, value });
  }

  groups() {
    const { bar, side, value } = this, values = bar.values(side), at = values.indexOf(value), other = SIDES[side].other;
    const act = (name, can, run) => (can ? [{ value: name, label: name, run: () => { this.close(); run(); } }] : []);
    const also = bar.data.measures.find((each) => side === "measures" && each.value === value)?.also ?? [];
    return [
      { label: "Also show", items: also.map((each) => this.derived(each, values)) },
      { label: "", items: [
        ...act("Move earlier", at > 0, () => bar.move(side, value, at - 1)),
        ...act("Move later", at < values.length - 1, () => bar.move(side, value, at + 1)),
        ...act(`Move to ${other}`, other && bar.canRemove(side), () => bar.setSide(other, [...bar.values(other), value])),
        ...act("Remove", bar.canRemove(side), () => bar.remove(side, value)),
      ] },
    ];
  }

  derived(each, values) {
    const derived = `${this.value}:${each.value}`, selected = values.includes(derived);
    const family = values.filter((one) => one.split(":")[0] === this.value).at(-1);
    const behind = values.indexOf(family) + 1;
    return {
      value: derived, label: each.label, selected, refusal: selected ? "" : each.refusal,
      run: () => this.bar.setSide("measures", selected ? without(values, derived) : values.toSpliced(behind, 0, derived)),
    };
  }
}

class SinglePanel extends ListPanel {
  constructor(bar, opener, name) {
    super(bar, opener, SINGLE[name]);
    this.name = name;
    const choice = bar.single(name);
    if (!choice.own_days) return;
    this.days = DATES[name].map((label, at) => make("input", { type: "date", "aria-label": label, "data-key": `day-${at}`, value: at ? choice.until : choice.since, min: "1900-01-01", max: "2199-12-31" }));
    const show = bar.button(`show-${name}`, "Show", () => this.chooseDays(), { class: "primary" });
    for (const day of this.days) day.onkeydown = (event) => { if (event.key === "Enter") this.chooseDays(); };
    const fields = this.days.map((day, at) => make("label", {}, DATES[name][at], day));
    this.foot.append(make("fieldset", {}, make("legend", {}, choice.own_days), ...fields, show));
  }

  groups() {
    const choice = this.bar.single(this.name);
    return [{ label: "", items: this.bar.data.choices[this.name].options.map((each) => ({
      value: each.value, label: each.label, selected: each.value === choice.value,
      run: () => { this.close(); this.bar.choose({ [this.name]: { ...choice, ...each } }); },
    })) }];
  }

  chooseDays() {
    const days = this.days.map((day) => day.value);
    if (days.some((day) => !day)) { this.bar.say("Choose a day"); return; }
    const value = this.days.length === 1 ? days[0] : days.sort().join("..");
    this.close();
    this.bar.choose({ [this.name]: { ...this.bar.single(this.name), value, label: days.join(" \u2013 ") } });
  }
}

class FilterPanel extends ListPanel {
  constructor(bar, opener, level = "") {
    super(bar, opener, "Filter", { search: "Search members of all levels", many: true });
    this.node.classList.add("wide");
    this.exclude = bar.filter(level)?.exclude ?? false;
    this.node.append(this.number(), this.kept());
    this.enter(level);
  }

  // Filter by a number: customers with revenue over 10,000, the 100 products of the greatest margin.
  number() {
    const options = (items) => items.map(([value, label]) => make("option", { value }, label));
    const select = (name, items) => make("select", { "aria-label": name, "data-key": `number-${name}` }, ...options(items));
    const levels = this.bar.data.offered_levels.filter((each) => each.is_filtered && !each.refusal).map((each) => [each.value, each.label]);
    const measures = this.bar.data.offered_measures.filter((each) => !each.refusal).map((each) => [each.value, each.label]);
    const level = select("Level", levels), measure = select("Measure", measures);
    const operator = select("Comparison", [[">", "over"], [">=", "at least"], ["<", "below"], ["<=", "at most"], ["top", "top"], ["bottom", "bottom"]]);
    const value = make("input", { type: "number", step: "any", "aria-label": "Number", "data-key": "number-value", value: "" });
    const first = this.bar.values("rows").find((name) => levels.some(([each]) => each === name));
    if (first) level.value = first;
    measure.value = this.bar.values("measures").find((name) => measures.some(([each]) => each === name)) ?? measures[0]?.[0];
    const add = () => {
      if (value.value === "") { this.bar.say("Write a number"); value.focus(); return; }
      this.close();
      this.bar.setCondition(`${level.value} by ${measure.value} ${operator.value} ${value.value}`);
    };
    value.onkeydown = (event) => { if (event.key === "Enter") add(); };
    this.form = make("fieldset", { class: "number" }, make("legend", {}, "By a number"), level, make("span", {}, "by"), measure, operator, value,
      this.bar.button("add-condition", "Add", add, { class: "primary" }));
    return this.form;
  }

  // The chosen members under a name, which filters in their place from then on.
  kept() {
    const name = make("input", { type: "text", maxlength: "80", placeholder: "Name of the set", "aria-label": "Name of the set", "data-key": "set-name", autocomplete: "off" });
    const save = () => {
      if (!name.value.trim()) { this.bar.say("Give it a name"); name.focus(); return; }
      const wanted = { level: this.level, name: name.value, at: Date.now() };
      this.close();
      this.bar.choose({ save_set: wanted });
    };
    name.onkeydown = (event) => { if (event.key === "Enter") save(); };
    this.keep = make("fieldset", { class: "number" }, make("legend", {}, "Keep these members"), name, this.bar.button("save-set", "Save as set", save, { class: "primary" }));
    return this.keep;
  }

  refill() {
    super.refill();
    this.keep.hidden = !this.level || !this.bar.filter(this.level)?.members.length;
  }

  sets() {
    const sought = words(this.text), bar = this.bar;
    const found = bar.data.offered_sets.filter((each) => (!this.level || each.level === this.level) && sought.every((word) => each.label.toLowerCase().includes(word)));
    const items = found.slice(0, this.text.trim() ? 50 : 8).map((each) => {
      const held = [each.kept, each.left_out].find((text) => bar.filter(text));
      const text = this.exclude ? each.left_out : each.kept;
      const level = bar.data.offered_levels.find((one) => one.value === each.level)?.label ?? each.level;
      return {
        value: each.kept, label: each.label, above: each.note, selected: Boolean(held), aside: held === each.left_out ? "set, left out" : "set",
        run: () => (held ? bar.setCondition(held, each.label, false) : bar.setCondition(text, `${level}: ${this.exclude ? "not " : ""}in \u201c${each.label}\u201d`)),
      };
    });
    return { label: "Sets", items };
  }

  enter(level) {
    this.level = level;
    this.form.hidden = !!level;
    this.text = this.input.value = "";
    this.active = null;
    const label = this.bar.data.offered_levels.find((each) => each.value === level)?.label;
    const prompt = level ? `Search ${label.toLowerCase()}` : "Search members of all levels";
    this.input.placeholder = prompt;
    this.input.setAttribute("aria-label", prompt);
    this.exclude = this.bar.filter(level)?.exclude ?? this.exclude;
    const back = this.bar.button("all-levels", "All levels", () => { this.enter(""); this.input.focus(); this.refill(); }, { class: "plain back" });
    const side = (exclude, name) => {
      const radio = make("input", { type: "radio", name: "side", "data-key": `side-${exclude}` });
      radio.checked = this.exclude === exclude;
      radio.onchange = () => this.turn(exclude);
      return make("label", {}, radio, name);
    };
    this.bars.replaceChildren(...(level ? [back, make("b", {}, label)] : []), make("span", { class: "stretch" }),
      make("div", { class: "sides", role: "radiogroup", "aria-label": "Chosen members are" }, side(false, "Keep"), side(true, "Leave out")));
    if (level) this.ask();
  }

  turn(exclude) {
    this.exclude = exclude;
    const filter = this.level && this.bar.filter(this.level);
    if (filter?.members.length) this.bar.setFilter(this.level, filter.members, exclude);
    this.refill();
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (this.bar.panel === this) this.bar.search(this.text.trim(), this.level); }, this.text ? DEBOUNCE : 0);
  }

  searched() {
    if (this.text.trim() || this.level) this.ask();
    super.searched();
  }

  found() {
    const found = this.bar.data.found;
    return found && found.level === this.level && found.text === this.text.trim() ? found : null;
  }

  empty() { return this.found() ? "No member is called so." : "Looking \u2026"; }

  groups() {
    if (!this.level && !this.text.trim()) return [...this.levels(), this.sets()];
    const found = this.found();
    this.foot.textContent = found?.more ? "There are more: type a part of the name." : "";
    const groups = (found?.groups ?? []).map(([level, members]) => ({ level, members }));
    if (this.level && !this.text.trim()) groups.splice(0, groups.length, { level: this.level, members: this.chosenFirst(groups[0]?.members ?? []) });
    return [this.sets(), ...groups.map(({ level, members }) => ({
      label: this.bar.data.offered_levels.find((each) => each.value === level)?.label ?? level,
      items: members.map((member) => this.item(level, member)),
    }))];
  }

  chosenFirst(members) {
    const chosen = this.first ??= this.bar.filter(this.level)?.members ?? [];
    return [...chosen, ...members.filter((each) => !chosen.some((one) => one.id === each.id))];
  }

  levels() {
    this.first = null;
    this.foot.textContent = "";
    const offered = this.bar.data.offered_levels.filter((each) => each.is_filtered);
    const dimensions = [...new Set(offered.map((each) => each.dimension))];
    return dimensions.map((label) => ({ label, items: offered.filter((each) => each.dimension === label).map((each) => ({
      value: each.value, label: each.label, aside: counted(each.members, this.bar.data.group), refusal: each.refusal,
      run: () => { this.enter(each.value); this.refill(); },
    })) }));
  }

  item(level, member) {
    const filter = this.bar.filter(level), held = filter?.members ?? [];
    const selected = held.some((each) => each.id === member.id);
    const rest = held.filter((each) => each.id !== member.id);
    return {
      value: `${level}=${member.id}`, label: member.label, above: member.above, selected,
      aside: selected && filter.exclude ? "left out" : "",
      run: () => this.bar.setFilter(level, selected ? rest : [...rest, member], this.exclude),
    };
  }
}

// Parts of a bar by their name, as they came: what is here is only named from then on.
const held = new Map();

// The data with parts in place of their names; null where one never came, as when a later run overtook what brought it.
function joined({ parts, parted, ...data }) {
  for (const [name, part] of Object.entries(parts)) held.set(name, part);
  const part = (name) => held.get(name);
  if (![...Object.values(parted).flat(), ...Object.values(data.choices)].every(part)) return null;
  const each = (named, join) => Object.fromEntries(Object.entries(named).map(([key, names]) => [key, join(names)]));
  return { ...data, ...each(parted, (names) => names.map(part)), choices: each(data.choices, part) };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root"), whole = joined(data);
  if (!whole) {
    setTriggerValue("lacking", true);
    return () => root.bar?.end();
  }
  root.bar ??= new Bar(root, parentElement);
  root.bar.receive(whole, (choice) => setTriggerValue("choice", choice));
  return () => root.bar.end();
}
