// The title of a new proposal: what is like it shows below while one types; titles are texts, never marks.
const WAIT = 120;

const make = (tag, text) => {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
};

class ProposalBox {
  constructor(root) {
    this.input = root.querySelector("input");
    this.list = root.querySelector(".found");
    this.said = root.querySelector(".said");
    this.at = 0;
    this.sent = 0;
    this.answered = 0;
    this.input.oninput = () => this.typed();
    this.input.onchange = () => this.ask();
    for (const name of ["keydown", "keyup", "keypress"]) root.addEventListener(name, (event) => event.stopPropagation());
  }

  typed() {
    clearTimeout(this.timer);
    this.at += 1;
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  ask() {
    clearTimeout(this.timer);
    if (this.sent === this.at) return;
    this.sent = this.at;
    this.send("typed", { text: this.input.value, at: this.at });
  }

  show(data, send) {
    this.send = send;
    if (data?.turn !== undefined && data.turn !== this.turn) {
      this.turn = data.turn;
      this.input.value = data.title ?? "";
      this.draw([], "", false);
    }
    if (data?.at === undefined || data.at !== this.at || this.answered === this.at) return;
    this.answered = this.at;
    this.draw(data.found, data.said, data.exact);
  }

  draw(found, said, exact) {
    this.list.replaceChildren(...found.map(([href, title, note]) => {
      const line = document.createElement("li"), link = document.createElement("a");
      link.href = href;
      link.target = "_blank";
      link.rel = "noopener";
      link.append(make("b", title), make("small", note));
      line.append(link);
      return line;
    }));
    this.said.textContent = said;
    this.said.classList.toggle("exact", Boolean(exact));
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.box ??= new ProposalBox(root);
  root.box.show(data, setTriggerValue);
}
