"""Cube questions on 10 million order lines, beside plain SQL over star joins and pandas; memory; drill clicks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from bench import dataframe, drills, firms, memory
from bench.contestant import Clientela, Pandas, PlainSql
from bench.questions import QUESTIONS
from bench.race import Outcome, race
from bench.table import Value, table
from bench.timing import Clocked, clocked, percentile, settled, spread, typical
from data.warehouse import Warehouse

NAMES = (Clientela.name, PlainSql.name, Pandas.name)
RIVALS = NAMES[1:]
HEADS = ["question", "cells", "ours", "CPU", "SQL", "CPU", "pandas", "CPU", "x SQL", "CPU", "x pandas", "CPU"]
MEMORY_LIMIT_MB = 2000
CLICK_TARGET_MS = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: lines of the large firm and of the demonstration firm, rounds, steps of the walk."""

    lines: int
    demo_lines: int
    rounds: int
    steps: int


SCALES = {
    "small": Scale(300_000, 300_000, 3, 20),
    "full": Scale(10_000_000, 1_000_000, 5, 100),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench cubes`."""
    parser.add_argument("--scale", choices=list(SCALES), default="full", help="how much (%(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure all three and print each as soon as it is known. Raises Disagreement."""
    scale = SCALES[args.scale]
    large, demo = firms.firm(args.folder, scale.lines), firms.firm(args.folder, scale.demo_lines)
    figures: dict[str, Any] = {"scale": args.scale, **asdict(scale)}
    figures["memory"] = _memory(large)
    figures["drills"] = _drills(demo, scale.steps)
    figures["questions"] = _race(large, scale.rounds)
    return figures


def _memory(path: Path) -> dict[str, Any]:
    found = memory.measured(path, (question.query for question in QUESTIONS))
    verdict = "under" if found["together_mb"] < MEMORY_LIMIT_MB else "NOT under"
    print(
        f"\nMemory of a dashboard: {found['opened_mb']:,} MB with the warehouse open,"
        f" {found['answered_mb']:,} MB after {len(QUESTIONS)} questions in turn, {found['together_mb']:,} MB after"
        f" {found['sessions']} sessions asked them at once: {verdict} {MEMORY_LIMIT_MB:,} MB."
    )
    return found


def _drills(path: Path, steps: int) -> dict[str, Any]:
    with closing(Warehouse(path)) as warehouse, settled():
        served = drills.walk(drills.Server(warehouse), steps)
        lines = warehouse.profile.lines
    parts: dict[str, list[Clocked]] = {
        "answer": [each.answer for each in served],
        "table": [each.table for each in served],
        "chart": [each.chart for each in served],
        "server's share of a click": [each.whole for each in served],
        "whole script in Streamlit's harness": drills.rerun(path.resolve(), [each.view for each in served]),
    }
    spreads = {name: spread(part) for name, part in parts.items()}
    print(f"\nA walk of {steps} drills and roll-ups over Explore, {lines:,} lines, nothing cached (ms)\n")
    rows: list[list[Value]] = [[name, *found.values()] for name, found in spreads.items()]
    print(table(["", "wall p50", "p95", "CPU p50", "p95"], rows))
    share = spreads["server's share of a click"]["wall_p50"]
    print(f"\nTarget: under {CLICK_TARGET_MS} ms at the median; measured {share:.0f}.")
    slowest = max(served, key=lambda each: each.whole.cpu_ms)
    return {**spreads, "slowest": {"view": slowest.view.token(), **asdict(slowest.whole)}}


def _race(path: Path, rounds: int) -> dict[str, Any]:
    with closing(Warehouse(path)) as warehouse, closing(PlainSql(warehouse)) as plain:
        lines, loading = clocked(lambda: dataframe.load(warehouse))
        size_mb = lines.memory_usage(deep=True).sum() / 1e6
        print(
            f"\npandas loads and merges {len(lines):,} lines in {loading.wall_ms / 1000:.1f} s ({size_mb:,.0f} MB)."
        )
        with settled():
            outcomes = race((Clientela(warehouse), plain, Pandas(lines)), QUESTIONS, rounds)
    print(f"All answers agree. Medians of up to {rounds} rounds in turn (ms); x: times as long as ours.\n")
    print(table(HEADS, _scores(outcomes)))
    for rival in RIVALS:
        print(fill(_verdict(outcomes, rival), 110))
    return {
        "pandas_load": asdict(loading),
        "over_questions": {who: spread([each.medians[who] for each in outcomes]) for who in NAMES},
        "medians": {
            each.question.name: {who: asdict(took) for who, took in each.medians.items()} for each in outcomes
        },
    }


def _scores(outcomes: Sequence[Outcome]) -> list[list[Value]]:
    """A row a question; then the median and the 95th percentile of each column over all questions."""
    numbers = [
        [
            *(value for who in NAMES for value in astuple(each.medians[who])),
            *(value for rival in RIVALS for value in astuple(each.ratio(rival, NAMES[0]))),
        ]
        for each in outcomes
    ]
    rows = [[each.question.name, each.cells, *own] for each, own in zip(outcomes, numbers, strict=True)]
    columns = list(zip(*numbers, strict=True))
    ends = [[f"p{share}", "", *(percentile(each, share / 100) for each in columns)] for share in (50, 95)]
    return [*rows, *ends]


def _verdict(outcomes: Sequence[Outcome], rival: str) -> str:
    """How a rival did over all questions, and which it won, by the processor's time."""
    ratios = {each.question.name: each.ratio(rival, NAMES[0]) for each in outcomes}
    middle = typical(list(ratios.values()))
    won = [f"{name} ({ratio.cpu_ms:.2f})" for name, ratio in ratios.items() if ratio.cpu_ms < 1]
    return (
        f"{rival} took {middle.wall_ms:.1f} times as long at the median, {middle.cpu_ms:.1f} times the processor;"
        f" it took less of it on {'; '.join(won) or 'no question'}."
    )
