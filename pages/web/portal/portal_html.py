"""Pages of the portal as HTML: every text is escaped as it is put in, and no page has a script."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.responses import HTMLResponse

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}


def day_words(day: date | datetime | None) -> str:
    """A day as one reads it; a dash where there is none.

    >>> day_words(date(2026, 3, 4))
    '4 Mar 2026'
    """
    return f"{day.day} {day:%b %Y}" if day else "–"


def number_words(number: Any) -> str:
    """A number with as many decimals as it needs, two at most; a dash where there is none.

    >>> number_words(1234.5), number_words(3), number_words(None)
    ('1,234.5', '3', '–')
    """
    return "–" if number is None else f"{float(number):,.2f}".rstrip("0").rstrip(".")


def money_words(amount: Any) -> str:
    """A price: whole, or with two decimals, or with as many as it needs, four at most; a dash where there is none.

    >>> money_words(1152.9), money_words(14), money_words(0.0125)
    ('1,152.90', '14', '0.0125')
    """
    if amount is None:
        return "–"
    whole, _, rest = f"{float(amount):,.4f}".partition(".")
    decimals = rest.rstrip("0")
    return f"{whole}.{decimals:0<2}" if decimals else whole


def figure_words(number: float) -> str:
    """A figure with one decimal.

    >>> figure_words(93.04)
    '93.0'
    """
    return f"{number:,.1f}"


@cache
def _template(name: str) -> Template:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": day_words, "number": number_words, "money": money_words, "number1": figure_words}
    return made.get_template(f"{name}.html.jinja")


def portal_page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template. Errors: those of Jinja where a value is missing."""
    return HTMLResponse(_template(template).render(**values), status, headers=HEADERS)
