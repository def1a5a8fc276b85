"""The pivot's contract with the browser: its shape is checked, and what comes back is not trusted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pages.ui.pivot_table import Click, Header, PivotCell, PivotTable, heats, parse_click, payload

TABLE = PivotTable(
    "Revenue",
    ("Country",),
    "Category",
    rows=(Header("de", "Germany"), Header("(others)", "Others (17)", kind="others")),
    columns=(Header("c1", "Food", partial=True),),
    cells=((PivotCell("€1.0M", 1e6, 0.5, "+2.0%", 1, True),), (None,)),
    row_totals=(PivotCell("€1.0M"), None),
    column_totals=(PivotCell("€1.0M"),),
    grand_total=PivotCell("€1.0M"),
    base="all",
)


def test_payload_is_json() -> None:
    sent = json.loads(json.dumps(payload(TABLE)))
    assert sent["cells"] == [[["€1.0M", 0.5, "+2.0%", 1, 1, 0]], [None]]
    assert sent["rows"][1]["kind"] == "others"
    assert sent["base"] == "all"


def test_shape_is_checked() -> None:
    with pytest.raises(ValueError, match="not 2 by 1"):
        replace(TABLE, cells=((None,),))
    with pytest.raises(ValueError, match="1 row totals for 2 rows"):
        replace(TABLE, row_totals=(None,))


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "row",
        {},
        {"where": "row"},
        {"where": "elsewhere", "base": ""},
        {"where": "row", "row": 3, "base": ""},
        {"where": "row", "row": "de", "column": None, "base": None},
    ],
)
def test_strange_clicks_are_dropped(raw: object) -> None:
    assert parse_click(raw) is None


def test_click() -> None:
    raw = {"where": "cell", "row": "de", "column": "c1", "base": "all"}
    assert parse_click(raw) == Click("cell", "de", "c1", "all")


def test_heats() -> None:
    assert heats([10, 5, None, -2]) == [1.0, 0.5, 0.0, 0.0]
    assert heats([10, -5], diverging=True) == [1.0, -0.5]
    assert heats([]) == []
    assert heats([0, None]) == [0.0, 0.0]
