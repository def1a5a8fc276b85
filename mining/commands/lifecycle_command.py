"""`python -m mining lifecycle`. How long customers stay in each stage, where they go, and who is due."""

from __future__ import annotations

import argparse
from dataclasses import replace

import polars as pl

from cubes import catalogue
from cubes.analysis.segments_of_customers import segments_of_customers
from cubes.analysis.slice_days import check_known, span_of
from cubes.ask.answer import ask
from cubes.query import TIME_LEVELS
from data.errors import BadRequest
from data.lifecycle import stage_history, stage_rules
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, days_ahead, question
from mining.lifecycle.stage_dwell import due, dwell, half_stays, stays_by_stage
from mining.lifecycle.stage_exits import rates
from mining.lifecycle.stage_spells import spells

BEFORE = "before"


def _lifecycle_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--within", type=days_ahead, default=365, metavar="DAYS", help="the time in which rates count moves"
    )
    parser.add_argument(
        "--due-by",
        metavar="LEVEL",
        default="",
        help=f"hold who is due against others of the same member of a level, or '{BEFORE}': of the same stage before",
    )


def _lifecycle(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a stage: how many stand in it, and after how long half leave; rates and who is due beside it."""
    rules, events = stage_rules.declared(), stage_history.named_events(warehouse.frame, "customer")
    cube = catalogue.load("stages", warehouse.profile)
    span = span_of((), warehouse.profile, cube.fact)
    if span is None or events.is_empty():
        raise BadRequest("No customer is known yet.", "Load order lines or customers first.")
    until = options.until or warehouse.profile.last_day or span[1]
    check_known(until, span, "stages")
    typed = question(options)
    within = replace(typed, cuts=tuple(cut for cut in typed.cuts if cut.level not in TIME_LEVELS))
    if within.cuts:
        asked = replace(within, cube="stages", measures=("customers_in_stage",), rows=("customer",))
        asked = replace(asked, as_of=asked.as_of or until.isoformat())
        inside = ask(warehouse, asked, limit=None).frame.filter(pl.col("customers_in_stage") > 0)
        events = events.join(inside.select(id="customer.id"), on="id", how="semi")
    if events.filter(pl.col("day") <= until).is_empty():
        raise BadRequest(f"Nobody within these filters was known by {until}.", "Take a filter away.")
    found = spells(events, rules.stages, until)
    stages = dwell(found)
    rows = stays_by_stage(stages)
    ids = events.select("subject", "id").unique()
    if options.due_by == BEFORE:
        found = found.by_stage_before()
    elif options.due_by:
        told = segments_of_customers(
            lambda asked: ask(warehouse, asked, limit=None), cube, options.due_by, within.cuts, until
        )
        found = found.in_segments(ids.join(told, on="id").drop("id"))
    halves = half_stays(found, stages)
    late = due(found, halves).join(ids, on="subject", maintain_order="left").drop("subject")
    more = {"rates": rates(found, options.within).frame, "half_stays": halves, "due": late}
    notes = [f"Passed over, as stages are of all time until the last day: {cut}." for cut in typed.cuts
             if cut.level in TIME_LEVELS]  # fmt: skip
    if rows["median_days"].null_count():
        notes.append("No median: half have not left within the longest time that anybody was watched.")
    return Finding(rows, {"until": until.isoformat(), "rules": rules.version}, tuple(notes), more)


LIFECYCLE = Command(
    "how long customers stay in each stage of the life cycle, where they go, and who is due",
    "lifecycle",
    _lifecycle_options,
    _lifecycle,
)
