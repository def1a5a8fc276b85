"""Why it moved, on planted causes and on none: how many are named, how often chance is, by size of what was planted."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.calm import FIRST_YEAR, Calm, Plant, Shape, calm, spreads, write
from bench.table import table
from cubes import catalogue
from cubes.analysis.explain_change import Why, why
from cubes.ask.answer import ask
from cubes.query import Comparison, Query, parse_cut
from data.store.warehouse import Warehouse

SHAPES = (
    Shape(lines=20_000, cities=8, products=16, customers=300, skew=0.4),
    Shape(lines=40_000),
    Shape(lines=60_000, cities=24, products=40, skew=0.8, season=0.3),
    Shape(lines=200_000, cities=24, products=40, customers=3_000, skew=0.6, season=0.05),
    Shape(lines=200_000, cities=40, products=120, customers=4_000, skew=0.8),
)
HELD_OUT = (501, 502, 503, 504)
RANKS = {
    "country": (0, 1),
    "region": (0, 2),
    "city": (0, 1, 2, 3, 5),
    "customer_kind": (0,),
    "department": (1,),
    "category": (0, 1, 3, 5),
    "product": (0, 1, 2, 5),
    "channel": (0, 2),
}
PAIRS = (("city", "category"), ("country", "product"), ("city", "channel"))
FACTORS = (0.2, 0.3, 0.5, 1.8, 2.5)
BANDS = (0.0, 3.0, 5.0, 8.0)
MEASURES = ("revenue", "orders", "average_order_value", "customers")
CALM_MONTHS = (23, 28)


@dataclass(frozen=True, slots=True)
class Tried:
    """One planted member: `place` is its place among the findings, None where it is not named."""

    level: str
    member: str
    factor: float
    months: int
    compare: str
    spreads: float
    place: int | None
    findings: tuple[str, ...]
    milliseconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench causes`."""
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=list(HELD_OUT), help="firms of each shape (%(default)s)"
    )
    parser.add_argument("--shapes", type=int, nargs="+", default=list(range(len(SHAPES))), help="which (all)")
    parser.add_argument("--only", choices=["plants", "noise"], help="one half of the study")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Plant, ask, and print how many planted members were named, and what was named where nothing was planted.

    A hit is the planted member itself among the findings. Of two members planted at once each counts by itself; of
    a cell where two members meet, either of them. A parent or a child in its place is none, but for a level in
    which the planted member is the only child of its parent, or its only one.
    """
    firms = [(shape, seed) for shape in args.shapes for seed in args.seeds]
    tried = [] if args.only == "noise" else [each for firm in firms for each in plants(*firm)]
    named = [] if args.only == "plants" else [each for firm in firms for each in noise(*firm)]
    for months, name in ((1, "a month"), (3, "a quarter")):
        _print_plants([each for each in tried if each.months == months], name)
    if named:
        _print_noise(named)
    return {"plants": [asdict(each) for each in tried], "noise": named}


def plants(shape: int, seed: int) -> Iterator[Tried]:
    """Every plant in one firm, each alone in it but for pairs."""
    firm, chance = calm(SHAPES[shape], seed), random.Random(seed * 100 + shape)
    for members in _places(firm):
        month, months = chance.randint(20, 29), chance.choice([1, 1, 3])
        planted = [Plant(each, month - month % months, months, chance.choice(FACTORS)) for each in members]
        compare = chance.choice([Comparison.PREVIOUS] * 3 + [Comparison.YEAR])
        yield from _tried(firm, planted, compare)


def noise(shape: int, seed: int) -> Iterator[dict[str, Any]]:
    """What is named of a firm in which nothing happened, by measure, period and comparison."""
    firm = calm(SHAPES[shape], seed)
    with tempfile.TemporaryDirectory() as folder:
        warehouse = _written(Path(folder), firm, ())
        for months, month in ((1, CALM_MONTHS[0]), (1, CALM_MONTHS[1]), (3, 27)):
            for compare in (Comparison.PREVIOUS, Comparison.YEAR):
                for measure in MEASURES:
                    found = explained(warehouse, measure, month, months, compare)
                    told = [f"{each.level}: {each.label}" for each in found.findings]
                    yield {"shape": shape, "seed": seed, "measure": measure, "months": months, "named": told}
        warehouse.close()


def explained(warehouse: Warehouse, measure: str, month: int, months: int, compare: Comparison) -> Why:
    """Why a measure moved in a month or quarter of a calm firm."""
    year, at = FIRST_YEAR + month // 12, month % 12
    period = f"month={year}-{at + 1:02d}" if months == 1 else f"quarter={year}-Q{at // 3 + 1}"
    query = Query((measure,), cuts=(parse_cut(period),), compare=compare)
    cube = catalogue.load(query.cube, warehouse.profile)
    return why(lambda each: ask(warehouse, each), cube, warehouse.profile, query)


def _places(firm: Calm) -> Iterator[Sequence[dict[str, int]]]:
    """Single members of several sizes, two at once, and cells where two meet."""
    ranked = {level: firm.by_size(level) for level in RANKS}
    for level, ranks in RANKS.items():
        for rank in ranks:
            yield [{level: ranked[level][rank]}] if rank < len(ranked[level]) else []
    for one, other in PAIRS:
        yield [{one: ranked[one][1]}, {other: ranked[other][0]}]
        yield [{one: ranked[one][0], other: ranked[other][0]}]


def _tried(firm: Calm, planted: Sequence[Plant], compare: Comparison) -> Iterator[Tried]:
    if not planted:
        return
    with tempfile.TemporaryDirectory() as folder:
        warehouse = _written(Path(folder), firm, planted)
        before = time.perf_counter()
        found = explained(warehouse, "revenue", planted[0].month, planted[0].months, compare)
        took = 1000 * (time.perf_counter() - before)
        warehouse.close()
    told = [(each.level, each.label) for each in found.findings]
    apart = planted[0].months if compare is Comparison.PREVIOUS else 12
    for plant in planted:
        same = [each for level, member in plant.members.items() for each in _same(firm, level, member)]
        places = [at for at, each in enumerate(told) if each in same]
        kind = "cell" if len(plant.members) > 1 else "pair" if len(planted) > 1 else ""
        yield Tried(
            " x ".join(plant.members) if kind == "cell" else f"{kind} {next(iter(plant.members))}".strip(),
            " x ".join(_label(*each) for each in plant.members.items()),
            plant.factor, plant.months, compare.value, spreads(firm, plant, apart), min(places, default=None),
            tuple(f"{level}: {label}" for level, label in told), took,
        )  # fmt: skip


def _same(firm: Calm, level: str, member: int) -> list[tuple[str, str]]:
    """The member, and members of other levels that hold the very same lines."""
    lines = firm.levels[level] == member
    found = []
    for other, codes in firm.levels.items():
        one = codes[lines][0]
        if (lines == (codes == one)).all():
            found.append((other, _label(other, int(one))))
    return found


def _label(level: str, member: int) -> str:
    return f"{level} {member}"


def _written(folder: Path, firm: Calm, planted: Sequence[Plant]) -> Warehouse:
    path = folder / "calm.duckdb"
    write(path, firm, planted)
    return Warehouse(path)


def _print_plants(tried: Sequence[Tried], period: str) -> None:
    if not tried:
        return
    heads = ["planted at", *(f"{low:.0f} deviations or more" for low in BANDS), "named first"]
    rows: list[list[Any]] = []
    for level in sorted({each.level for each in tried}):
        own = [each for each in tried if each.level == level]
        rows.append([level, *(_share(own, low, high) for low, high in _bands()), _first(own)])
    rows.append(["all", *(_share(tried, low, high) for low, high in _bands()), _first(tried)])
    print(f"\nNamed, of those planted for {period}, by how many deviations the planted share moved\n")
    print(table(heads, rows))


def _bands() -> list[tuple[float, float]]:
    return list(zip(BANDS, (*BANDS[1:], float("inf")), strict=True))


def _share(tried: Sequence[Tried], low: float, high: float) -> str:
    own = [each for each in tried if low <= each.spreads < high]
    return f"{sum(each.place is not None for each in own)} of {len(own)}"


def _first(tried: Sequence[Tried]) -> str:
    return f"{sum(each.place == 0 for each in tried)} of {len(tried)}"


def _print_noise(named: Sequence[dict[str, Any]]) -> None:
    rows: list[list[Any]] = []
    for measure in (*MEASURES, "all"):
        own = [each for each in named if measure in (each["measure"], "all")]
        rows.append(
            [
                measure,
                len(own),
                sum(len(each["named"]) for each in own),
                sum(bool(each["named"]) for each in own),
            ]
        )
    print("\nNamed where nothing was planted\n")
    print(table(["measure", "questions", "findings", "questions with any"], rows))
