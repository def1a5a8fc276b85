// The pivot table in the browser: draws only what is in view, asks what a click is for, sends ids back. Names are text.
const ROW = 31, SPARE = 8, MANY_GROUPS = 24, WIDEST = 300, PULL = 6, STEP = 24;
const LAID = ["look", "width", "place", "unplace", "totals"];
const TOTAL = "Total", BETWEEN = "\u001f";


class Head {
  constructor([id, label, depth, kind, opens, partial], at) {
    Object.assign(this, { id, label, depth, kind, opens: !!opens, partial: !!partial, at });
  }
  get plain() { return this.kind === "member"; }
}

const canvas = document.createElement("canvas").getContext("2d");

class Pivot {
  constructor(root, parent) {
    this.root = root;
    this.parent = parent;
    this.shut = [new Set(), new Set()];
    this.widths = new Map();
    this.at = { y: 0, x: 0 };
    this.menu = new ClickMenu(root, () => this.focus());
    this.wrap = make("div", "wrap");
    this.table = make("table");
    this.table.setAttribute("role", "grid");
    this.wrap.append(this.table);
    this.legend = make("p", "legend");
    root.replaceChildren(this.wrap, this.legend);
    root.dataset.testid = "pivot";
    this.wrap.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.table.addEventListener("click", (event) => this.clicked(event));
    this.table.addEventListener("contextmenu", (event) => this.rightClicked(event));
    this.table.addEventListener("keydown", (event) => this.pressed(event));
    this.table.addEventListener("copy", (event) => this.copied(event));
    this.table.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.table.addEventListener("dblclick", (event) => { if (event.target.closest(".grip")) this.widen(event.target.closest(".grip").dataset.key, 0); });
    this.table.addEventListener("focusin", (event) => this.focused(event));
    new ResizeObserver(() => this.d && this.sized()).observe(this.wrap);
  }

  // ---- what there is
  show(d, send) {
    const held = this.table.contains(this.root.getRootNode().activeElement) || this.menu.isOpen;
    const scroll = this.d && (this.d.base === d.base || LAID.includes(this.asked)) ? [this.wrap.scrollLeft, this.wrap.scrollTop] : [0, 0];
    const levels = JSON.stringify([d.rowLevels, d.columnLevels].map((each) => each.map((level) => level.name)));
    this.menu.close(false);
    this.d = d;
    this.send = send;
    this.asked = "";
    if (d.keepsWidths || !this.levels) this.widths = new Map(d.widths);
    this.rows = d.rows.map((each, at) => new Head(each, at));
    this.columns = d.columns.map((each, at) => new Head(each, at));
    if (levels !== this.levels) {
      this.shut = [this.opening === undefined ? new Set() : this.allBut(this.opening), new Set()];
    }
    this.opening = undefined;
    this.levels = levels;
    this.notes = new Map(d.notes.map(([row, column, measure, text]) => [`${row}\u0000${column}\u0000${measure}`, text]));
    this.measures = d.measures.filter((each) => !d.hidden.includes("m:" + each.name));
    if (!this.measures.length) this.measures = d.measures;
    this.rule();
    this.wrap.style.maxHeight = d.maxHeight + "px";
    this.table.setAttribute("aria-label", d.caption);
    this.table.setAttribute("aria-description", "Enter opens a member; on a number it asks what for, as a right click does. ? asks why a number moved.");
    this.root.dataset.path = d.base;
    this.folded();
    [this.wrap.scrollLeft, this.wrap.scrollTop] = scroll;
    this.draw();
    if (held) this.focus();
  }

  allBut(open) {
    const deep = Math.max(0, ...this.rows.map((head) => head.depth));
    return new Set(this.rows.filter((head) => head.id !== open && head.depth === deep - 1)
      .map((head) => head.id));
  }

  value(measure, row, column) { return measure.values[row * (this.columns.length + 1) + column]; }
  isWithheld(measure, row, column) { return measure.withheld.includes(row * (this.columns.length + 1) + column); }
  growth(measure, row, column) { return measure.growths ? measure.growths[row * (this.columns.length + 1) + column] : null; }

  // The scale of bars and colours: the greatest of plain members; Others and totals never set it.
  rule() {
    const rows = this.rows.filter((head) => head.plain), columns = this.columns.filter((head) => head.plain);
    const places = columns.length ? columns.map((head) => head.at) : [this.columns.length];
    for (const measure of this.measures) {
      measure.most = 0;
      if (measure.look === "plain" || measure.limits) continue;
      for (const row of rows) for (const x of places) {
        const size = Math.abs(this.value(measure, row.at, x) ?? 0);
        if (size > measure.most) measure.most = size;
      }
    }
  }

  // ---- what is open, and how wide it is
  folded() {
    this.seen = this.open(this.rows, this.shut[0]);
    const columns = this.open(this.columns, this.shut[1]).filter((head) => !this.d.hidden.includes("c:" + head.id));
    this.groups = [...columns, null];
    this.sized();
  }

  open(heads, shut) {
    const found = [];
    let under = null;
    heads.forEach((head, at) => {
      if (under !== null && head.depth > under) return;
      head.folds = (heads[at + 1]?.depth ?? 0) > head.depth;
      under = head.folds && shut.has(head.id) ? head.depth : null;
      found.push(head);
    });
    return found;
  }

  sized() {
    const style = getComputedStyle(this.table);
    const font = (weight) => `${weight} ${style.fontSize} ${style.fontFamily}`;
    // Figures are drawn equally wide, and the canvas does not know: each counts as a nought.
    const wide = (text, weight = 400) => { canvas.font = font(weight); return canvas.measureText(text.replace(/\d/g, "0")).width; };
    const sample = this.seen.filter((_, at) => at % Math.ceil(this.seen.length / 200) === 0);
    const names = sample.map((head) => wide(head.label, head.kind === "subtotal" ? 600 : 400) + head.depth * 18 + 42);
    const narrow = this.wrap.clientWidth < 560;
    const most = narrow ? 132 : WIDEST;
    this.headWidth = this.byHand("head", narrow) ?? Math.min(most, Math.max(92, this.cornerWidth(wide), ...names));
    const heads = [...sample.map((head) => head.at), this.rows.length];
    this.columnWidths = this.groups.map((group) => this.measures.map((measure) => {
      const key = this.key(group, measure), at = group ? group.at : this.columns.length;
      if (this.widths.has(key)) return this.byHand(key, narrow);
      const texts = heads.map((row) => this.value(measure, row, at)).filter((each) => each !== null);
      const ends = texts.length ? [Math.max(...texts), Math.min(...texts)] : [0];
      const longest = Math.max(...ends.map((each) => wide(written(this.d.locale, each, measure.form), 600)));
      const title = this.oneLine ? (group ? group.label : this.columns.length ? TOTAL : measure.label) : measure.label;
      const beside = (measure.growths && this.besides(group) ? 64 : 0) + (measure.limits ? 14 : 0);
      return Math.ceil(Math.max(longest + beside, Math.min(wide(title, 600) + (this.isSorted(group, measure) ? 13 : 2), 170), 46) + 19);
    }));
    const sum = this.columnWidths.flat().reduce((a, b) => a + b, 0);
    const spare = this.wrap.clientWidth - this.headWidth - sum;
    if (spare > 0 && sum > 0) this.spread(spare);
    this.groupWidths = this.columnWidths.map((own) => own.reduce((a, b) => a + b, 0));
    this.drawn = undefined;
    if (this.ready) this.draw();
    this.ready = true;
  }

  // What is left of the table's width goes to the columns that were not made so wide by hand.
  spread(spare) {
    const free = (group, m) => !this.widths.has(this.key(group, this.measures[m]));
    const sum = this.columnWidths.flatMap((own, at) => own.filter((_, m) => free(this.groups[at], m))).reduce((a, b) => a + b, 0);
    if (sum) this.columnWidths = this.columnWidths.map((own, at) => own.map((each, m) => free(this.groups[at], m) ? each * (1 + spare / sum) : each));
  }

  byHand(key, narrow) {
    const own = this.widths.get(key);
    return own && narrow ? Math.min(own, 150) : own;
  }

  isSorted(group, measure) {
    const now = this.d.sorting;
    return !!now && now[0] === measure.name && now[1] === (group ? group.id : null);
  }

  cornerWidth(wide) { return Math.min(wide(this.corner, 600) + 40, 240); }
  get corner() { return this.d.rowLevels.map((level) => level.label).join(" / "); }
  get total() { return !this.columns.length ? "" : this.oneLine ? "total pinned" : "total"; }
  get oneLine() { return this.measures.length === 1; }
  besides(group) { return group === null || !this.columns.length; }
  key(group, measure) { return `${group ? "m" : "t"}:${measure.name}`; }

  // ---- what is drawn
  scrolled() {
    const span = this.span();
    if (String(span) !== this.drawn) this.draw(span);
  }

  span() {
    const top = Math.max(0, Math.floor(this.wrap.scrollTop / ROW) - SPARE);
    const rows = Math.ceil((this.wrap.clientHeight || this.d.maxHeight) / ROW) + 2 * SPARE;
    if (this.groups.length <= MANY_GROUPS) return [top, top + rows, 0, this.groups.length];
    let left = 0, x = 0, right;
    while (left < this.groups.length - 2 && x + this.groupWidths[left] < this.wrap.scrollLeft) x += this.groupWidths[left++];
    for (right = left; right < this.groups.length && x < this.wrap.scrollLeft + this.wrap.clientWidth; ) x += this.groupWidths[right++];
    return [top, top + rows, Math.max(0, left - 2), Math.min(this.groups.length, right + 2)];
  }

  draw(span = this.span()) {
    this.drawn = String(span);
    const [top, bottom, left, right] = span;
    const focus = this.table.contains(this.root.getRootNode().activeElement);
    const within = this.groups.map((group, at) => [group, at]).filter(([group, at]) => group === null || (at >= left && at < right));
    const before = this.groupWidths.slice(0, left).reduce((a, b) => a + b, 0);
    const after = this.groupWidths.slice(right, -1).reduce((a, b) => a + b, 0);
    this.shown = { within, before, after };
    const all = this.headWidth + this.groupWidths.reduce((a, b) => a + b, 0);
    this.table.style.width = all + "px";
    const head = make("thead"), body = make("tbody"), foot = make("tfoot");
    head.append(...this.headRows());
    const rows = this.seen.slice(top, bottom);
    if (top) body.append(this.space(top * ROW));
    rows.forEach((each, at) => body.append(this.bodyRow(each, top + at)));
    const below = Math.max(0, this.seen.length - bottom);
    if (below) body.append(this.space(below * ROW));
    if (this.d.totals === "above") head.append(this.totalRow());
    if (this.d.totals === "below") foot.append(this.totalRow());
    this.explained();
    this.table.replaceChildren(this.columnsOf(), head, body, ...(foot.rows.length ? [foot] : []));
    this.table.setAttribute("aria-rowcount", this.seen.length + 2);
    const first = this.cellAt(this.at.y, this.at.x) ?? this.cellAt(top, 0);
    if (first) first.tabIndex = 0;
    if (focus) this.focus();
  }

  // What the marks of limits mean.
  explained() {
    this.legend.replaceChildren(...this.measures.filter((each) => each.limits).map((measure) => {
      const line = make("span", "", `${measure.label}: `), [low, high] = measure.limits;
      for (const [kind, word, at] of [["low", "below", low], ["high", "above", high]]) {
        if (at !== null) line.append(make("i", "sign " + kind), `${kind}, ${word} ${limitText(this.d.locale, at, measure.form)}`);
      }
      return line;
    }));
    if (this.legend.children.length) this.legend.append(make("span", "", "Totals and Others are not marked."));
  }

  columnsOf() {
    const group = make("colgroup");
    const column = (width) => { const each = make("col"); each.style.width = width + "px"; group.append(each); };
    const { within, before, after } = this.shown;
    column(this.headWidth);
    if (before) column(before);
    for (const [each, at] of within) {
      if (each === null && after) column(after);
      this.columnWidths[at].forEach(column);
    }
    return group;
  }

  space(height) {
    const tr = make("tr", "space");
    tr.setAttribute("aria-hidden", "true");
    tr.style.height = height + "px";
    return tr;
  }

  // Cells of a row: those of the groups in view, with gaps for the others.
  across(tr, gap, each) {
    const { within, before, after } = this.shown;
    if (before) tr.append(gap());
    for (const [group, at] of within) {
      if (group === null && after) tr.append(gap());
      each(group, at);
    }
    return tr;
  }

  headRows() {
    const rows = [];
    const gap = () => make("th", "gap");
    const corner = () => {
      const th = make("th", "corner");
      th.scope = "col";
      th.append(this.sortable(make("span", "name", this.corner), "name", null));
      th.dataset.sort = "name";
      this.placed(th, -1, 0);
      th.append(this.grip("head"));
      if (this.d.hidden.length) {
        const more = make("button", "unhide", `+${this.d.hidden.length}`);
        more.type = "button";
        more.title = "Show hidden columns again";
        more.setAttribute("aria-label", more.title);
        th.append(more);
      }
      return th;
    };
    if (this.columns.length) {
      const tr = make("tr", "members");
      const first = corner();
      if (!this.oneLine) first.rowSpan = 2;
      tr.append(first);
      rows.push(this.across(tr, gap, (group, at) => {
        const th = make("th", group ? group.kind : this.total);
        this.placed(th, this.oneLine ? -1 : -2, 1 + at * this.measures.length);
        th.scope = this.oneLine ? "col" : "colgroup";
        th.colSpan = this.measures.length;
        if (group) {
          th.dataset.colId = group.id;
          if (group.folds) th.append(this.fold(group, 1));
          this.named(th, group, this.d.columnLevels);
          if (group.opens) th.dataset.go = "open";
        } else th.append(make("span", "name", TOTAL));
        if (this.oneLine) this.measured(th, group, this.measures[0], true);
        tr.append(th);
      }));
    }
    if (!this.columns.length || !this.oneLine) {
      const tr = make("tr", "measures");
      if (!this.columns.length) tr.append(corner());
      rows.push(this.across(tr, gap, (group, at) => this.measures.forEach((measure, m) => {
        const th = make("th", group ? "" : this.total);
        this.placed(th, -1, 1 + at * this.measures.length + m);
        th.scope = "col";
        if (group) th.dataset.colId = group.id;
        this.measured(th, group, measure, false);
        tr.append(th);
      })));
    }
    rows.forEach((tr, at) => { tr.style.setProperty("--top", at * 32 + "px"); });
    return rows;
  }

  placed(cell, y, x) {
    cell.dataset.y = y;
    cell.dataset.x = x;
    cell.tabIndex = -1;
  }

  // A header of numbers: a click sorts by it, its edge is dragged.
  measured(th, group, measure, named) {
    th.dataset.measure = measure.name;
    th.title = named ? th.title : `${measure.label}. ${measure.doc}`;
    if (named) th.append(this.sortable(make("span", "sorted"), measure.name, group ? group.id : null));
    else {
      th.append(this.sortable(make("span", "name", measure.label), measure.name, group ? group.id : null));
      th.dataset.sort = measure.name;
    }
    th.append(this.grip(this.key(group, measure)));
  }

  sortable(node, measure, column) {
    const now = this.d.sorting;
    if (now && now[0] === measure && now[1] === column) {
      node.append(make("i", now[2] ? "up" : "down"));
      queueMicrotask(() => node.closest("th")?.setAttribute("aria-sort", now[2] ? "ascending" : "descending"));
    }
    return node;
  }

  grip(key) {
    const grip = make("span", "grip");
    grip.dataset.key = key;
    return grip;
  }

  fold(head, side) {
    const fold = make("button", "fold");
    fold.type = "button";
    fold.tabIndex = -1;
    fold.dataset.fold = head.id;
    fold.dataset.side = side;
    fold.setAttribute("aria-expanded", String(!this.shut[side].has(head.id)));
    fold.setAttribute("aria-label", "Show or hide what lies under " + head.label);
    return fold;
  }

  named(node, head, levels) {
    node.append(make("span", "name", head.label));
    node.title = `${levels[head.depth]?.label ?? ""}: ${head.label}`;
    if (head.partial) {
      node.append(make("span", "part"));
      node.append(make("span", "sr", " (partial period)"));
      node.title += " \u00b7 partial period";
    }
  }

  bodyRow(head, y) {
    const tr = make("tr", head.kind + (y % 2 ? " odd" : ""));
    tr.dataset.rowId = head.id;
    tr.setAttribute("aria-rowindex", y + 2);
    const th = make("th");
    th.scope = "row";
    th.dataset.rowId = head.id;
    this.placed(th, y, 0);
    th.style.paddingLeft = 10 + head.depth * 18 + "px";
    const level = this.d.rowLevels[head.depth];
    if (head.folds) th.append(this.fold(head, 0));
    else if (head.plain && level?.expands) {
      const expand = make("button", "fold closed");
      expand.type = "button";
      expand.tabIndex = -1;
      expand.dataset.expand = head.id;
      expand.setAttribute("aria-label", `Show the ${level.finer.toLowerCase()} of ${head.label} here`);
      th.append(expand);
    }
    this.named(th, head, this.d.rowLevels);
    if (head.opens) th.dataset.go = "open";
    tr.append(th);
    return this.cells(tr, head.at, y, head);
  }

  totalRow() {
    const tr = make("tr", "totals");
    const th = make("th", "", TOTAL);
    th.scope = "row";
    this.placed(th, this.seen.length, 0);
    tr.append(th);
    return this.cells(tr, this.rows.length, this.seen.length, null);
  }

  cells(tr, at, y, head) {
    return this.across(tr, () => make("td", "gap"), (group, x) => this.measures.forEach((measure, m) => {
      const td = make("td", group ? "" : this.total);
      this.placed(td, y, 1 + x * this.measures.length + m);
      td.dataset.measure = measure.name;
      if (head) td.dataset.rowId = head.id;
      if (group) td.dataset.colId = group.id;
      this.fill(td, measure, at, group ? group.at : this.columns.length, head, group);
      this.note(td, this.notes.get(`${head?.id ?? null}\u0000${group?.id ?? null}\u0000${measure.name}`));
      tr.append(td);
    }));
  }

  fill(td, measure, row, column, head, group) {
    const value = head || measure.totals ? this.value(measure, row, column) : null;
    if (value === null) {
      const withheld = (head || measure.totals) && this.isWithheld(measure, row, column);
      td.classList.add("absent");
      td.textContent = withheld ? "\u00b7" : head || measure.totals ? "\u2013" : "";
      if (withheld) td.title = "Withheld: too few customers stand behind it, or it would tell of others";
      return;
    }
    td.append(make("span", "number", written(this.d.locale, value, measure.form)));
    td.title = exact(this.d.locale, value, measure.form);
    const marked = head?.plain && (group ? group.plain : !this.columns.length);
    if (measure.limits && marked) this.limited(td, measure.limits, value);
    else if (measure.most && marked) this.mark(td, measure, value / measure.most);
    const growth = this.growth(measure, row, column);
    if (growth === null) return;
    const [way, text] = change(this.d.locale, growth, measure.growthUnit);
    td.title += ` (${text})`;
    if (!this.besides(group)) return;
    const good = way * measure.rising;
    const tag = make("span", "delta" + (good > 0 ? " good" : good < 0 ? " bad" : ""));
    if (way) tag.append(make("i", way > 0 ? "up" : "down"));
    tag.append(document.createTextNode(text));
    td.append(tag);
  }

  note(td, text) {
    if (!text) return;
    td.classList.add("noted");
    td.title += (td.title && "\n\n") + text;
    td.append(make("span", "sr", " (noted)"));
  }

  limited(td, [low, high], value) {
    const kind = low !== null && value < low ? "low" : high !== null && value > high ? "high" : "";
    if (!kind) return;
    td.classList.add("limited", kind);
    td.prepend(make("i", "sign " + kind));
    td.append(make("span", "sr", ` (${kind})`));
    td.title += ` \u00b7 ${kind}`;
  }

  mark(td, measure, share) {
    const cut = Math.min(Math.abs(share), 1);
    td.style.setProperty("--tint", share < 0 ? "var(--st-orange-color)" : "var(--st-primary-color)");
    if (measure.look === "bars") {
      td.classList.add("bar");
      td.style.setProperty("--long", (cut * 100).toFixed(1) + "%");
    } else if (share > 0 || measure.look === "around_zero") {
      td.classList.add("heat");
      td.style.setProperty("--much", (cut * 38).toFixed(1) + "%");
    }
  }

  // ---- what is asked
  target(node) {
    const cell = node.closest("th, td");
    if (!cell || cell.classList.contains("gap")) return null;
    const row = this.rows.find((head) => head.id === cell.dataset.rowId) ?? null;
    const column = this.columns.find((head) => head.id === cell.dataset.colId) ?? null;
    const measure = this.measures.find((each) => each.name === cell.dataset.measure) ?? null;
    return { cell, row, column, measure };
  }

  ask(where, { row, column, measure }, side = "", value = "") {
    this.asked = where;
    this.send("click", { where, row: row?.id ?? null, column: column?.id ?? null, measure: measure?.name ?? "",
      side, value, base: this.d.base });
  }

  clicked(event) {
    const fold = event.target.closest("button.fold");
    if (fold?.dataset.expand !== undefined) { this.expand(fold.dataset.expand); return; }
    if (fold) {
      const shut = this.shut[Number(fold.dataset.side)];
      if (!shut.delete(fold.dataset.fold)) shut.add(fold.dataset.fold);
      this.folded();
      return;
    }
    if (event.target.closest(".grip") || this.pulled) return;
    if (event.target.closest("button.unhide")) { this.ask("unhide", {}); return; }
    const target = this.target(event.target);
    if (!target) return;
    if (event.altKey && target.cell.tagName === "TD") { this.ask("why", target); return; }
    this.act(target, event);
  }

  act(target, event) {
    const { cell } = target;
    if (cell.tagName === "TD") { if (!cell.classList.contains("absent")) this.openMenu(target, event); }
    else if (cell.dataset.go === "open" && !event.target.closest?.(".sorted")) this.ask("open", { ...target, measure: null });
    else if (cell.dataset.sort || cell.dataset.measure) this.sort(target);
  }

  sort({ cell, column }, way) {
    const measure = cell.dataset.sort || cell.dataset.measure, now = this.d.sorting;
    const again = now && now[0] === measure && now[1] === (column?.id ?? null);
    const ascending = way ?? (again ? (now[2] ? "desc" : "asc") : measure === "name" ? "asc" : "desc");
    this.ask("sort", { column, measure: { name: measure } }, "", ascending);
  }

  expand(id) {
    this.opening = id;
    this.ask("expand", { row: { id } });
  }

  rightClicked(event) {
    const target = this.target(event.target);
    if (!target) return;
    event.preventDefault();
    this.openMenu(target, event);
  }

  items(target) {
    const { cell, row, column, measure } = target, items = [];
    const sides = [["row", row, this.d.rowLevels], ["column", column, this.d.columnLevels]].filter(([, head]) => head);
    const others = sides.some(([, head]) => head.kind === "others");
    for (const [side, head, levels] of sides) {
      const level = levels[head.depth];
      if (head.opens && (head.kind === "others" || level.finer)) {
        const to = head.kind === "others" ? `Open ${head.label}` : `Drill into ${head.label}: ${level.finer.toLowerCase()}`;
        items.push([to, () => this.ask("open", { [side]: head }, side)]);
      }
    }
    if (sides.length && !others) {
      items.push(["Drill to any level \u2026", () => this.openLevels(target, sides)]);
      for (const [side, head] of sides) {
        items.push([`Keep only ${head.label}`, () => this.ask("keep", target, side)]);
        items.push([`Leave out ${head.label}`, () => this.ask("exclude", target, side)]);
      }
      items.push(null);
    }
    if (!others && cell.tagName === "TD" || (sides.length && !others)) {
      if (this.d.customers) items.push(["Customers behind", () => this.ask("customers", target)]);
      items.push(["Lines behind", () => this.ask("lines", target)]);
      if (this.d.audiences) items.push(["Make an audience \u2026", () => this.ask("audience", target)]);
      const customer = sides.find(([, head, levels]) => levels[head.depth].customer && head.plain);
      if (customer) items.push([`${customer[1].label}\u2019s page`, () => this.ask("customer", target, customer[0])]);
      if (sides.length) items.push(["Compare with the rest", () => this.ask("rest", target)]);
      items.push(["Why did it move?", () => this.ask("why", target), "?"]);
      if (cell.tagName === "TD") items.push(["Note \u2026", () => this.ask("note", target)]);
    }
    if (cell.dataset.measure && cell.tagName === "TH") this.measureItems(items, target, measure);
    if (cell.tagName === "TH" && column) this.placeItems(items, target);
    if (cell.dataset.sort === "name") this.widthItems(items, "head", cell);
    else if (cell.tagName === "TH" && measure) this.widthItems(items, this.key(column, measure), cell);
    if (cell.dataset.sort === "name") {
      items.push(["Sort from A to Z", () => this.sort(target, "asc")], ["Sort from Z to A", () => this.sort(target, "desc")], null);
      for (const [place, label] of [["below", "Totals below"], ["above", "Totals above"], ["off", "No totals"]]) {
        items.push([label, () => this.ask("totals", {}, "", place), this.d.totals === place ? "\u2713" : ""]);
      }
    }
    return items;
  }

  measureItems(items, target, measure) {
    const { column } = target, at = this.d.measures.indexOf(measure);
    items.push(null, ["Sort, greatest first", () => this.sort(target, "desc")], ["Sort, least first", () => this.sort(target, "asc")], null);
    for (const [look, label] of [["plain", "No marks"], ["bars", "Bars"], ["colours", "Colours"], ["around_zero", "Colours around zero"]]) {
      items.push([label, () => this.ask("look", target, "", look), measure.look === look ? "\u2713" : ""]);
    }
    if (!measure.form[7] && measure.totals) items.push(["Limits of one\u2019s own \u2026", () => this.limits(target, measure), measure.limits ? "\u2713" : ""]);
    items.push(null);
    if (at > 0) items.push(["Move left", () => this.ask("move", target, "", "left")]);
    if (at < this.d.measures.length - 1) items.push(["Move right", () => this.ask("move", target, "", "right")]);
    if (this.measures.length > 1) items.push([`Hide ${measure.label}`, () => this.ask("hide", target, "", "m:" + measure.name)]);
    if (column) items.push([`Hide ${column.label}`, () => this.ask("hide", target, "", "c:" + column.id)]);
  }

  limits(target, measure) {
    const form = new LimitsForm(this.menu, this.d.locale, measure, (text) => this.ask("look", target, "", text));
    this.menu.ask(form.node, this.place);
  }

  // The members beside a head of the columns, in their order; Others stays last.
  siblings(head) {
    const above = head.id.split(BETWEEN).slice(0, -1).join(BETWEEN);
    return this.columns.filter((each) => each.kind !== "others" && each.depth === head.depth && each.id.split(BETWEEN).slice(0, -1).join(BETWEEN) === above);
  }

  placeItems(items, target) {
    const { column } = target;
    if (column.kind !== "others") {
      const seen = this.siblings(column).filter((each) => this.groups.includes(each)), at = seen.indexOf(column);
      items.push(null);
      if (at > 0) items.push([`Move ${column.label} to the left`, () => this.put(column, seen[at - 1], false)]);
      if (at >= 0 && at < seen.length - 1) items.push([`Move ${column.label} to the right`, () => this.put(column, seen[at + 1], true)]);
    }
    if (this.d.placed) items.push(["Usual order of columns", () => this.ask("unplace", {})]);
  }

  // A member of the columns before or behind another one.
  put(column, other, behind) {
    const rest = this.siblings(column).filter((each) => each !== column);
    rest.splice(rest.indexOf(other) + (behind ? 1 : 0), 0, column);
    this.ask("place", { column }, "", rest.map((each) => each.id.split(BETWEEN).at(-1)).join(BETWEEN));
  }

  widthItems(items, key, cell) {
    const now = Math.round(cell.getBoundingClientRect().width / (cell.colSpan || 1));
    items.push(null, ["Wider", () => this.widen(key, now + STEP)], ["Narrower", () => this.widen(key, now - STEP)]);
    if (this.widths.has(key)) items.push(["Usual width", () => this.widen(key, 0)]);
  }

  widen(key, pixels) {
    if (pixels) this.widths.set(key, Math.max(48, Math.min(600, Math.round(pixels))));
    else this.widths.delete(key);
    this.sized();
    if (this.d.keepsWidths) this.ask("width", {}, "", `${key}=${this.widths.get(key) ?? ""}`);
  }

  openLevels(target, sides) {
    const items = [];
    const [side] = sides.length > 1 ? sides.find(([, , levels]) => !levels.time) ?? sides[0] : sides[0];
    for (const [dimension, ...levels] of this.d.levels) {
      items.push(dimension);
      for (const [name, label] of levels) items.push([label, () => this.ask("level", target, side, name)]);
    }
    this.menu.show(items, this.place);
  }

  openMenu(target, event) {
    const items = this.items(target);
    if (!items.length) return;
    this.remember(target.cell);
    const box = target.cell.getBoundingClientRect();
    const pointed = event.clientX || event.clientY;
    this.place = pointed ? [event.clientX, event.clientY] : [box.left + 12, box.bottom - 4];
    this.menu.show(items, this.place);
  }

  // ---- keyboard, focus, clipboard
  cellAt(y, x) {
    const at = y === -2 && x > 0 ? x - ((x - 1) % this.measures.length) : x;
    return this.table.querySelector(`[data-y="${y}"][data-x="${at}"]`) ?? (y < 0 ? this.table.querySelector(`[data-y="-1"][data-x="${x}"]`) : null);
  }

  get upmost() { return this.columns.length && !this.oneLine ? -2 : -1; }

  focused(event) {
    const cell = event.target.closest("[data-x]");
    if (cell) this.remember(cell);
  }

  remember(cell) {
    if (cell.dataset.x === undefined) return;
    this.table.querySelectorAll('[tabindex="0"]').forEach((each) => { each.tabIndex = -1; });
    this.at = { y: Number(cell.dataset.y), x: Number(cell.dataset.x) };
    cell.tabIndex = 0;
  }

  focus() {
    const last = this.seen.length + (this.d.totals === "off" ? -1 : 0);
    const wide = this.groups.length * this.measures.length;
    this.at = { y: Math.max(this.upmost, Math.min(this.at.y, last)), x: Math.max(0, Math.min(this.at.x, wide)) };
    this.cellAt(this.at.y, this.at.x)?.focus({ preventScroll: true });
  }

  goTo(y, x) {
    this.at = { y, x };
    const top = y * ROW, high = this.wrap.clientHeight - 3 * ROW;
    if (y >= 0 && y < this.seen.length) {
      if (top < this.wrap.scrollTop) this.wrap.scrollTop = top;
      else if (top > this.wrap.scrollTop + high) this.wrap.scrollTop = top - high;
    }
    const group = Math.floor((x - 1) / this.measures.length);
    const left = this.groupWidths.slice(0, Math.max(0, group)).reduce((a, b) => a + b, 0);
    if (x > 0 && left < this.wrap.scrollLeft) this.wrap.scrollLeft = left;
    this.draw();
    this.focus();
    this.cellAt(this.at.y, this.at.x)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  pressed(event) {
    const cell = event.target.closest("th, td");
    if (!cell || event.target !== cell || cell.dataset.x === undefined) return;
    const target = this.target(cell), { y, x } = this.at, end = this.seen.length - (this.d.totals === "off" ? 1 : 0);
    const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [10, 0], PageUp: [-10, 0],
      Home: [event.ctrlKey ? -y : 0, -x], End: [event.ctrlKey ? end - y : 0, 1e6] };
    const step = steps[event.key];
    const left = y === -2 && step?.[1] ? step[1] * this.measures.length : step?.[1];
    if (step) this.goTo(Math.max(this.upmost, Math.min(y + step[0], end)), Math.max(0, Math.min(x + left, this.groups.length * this.measures.length)));
    else if (event.key === "Enter") this.act(target, event);
    else if (event.key === "?" && cell.tagName === "TD") this.ask("why", target);
    else if (event.key === " ") cell.querySelector("button.fold")?.click();
    else if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) this.openMenu(target, {});
    else return;
    event.preventDefault();
  }

  copied(event) {
    const cell = this.root.getRootNode().activeElement?.closest?.("td");
    const target = cell && this.target(cell);
    if (!target || String(getSelection())) return;
    const value = this.value(target.measure, target.row?.at ?? this.rows.length, target.column?.at ?? this.columns.length);
    event.clipboardData.setData("text/plain", value === null ? "" : String(value));
    event.preventDefault();
  }

  grabbed(event) {
    const grip = event.target.closest(".grip");
    if (grip) this.stretch(event, grip);
    else this.pull(event);
  }

  // Until the pointer is let go.
  follow(moved, done) {
    const end = (event) => {
      window.removeEventListener("pointermove", moved);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      done(event);
    };
    window.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  stretch(event, grip) {
    event.preventDefault();
    const start = event.clientX, before = grip.closest("th").getBoundingClientRect().width, key = grip.dataset.key;
    let wide = 0;
    this.follow((move) => {
      wide = Math.max(48, Math.min(600, before + move.clientX - start));
      this.widths.set(key, wide);
      this.sized();
    }, () => { if (wide) this.widen(key, wide); });
  }

  // A head of the columns is dragged to where another stands; a finger scrolls instead.
  pull(event) {
    const th = event.target.closest("thead th[data-col-id]"), head = th && this.columns.find((each) => each.id === th.dataset.colId);
    if (!head || head.kind === "others" || event.button || event.pointerType === "touch") return;
    const start = event.clientX, others = new Set(this.siblings(head).filter((each) => each !== head).map((each) => each.id));
    let at = null;
    const clear = () => this.table.querySelectorAll(".before, .behind, .pulled").forEach((each) => each.classList.remove("before", "behind", "pulled"));
    this.follow((move) => {
      if (!this.pulled && Math.abs(move.clientX - start) < PULL) return;
      this.pulled = true;
      clear();
      th.classList.add("pulled");
      const over = this.root.getRootNode().elementFromPoint(move.clientX, move.clientY)?.closest("thead th[data-col-id]");
      at = null;
      if (!over || !others.has(over.dataset.colId)) return;
      const box = over.getBoundingClientRect(), behind = move.clientX > box.left + box.width / 2;
      over.classList.add(behind ? "behind" : "before");
      at = [this.columns.find((each) => each.id === over.dataset.colId), behind];
    }, (done) => {
      clear();
      setTimeout(() => { this.pulled = false; }, 0);
      if (at && done.type === "pointerup") this.put(head, ...at);
    });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.pivot ??= new Pivot(root, parentElement);
  root.pivot.show(data, setTriggerValue);
}
