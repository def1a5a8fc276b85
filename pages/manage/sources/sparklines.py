"""A course of deliveries as a picture the size of a word."""

from __future__ import annotations

import base64
from collections.abc import Sequence

WIDTH, HEIGHT, BAR = 96, 22, 6
MOST = WIDTH // (BAR + 2)


def bars(values: Sequence[int], colour: str) -> str:
    """A data URI with a bar a value, the latest at the right; as many as there is room for."""
    shown = list(values)[-MOST:]
    largest = max(shown, default=0) or 1
    start = WIDTH - len(shown) * (BAR + 2)
    drawn = "".join(
        f'<rect x="{start + at * (BAR + 2)}" y="{HEIGHT - _height(value, largest):.1f}" width="{BAR}"'
        f' height="{_height(value, largest):.1f}" rx="1" fill="{colour}"/>'
        for at, value in enumerate(shown)
    )
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{drawn}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"


def _height(value: int, largest: int) -> float:
    """An empty delivery is a line, not nothing."""
    return max(1.5, value / largest * (HEIGHT - 1))
