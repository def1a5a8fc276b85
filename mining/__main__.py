"""What is mined, for scripts: `python -m mining retention --by month --where country=Italy --format csv`.

It composes what pages compose as well: a question to a cube, handed to a miner. A command is one entry of COMMANDS.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cubes import cube_extension
from cubes.analysis.cohort_cells import GRAINS, cohort_cells
from cubes.analysis.purchase_history import purchase_histories
from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data import environment, operational_extension
from data.commands.command_arguments import Parser
from data.commands.common_options import run_up_to_date
from data.errors import BadRequest, ClientelaError
from data.export.spreadsheet_text import harmless
from data.lifecycle import stage_history, stage_rules
from data.store import private_files
from data.store.warehouse import Warehouse
from mining.lifecycle.stage_dwell import due, dwell
from mining.lifecycle.stage_exits import rates
from mining.lifecycle.stage_spells import spells
from mining.lifetime.billed_histories import billed_histories
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_histories import TimeUnit
from mining.lifetime.purchase_stories import USUAL_EVENTS, Story, fit_story
from mining.retention.cohort_triangle import Kept, triangle


@dataclass(frozen=True, slots=True)
class Finding:
    """What a command tells: rows, some figures of all of them, what is to be known beside both; `more` tables stand
    in JSON alone."""

    rows: pl.DataFrame
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    more: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it does in a sentence, its own options, and how it finds what it tells."""

    help: str
    options: Callable[[argparse.ArgumentParser], None]
    find: Callable[[Warehouse, argparse.Namespace], Finding]


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
        own.add_argument(
            "--where",
            action="append",
            default=[],
            help="which purchases count, such as channel=Web or country=France|Germany; time is passed over",
        )
        own.add_argument(
            "--until",
            type=_day,
            metavar="DAY",
            help="the last day that is looked at; that of the data if left away",
        )
        own.add_argument("--as-of", default="", metavar="now|DAY", help="describe members as of then")
        own.add_argument("--format", choices=["csv", "json"], default="csv")
        own.add_argument(
            "--warehouse", type=Path, help="default: CLIENTELA_WAREHOUSE, else var/clientela.duckdb"
        )
        command.options(own)
        own.set_defaults(run=lambda options, command=command: _run(command, options))
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write one like 2025-12-31") from None


def _run(command: Command, options: argparse.Namespace) -> int:
    found = command.find(Warehouse(options.warehouse), options)
    if options.format == "csv":
        sys.stdout.buffer.write(harmless(found.rows).write_csv().encode())
        sys.stdout.flush()
        for name, value in found.figures.items():
            print(f"{name}: {value}", file=sys.stderr)
    else:
        tables = {name: table.to_dicts() for name, table in {"rows": found.rows, **found.more}.items()}
        told = {**found.figures, **tables, "notes": list(found.notes)}
        print(json.dumps(told, default=str, ensure_ascii=False, indent=1))
    for note in found.notes:
        print(note, file=sys.stderr)
    return 0


def _question(options: argparse.Namespace) -> Query:
    return Query(cuts=tuple(map(parse_cut, options.where)), as_of=options.as_of)


def _retention_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=GRAINS, default="month", help="the period of cohorts")
    parser.add_argument("--split", default="", help="a level that cohorts are split by, such as channel")
    parser.add_argument(
        "--measure", choices=list(Kept), default=Kept.CUSTOMERS.value, help="what is followed"
    )


def _retention(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """The triangle, a row a cohort and period that has begun."""
    kept = Kept(options.measure)
    measures = tuple(dict.fromkeys(("customers", kept.value)))
    cells = cohort_cells(warehouse, _question(options), options.by, options.until, options.split, measures)
    last, names = cells.periods[-1], {each.code: each.name for each in cells.periods}
    found = triangle(cells.frame, last.code, last.is_whole, kept)
    split = _split(options.split, {code: identity for code, (identity, _) in cells.members.items()})
    told = [pl.col(each).replace_strict(names, return_dtype=pl.String) for each in ("cohort", "period")]
    counts = pl.col("total").cast(pl.Int64 if kept in (Kept.CUSTOMERS, Kept.ORDERS) else pl.Float64)
    rows = found.cells.select(
        *split, *told, "age", pl.col("size").alias("customers"), counts, "value", "is_partial"
    )
    curve = found.curve.select(
        *split, "age", "cohorts", pl.col("size").alias("customers"), "value", "low", "high"
    )
    figures = {"measure": kept.value, "by": options.by, "until": cells.until.isoformat()}
    return Finding(rows, figures, cells.notes, {"curve": curve})


def _split(level: str, ids: Mapping[int, str]) -> list[pl.Expr]:
    """The column of the members that cohorts are split by; none where they are not."""
    return [pl.col("member").replace_strict(ids, return_dtype=pl.String).alias(level)] if level else []


def _lifetime_options(parser: argparse.ArgumentParser) -> None:
    units = [str(unit) for unit in TimeUnit]
    parser.add_argument(
        "--model", choices=list(Story), default=Story.BGNBD.value, help="the story that is told"
    )
    parser.add_argument("--k", type=int, default=USUAL_EVENTS, help="of cnbd: events to a purchase, 1 to 12")
    parser.add_argument("--unit", choices=units, default="days", help="what time is counted in")
    parser.add_argument("--days", type=_days, default=90, help="how far customers are looked at ahead")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write one like 90")
    return int(text)


def _lifetime(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """What a lifetime model expects of each customer, with its parameters."""
    told = purchase_histories(warehouse, _question(options), options.until)
    billed = billed_histories(told.frame, TimeUnit[options.unit.upper()], told.until)
    fitted = fit_story(Story(options.model), billed.histories, options.k)
    names = told.frame.select("customer", name="customer_name")
    rows = billed.histories.frame.select("customer", "repeats", "recency_days", "age_days")
    expected = forecast(fitted, options.days).customers
    parameters = _known(fitted.model.ESTIMATED, np.exp(fitted.model.logs))
    events = {"k": options.k} if options.model == Story.CNBD else {}
    figures = {
        "model": fitted.model.NAME,
        **events,
        "unit": options.unit,
        "until": told.until.isoformat(),
        "days": options.days,
        "customers": len(billed.histories),
        "parameters": parameters,
        "standard_errors": _known(fitted.model.ESTIMATED, fitted.found.standard_errors),
        "robust_errors": _known(fitted.model.ESTIMATED, fitted.found.robust_errors),
        "log_likelihood": fitted.log_likelihood,
    }
    notes = (*told.notes, *map(str, fitted.doubts))
    return Finding(names.join(rows, on="customer").join(expected, on="customer"), figures, notes)


def _known(names: tuple[str, ...], values: np.ndarray) -> dict[str, float | None]:
    """By name; None for what is no number."""
    return {
        name: float(value) if np.isfinite(value) else None for name, value in zip(names, values, strict=True)
    }


def _lifecycle_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--within", type=int, default=365, metavar="DAYS", help="the time in which rates count moves"
    )


def _lifecycle(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a stage: how many stand in it, and after how long half leave; rates and who is due beside it."""
    rules, events = stage_rules.declared(), stage_history.named_events(warehouse.frame, "customer")
    until = options.until or warehouse.profile.last_day
    if until is None or events.is_empty():
        raise BadRequest("No customer is known yet.", "Load order lines or customers first.")
    if options.where:
        asked = replace(
            _question(options), cube="stages", measures=("customers_in_stage",), rows=("customer",)
        )
        asked = replace(asked, as_of=asked.as_of or until.isoformat())
        inside = ask(warehouse, asked, limit=None).frame.filter(pl.col("customers_in_stage") > 0)
        events = events.join(inside.select(id="customer.id"), on="id", how="semi")
    found = spells(events, rules.stages, until)
    stages = dwell(found)
    rows = pl.DataFrame(
        {
            "stage": [each.stage for each in stages],
            "spells": [each.curve.spells for each in stages],
            "standing": [each.curve.spells - each.curve.finished for each in stages],
            "median_days": pl.Series([each.median for each in stages], dtype=pl.Float64),
            "watched_days": [each.curve.longest for each in stages],
        }
    )
    late = due(found, stages).join(
        events.select("subject", "id").unique(), on="subject", maintain_order="left"
    )
    more = {"rates": rates(found, options.within).frame, "due": late.drop("subject")}
    note = "No median: half have not left within the longest time that anybody was watched."
    notes = (note,) if rows["median_days"].null_count() else ()
    return Finding(rows, {"until": until.isoformat(), "rules": rules.version}, notes, more)


COMMANDS = {
    "lifetime": Command(
        "who will buy again: a lifetime model's parameters, and what it expects of each customer",
        _lifetime_options,
        _lifetime,
    ),
    "retention": Command(
        "how many of each cohort of first purchases come back, period by period",
        _retention_options,
        _retention,
    ),
    "lifecycle": Command(
        "how long customers stay in each stage of the life cycle, where they go, and who is due",
        _lifecycle_options,
        _lifecycle,
    ),
}


if __name__ == "__main__":
    sys.exit(main())
