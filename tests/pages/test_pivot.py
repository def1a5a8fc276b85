"""The pivot's contract with the browser: its shape is checked, and what comes back is not trusted."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pages.ui.pivot.pivot_table import (
    AxisLevel,
    Click,
    Header,
    Look,
    NotedCell,
    PivotMeasure,
    PivotTable,
    Sorting,
    parse_click,
    payload,
)
from pages.ui.pivot.value_limits import ValueLimits
from pages.ui.style.formats import NumberForm, number_form

VALUES = np.array([[1e6, 1e6 / 3, 4e6 / 3], [np.nan, 2e6, 2e6], [1e6, 7e6 / 3, 10e6 / 3]])
REVENUE = PivotMeasure(
    "revenue", "Revenue", "All sales.", NumberForm(1e6, 1, "M", "€"), VALUES, VALUES / 1e7, look=Look.BARS
)
TABLE = PivotTable(
    "Revenue",
    (AxisLevel("country", "Country", "Region", expands=True),),
    (AxisLevel("category", "Category"),),
    rows=(Header("de", "Germany"), Header("(others)", "Others (17)", kind="others")),
    columns=(Header("c1", "Food", partial=True), Header("c2", "Wine")),
    measures=(REVENUE,),
    sorting=Sorting("revenue", "c1", True),
    base="all",
)


def test_payload_is_json_with_numbers_row_by_row() -> None:
    sent = json.loads(json.dumps(payload(TABLE), allow_nan=False))
    measure = sent["measures"][0]
    assert measure["values"][:4] == [1e6, 333333.333333, 1333333.333333, None]
    assert measure["growths"][0] == 0.1
    assert measure["form"] == [1e6, 1, "M", "€", "", 1.0, 0, 0]
    assert sent["rows"][1] == ["(others)", "Others (17)", 0, "others", 1, 0]
    assert sent["sorting"] == ["revenue", "c1", True]
    assert sent["base"] == "all"


def test_limits_and_widths_are_sent() -> None:
    limited = replace(REVENUE, look=ValueLimits(0.2, 5))
    sent = payload(replace(TABLE, measures=(limited,), widths=(("head", 180),), placed=True))
    assert (sent["measures"][0]["look"], sent["measures"][0]["limits"]) == ("limits", (0.2, 5))
    assert (sent["widths"], sent["placed"], sent["keepsWidths"]) == ((("head", 180),), True, True)
    assert payload(TABLE)["measures"][0]["limits"] is None


def test_noted_cells_are_sent_by_their_heads() -> None:
    noted = replace(TABLE, notes=(NotedCell("de", None, "revenue", "<b>Strike</b>"),))
    assert payload(noted)["notes"] == (("de", None, "revenue", "<b>Strike</b>"),)
    click = parse_click({**CLICK, "where": "note", "measure": "revenue"})
    assert click
    assert click.where == "note"


def test_shape_is_checked() -> None:
    with pytest.raises(ValueError, match="revenue: cells of"):
        replace(TABLE, rows=())


CLICK = {"where": "open", "row": "de", "column": None, "measure": "", "side": "row", "value": "", "base": ""}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "row",
        {},
        {"where": "open"},
        {**CLICK, "where": "elsewhere"},
        {**CLICK, "row": 3},
        {**CLICK, "measure": ["revenue"]},
        {**CLICK, "base": None},
    ],
)
def test_strange_clicks_are_dropped(raw: object) -> None:
    assert parse_click(raw) is None


def test_click() -> None:
    assert parse_click(CLICK) == Click("open", "de", None, "", "row", "", "")


@pytest.mark.parametrize(
    ("values", "unit", "form"),
    [
        ([2e6, 5e6, 9e6], "money", NumberForm(1e6, 1, "M", "€", "", 1.0, 2)),
        ([0.1, 0.2], "percent", NumberForm(0.01, 1, "", "", "%", 0.01, 2)),
        ([14000.0], "date", NumberForm(day=True)),
    ],
)
def test_numbers_are_written_in_one_unit(values: list[float], unit: str, form: NumberForm) -> None:
    assert number_form(values, unit, "EUR") == form
