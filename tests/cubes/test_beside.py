"""Cells beside those of a compared period are those that a join by all codes finds."""

from __future__ import annotations

import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cubes.ask.compared_cells import beside
from cubes.query import Comparison

LEVELS = ("country", "month")
CODES = [f"{level}.code" for level in LEVELS]
YEAR = Comparison.YEAR


def some_cells(chance: random.Random, count: int) -> pl.DataFrame:
    """Cells of two levels, and subtotals, of which codes are null."""
    every = [(country, month) for country in (None, -1, 0, 7) for month in (None, 1, 40_000)]
    cells = chance.sample(every, count)
    columns: dict[str, list[object]] = {}
    for at, level in enumerate(LEVELS):
        codes = [cell[at] for cell in cells]
        names = [None if code is None else f"{level} {code}" for code in codes]
        columns |= {level: names, f"{level}.id": names, f"{level}.code": codes}
    columns["grouping"] = [2 * (country is None) + (month is None) for country, month in cells]
    columns["revenue"] = [chance.choice((None, chance.random())) for _ in cells]
    texts = dict.fromkeys((name for level in LEVELS for name in (level, f"{level}.id")), pl.String)
    return pl.DataFrame(
        columns,
        schema_overrides={
            **texts,
            **dict.fromkeys(CODES, pl.Int32),
            "grouping": pl.Int32,
            "revenue": pl.Float64,
        },
    )


@pytest.mark.parametrize("either", [False, True])
def test_what_was_there_then_is_found_by_all_codes(either: bool) -> None:
    chance = random.Random(8)
    for _ in range(150):
        own, then = (some_cells(chance, chance.randrange(12)) for _ in range(2))
        found = beside(own, then, LEVELS, ["revenue"], YEAR, either)
        earlier = then.rename({"revenue": f"revenue@{YEAR}"})
        expected = own.join(
            earlier,
            on=[*CODES, "grouping"],
            how="full" if either else "left",
            nulls_equal=True,
            coalesce=True,
        )
        names = [name for name in own.columns if name in (*LEVELS, *(f"{each}.id" for each in LEVELS))]
        expected = expected.with_columns(pl.coalesce(name, f"{name}_right") for name in names)
        assert_frame_equal(found, expected[found.columns], check_row_order=False)
        assert found[: own.height].select(CODES).equals(own.select(CODES))
