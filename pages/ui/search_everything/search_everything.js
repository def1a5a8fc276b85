// The search and the sheet of shortcuts in the browser: keys open them; what is found are texts and links, never markup.
const WAIT = 200;
const NOTHING_YET = "Two letters find members and customers, one finds the rest.";
const PRESSED = ["checkbox", "radio", "button", "submit", "reset", "range", "image"].map((type) => `[type=${type}]`).join(", ");
const WRITTEN_IN = `input:not(${PRESSED}), textarea, select, [role=textbox], [role=combobox], canvas[data-testid=data-grid-canvas]`;

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

const writes = (node) => node instanceof Element && (node.isContentEditable || node.closest(WRITTEN_IN) !== null);

class Search {
  constructor(root) {
    this.root = root;
    [this.dialog, this.sheet] = root.querySelectorAll("dialog");
    this.input = root.querySelector("input");
    this.list = root.querySelector(".found");
    this.said = root.querySelector(".said");
    this.at = 0;
    this.answered = 0;
    this.said.textContent = NOTHING_YET;
    root.querySelector(".open").onclick = () => this.open();
    this.input.oninput = () => this.typed();
    this.list.onclick = (event) => this.clicked(event);
    for (const dialog of [this.dialog, this.sheet]) {
      dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
      for (const name of ["keydown", "keyup", "keypress"]) dialog.addEventListener(name, (event) => event.stopPropagation());
    }
    this.dialog.addEventListener("keydown", (event) => this.moved(event));
    this.sheet.addEventListener("keydown", (event) => { if (event.key === "?") this.sheet.close(); });
    this.pressed = (event) => this.key(event);
    document.addEventListener("keydown", this.pressed);
  }

  // The key may come from within other shadow roots; one from here comes from a dialog that has just been closed.
  key(event) {
    const from = event.composedPath()[0];
    if (!this.root.isConnected) { document.removeEventListener("keydown", this.pressed); return; }
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const held = event.ctrlKey || event.metaKey;
    if (held ? event.key.toLowerCase() !== "k" || event.shiftKey : !"/?".includes(event.key) || (!this.root.contains(from) && writes(from))) return;
    event.preventDefault();
    if (event.key === "?") this.sheet.showModal();
    else this.open();
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
    this.input.select();
  }

  // ---- typing
  typed() {
    clearTimeout(this.timer);
    this.at += 1;
    this.hurry = false;
    if (this.input.value.trim()) this.timer = setTimeout(() => this.ask(), WAIT);
    else { this.answered = this.at; this.draw([]); }
  }

  ask() {
    clearTimeout(this.timer);
    this.send("typed", { text: this.input.value, at: this.at });
  }

  show(data, send) {
    this.send = send;
    if (data?.at === undefined || data.at !== this.at || this.answered === this.at) return;
    this.answered = this.at;
    this.draw(data.groups);
    if (this.hurry) this.choose(this.links[0]);
  }

  draw(groups) {
    this.list.replaceChildren(...groups.map((group, at) => this.group(group, at)));
    this.links = [...this.list.querySelectorAll("a")];
    this.links.forEach((link, at) => { link.id = `found-${at}`; });
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", String(this.links.length > 0));
    const many = this.links.length;
    this.said.textContent = many ? `${many} found. Arrows choose, Enter opens.` : this.input.value.trim() ? "Nothing is called so." : NOTHING_YET;
    this.mark(0);
  }

  group({ name, entries }, at) {
    const node = make("div"), head = make("h3", "", name);
    node.setAttribute("role", "group");
    head.id = `group-${at}`;
    head.setAttribute("role", "presentation");
    node.setAttribute("aria-labelledby", head.id);
    node.append(head, ...entries.map(([label, note, href]) => {
      const link = make("a");
      link.href = href;
      link.tabIndex = -1;
      link.setAttribute("role", "option");
      link.append(make("b", "", label), make("small", "", note));
      return link;
    }));
    return node;
  }

  // ---- choosing
  mark(at) {
    this.marked = at;
    this.links.forEach((link, place) => link.setAttribute("aria-selected", String(place === at)));
    const link = this.links[at];
    if (link) this.input.setAttribute("aria-activedescendant", link.id);
    else this.input.removeAttribute("aria-activedescendant");
    link?.scrollIntoView({ block: "nearest" });
  }

  moved(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], many = this.links?.length ?? 0;
    if (step && many) this.mark((this.marked + step + many) % many);
    else if (event.key === "Enter") this.enter();
    else if (!step && !((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k")) return;
    event.preventDefault();
  }

  // What is not answered yet is asked at once, and its first opened.
  enter() {
    if (this.answered === this.at) this.choose(this.links?.[this.marked]);
    else if (!this.hurry) { this.hurry = true; this.ask(); }
  }

  clicked(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.choose(link);
  }

  choose(link) {
    this.hurry = false;
    if (!link) return;
    this.dialog.close();
    this.send("open", link.getAttribute("href"));
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.search ??= new Search(root);
  root.search.show(data, setTriggerValue);
}
