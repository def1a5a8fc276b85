"""`python -m data publish`: the tables that cubes read, as files for a distributed engine."""

from __future__ import annotations

import argparse
from pathlib import Path

from data import environment
from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, opened
from data.commands.common_options import Commands, reasoned, say, shared
from data.export.publish_tables import publish


def add(commands: Commands) -> None:
    publishing = commands.add_parser(
        "publish",
        parents=[shared(), reasoned()],
        help="write what cubes read as Parquet for a distributed engine; what did not change is not written again",
    )
    publishing.add_argument(
        "--to", type=Path, metavar="FOLDER", help="(CLIENTELA_PUBLISHED, else published beside the warehouse)"
    )
    publishing.set_defaults(run=_publish, needs=CommandNeeds((Deed.EXPORT,), whole=True, bare=True))


def _publish(args: argparse.Namespace) -> int:
    folder = args.to or environment.published()
    warehouse = opened(args)
    try:
        found = publish(warehouse, folder)
    finally:
        warehouse.close()
    say(args, f"{found.rows:,} rows in {found.files:,} files of {folder}, {found.written:,} of them new.")
    if environment.engine():
        say(args, "The cluster of CLIENTELA_ENGINE has made its roll-ups of them.")
    return 0
