"""How wide a text is drawn. Without it Plotly draws a figure twice, to find the margins that its texts take."""

from __future__ import annotations

from unicodedata import combining, east_asian_width, normalize

# Inter's advances in hundredths of the font's size, from the space to the tilde.
ADVANCES = (
    28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57, 62, 62, 29, 30,
    66, 66, 66, 51, 97, 69, 65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76, 64, 76, 64, 64, 65, 74, 69, 99,
    68, 68, 63, 36, 36, 36, 47, 46, 32, 56, 61, 57, 61, 58, 37, 61, 59, 24, 24, 55, 24, 88, 59, 60, 61, 61, 38, 53,
    33, 59, 56, 82, 55, 56, 55, 43, 33, 43, 66,
)  # fmt: skip
LOWER, UPPER, WIDE = 66, 80, 104


def pixels(text: str, size: int = 12) -> float:
    """The width of a text in a font of `size` pixels; letters that Inter's table lacks count as wide ones of theirs."""
    return sum(map(_advance, normalize("NFKD", text))) * size / 100


def _advance(sign: str) -> int:
    place = ord(sign) - 32
    if 0 <= place < len(ADVANCES):
        return ADVANCES[place]
    if combining(sign):
        return 0
    if east_asian_width(sign) in "WF":
        return WIDE
    return UPPER if sign.isupper() else LOWER
