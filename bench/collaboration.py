"""Partners, proposals and prices: each part of it measured by a module of its own, all of them or those asked for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, Protocol

from bench import partner_ranking, similar_texts, virtual_stock


class Part(Protocol):
    """What the module of a part offers."""

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None: ...

    def run(self, args: argparse.Namespace, /) -> dict[str, Any]: ...


PARTS: Mapping[str, Part] = {
    "rank_band": partner_ranking,
    "similar_texts": similar_texts,
    "virtual_warehouse": virtual_stock,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--part", action="append", default=[], choices=[*PARTS], help="one part alone; may be given again"
    )
    for part in PARTS.values():
        part.add_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The figures of each part, by its name."""
    return {name: PARTS[name].run(args) for name in args.part or PARTS}
