// Where limits are written by which the numbers of a measure are marked: one or both; bad input is told in a sentence.
class LimitsForm {
  // `menu` is the click menu, in whose place it stands; `then` gets the limits as text.
  constructor(menu, locale, measure, then) {
    Object.assign(this, { menu, locale, measure, then });
    this.node = make("form", "limits");
    this.node.noValidate = true;
    this.node.setAttribute("aria-label", `Limits of ${measure.label}`);
    const [low, high] = measure.limits ?? [null, null];
    this.low = this.field("low", "Mark low below", low);
    this.high = this.field("high", "Mark high above", high);
    this.said = make("p", "said");
    this.said.setAttribute("role", "alert");
    const mark = make("button", "mark", "Mark");
    this.node.append(make("p", "", `Limits of ${measure.label}`), this.low.parentNode, this.high.parentNode,
      make("p", "hint", this.hint), this.said, mark);
    this.node.onsubmit = (event) => { event.preventDefault(); this.sent(); };
  }

  get isShare() { return this.measure.form[5] !== 1; }
  get hint() {
    const half = digits(this.locale, 0.2, 1);
    return this.isShare ? `Write 20% or ${half}; one may stay empty.` : `Write ${digits(this.locale, 1500, 0)} or ${digits(this.locale, 1.5, 1)}K; one may stay empty.`;
  }

  field(kind, label, value) {
    const line = make("label"), input = make("input");
    line.append(make("i", "sign " + kind), make("span", "", label), input);
    input.type = "text";
    input.autocomplete = "off";
    input.value = value === null ? "" : this.text(value);
    return input;
  }

  text(value) {
    const plain = this.isShare ? Number((value * 100).toPrecision(12)) : value;
    return String(plain).replace(".", this.locale.decimal) + (this.isShare ? "%" : "");
  }

  sent() {
    const ends = [this.low, this.high].map((each) => limit(each.value, this.locale, this.measure.form));
    const wrong = [this.low, this.high].find((_, at) => Number.isNaN(ends[at]));
    for (const each of [this.low, this.high]) each.setAttribute("aria-invalid", String(each === wrong));
    if (wrong) this.tell(`\u201c${wrong.value.trim()}\u201d is no number. ${this.hint}`, wrong);
    else if (ends.every((each) => each === null)) this.tell(`There is no number yet. ${this.hint}`, this.low);
    else if (ends.every((each) => each !== null) && ends[0] > ends[1]) this.tell("The lower limit is above the upper one: exchange them.", this.low);
    else {
      this.menu.close();
      this.then(ends.map((each) => each ?? "").join(".."));
    }
  }

  tell(sentence, input) {
    this.said.textContent = sentence;
    input.focus();
  }
}

// A limit in the measure's unit, with the digits that it has.
function limitText(locale, value, [, , , prefix, suffix, divisor]) {
  return (value < 0 ? "-" : "") + prefix + digits(locale, Math.abs(value) / divisor, 0, 6) + suffix;
}

// What was typed as a number in the measure's unit: null for nothing, NaN for no number.
function limit(typed, locale, [, , , prefix, suffix]) {
  let text = typed.trim().replace(/[\s\u00a0\u202f]/g, "").replace("\u2212", "-");
  if (!text) return null;
  for (const sign of [prefix, suffix].map((each) => each.trim())) if (sign && sign !== "%") text = text.replace(sign, "");
  const share = text.endsWith("%"), [, number, letter = ""] = text.replace("%", "").match(/^(.*?)([kmb]?)$/i);
  const group = locale.group.trim();
  const grouped = group && new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${locale.decimal}\\d+)?$`).test(number);
  const plain = (grouped ? number.replaceAll(group, "") : number).replace(locale.decimal, ".");
  if (!/^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(plain)) return NaN;
  const size = { "": 1, k: 1e3, m: 1e6, b: 1e9 }[letter.toLowerCase()];
  return Number((Number(plain) * size / (share ? 100 : 1)).toPrecision(15));
}
