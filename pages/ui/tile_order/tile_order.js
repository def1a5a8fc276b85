// The order of tiles in the browser: a row is dragged by its grip, or lifted with Space and moved with arrows.
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

class TileOrder {
  constructor(root) {
    this.root = root;
    root.dataset.testid = "tile-order";
    this.list = make("ol");
    this.said = make("p", "said");
    this.said.setAttribute("role", "status");
    const how = make("p", "how", "Drag a tile by its grip. With keys: Space lifts it, arrows move it, Space drops it, Escape puts it back.");
    how.id = "how";
    root.replaceChildren(how, this.list, this.said);
    // Escape is the lifted tile's alone, not that of the popover around the list.
    this.escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopImmediatePropagation();
      event.preventDefault();
      this.putBack();
    };
  }

  show(tiles, send) {
    this.tiles = tiles;
    this.send = send;
    if (this.lifted && String(tiles.map((each) => each.id)) === String(this.before)) return;  // the page alone was drawn anew
    const focus = this.focused();
    if (this.lifted) this.release(this.lifted);
    this.list.replaceChildren(...tiles.map((each) => this.row(each)));
    if (focus) this.grip(focus)?.focus();
  }

  focused() { return this.root.getRootNode().activeElement?.closest?.("li")?.dataset.tile; }
  grip(id) { return [...this.list.children].find((each) => each.dataset.tile === id)?.querySelector("button"); }
  ids() { return [...this.list.children].map((each) => each.dataset.tile); }

  row(tile) {
    const item = make("li"), grip = make("button", "grip");
    item.dataset.tile = tile.id;
    grip.type = "button";
    grip.setAttribute("aria-label", `Move ${tile.name}`);
    grip.setAttribute("aria-describedby", "how");
    grip.setAttribute("aria-pressed", "false");
    grip.append(make("span", "dots", "\u2807\u2807"), make("span", "name", tile.name));
    grip.onkeydown = (event) => this.key(event, item, tile);
    grip.onblur = () => this.lifted === item && this.putBack();
    grip.onpointerdown = (event) => this.drag(event, item, tile);
    item.append(grip);
    return item;
  }

  lift(item) {
    this.lifted = item;
    this.before = this.ids();
    item.classList.add("lifted");
    window.addEventListener("keydown", this.escape, true);
    item.querySelector("button").setAttribute("aria-pressed", "true");
  }

  // The others move around it: what is taken out of the page would lose focus and pointer.
  place(item, next) {
    const rest = [...this.list.children].filter((each) => each !== item), at = next ? rest.indexOf(next) : rest.length;
    rest.slice(0, at).forEach((each) => this.list.insertBefore(each, item));
    rest.slice(at).forEach((each) => this.list.append(each));
  }

  drop(tile) {
    const item = this.lifted, ids = this.ids(), at = ids.indexOf(tile.id);
    this.release(item);
    if (this.before.indexOf(tile.id) === at) return;
    this.say(`${tile.name} is number ${at + 1} of ${ids.length}.`);
    this.send("move", { id: tile.id, after: ids[at - 1] ?? "" });
  }

  putBack() {
    const item = this.lifted, at = this.before.indexOf(item.dataset.tile);
    const rest = [...this.list.children].filter((each) => each !== item);
    this.place(item, rest[at] ?? null);
    this.release(item);
    this.say("It is where it was.");
  }

  release(item) {
    this.lifted = null;
    item.classList.remove("lifted");
    window.removeEventListener("keydown", this.escape, true);
    item.querySelector("button").setAttribute("aria-pressed", "false");
  }

  say(text) { this.said.textContent = text; }

  key(event, item, tile) {
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (event.key === " " || event.key === "Enter") {
      if (this.lifted) this.drop(tile);
      else {
        this.lift(item);
        this.say(`${tile.name} is lifted.`);
      }
    } else if (step && this.lifted) {
      const next = step < 0 ? item.previousElementSibling : item.nextElementSibling?.nextElementSibling ?? null;
      if (step < 0 ? next : item.nextElementSibling) this.place(item, next);
      this.say(`${tile.name}: ${this.ids().indexOf(tile.id) + 1} of ${this.tiles.length}.`);
    } else if (step) {
      const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
      other?.querySelector("button").focus();
    } else return;
    event.preventDefault();
  }

  // The row follows the pointer through the list: it changes places with each row whose middle it passes.
  drag(event, item, tile) {
    const isHeld = event.pointerType === "mouse" || event.target.closest(".dots");  // a finger elsewhere scrolls
    if (event.button !== 0 || this.lifted || !isHeld) return;
    const grip = event.currentTarget, from = event.clientY;
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = (moved) => {
      if (!this.lifted && Math.abs(moved.clientY - from) < 4) return;
      if (!this.lifted) this.lift(item);
      this.follow(item, moved.clientY);
    };
    const end = (isDropped) => {
      grip.onpointermove = grip.onpointerup = grip.onpointercancel = null;
      if (this.lifted) isDropped ? this.drop(tile) : this.putBack();
    };
    grip.onpointerup = () => end(true);
    grip.onpointercancel = () => end(false);
  }

  follow(item, y) {
    const rest = [...this.list.children].filter((each) => each !== item);
    const next = rest.find((each) => {
      const box = each.getBoundingClientRect();
      return y < box.top + box.height / 2;
    }) ?? null;
    if (item.nextElementSibling === next) return;
    this.place(item, next);
    item.scrollIntoView({ block: "nearest" });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.order ??= new TileOrder(root);
  root.order.show(data.tiles, setTriggerValue);
}
