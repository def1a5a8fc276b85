"""A figure that was written for readers, as the number that it is: what is compared is what was read."""

from __future__ import annotations

import re

from pages.ui.style import locales
from pages.ui.style.formats import number_text

LETTERS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
DIGITS = re.compile(r"\d")


def told_number(text: str) -> float | None:
    """The number of a figure in the language of this run, percent as a share of 1; None of what is no single number.

    >>> told_number("€1.2M"), told_number("-3.5%"), told_number("12 to 15"), told_number("–")
    (1200000.0, -0.035, None, None)
    """
    here = locales.current()
    written = (
        rf"(-?)[^\d-]*?(-?)(\d[\d{re.escape(here.group)}]*(?:{re.escape(here.decimal)}\d+)?)([KMBT]?)(.*)"
    )
    found = re.fullmatch(written, text.strip())
    if found is None or DIGITS.search(found[5]) or text.strip()[:1] in "<>":
        return None
    number = float(found[3].replace(here.group, "").replace(here.decimal, ".")) * LETTERS[found[4]]
    number *= -1 if found[1] or found[2] else 1
    return round(number / 100, 12) if is_share(text) else number


def is_share(text: str) -> bool:
    """Whether a figure is told in percent."""
    return "%" in text


def difference_text(now: float, before: float, in_percent: bool) -> str:
    """How much more, with its sign: points of percent where both are shares.

    >>> difference_text(0.25, 0.2, True), difference_text(3, 5, False), difference_text(1.5, 1.5, False)
    ('+5.0 pt', '-2', 'same')
    """
    change = now - before
    if not change:
        return "same"
    sign = "+" if change > 0 else ""
    if in_percent:
        return f"{sign}{number_text(change * 100, 1)} pt"
    return f"{sign}{number_text(change, 0 if float(change).is_integer() else 3)}"
