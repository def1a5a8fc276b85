"""What is mined, for scripts: `python -m mining retention --by month --where country=Italy --format csv`.

It composes what pages compose as well: a question to a cube, handed to a miner. A command is one entry of COMMANDS.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import polars as pl
import polars.selectors as cs

from cubes import cube_extension
from data import environment, operational_extension
from data.commands.command_arguments import Parser
from data.commands.common_options import run_up_to_date, with_reason
from data.errors import ClientelaError
from data.export.spreadsheet_text import harmless
from data.people.export_note import shown
from data.store import private_files
from mining.commands.audience_command import AUDIENCE
from mining.commands.command_finding import Calculation, Command, Finding, typed_day
from mining.commands.demand_command import DEMAND
from mining.commands.effect_command import EFFECT
from mining.commands.journeys_command import JOURNEYS
from mining.commands.lifecycle_command import LIFECYCLE
from mining.commands.lifetime_command import LIFETIME
from mining.commands.loyalty_command import LOYALTY
from mining.commands.offers_command import OFFERS
from mining.commands.partner_life_command import PARTNER_LIFE
from mining.commands.partners_command import PARTNERS
from mining.commands.portfolio_command import PORTFOLIO
from mining.commands.proposals_command import PROPOSALS
from mining.commands.retention_command import RETENTION
from mining.commands.rules_command import RULES
from mining.commands.segments_command import SEGMENTS
from mining.commands.sequences_command import SEQUENCES
from mining.commands.service_command import SERVICE
from mining.commands.share_command import SHARE
from mining.commands.staffing_command import STAFFING
from mining.commands.trends_command import TRENDS
from mining.commands.virtual_warehouse_command import VIRTUAL_WAREHOUSE


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it was answered, 2 when the reader can mend what was asked."""
    options = _parser().parse_args(arguments)
    cube_extension.register()
    operational_extension.register()
    private_files.for_good(options.warehouse or environment.warehouse())
    try:
        return run_up_to_date(options)
    except ClientelaError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m mining", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    for name, command in COMMANDS.items():
        own = commands.add_parser(name, help=command.help)
        if command.reads:
            _add_slice(own)
        own.add_argument("--format", choices=["csv", "json", "text"], default="csv")
        own.add_argument(
            "--warehouse", type=Path, help="default: CLIENTELA_WAREHOUSE, else var/clientela.duckdb"
        )
        with_reason(own)
        command.options(own)
        own.set_defaults(run=lambda options, command=command: _run(command, options), needs=command.needs)
    return parser


def _add_slice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        help="which purchases count, such as channel=Web or country=France|Germany; retention passes over time",
    )
    parser.add_argument(
        "--until",
        type=typed_day,
        metavar="DAY",
        help="the last day that is looked at; that of the data if left away",
    )
    parser.add_argument("--as-of", default="", metavar="now|DAY", help="describe members as of then")


def _run(command: Command | Calculation, options: argparse.Namespace) -> int:
    found = command.found(options)
    if command.reads:
        shown("finding", rows=found.rows.height, at=options.warehouse)
    if options.format == "text":
        print(_as_text(found))
    elif options.format == "csv":
        sys.stdout.buffer.write(harmless(found.rows).write_csv().encode())
        sys.stdout.flush()
        for name, value in found.figures.items():
            print(f"{name}: {value}", file=sys.stderr)
    else:
        tables = {
            name: _finite(table).to_dicts() for name, table in {"rows": found.rows, **found.more}.items()
        }
        figures = {name: value if _is_finite(value) else None for name, value in found.figures.items()}
        print(
            json.dumps(
                {**figures, **tables, "notes": list(found.notes)}, default=str, ensure_ascii=False, indent=1
            )
        )
    for note in found.notes:
        print(note, file=sys.stderr)
    return 0


def _as_text(found: Finding) -> str:
    """The figures a line each, and the rows below them as a table."""
    figures = [f"{name}: {value}" for name, value in found.figures.items()]
    with pl.Config(
        tbl_formatting="ASCII_MARKDOWN", tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True,
        tbl_rows=-1, tbl_cols=-1, tbl_width_chars=-1, fmt_str_lengths=80, float_precision=3,
    ):  # fmt: skip
        return "\n".join([*figures, "", str(harmless(found.rows))])


def _finite(table: pl.DataFrame) -> pl.DataFrame:
    """The table with null for what is no number of JSON: infinity, NaN."""
    return table.with_columns(pl.when(cs.float().is_finite()).then(cs.float()))


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


COMMANDS: dict[str, Command | Calculation] = {
    "audience": AUDIENCE,
    "demand": DEMAND,
    "effect": EFFECT,
    "journeys": JOURNEYS,
    "lifecycle": LIFECYCLE,
    "partner-life": PARTNER_LIFE,
    "lifetime": LIFETIME,
    "loyalty": LOYALTY,
    "offers": OFFERS,
    "partners": PARTNERS,
    "portfolio": PORTFOLIO,
    "proposals": PROPOSALS,
    "retention": RETENTION,
    "rules": RULES,
    "segments": SEGMENTS,
    "sequences": SEQUENCES,
    "service": SERVICE,
    "share": SHARE,
    "staffing": STAFFING,
    "trends": TRENDS,
    "virtual-warehouse": VIRTUAL_WAREHOUSE,
}


if __name__ == "__main__":
    sys.exit(main())
