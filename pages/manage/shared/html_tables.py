"""Small calm tables in HTML: heads and cells that are texts, numbers, links; rows become cards where it is narrow."""

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
        inner = f'<span title="{escape(self.text)}">{escape(self.text)}</span>'
        if self.picture:
            inner = f'<img alt="{escape(self.text)}" title="{escape(self.text)}" src="{self.picture}">'
        if self.href:
            inner = f'<a href="{escape(self.href)}" target="_self">{inner}</a>'
        kind = " ".join(filter(None, ["" if self.number else "text", self.tone]))
        return f'<td class="{kind}" data-head="{escape(head)}">{inner}</td>'


Row = Sequence[TableCell]


def count(number: int, tone: str = "") -> TableCell:
    """A number of rows; nothing to look at where it is none."""
    return TableCell(number_text(number), tone if number else "quiet", number=True)


def table(heads: Sequence[str], rows: Iterable[Row], mark: str, caption: str) -> None:
    """Draw the rows; a head that begins with `#` is one of numbers."""
    top = "".join(
        f'<th scope="col" class="{"" if head.startswith("#") else "text"}">{escape(head.lstrip("#"))}</th>'
        for head in heads
    )
    body = "".join(
        f"<tr>{''.join(cell.html(head.lstrip('#')) for head, cell in zip(heads, row, strict=True))}</tr>"
        for row in rows
    )
    st.html(
        f'<div class="data-ledger manage-table" data-testid="{mark}"><table aria-label="{escape(caption)}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
