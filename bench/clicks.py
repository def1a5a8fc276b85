"""A dashboard over the demonstration firm: its memory, the server's share of a drill, and a click in the browser."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import browser_clicks, firms, memory, walk
from bench.questions import QUESTIONS
from bench.table import Value, table
from bench.timing import Clocked, settled, spread
from data.store.warehouse import Warehouse

MEMORY_LIMIT_MB = 2000
CLICK_TARGET_MS = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """Lines of the firm whose memory is measured and of the one that is walked through; steps and rounds."""

    lines: int
    demo_lines: int
    steps: int
    rounds: int


SCALES = {"small": Scale(300_000, 300_000, 20, 3), "full": Scale(10_000_000, 1_000_000, 100, 9)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench clicks`."""
    parser.add_argument("--scale", choices=list(SCALES), default="full", help="how much (%(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure both and print each as soon as it is known."""
    scale = SCALES[args.scale]
    large, demo = firms.firm(args.folder, scale.lines), firms.firm(args.folder, scale.demo_lines)
    return {
        "scale": args.scale,
        **asdict(scale),
        "memory": _memory(large),
        "clicks": _clicks(demo, scale.steps),
        "browser": browser_clicks.measured(demo.resolve(), scale.rounds) if scale.rounds else {},
    }


def _memory(path: Path) -> dict[str, Any]:
    found = memory.measured(path, (question.query for question in QUESTIONS))
    verdict = "under" if found["together_mb"] < MEMORY_LIMIT_MB else "NOT under"
    print(
        f"\nMemory of a dashboard: {found['opened_mb']:,} MB with the warehouse open,"
        f" {found['answered_mb']:,} MB after {len(QUESTIONS)} questions in turn, {found['together_mb']:,} MB after"
        f" {found['sessions']} sessions asked them at once: {verdict} {MEMORY_LIMIT_MB:,} MB."
    )
    return found


def _clicks(path: Path, steps: int) -> dict[str, Any]:
    with closing(Warehouse(path)) as warehouse, settled():
        served = walk.walk(walk.Server(warehouse), steps)
        lines = warehouse.profile.lines
    parts: dict[str, list[Clocked]] = {
        "answer": [each.answer for each in served],
        "table": [each.table for each in served],
        "chart": [each.chart for each in served],
        "server's share of a click": [each.whole for each in served],
        "whole script in Streamlit's harness": walk.rerun(path.resolve(), [each.view for each in served]),
    }
    spreads = {name: spread(part) for name, part in parts.items()}
    print(f"\nA walk of {steps} drills and roll-ups over Explore, {lines:,} lines, nothing cached (ms)\n")
    rows: list[list[Value]] = [[name, *found.values()] for name, found in spreads.items()]
    print(table(["", "wall p50", "p95", "CPU p50", "p95"], rows))
    share = spreads["server's share of a click"]["wall_p50"]
    print(f"\nTarget: under {CLICK_TARGET_MS} ms at the median; measured {share:.0f}.")
    slowest = max(served, key=lambda each: each.whole.cpu_ms)
    return {**spreads, "slowest": {"view": slowest.view.token(), **asdict(slowest.whole)}}
