"""The pivot's contract with the browser: its shape is checked, and what comes back is not trusted."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pages.ui.pivot import pivot_table
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
from pages.ui.style import locales
from pages.ui.style.formats import NUMBERS, NumberForm, number_form
from pages.ui.style.locales import locale_of

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
    assert sent["audiences"] is False


def test_limits_and_widths_are_sent() -> None:
    limited = replace(REVENUE, look=ValueLimits(0.2, 5))
    sent = payload(replace(TABLE, measures=(limited,), widths=(("head", 180),), placed=True))
    assert (sent["measures"][0]["look"], sent["measures"][0]["limits"]) == ("limits", (0.2, 5))
    assert (sent["widths"], sent["placed"], sent["keepsWidths"]) == ((("head", 180),), True, True)
    assert payload(TABLE)["measures"][0]["limits"] is None


LIMITS = (Path(pivot_table.__file__).parent / "limits_form.js").read_text(encoding="utf-8")


def typed(language: str, unit: str, texts: list[str]) -> list[float | str | None]:
    """What the browser makes of limits as they were typed; "NaN" for no number."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node, which runs the browser's script here")
    locales.use(locale_of(language))
    given = json.dumps([locales.current().sent(), number_form([1.0], unit, "EUR").sent(), texts])
    locales.use(locales.ENGLISH)
    script = f"{NUMBERS}\n{LIMITS}\nconst [locale, form, texts] = JSON.parse(require('fs').readFileSync(0));"
    script += "const told = (each) => Number.isNaN(each) ? 'NaN' : each;"
    script += "console.log(JSON.stringify(texts.map((each) => told(limit(each, locale, form)))));"
    ran = subprocess.run([node, "-e", script], input=given, capture_output=True, text=True, check=True)
    found: list[float | str | None] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize(
    ("language", "unit", "written", "limits"),
    [
        ("en", "percent", ["20%", "0.2", " 35 % ", ".5", "-3%"], [0.2, 0.2, 0.35, 0.5, -0.03]),
        (
            "en",
            "money",
            ["€1,500", "1.5M", "1500.25", "2e3", "1,5", ""],
            [1500, 1.5e6, 1500.25, 2000, "NaN", None],
        ),
        ("it", "money", ["1.500", "1,5M", "1.500,25 €", "0.5"], [1500, 1.5e6, 1500.25, 0.5]),
        ("ru", "percent", ["20\u202f%", "0,2"], [0.2, 0.2]),
        ("en", "count", ["many", "5 apples", "--3", "Infinity", "1..2"], ["NaN"] * 5),
    ],
)
def test_limits_are_typed_as_people_write_numbers(
    language: str, unit: str, written: list[str], limits: list[float | str | None]
) -> None:
    assert typed(language, unit, written) == limits


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
