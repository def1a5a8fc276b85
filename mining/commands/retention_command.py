"""`python -m mining retention`. How many of each cohort of first purchases come back, period by period."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import polars as pl

from cubes.analysis.cohort_cells import GRAINS, cohort_cells
from cubes.analysis.whole_history import described
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question
from mining.retention.cohort_triangle import Kept, triangle


def _retention_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=GRAINS, default="month", help="the period of cohorts")
    parser.add_argument("--split", default="", help="a level that cohorts are split by, such as channel")
    parser.add_argument(
        "--measure",
        choices=[each.value for each in Kept],
        default=Kept.CUSTOMERS.value,
        help="what is followed",
    )


def _retention(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """The triangle, a row a cohort and period that has begun."""
    kept = Kept(options.measure)
    measures = tuple(dict.fromkeys(("customers", kept.value)))
    asked = described(warehouse, question(options), options.until, options.split)
    cells = cohort_cells(warehouse, asked, options.by, options.until, options.split, measures)
    last, names = cells.periods[-1], {each.code: each.name for each in cells.periods}
    found = triangle(cells.frame, last.code, last.is_whole, kept)
    split = _split(options.split, {code: identity for code, (identity, _) in cells.members.items()})
    told = [pl.col(each).replace_strict(names, return_dtype=pl.String) for each in ("cohort", "period")]
    counts = pl.col("total").cast(pl.Int64 if kept in (Kept.CUSTOMERS, Kept.ORDERS) else pl.Float64)
    rows = found.cells.select(
        *split, *told, "age", pl.col("size").alias("customers"), counts, "value", "is_partial"
    )
    curve = found.curve.select(
        *split, "age", "cohorts", pl.col("size").alias("customers"), "value", "low", "high"
    )
    notes = cells.notes
    if found.cells["value"].null_count() == found.cells.height:
        notes += (f"No {kept} is known: no line here has a cost.",)
    figures = {"measure": kept.value, "by": options.by, "until": cells.until.isoformat()}
    return Finding(rows, figures, notes, {"curve": curve})


def _split(level: str, ids: Mapping[int, str]) -> list[pl.Expr]:
    """The column of the members that cohorts are split by; none where they are not."""
    return [pl.col("member").replace_strict(ids, return_dtype=pl.String).alias(level)] if level else []


RETENTION = Command(
    "how many of each cohort of first purchases come back, period by period",
    "retention",
    _retention_options,
    _retention,
)
