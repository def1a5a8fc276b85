// Numbers as every component of the browser writes them; its script follows this one.
const forms = new Map();
function digits(locale, value, least, most = least) {
  const key = `${locale} ${least} ${most}`;
  if (!forms.has(key)) {
    forms.set(key, new Intl.NumberFormat(locale, { minimumFractionDigits: least, maximumFractionDigits: most }));
  }
  return forms.get(key).format(value);
}

const day = (locale, value) =>
  new Date(value * 864e5).toLocaleDateString(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

// A number as people read it: below the last digit that is shown it says so, and is never 0.
function written(locale, value, [divisor, decimals, letter, prefix, suffix, , , isDay]) {
  if (isDay) return day(locale, value);
  if (value === 0) return prefix + digits(locale, 0, 0) + suffix;
  const size = Math.abs(value) / divisor;
  const below = value !== 0 && Number(size.toFixed(decimals)) === 0;
  const text = digits(locale, below ? 10 ** -decimals : size, decimals);
  const minus = value < 0 && /[1-9]/.test(text) ? "-" : "";
  return (below ? (value < 0 ? ">" : "<") : "") + minus + prefix + text + letter + suffix;
}

function exact(locale, value, [, , , prefix, suffix, divisor, decimals, isDay]) {
  if (isDay) return day(locale, value);
  return (value < 0 ? "-" : "") + prefix + digits(locale, Math.abs(value) / divisor, decimals, Math.max(decimals, 4)) + suffix;
}

function change(locale, value, unit) {
  const size = digits(locale, Math.abs(value) * 100, 1);
  const way = Number(size.replace(/[^1-9]/g, "")) ? Math.sign(value) : 0;
  return [way, (way > 0 ? "+" : way < 0 ? "-" : "") + size + unit];
}
