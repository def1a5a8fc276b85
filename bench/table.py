"""Plain text tables: words to the left, numbers to the right, one glance a column."""

from __future__ import annotations

from collections.abc import Sequence

Value = str | float | int


def table(heads: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    """Columns as wide as their widest text; the first to the left.

    >>> print(table(["", "ms"], [["fast", 1.234], ["slow", 1234.5]]))
             ms
    fast    1.2
    slow  1,234
    """
    texts = [list(heads), *([written(value) for value in row] for row in rows)]
    widths = [max(len(line[at]) for line in texts) for at in range(len(heads))]
    return "\n".join(_line(line, widths) for line in texts)


def written(value: Value) -> str:
    """A number with two or three digits that matter."""
    if isinstance(value, str | int):
        return f"{value:,}" if isinstance(value, int) else value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 0.95 else f"{value:.2f}"


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        text.rjust(width) if at else text.ljust(width)
        for at, (text, width) in enumerate(zip(texts, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()
