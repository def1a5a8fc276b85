"""`python -m bench NAME`: run one benchmark, print its tables, write its figures as JSON if asked.

A benchmark is a module with a sentence on top, `add_arguments(parser)` and `run(args)`, listed in BENCHES.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from bench import (
    audiences,
    campaigns,
    causes,
    clicks,
    collaboration,
    coverage,
    cubes,
    customer,
    drilling_people,
    identity,
    journeys,
    load,
    machine,
    offers,
    patterns,
    person_tasks,
    segments,
    starts,
    value,
)
from bench.question import Disagreement
from cubes import cube_extension
from data import operational_extension
from data.errors import ClientelaError


class Bench(Protocol):
    """What a benchmark's module offers."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Its own options."""

    def run(self, args: argparse.Namespace, /) -> dict[str, Any]:
        """Measure, print, and return the figures."""


BENCHES: dict[str, Bench] = {
    "cubes": cubes,
    "clicks": clicks,
    "sessions": drilling_people,
    "starts": starts,
    "load": load,
    "identity": identity,
    "causes": causes,
    "tasks": person_tasks,
    "coverage": coverage,
    "segments": segments,
    "value": value,
    "patterns": patterns,
    "offers": offers,
    "audiences": audiences,
    "campaigns": campaigns,
    "journeys": journeys,
    "customer": customer,
    "collaboration": collaboration,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark; 0 when it was measured, 1 when contestants disagree, 2 when it could not start."""
    parser = _parser()
    args = parser.parse_args(arguments)
    cube_extension.register()
    operational_extension.register()
    if args.json and not args.json.parent.is_dir():
        parser.error(f"there is no folder {args.json.parent} to write the figures into")
    facts = machine.facts()
    print(machine.sentence(facts))
    try:
        figures = BENCHES[args.bench].run(args)
    except (Disagreement, ClientelaError) as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, Disagreement) else 2
    if args.json:
        args.json.write_text(json.dumps({"bench": args.bench, "machine": facts, **figures}, indent=1) + "\n")
        print(f"\nThe figures are in {args.json}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", allow_abbrev=False, description=(__doc__ or "").partition("\n")[0]
    )
    commands = parser.add_subparsers(required=True, dest="bench", metavar="NAME")
    for name, module in BENCHES.items():
        words = (module.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("--json", type=Path, metavar="FILE", help="write every figure there as well")
        module.add_arguments(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
