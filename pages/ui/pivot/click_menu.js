// A menu where a person clicked: what the click may be for. By pointer and by keyboard.
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

class ClickMenu {
  // `back` gives the focus to where it was.
  constructor(root, back) {
    this.root = root;
    this.back = back;
    this.node = null;
  }

  get isOpen() { return this.node !== null; }

  // Items are [label, deed, hint], a heading as text, or null for a line between.
  show(items, [left, top]) {
    this.close(false);
    const menu = make("div", "menu");
    menu.setAttribute("role", "menu");
    items.slice(items.findIndex((each) => each !== null)).forEach((each) => menu.append(this.line(each)));
    menu.onkeydown = (event) => this.pressed(event);
    this.place(menu, [left, top]);
    menu.querySelector("button").focus();
  }

  // A form in the menu's place; Escape closes it.
  ask(form, at) {
    this.close(false);
    const box = make("div", "menu");
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", form.getAttribute("aria-label"));
    box.append(form);
    box.onkeydown = (event) => { event.stopPropagation(); if (event.key === "Escape") this.close(); };
    this.place(box, at);
    form.querySelector("input").focus();
  }

  place(menu, [left, top]) {
    this.root.append(menu);
    this.node = menu;
    const box = menu.getBoundingClientRect();
    menu.style.left = Math.max(6, Math.min(left, window.innerWidth - box.width - 6)) + "px";
    menu.style.top = Math.max(6, Math.min(top, window.innerHeight - box.height - 6)) + "px";
    this.away = (event) => { if (!event.composedPath().includes(menu)) this.close(false); };
    setTimeout(() => document.addEventListener("pointerdown", this.away), 0);
  }

  line(each) {
    if (each === null) return make("hr");
    if (typeof each === "string") return make("p", "", each);
    const [label, deed, hint] = each, item = make("button", "", label);
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
    if (hint) item.append(make("kbd", "", hint));
    item.onclick = () => { this.close(); deed(); };
    return item;
  }

  close(back = true) {
    if (!this.node) return;
    document.removeEventListener("pointerdown", this.away);
    this.node.remove();
    this.node = null;
    if (back) this.back();
  }

  pressed(event) {
    const items = [...this.node.querySelectorAll("button")];
    const at = items.indexOf(this.root.getRootNode().activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -at, End: items.length - 1 - at }[event.key];
    if (step !== undefined) items[(at + step + items.length) % items.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key.length === 1) {
      const from = [...items.slice(at + 1), ...items.slice(0, at + 1)];
      from.find((each) => each.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
