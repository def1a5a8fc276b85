"""The same questions as in the browser, for scripts: `python -m cubes ask sales --measures revenue --by country`."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl

from cubes import catalogue, cube_extension
from cubes.aggregates import behind, follow_publication
from cubes.aggregates.aggregate_sizes import sizes
from cubes.aggregates.rollups import stored_rollup
from cubes.ask.answer import Answer, ask
from cubes.ask.question_shape import shape
from cubes.query import DERIVATIONS, Comparison, parse_query
from data import environment, operational_extension
from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, exports_to, opened, place
from data.commands.command_arguments import Parser
from data.commands.common_options import run_up_to_date, with_reason
from data.errors import BadRequest, ClientelaError
from data.export.parquet_bytes import parquet_bytes
from data.export.spreadsheet_text import harmless
from data.model.canonical_tables import LEAVES
from data.people.export_note import exporting, shown
from data.store import private_files, question_log
from data.store.member_codes import ENCODED


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
    parser = Parser(prog="python -m cubes", description=__doc__)
    commands = parser.add_subparsers(required=True)
    ask_ = commands.add_parser("ask", help="answer one question")
    ask_.add_argument("cube", help="the cube, such as sales")
    ask_.add_argument(
        "--measures", help="such as revenue,customers,revenue:growth_year; the cube's first if left away"
    )
    ask_.add_argument("--by", default="", help="levels, such as country,category")
    ask_.add_argument(
        "--where",
        action="append",
        default=[],
        help="such as year=2011, country=France|Germany, 'day=last 90 days', 'customer by revenue > 10000' or"
        " 'product by margin top 100 in last 12 months', or a set that was saved: 'customer in set Key accounts'; a bar"
        " within a name is written \\|, as in 'product=A\\|B'",
    )
    ask_.add_argument("--top", action="append", default=[], help="such as country=5: the rest become Others")
    ask_.add_argument(
        "--order",
        nargs="+",
        default=[],
        metavar=("MEASURE", "LEVEL=MEMBER"),
        help="what ranks the members: customers, asc:customers, or revenue quarter=2025-Q3 for one column",
    )
    ask_.add_argument(
        "--compare",
        default="",
        metavar="|".join([*Comparison, "PERIOD"]),
        help="add base and growth; a PERIOD is 2010-Q1 or 2010-01-01..2010-03-31",
    )
    ask_.add_argument(
        "--totals",
        action="store_true",
        help="subtotals too: rolled-up levels are empty, and the column grouping says which",
    )
    ask_.add_argument(
        "--as-of", default="", metavar="now|DAY", help="describe members as of then, not as of each fact"
    )
    ask_.add_argument("--format", choices=["csv", "json", "parquet"], default="csv")
    ask_.add_argument("--output", type=Path, help="a file to write instead of standard output")
    ask_.add_argument("--ids", action="store_true", help="the members' ids as well as their names")
    ask_.add_argument("--sql", action="store_true", help="print the SQL instead of the answer")
    ask_.add_argument(
        "--explain", action="store_true", help="print what answers it and why nothing else does, instead"
    )
    ask_.add_argument(
        "--warehouse", type=Path, help="default: CLIENTELA_WAREHOUSE, else var/clientela.duckdb"
    )
    ask_.set_defaults(run=_ask, needs=CommandNeeds(pages=("explore",), by_options=exports_to("output")))
    with_reason(ask_)
    show = commands.add_parser("show", help="what a cube offers: measures and levels")
    show.add_argument("cube")
    show.add_argument("--warehouse", type=Path)
    show.set_defaults(run=_show, needs=CommandNeeds(pages=("explore",)))
    rolls = commands.add_parser("rollups", help="cells counted beforehand: show them, or make them anew")
    rolls.add_argument("deed", choices=["show", "build"])
    rolls.add_argument(
        "--share",
        type=float,
        help="the space they may take: a share of the fact's; roll-ups 32 MB a cube if that is more (0: none)",
    )
    rolls.add_argument("--warehouse", type=Path)
    rolls.set_defaults(
        run=_roll_ups, needs=CommandNeeds(pages=("rollups",), whole=True, by_options=_building)
    )
    return parser


def _building(options: argparse.Namespace) -> tuple[Deed, ...]:
    return (Deed.CURATE,) if options.deed == "build" else ()


def _ask(options: argparse.Namespace) -> int:
    warehouse = opened(options)
    measures = options.measures or catalogue.load(options.cube, warehouse.profile).measures[0].name
    question = parse_query(
        {
            "measures": [measures],
            "rows": [options.by],
            "where": options.where,
            "top": options.top,
            "order": options.order,
            "compare": [options.compare],
            "totals": ["yes"] if options.totals else [],
            "cube": [options.cube],
            "as_of": [options.as_of],
        }
    )
    answer = ask(warehouse, question)
    question_log.log(warehouse.path).note(shape(answer.query), answer.source)
    if options.explain:
        print(*answer.explain, sep="\n")
        return 0
    if options.sql:
        print(answer.sql)
        return 0
    _write(_shown(answer, options.ids), options)
    nothing = answer.frame[answer.query.measures[0]].null_count() == answer.frame.height
    if answer.withheld is None and nothing:
        print("Nothing meets the filters.", file=sys.stderr)
    for note in answer.notes:
        print(note, file=sys.stderr)
    return 0


def _shown(answer: Answer, ids: bool) -> pl.DataFrame:
    hidden = [] if ids else [f"{level}.id" for level in answer.query.by]
    if not answer.query.totals:
        hidden.append("grouping")
    return answer.marked.drop(hidden).with_columns(_plain_ids(answer) if ids else [])


def _plain_ids(answer: Answer) -> list[pl.Expr]:
    """The ids of leaves as their sources write them; those of other levels are paths, whose steps stay encoded."""
    found = [pl.col(f"{level}.id") for level in answer.query.by if level in LEAVES]
    for text, code in reversed(ENCODED):
        found = [each.str.replace_all(code, text, literal=True) for each in found]
    return found


def _write(frame: pl.DataFrame, options: argparse.Namespace) -> None:
    if options.output:
        exporting("answer", rows=frame.height, at=options.warehouse)
    else:
        shown("answer", rows=frame.height, at=options.warehouse)
    try:
        written: Any = (
            private_files.opened(options.output, "wb") if options.output else nullcontext(sys.stdout.buffer)
        )
        with written as target:
            target.write(_as_bytes(frame, options.format))
            target.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadRequest(
            f"{options.output or 'The answer'} cannot be written: {error.strerror or error}.",
            "Name another file.",
        ) from None
    if options.format == "json" and options.output is None:
        print(flush=True)


def _as_bytes(frame: pl.DataFrame, form: str) -> bytes:
    match form:
        case "csv":
            return harmless(frame).write_csv().encode()
        case "json":
            return frame.write_json().encode()
        case _:
            return parquet_bytes(frame)


def _roll_ups(options: argparse.Namespace) -> int:
    path = place(options)
    if options.deed == "build":
        if options.share is not None and not 0 <= options.share <= 1:
            raise BadRequest(
                f"A share of {options.share} is no share.", "Name one between 0 and 1, such as 0.4."
            )
        follow_publication.build(path, _progress, options.share)
        print(file=sys.stderr)
    warehouse = opened(options)
    for name in catalogue.CUBES:
        for each in stored_rollup.read(warehouse.rows, name):
            print(f"{name:14} {each.cells:>12,}  {each.grain}")
    for fact, through in behind.through_batches(warehouse.rows).items():
        print(
            f"Those of {fact} hold its lines up to batch {through}; later ones are read beside them.",
            file=sys.stderr,
        )
    found = sizes(warehouse)
    print(f"{found.beside / 1e6:,.0f} MB beside {found.whole / 1e6:,.0f} MB of facts.", file=sys.stderr)
    return 0


def _progress(share: float, what: str) -> None:
    print(f"\r{share:4.0%}  {what:60}", end="", file=sys.stderr, flush=True)


def _show(options: argparse.Namespace) -> int:
    cube = catalogue.load(options.cube, opened(options).profile)
    print("Measures")
    for measure in cube.measures:
        if not measure.hidden:
            print(f"  {measure.name:22} {measure.doc}")
    print(f"  and of any of them: {', '.join(f':{each}' for each in DERIVATIONS)}")
    print("Levels")
    for dimension in cube.dimensions:
        for hierarchy in dimension.hierarchies:
            print(f"  {dimension.label:12} {' > '.join(hierarchy.levels)}")
    formed = dict.fromkeys(level.formed for level in cube.levels if level.formed)
    if formed:
        print("Found in the facts", *(f"  {sentence}" for sentence in formed), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
