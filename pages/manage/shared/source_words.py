"""How sources are spoken of: subjects by their names, states with a symbol beside the word, ages in words."""

from __future__ import annotations

from data.load.mappings.canonical_fields import SUBJECT
from data.quality.source_health import FAILING, LATE, OK
from pages.ui.style.formats import number_text

# Symbol and word together: colour alone tells nobody who does not see it.
STATES = {OK: ("✓", "In order"), LATE: ("◷", "Late"), FAILING: ("✕", "Check failed")}


def subject(part: str) -> str:
    """What a part is called.

    >>> subject("order_lines"), subject("something_else")
    ('Order lines', 'Something else')
    """
    known = SUBJECT.get(part)
    return known.label if known else part.replace("_", " ").capitalize()


def stream_name(stream: str) -> str:
    """A stream as people say it.

    >>> stream_name("shop/order_lines")
    'shop · Order lines'
    """
    source, _, part = stream.rpartition("/")
    return f"{source} · {subject(part)}"


def age(days: float) -> str:
    """How long ago something was.

    >>> [age(each) for each in (-1, 0.01, 0.3, 1, 1.6, 45, 800)]
    ['just now', 'just now', '7 hours ago', 'yesterday', '2 days ago', '6 weeks ago', '2 years ago']
    """
    hours = round(days * 24)
    for unit, size in (("year", 365 * 24), ("week", 7 * 24), ("day", 24)):
        enough = {"year": 2, "week": 3, "day": 1}[unit]
        if hours >= enough * size:
            count = round(hours / size)
            return "yesterday" if (unit, count) == ("day", 1) else f"{count} {unit}s ago"
    return f"{hours} {'hour' if hours == 1 else 'hours'} ago" if hours > 0 else "just now"


def size_text(size: int) -> str:
    """How much a file holds.

    >>> [size_text(each) for each in (0, 840, 96_200, 7_400_000, 412_000_000)]
    ['empty', '1 KB', '96 KB', '7.4 MB', '412 MB']
    """
    if size < 1e6:
        return f"{max(1, round(size / 1e3))} KB" if size else "empty"
    return f"{number_text(size / 1e6, 1)} MB" if size < 1e7 else f"{number_text(size / 1e6)} MB"
