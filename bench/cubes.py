"""The cube on 10 and 100 million order lines: questions, random drills, exact counts, roll-ups, a load meanwhile."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from bench import clickhouse, draws, firms, following, loaded, report, rollups
from bench.clickhouse import ClickHouse
from bench.contestant import Chdb, Clientela, Contestant, Star, Unprepared, Wide
from bench.distinct import DISTINCT
from bench.findings import Findings
from bench.members import Members
from bench.overhead import overhead
from bench.question import Question
from bench.questions import QUESTIONS
from bench.race import Outcome, race
from bench.timing import settled
from bench.wide import wide
from cubes.lines import line_store
from data.store.warehouse import Warehouse

TARGET_LINES = 100_000_000
PARTS = ("rollups", "questions", "passes", "overhead", "drills", "fresh", "distinct", "following")
RIVALS = ("star", "wide", "chDB", "Polars", "pandas")
ONCE = ("star", "wide")
IN_MEMORY = ("Polars", "pandas")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: lines of each firm, rounds, random drills, lines that come later."""

    lines: tuple[int, ...]
    rounds: int
    drills: int
    more: int


SCALES = {
    "small": Scale((250_000, 500_000), 2, 25, 10_000),
    "full": Scale((10_000_000, TARGET_LINES), 5, 300, 1_000_000),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench cubes`."""
    parser.add_argument("--scale", choices=list(SCALES), default="full", help="how much (%(default)s)")
    parser.add_argument("--lines", type=int, nargs="+", metavar="N", help="firms of other sizes")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=f"of {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--against",
        nargs="*",
        choices=RIVALS,
        default=list(RIVALS),
        metavar="RIVAL",
        help=f"of {', '.join(RIVALS)}; answers are held against the star's all the same",
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )
    parser.add_argument("--as-is", action="store_true", help="take firms that are there, whatever made them")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure each firm and print each part as soon as it is known. Raises Disagreement."""
    line_store.hold()
    line_store.WAITS = True  # what is read for a question counts where it is first asked
    scale = SCALES[args.scale]
    scale = replace(scale, lines=tuple(args.lines)) if args.lines else scale
    with _clickhouse(args) as engine:
        found = [_measured(args, scale, lines, engine) for lines in scale.lines]
    report.growth(found)
    report.targets(found[-1], TARGET_LINES)
    return {"scale": args.scale, **asdict(scale), "firms": [each.figures() for each in found]}


@contextmanager
def _clickhouse(args: argparse.Namespace) -> Iterator[ClickHouse | None]:
    wanted = "chDB" in args.against and "questions" in args.only
    engine = clickhouse.opened(args.folder) if wanted else None
    try:
        yield engine
    finally:
        if engine:
            engine.close()


def _measured(args: argparse.Namespace, scale: Scale, lines: int, engine: ClickHouse | None) -> Findings:
    firm = firms.firm(args.folder, lines, as_is=args.as_is)
    print(f"\n=== {lines:,} lines ===", flush=True)
    built = rollups.built(firm) if "rollups" in args.only else None
    if built:
        report.built(built)
    with closing(Warehouse(firm)) as warehouse:
        found = _races(args, scale, warehouse, engine)
    followed = following.followed(firm, scale.more) if "following" in args.only else None
    if followed:
        report.followed(followed)
    return replace(found, built=built, followed=followed)


def _races(
    args: argparse.Namespace, scale: Scale, warehouse: Warehouse, engine: ClickHouse | None
) -> Findings:
    """The parts for which the warehouse is open."""
    members = Members(warehouse)
    found = Findings(warehouse.profile.lines)
    if "questions" in args.only:
        with _field(args, warehouse, members, engine, args.against) as field:
            found = replace(found, questions=_questions(field, scale.rounds))
    if "passes" in args.only:
        found = replace(found, passes=_passes(args, warehouse, members, scale.rounds))
    if "overhead" in args.only:
        with settled():
            found = replace(found, overhead=overhead(warehouse, QUESTIONS, 2 * scale.rounds + 1))
        assert found.overhead
        report.overhead(found.overhead)
    rivals = [name for name in args.against if name in ONCE]
    with _field(args, warehouse, members, None, rivals) as field:
        if "drills" in args.only:
            drawn = draws.drills(members, warehouse.profile, scale.drills)
            found = replace(found, drills=_drills(field, drawn, scale.rounds))
        if "fresh" in args.only:
            seed = Random().randrange(1 << 30)
            print(f"\nDrills that nobody looked at, seed {seed}")
            drawn = draws.drills(members, warehouse.profile, scale.drills, seed)
            found = replace(found, fresh=_drills(field, drawn, scale.rounds))
        if "distinct" in args.only:
            found = replace(found, distinct=_distinct(field, scale.rounds))
    return found


@contextmanager
def _field(
    args: argparse.Namespace,
    warehouse: Warehouse,
    members: Members,
    engine: ClickHouse | None,
    rivals: Sequence[str],
) -> Iterator[list[Contestant]]:
    """Ours, the star's answers, and those rivals that can take part."""
    field: list[Contestant] = [Clientela(warehouse), Star(warehouse, members)]
    try:
        for name in (name for name in RIVALS[1:] if name in rivals):
            field += [each for each in [_rival(name, warehouse, members, engine)] if each]
        yield field
    finally:
        for each in field:
            each.close()


def _rival(name: str, warehouse: Warehouse, members: Members, engine: ClickHouse | None) -> Contestant | None:
    file = wide(warehouse.path)
    if name == "wide":
        return Wide(warehouse, members, file)
    if name in IN_MEMORY:
        return loaded.contestant(name, warehouse, members, file)
    return Chdb(members, engine, engine.load(file)) if engine else None


def _questions(field: Sequence[Contestant], rounds: int) -> list[Outcome]:
    with settled():
        outcomes = race(field, QUESTIONS, rounds)
    report.questions(outcomes, rounds)
    report.summary(f"{len(outcomes)} questions (ms)", outcomes)
    additive = [each for each in outcomes if not each.question.distinct]
    report.summary(f"{len(additive)} additive ones (ms)", additive)
    report.sources(outcomes)
    return outcomes


def _passes(args: argparse.Namespace, warehouse: Warehouse, members: Members, rounds: int) -> list[Outcome]:
    """The additive questions with nothing counted beforehand, beside scans of the wide fact."""
    field: list[Contestant] = [Unprepared(warehouse), Wide(warehouse, members, wide(warehouse.path))]
    try:
        with settled():
            outcomes = race(field, [each for each in QUESTIONS if not each.distinct], rounds)
    finally:
        for each in field:
            each.close()
    report.summary(f"{len(outcomes)} additive questions, nothing counted beforehand (ms)", outcomes)
    report.sources(outcomes)
    return outcomes


def _drills(field: Sequence[Contestant], drawn: Sequence[Question], rounds: int) -> list[Outcome]:
    with settled():
        outcomes = race(field, drawn, rounds, ONCE)
    print()
    report.say(draws.stated(len(drawn)))
    report.summary(f"{len(outcomes)} drills (ms; rivals once)", outcomes)
    report.drills(outcomes)
    report.sources(outcomes)
    return outcomes


def _distinct(field: Sequence[Contestant], rounds: int) -> list[Outcome]:
    with settled():
        outcomes = race(field, DISTINCT, rounds, ONCE)
    report.summary(f"{len(outcomes)} exact counts (ms; rivals once)", outcomes)
    report.sources(outcomes)
    return outcomes
