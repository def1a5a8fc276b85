"""How the members of a series are told apart: by colour, and by a sign that needs none."""

from __future__ import annotations

from pages.ui.style.theme import SERIES, Palette

SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "x",
    "triangle-down",
    "star",
    "pentagon",
    "bowtie",
    "hexagram",
    "hourglass",
)
PATTERNS = ("", "\\", "x", "-", "|", "+", ".")
PLAIN_PATTERNS = 6


def series_colour(place: int, colours: Palette) -> str:
    return colours.series[place % SERIES]


def series_symbol(place: int) -> str:
    return SYMBOLS[place % len(SYMBOLS)]


def series_pattern(place: int) -> str:
    """Plain for the first six, whose colours are furthest apart; then a pattern each."""
    return "" if place < PLAIN_PATTERNS else PATTERNS[1 + (place - PLAIN_PATTERNS) % (len(PATTERNS) - 1)]
