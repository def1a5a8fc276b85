"""Audiences of a large firm: whom a question finds, held against the cell that it counts, and written down once."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from bench import firms
from bench.question import Disagreement
from bench.table import table
from bench.target import Target
from bench.timing import clocked
from cubes.analysis import audience_question
from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import AudienceQuestion, Joining, known_customers
from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.store.warehouse import Warehouse

A_MILLION, MILLISECONDS = 1_000_000, 1_000
HEADS = ["audience", "customers", "first ms", "CPU ms", "again ms"]
# Cube, measure and filters of each.
CELLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("sales", "customers", ()),
    ("sales", "customers", ("time=last 12 months",)),
    ("sales", "buyers", ("country=Italy",)),
    ("sales", "customers", ("country=Italy", "time=last 90 days")),
    ("sales", "customers_alive", ()),
    ("stages", "customers_in_stage", ()),
    ("sales", "customers", ("customer by revenue > 1000",)),
    ("sales", "customers", ("customer by revenue top 1000 in last 12 months",)),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--lines", type=int, default=250_000, help="order lines (%(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Each audience asked on a snapshot that was just opened. Raises Disagreement where a cell counts others."""
    path = firms.firm(args.folder, args.lines, customers=args.customers)
    found = [_measured(path, name, question, cell) for name, question, cell in _audiences()]
    print(table(HEADS, [tuple(each.values()) for each in found]))
    slowest = max(each["first"] for each in found)
    with closing(Warehouse(path)) as warehouse:
        customers = warehouse.profile.customers
    whole = customers >= 0.9 * A_MILLION
    target = Target("an audience of a million", slowest if whole else None, MILLISECONDS, "ms")
    print(target.sentence())
    return {"customers": customers, "audiences": found, "targets": [target.figures()]}


def _audiences() -> Iterator[tuple[str, AudienceQuestion, Query | None]]:
    """What each is called, what it asks, and the cell that counts as many."""
    for cube, measure, filters in CELLS:
        query = Query((measure,), cuts=tuple(map(parse_cut, filters)), cube=cube)
        yield " ".join((measure, *filters)), audience_question.of(query), query
    year, italy = (
        Query(("customers",), cuts=(parse_cut(each),)) for each in ("time=last 12 months", "country=Italy")
    )
    yield "known customers", audience_question.of(known_customers()), None
    three = audience_question.of(known_customers()).joined(Joining.AND, year).joined(Joining.BUT_NOT, italy)
    yield "known, and of a year, but not of Italy", three, None


def _measured(path: Path, name: str, question: AudienceQuestion, cell: Query | None) -> dict[str, Any]:
    def find() -> np.ndarray:
        return audience_customers(warehouse, question)

    with closing(Warehouse(path)) as warehouse:
        _ = warehouse.profile
        codes, first = clocked(find)
        _, again = clocked(find)
        if cell and len(codes) != ask(warehouse, cell).total(cell.measures[0]):
            raise Disagreement(
                f"{name}: the audience has {len(codes):,} customers, and the cell counts others"
            )
    return {
        "name": name,
        "customers": len(codes),
        "first": first.wall_ms,
        "cpu": first.cpu_ms,
        "again": again.wall_ms,
    }
