"""Small calm tables in HTML: heads and cells that are texts, numbers, links.

Where it is narrow, rows become cards, or where there are many a list whose lines open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from pages.ui.style.formats import number_text


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell. `tone` is good, look, bad or quiet; `href` makes it a link within the app; `number` sets it right."""

    text: str
    tone: str = ""
    href: str = ""
    number: bool = False
    picture: str = ""

    def html(self, head: str) -> str:
        kind = " ".join(filter(None, ["" if self.number else "text", self.tone]))
        return f'<td class="{kind}" data-head="{escape(head)}">{self.inner()}</td>'

    def inner(self) -> str:
        """What stands in it."""
        inner = f'<span title="{escape(self.text)}">{escape(self.text)}</span>'
        if self.picture:
            inner = f'<img alt="{escape(self.text)}" title="{escape(self.text)}" src="{self.picture}">'
        return f'<a href="{escape(self.href)}" target="_self">{inner}</a>' if self.href else inner


Row = Sequence[TableCell]
MANY, TOLD = 6, 3


def count(number: int, tone: str = "") -> TableCell:
    """A number of rows; nothing to look at where it is none."""
    return TableCell(number_text(number), tone if number else "quiet", number=True)


def table(heads: Sequence[str], rows: Iterable[Row], mark: str, caption: str) -> None:
    """Draw the rows; a head that begins with `#` is one of numbers."""
    top = "".join(
        f'<th scope="col" class="{"" if head.startswith("#") else "text"}">{escape(head.lstrip("#"))}</th>'
        for head in heads
    )
    rows = list(rows)
    body = "".join(
        f"<tr>{''.join(cell.html(head.lstrip('#')) for head, cell in zip(heads, row, strict=True))}</tr>"
        for row in rows
    )
    opens = "".join(_line(heads, row) for row in rows) if len(rows) >= MANY else ""
    listed = (
        f'<div class="manage-list" role="list" aria-label="{escape(caption)}">{opens}</div>' if opens else ""
    )
    held = f'<table aria-label="{escape(caption)}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
    st.html(scrolling(held + listed, "data-ledger manage-table", mark, caption))


def filled_table(heads: Sequence[str], rows: Sequence[Row], mark: str, caption: str, always: int = 1) -> None:
    """The same without the columns in which nothing is told; the first `always` stand all the same."""
    kept = [at for at in range(len(heads)) if at < always or any(row[at].text for row in rows)]
    table([heads[at] for at in kept], [[row[at] for at in kept] for row in rows], mark, caption)


def scrolling(held: str, classes: str, mark: str, caption: str) -> str:
    """HTML that may be wider than its place: keys reach it to scroll, and are told what it is."""
    return (
        f'<div class="{classes}" data-testid="{mark}" role="group" aria-label="{escape(caption)}" tabindex="0">'
        f"{held}</div>"
    )


def _line(heads: Sequence[str], row: Row) -> str:
    """A row as a line to open: its first cells, and within all of them."""
    told = "".join(
        f'<span class="{cell.tone}">{escape(cell.text)}</span>' for cell in row[:TOLD] if cell.text
    )
    pairs = "".join(
        f'<dt>{escape(head.lstrip("#"))}</dt><dd class="{cell.tone}">{cell.inner()}</dd>'
        for head, cell in zip(heads, row, strict=True)
    )
    return f'<details role="listitem"><summary>{told}</summary><dl>{pairs}</dl></details>'
