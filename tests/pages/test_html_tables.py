"""Tables of the Manage pages: names are text, and many rows have a list to open for phones."""

from __future__ import annotations

import pytest
import streamlit as st

from pages.manage.shared.html_tables import MANY, TableCell, count, table


@pytest.mark.parametrize(("rows", "lines"), [(MANY - 1, 0), (MANY, MANY)])
def test_many_rows_have_lines_to_open_that_say_the_same(
    monkeypatch: pytest.MonkeyPatch, rows: int, lines: int
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(st, "html", drawn.append)
    cells = [(TableCell(f"<b>{at}", "good", "sources"), count(at * 1000)) for at in range(rows)]
    table(("Name", "#Rows"), cells, "mark", "Caption")
    (html,) = drawn
    assert html.count("<tr>") == rows + 1
    assert html.count("<details") == lines
    assert "<b>" not in html
    assert html.count(f"&lt;b&gt;{rows - 1}</span>") == (3 if lines else 1)
    assert html.count(f"{(rows - 1) * 1000:,}</span>") == (3 if lines else 1)
