// The pivot table in the browser: draws what it is given, sends ids back. Names are text, never markup.
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

function fill(td, cell) {
  if (!cell) { td.classList.add("absent"); td.textContent = "\u2013"; return; }
  const [text, heat, delta, trend, good, partial] = cell;
  td.textContent = text;
  if (partial) td.classList.add("partial");
  if (heat) {
    td.classList.add("heat");
    td.style.setProperty("--tint", heat < 0 ? "var(--st-orange-color)" : "var(--st-primary-color)");
    td.style.setProperty("--much", Math.min(Math.abs(heat), 1) * 38 + "%");
  }
  if (delta) {
    const tag = make("span", "delta" + (good === 1 ? " good" : good === 0 ? " bad" : ""));
    if (trend) tag.append(make("i", trend > 0 ? "up" : "down"));
    tag.append(document.createTextNode(delta));
    td.append(tag);
  }
}

function go(node, where, row, column) {
  node.dataset.go = where;
  if (row !== null) node.dataset.rowId = row;
  if (column !== null) node.dataset.colId = column;
}

function name(node, head) {
  const label = make("span", "name", head.label);
  node.append(label);
  node.title = head.note ? head.label + " \u00b7 " + head.note : head.label;
  if (head.partial) {
    node.append(make("span", "part"));
    node.append(make("span", "sr", " (partial period)"));
  }
}

function headRow(d) {
  const tr = make("tr");
  const corner = make("th", "", d.corner);
  corner.scope = "col";
  tr.append(corner);
  for (const head of d.columns) {
    const th = make("th");
    th.scope = "col";
    th.dataset.colId = head.id;
    name(th, head);
    if (head.opens) go(th, head.kind === "others" ? "others" : "column", null, head.id);
    tr.append(th);
  }
  if (d.rowTotals.length) {
    const th = make("th", "total", d.totalLabel);
    th.scope = "col";
    tr.append(th);
  }
  return tr;
}

function bodyRow(d, head, y, folds) {
  const tr = make("tr", head.kind);
  tr.dataset.rowId = head.id;
  tr.dataset.depth = head.depth;
  const th = make("th");
  th.scope = "row";
  th.dataset.rowId = head.id;
  th.style.setProperty("--in", head.depth * 18 + (folds ? 18 : 0) + "px");
  th.style.paddingLeft = 10 + head.depth * 18 + "px";
  if (folds) {
    const fold = make("button", "fold");
    fold.type = "button";
    fold.tabIndex = -1;
    fold.dataset.fold = head.id;
    fold.setAttribute("aria-label", "Show or hide what lies under " + head.label);
    th.append(fold);
  }
  name(th, head);
  if (head.opens) go(th, head.kind === "others" ? "others" : "row", head.id, null);
  tr.append(th);
  d.columns.forEach((column, x) => {
    const td = make("td");
    fill(td, d.cells[y][x]);
    td.dataset.rowId = head.id;
    td.dataset.colId = column.id;
    const plain = head.kind !== "others" && column.kind !== "others";
    if (plain && d.cells[y][x] && (head.opens || column.opens)) go(td, "cell", head.id, column.id);
    tr.append(td);
  });
  if (d.rowTotals.length) {
    const td = make("td", "total");
    fill(td, d.rowTotals[y]);
    if (head.opens && head.kind !== "others") go(td, "row", head.id, null);
    tr.append(td);
  }
  return tr;
}

function footRow(d) {
  const tr = make("tr");
  const th = make("th", "", d.totalLabel);
  th.scope = "row";
  tr.append(th);
  d.columns.forEach((column, x) => {
    const td = make("td");
    fill(td, d.columnTotals[x]);
    td.dataset.colId = column.id;
    if (column.opens && column.kind !== "others") go(td, "column", null, column.id);
    tr.append(td);
  });
  if (d.rowTotals.length) {
    const td = make("td", "total");
    fill(td, d.grand);
    td.dataset.grand = "";
    tr.append(td);
  }
  return tr;
}

function hideFolded(table, folded) {
  let under = null;
  for (const tr of table.tBodies[0].rows) {
    const depth = Number(tr.dataset.depth);
    if (under !== null && depth <= under) under = null;
    tr.hidden = under !== null;
    const fold = tr.querySelector("button.fold");
    if (!fold) continue;
    const shut = folded.has(fold.dataset.fold);
    fold.setAttribute("aria-expanded", String(!shut));
    if (shut && under === null) under = depth;
  }
}

const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
  PageDown: [10, 0], PageUp: [-10, 0] };

function move(table, cell, event) {
  const rows = [...table.rows].filter((tr) => !tr.hidden);
  let y = rows.indexOf(cell.parentElement), x = cell.cellIndex;
  if (steps[event.key]) { y += steps[event.key][0]; x += steps[event.key][1]; }
  else if (event.key === "Home") { x = 0; if (event.ctrlKey) y = 0; }
  else if (event.key === "End") { x = 1e6; if (event.ctrlKey) y = 1e6; }
  else return null;
  const tr = rows[Math.max(0, Math.min(y, rows.length - 1))];
  return tr.cells[Math.max(0, Math.min(x, tr.cells.length - 1))];
}

export default function ({ data: d, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const old = root.querySelector(".wrap");
  const scroll = old && root.dataset.path === d.base ? [old.scrollLeft, old.scrollTop] : [0, 0];
  const folded = root.folded && root.dataset.path === d.base ? root.folded : (root.folded = new Set());
  const wrap = make("div", "wrap");
  wrap.style.maxHeight = d.maxHeight + "px";
  const table = make("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", d.caption);
  table.setAttribute("aria-description", "Alt and click, or ?, asks why a number moved");
  table.createTHead().append(headRow(d));
  const body = table.createTBody();
  d.rows.forEach((head, y) => body.append(
    bodyRow(d, head, y, head.kind === "subtotal" && (d.rows[y + 1]?.depth ?? 0) > head.depth)));
  if (d.columnTotals.length || d.grand) table.createTFoot().append(footRow(d));
  hideFolded(table, folded);
  for (const tr of table.rows) for (const cell of tr.cells) cell.tabIndex = -1;
  (body.rows[0] ?? table.rows[0]).cells[0].tabIndex = 0;
  wrap.append(table);
  root.replaceChildren(wrap);
  root.dataset.path = d.base;
  root.dataset.testid = "pivot";
  [wrap.scrollLeft, wrap.scrollTop] = scroll;

  const send = (cell) => setTriggerValue("click", { where: cell.dataset.go,
    row: cell.dataset.go === "column" ? null : cell.dataset.rowId ?? null,
    column: cell.dataset.go === "row" ? null : cell.dataset.colId ?? null, base: d.base });
  const ask = (cell) => setTriggerValue("click", { where: "why", base: d.base,
    row: cell.parentElement.dataset.rowId ?? null, column: cell.dataset.colId ?? null });
  table.onclick = (event) => {
    const number = event.altKey && event.target.closest("td:not(.absent)");
    if (number) { ask(number); return; }
    const fold = event.target.closest("button.fold");
    if (fold) {
      if (!folded.delete(fold.dataset.fold)) folded.add(fold.dataset.fold);
      hideFolded(table, folded);
      return;
    }
    const cell = event.target.closest("[data-go]");
    if (cell) send(cell);
  };
  table.onkeydown = (event) => {
    const cell = event.target.closest("th, td");
    if (!cell || event.target !== cell) return;
    const fold = cell.querySelector("button.fold");
    if (event.key === "Enter" && cell.dataset.go) { event.preventDefault(); send(cell); return; }
    if (event.key === "?" && cell.matches("td:not(.absent)")) { event.preventDefault(); ask(cell); return; }
    if (event.key === " " && fold) { event.preventDefault(); fold.click(); return; }
    const next = move(table, cell, event);
    if (!next) return;
    event.preventDefault();
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
}
