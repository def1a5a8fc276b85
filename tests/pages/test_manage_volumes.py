"""Deliveries drawn: what was rejected stands on top of what came in, and small pictures never lose the latest."""

from __future__ import annotations

import base64
from datetime import datetime

import polars as pl
import pytest

from pages.manage.sources.sparklines import MOST, bars
from pages.ui.figures import volumes
from pages.ui.style.theme import LIGHT


def came(*rows: tuple[int, int]) -> pl.DataFrame:
    made = [
        {"batch": at, "as_of": datetime(2024, 1, at), "rows": every, "rejected": bad}
        for at, (every, bad) in enumerate(rows, 1)
    ]
    return pl.DataFrame(
        made, schema={"batch": pl.Int32, "as_of": pl.Datetime, "rows": pl.Int64, "rejected": pl.Int64}
    )


def test_rejected_rows_stand_on_top() -> None:
    figure = volumes(came((10, 0), (20, 5)), LIGHT)
    held, rejected = figure.data
    assert list(held.y) == [10, 15]
    assert list(rejected.y) == [None, 5]
    assert figure.layout.barmode == "stack"
    assert figure.layout.yaxis.range[1] >= 20
    assert held.customdata[1][0] == "2"
    assert held.customdata[1][1] == "2 Jan 2024: 20 rows, 5 rejected"


@pytest.mark.parametrize("rows", [(), ((0, 0),), ((3, 3),)])
def test_little_is_drawn_too(rows: tuple[tuple[int, int], ...]) -> None:
    assert volumes(came(*rows), LIGHT).to_json()


def test_many_deliveries_have_few_dates() -> None:
    figure = volumes(came(*[(1, 0)] * 31), LIGHT)
    assert len(figure.layout.xaxis.tickvals) <= 6


def test_a_spark_keeps_the_latest_and_shows_an_empty_delivery() -> None:
    drawn = base64.b64decode(bars([100] * 40 + [0], "#123456").partition(",")[2]).decode()
    assert drawn.count("<rect") == MOST
    assert 'height="1.5"' in drawn.rpartition("<rect")[2]
