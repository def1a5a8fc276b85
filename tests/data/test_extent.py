"""Which days are ordinary traffic: mistyped years decide nothing, and no sparse firm loses a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from data.model.calendar import day_key, to_date
from data.model.fact_extent import told_apart
from data.model.warehouse_profile import Extent
from tests.data.load_files import REAL
from tests.tiny import Line, tiny_warehouse

BEGIN = date(2022, 1, 3)


def run(first: date, count: int, step: int = 1, lines: int = 2) -> dict[date, int]:
    """So many days from a first one, `step` apart, each with as many lines."""
    return {first + timedelta(days=at * step): lines for at in range(count)}


def outliers(*days: dict[date, int]) -> list[str]:
    every = {day: lines for each in days for day, lines in each.items()}
    ordinary, far = told_apart([(day_key(day), every[day]) for day in sorted(every)])
    found = {to_date(day) for day, _ in far}
    rest = set(every) - found
    assert (day_key(min(rest)), day_key(max(rest))) == (ordinary.first, ordinary.last)
    return [str(day) for day in sorted(found)]


SHOP = run(BEGIN, 600)


@pytest.mark.parametrize(
    ("far", "expected"),
    [
        ({date(2062, 5, 4): 1}, ["2062-05-04"]),
        ({date(1900, 1, 1): 1}, ["1900-01-01"]),
        ({date(1900, 1, 1): 1, date(2062, 5, 4): 1}, ["1900-01-01", "2062-05-04"]),
        ({date(2062, 5, 4): 8}, ["2062-05-04"]),
        ({date(2042, 5, 4): 1, date(2062, 5, 4): 2, date(2062, 8, 1): 1}, ["2042-05-04", "2062-05-04", "2062-08-01"]),
        ({date(2012, 2, 1): 3, date(2002, 3, 1): 3}, ["2002-03-01", "2012-02-01"]),
        # "No date" is not a date however many lines have it.
        ({date(1900, 1, 1): 5000}, ["1900-01-01"]),
        ({date(1970, 1, 1): 700, date(2099, 12, 31): 30}, ["1970-01-01", "2099-12-31"]),
        # A year mistyped among the firm's own changes nothing, and neither does one within a year of them.
        ({date(2023, 9, 30): 1}, []),
        (run(date(2023, 9, 1), 4, 60, 1), []),
    ],
)  # fmt: skip
def test_a_handful_of_lines_years_away_is_told_apart(far: dict[date, int], expected: list[str]) -> None:
    assert outliers(SHOP, far) == expected


@pytest.mark.parametrize(
    "days",
    [
        run(BEGIN, 1),
        run(BEGIN, 2, 5000),
        run(BEGIN, 12, 370),  # one order a year
        run(BEGIN, 9, 500) | run(date(2040, 1, 1), 2, 700),
        run(date(2019, 11, 20), 35) | run(date(2020, 11, 20), 35) | run(date(2022, 11, 20), 3),  # Christmas, one missed
        run(date(2018, 7, 1), 2) | run(date(2019, 7, 6), 2) | run(date(2020, 7, 4), 2),  # two days of a fair each year
        run(date(2015, 1, 1), 5, 200, 1) | run(date(2018, 1, 1), 900),  # begins small
        run(date(2005, 1, 1), 60, 7, 1) | run(date(2019, 1, 1), 900),  # a new source with older history
        run(date(2018, 3, 1), 700, lines=900) | run(date(2023, 1, 2), 3, lines=800),  # goes on after a pause
        run(BEGIN, 400) | run(BEGIN + timedelta(days=460), 3, 45, 1),  # deliveries dated ahead
        run(date(2018, 5, 1), 12, lines=1000) | run(date(2021, 5, 1), 1, lines=10_000),  # two campaigns
        run(date(1900, 1, 1), 1, lines=50),
        run(date(1968, 1, 1), 900),
    ],
    ids=range(13),
)  # fmt: skip
def test_no_sparse_firm_loses_a_day(days: dict[date, int]) -> None:
    assert outliers(days) == []


def test_one_order_a_year_and_a_mistyped_one() -> None:
    assert outliers(run(BEGIN, 20, 360, 1), {date(2199, 6, 1): 1}) == ["2199-06-01"]


@pytest.mark.parametrize("folder", ["cdnow", "online_retail", "northwind"])
def test_real_sets_lose_no_day(folder: str) -> None:
    if not (REAL / folder).is_dir():
        pytest.skip("the real data sets are not here")
    checked = 0
    for path in sorted((REAL / folder).glob("*.parquet")):
        frame = pl.read_parquet(path)
        for name in frame.columns:
            found = _days(frame[name]) if "date" in name.lower() else None
            if found is not None and found.n_unique() > 20:
                counts = found.drop_nulls().value_counts().sort(by=found.name)
                assert outliers(dict(counts.rows())) == [], (path.name, name)
                checked += 1
    assert checked


def _days(series: pl.Series) -> pl.Series | None:
    if series.dtype.is_temporal():
        return series.cast(pl.Date)
    if series.dtype.is_integer():
        series = series.cast(pl.String)
    text = series.cast(pl.String).str.slice(0, 10)
    for shape in ("%Y-%m-%d", "%Y%m%d"):
        found = text.str.to_date(shape, strict=False)
        if found.null_count() <= series.len() // 50:
            return found
    return None


def orders(days: Iterable[date]) -> list[Line]:
    return [Line(day=day, order=f"o{at}") for at, day in enumerate(days)]


def test_a_profile_tells_the_days_of_ordinary_traffic(tmp_path: Path) -> None:
    warehouse = tiny_warehouse(
        tmp_path / "w.duckdb", orders([*run(BEGIN, 30), date(2062, 1, 4), date(2062, 1, 4)])
    )
    profile = warehouse.profile
    warehouse.close()
    extent = profile.extents["sale"]
    assert (profile.lines, profile.first_day, profile.last_day) == (32, BEGIN, BEGIN + timedelta(days=29))
    assert [(each.day, each.lines) for each in extent.outliers] == [(date(2062, 1, 4), 2)]
    assert extent.far_lines == 2
    assert extent.whole is not None
    assert to_date(extent.whole.last) == date(2062, 1, 4)
    assert Extent(0, None, None).whole is None
