// A field in which a customer is looked up: whoever may be meant shows below it while one types; names are texts.
const WAIT = 90;

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

class CustomerBox {
  constructor(root) {
    this.input = root.querySelector("input");
    this.list = root.querySelector(".found");
    this.said = root.querySelector(".said");
    this.at = 0;
    this.answered = 0;
    this.links = [];
    this.input.oninput = () => this.typed();
    this.list.onclick = (event) => this.clicked(event);
    for (const name of ["keydown", "keyup", "keypress"]) root.addEventListener(name, (event) => event.stopPropagation());
    root.addEventListener("keydown", (event) => this.moved(event));
  }

  typed() {
    clearTimeout(this.timer);
    this.at += 1;
    this.hurry = false;
    if (this.input.value.trim()) this.timer = setTimeout(() => this.ask(), WAIT);
    else { this.answered = this.at; this.draw([], ""); }
  }

  ask() {
    clearTimeout(this.timer);
    this.send("typed", { text: this.input.value, at: this.at });
  }

  show(data, send) {
    this.send = send;
    if (data?.at === undefined || data.at !== this.at || this.answered === this.at) return;
    this.answered = this.at;
    this.draw(data.found, data.said);
    if (this.hurry) this.choose(this.links[0]);
  }

  draw(found, said) {
    this.links = found.map(([who, name, note], at) => {
      const link = make("a");
      link.href = `customer?who=${encodeURIComponent(who)}`;
      link.dataset.who = who;
      link.id = `customer-${at}`;
      link.tabIndex = -1;
      link.setAttribute("role", "option");
      link.append(make("b", "", name), make("small", "", note));
      return link;
    });
    this.list.replaceChildren(...this.links);
    this.input.setAttribute("aria-expanded", String(this.links.length > 0));
    this.said.textContent = said;
    this.mark(0);
  }

  mark(at) {
    this.marked = at;
    this.links.forEach((link, place) => link.setAttribute("aria-selected", String(place === at)));
    const link = this.links[at];
    if (link) this.input.setAttribute("aria-activedescendant", link.id);
    else this.input.removeAttribute("aria-activedescendant");
    link?.scrollIntoView({ block: "nearest" });
  }

  moved(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], many = this.links.length;
    if (step && many) this.mark((this.marked + step + many) % many);
    else if (event.key === "Enter") this.enter();
    else if (event.key === "Escape") { this.input.value = ""; this.typed(); }
    else return;
    event.preventDefault();
  }

  // What is not answered yet is asked at once, and its first opened.
  enter() {
    if (this.answered === this.at) this.choose(this.links[this.marked]);
    else { this.hurry = true; this.ask(); }
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
    this.input.value = "";
    this.at += 1;
    this.answered = this.at;
    this.draw([], "");
    this.send("open", link.dataset.who);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.box ??= new CustomerBox(root);
  root.box.show(data, setTriggerValue);
}
