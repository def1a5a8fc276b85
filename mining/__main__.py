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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cubes import cube_extension
from cubes.analysis.cohort_cells import GRAINS, cohort_cells
from cubes.analysis.customer_spend import customer_spend, wallet_rows
from cubes.analysis.customer_worth import customer_worth, purchase_spans, recommendations
from cubes.analysis.purchase_history import purchase_histories
from cubes.analysis.slice_days import last_months, span_of
from cubes.ask import answer_cache
from cubes.query import TIME_LEVELS, Cut, Query, parse_cut
from data import environment, operational_extension
from data.commands.command_arguments import Parser
from data.commands.common_options import run_up_to_date
from data.errors import BadRequest, ClientelaError
from data.export.spreadsheet_text import harmless
from data.store import private_files
from data.store.warehouse import Warehouse
from mining.customer_share.attainable_ceiling import QUANTILES, attainable_ceiling
from mining.customer_share.breadth_share import breadth_share
from mining.customer_share.share_tier import TIER_WORDS, Tier, TieredShare
from mining.customer_share.told_share import observed_share, surveyed_share
from mining.customer_share.wallet_answers import wallet_answers
from mining.lifetime.billed_histories import billed_histories
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_histories import TimeUnit
from mining.lifetime.purchase_stories import USUAL_EVENTS, Story, fit_story
from mining.loyalty.duration_profit import duration_profit
from mining.loyalty.loyalty_cells import LoyaltyCells, LoyaltyThresholds, loyalty_cells, medians
from mining.loyalty.promoter_scores import promoter_scores
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
            help="which purchases count, such as channel=Web or country=France|Germany; retention passes over time",
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


def _within(warehouse: Warehouse, options: argparse.Namespace, months: int = 0) -> tuple[Query, date, date]:
    """The question up to the last day that is looked at, of so many last months where it names no time and `months`
    are given; and the first and last day that it leaves. Raises BadRequest."""
    asked, known, until = _question(options), span_of((), warehouse.profile), options.until
    if known is None:
        raise BadRequest("Nobody has bought anything yet.", "Load order lines first.")
    sales = f"sales begin on {known[0]} and end on {known[1]}."
    if until and not known[0] <= until <= known[1]:
        raise BadRequest(f"{until} is not known: {sales}", "Take a day between.")
    timed = any(cut.level in TIME_LEVELS for cut in asked.cuts)
    added: tuple[Cut, ...] = (Cut("day", until=until.isoformat()),) if until else ()
    if months and not timed:
        added = last_months(warehouse.profile, months, until=until)
    asked = replace(asked, cuts=(*asked.cuts, *added))
    span = span_of(asked.cuts, warehouse.profile)
    if span is None:
        raise BadRequest(f"No day is left within these filters: {sales}", "Choose another period.")
    return asked, *span


def _loyalty_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=["margin", "revenue"], default="", help="what customers are weighed by; margin"
                        " where that of everybody is known, if left away")  # fmt: skip
    parser.add_argument(
        "--days", type=float, help="long is more days than these; the middle customer's if left away"
    )
    parser.add_argument("--profit", type=float, help="profitable is more than this; likewise")
    parser.add_argument("--customers", action="store_true", help="a row a customer, not a row a degree")


def _loyalty(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a degree of loyalty, or a row a customer; what goes with duration, and what customers say, beside it."""
    asked, _, _ = _within(warehouse, options)
    ask = partial(answer_cache.shared().ask, warehouse)
    frame, day = customer_worth(ask, warehouse.profile, asked, partial(purchase_spans, warehouse, ask))
    if frame.is_empty() or day is None:
        raise BadRequest("No known customer has a line within these filters.", "Take one away.")
    unweighed = frame["margin"].null_count()
    by = options.by or ("revenue" if unweighed else "margin")
    weighed = frame.with_columns(profit=pl.col(by))
    middle = medians(weighed)
    lines = LoyaltyThresholds(
        middle.duration_days if options.days is None else options.days,
        middle.profit if options.profit is None else options.profit,
    )
    cells = loyalty_cells(weighed, day, lines)
    told, unasked = recommendations(ask, warehouse.profile, asked)
    scores = promoter_scores(cells.members.select("customer", "cell").join(told, on="customer"), "cell")
    relation, unrelated = _relation(weighed)
    notes = [f"The margin of {unweighed} customers is not known."] if unweighed else []
    figures = {"by": by, "until": day.isoformat(), "customers": frame.height, "line_days": lines.duration_days,
               "line_profit": lines.profit, **relation}  # fmt: skip
    return Finding(
        _members(cells) if options.customers else cells.cells,
        figures,
        tuple(filter(None, [*notes, unrelated, unasked])),
        {"scores": scores},
    )


def _members(cells: LoyaltyCells) -> pl.DataFrame:
    """Who stands in which degree, whoever brought most first."""
    ordered = cells.members.sort("profit", "customer", descending=[True, False])
    return ordered.drop("profit").rename({"label": "name"})


def _relation(frame: pl.DataFrame) -> tuple[dict[str, float], str]:
    """The rank correlation of duration and profit with its 95% interval, or why there is none."""
    try:
        found = duration_profit(frame).spearman
    except BadRequest as error:
        return {}, error.problem
    return {"rank_correlation": found.value, "low": found.low, "high": found.high}, ""


MONTHS = 12
OF_CUSTOMERS = tuple(each.value for each in Tier if each is not Tier.DIRICHLET)


def _share_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tier", choices=OF_CUSTOMERS, default=Tier.ATTAINABLE.value, help="what a wallet is told from"
    )
    parser.add_argument(
        "--quantile",
        type=float,
        choices=QUANTILES,
        default=QUANTILES[0],
        help="how high look-alikes spend who set the ceiling; of the attainable tier alone",
    )


def _share(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """What customers spend here, of their wallets, a row a customer and category as the tier tells it.

    Without a filter on time it is of the last twelve months, as on the page.
    """
    asked, since, until = _within(warehouse, options, MONTHS)
    total, rows, figures = _of_tier(warehouse, asked, Tier(options.tier), options.quantile)
    told = {
        "tier": total.tier.value,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "own": total.own,
        "wallet": total.whole,
        "share": total.share,
        **figures,
    }
    return Finding(rows, told, (f"{TIER_WORDS[total.tier].capitalize()}.",))


def _of_tier(
    warehouse: Warehouse, asked: Query, tier: Tier, quantile: float
) -> tuple[TieredShare, pl.DataFrame, dict[str, Any]]:
    """The share, its rows, and what its tier alone tells. Raises BadRequest."""
    if tier in (Tier.OBSERVED, Tier.SURVEYED):
        answers = wallet_answers(wallet_rows(warehouse, asked))
        said = observed_share(answers) if tier is Tier.OBSERVED else surveyed_share(answers)
        left_out = {each: getattr(answers, each) for each in ("nameless", "unreadable", "earlier", "raised")}
        return said.total, said.rows, {"answers": said.rows.height, "silent": said.silent, **left_out}
    spent = customer_spend(warehouse, partial(answer_cache.shared().ask, warehouse), asked)
    if tier is Tier.BREADTH:
        broad = breadth_share(spent)
        return broad.total, broad.members, {"customers": broad.members.height, "offered": broad.offered}
    found = attainable_ceiling(spent, quantile)
    band = {"low": found.band.low, "high": found.band.high}
    return (
        found.total,
        found.rows,
        {**band, "quantile": quantile, "customers": found.customers, "below": found.below},
    )


COMMANDS = {
    "lifetime": Command(
        "who will buy again: a lifetime model's parameters, and what it expects of each customer",
        _lifetime_options,
        _lifetime,
    ),
    "loyalty": Command(
        "how long customers have been buying against what they bring, in degrees", _loyalty_options, _loyalty
    ),
    "retention": Command(
        "how many of each cohort of first purchases come back, period by period",
        _retention_options,
        _retention,
    ),
    "share": Command(
        "how much of what customers could spend they spend here, by a tier", _share_options, _share
    ),
}


if __name__ == "__main__":
    sys.exit(main())
