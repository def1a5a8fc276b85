// Tools in a row. A node stays while its tool is the same, so that focus stays with it; keys press buttons from anywhere.
const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value) node.setAttribute(name, value);
  node.append(...children.filter(Boolean));
  return node;
};
const icon = (name) => name && make("span", { class: "icon", "aria-hidden": "true" }, name);
const typed = (node) => node.matches?.("textarea, input:not([type=checkbox], [type=radio]), [contenteditable=true]");

function button(tool, send) {
  const node = make("button", { type: "button", title: tool.help, "aria-label": tool.label || tool.help }, icon(tool.icon), tool.label);
  node.disabled = tool.is_off;
  node.onclick = () => send(tool.name);
  return node;
}

function link(tool, send) {
  const node = make("a", { href: new URL(tool.href, document.baseURI).href }, icon(tool.icon), tool.label);
  node.onclick = (event) => { // where another tab is not asked for, the page changes without being loaded anew
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    send(tool.name);
  };
  return node;
}

function choice(tool, send) {
  const options = tool.options.map(([value, label]) => make("option", { value }, label));
  const node = make("select", { "aria-label": tool.label }, ...options);
  node.value = tool.value;
  node.onchange = () => send(tool.name, node.value);
  return node;
}

function text(tool) {
  const node = make("div", { class: "text" });
  node.innerHTML = tool.html;
  return node;
}

const KINDS = { ToolButton: button, ToolLink: link, ToolChoice: choice, ToolText: text };

class Toolbar {
  constructor(root) {
    this.root = root;
    this.told = [];
    this.ended = new AbortController();
    window.addEventListener("keydown", (event) => this.key(event), { capture: true, signal: this.ended.signal });
  }

  show(tools, send) {
    this.send = send;
    const focus = this.root.getRootNode().activeElement?.dataset.name;
    const told = tools.map((each) => JSON.stringify(each));
    const nodes = tools.map((tool, at) => (told[at] === this.told[at] ? this.root.children[at] : this.node(tool)));
    Object.assign(this, { tools, told });
    this.root.replaceChildren(...nodes);
    if (focus) nodes.find((each) => each.dataset.name === focus)?.focus();
  }

  node(tool) {
    const node = KINDS[tool.kind](tool, (name, value = "") => this.send({ name, value }));
    if (tool.name) node.dataset.name = tool.name;
    return node;
  }

  key(event) {
    const pressed = [(event.ctrlKey || event.metaKey) && "ctrl", event.altKey && "alt", event.shiftKey && "shift", event.key.toLowerCase()];
    const at = this.tools.findIndex((each) => each.keys && each.keys === pressed.filter(Boolean).join("+"));
    if (at < 0 || typed(event.composedPath()[0])) return;
    event.preventDefault();
    this.root.children[at].click();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.bar ??= new Toolbar(root);
  root.bar.show(data.tools, (press) => setTriggerValue("press", press));
  return () => root.bar.ended.abort();
}
