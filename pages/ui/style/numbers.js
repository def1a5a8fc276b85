// Numbers as every component of the browser writes them, as `formats.py` does; its script follows this one.
// A locale is given as the signs and names that its language writes.
function digits(locale, value, least, most = least) {
  const [whole, fraction = ""] = rounded(value, most).split(".");
  const kept = fraction.slice(0, least) + fraction.slice(least).replace(/0+$/, "");
  return whole.replace(/\B(?=(\d{3})+$)/g, locale.group) + (kept && locale.decimal + kept);
}

// Halves go to the even digit, as in Python: 0.125 is 0.12.
function rounded(value, decimals) {
  const shifted = value * 10 ** decimals;
  const half = shifted % 1 === 0.5 && Number.isInteger(value * 2 ** (decimals + 1));
  return (half ? 2 * Math.round(shifted / 2) / 10 ** decimals : value).toFixed(decimals);
}

function day(locale, value) {
  const date = new Date(value * 864e5);
  const parts = { day: date.getUTCDate(), month: locale.months[date.getUTCMonth()], year: date.getUTCFullYear() };
  return locale.day.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}

// A number as people read it: below the last digit that is shown it says so, and is never 0.
function written(locale, value, [divisor, decimals, letter, prefix, suffix, , , isDay]) {
  if (isDay) return day(locale, value);
  if (value === 0) return prefix + digits(locale, 0, 0) + suffix;
  const size = Math.abs(value) / divisor;
  const below = Number(rounded(size, decimals)) === 0;
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
  const way = /[1-9]/.test(size) ? Math.sign(value) : 0;
  return [way, (way > 0 ? "+" : way < 0 ? "-" : "") + size + unit];
}
