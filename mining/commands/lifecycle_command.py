"""`python -m mining lifecycle`. How long customers stay in each stage, where they go, and who is due."""

from __future__ import annotations

import argparse
from dataclasses import replace

import polars as pl

from cubes.ask.answer import ask
from data.errors import BadRequest
from data.lifecycle import stage_history, stage_rules
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question
from mining.lifecycle.stage_dwell import due, dwell
from mining.lifecycle.stage_exits import rates
from mining.lifecycle.stage_spells import spells


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
            question(options), cube="stages", measures=("customers_in_stage",), rows=("customer",)
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


LIFECYCLE = Command(
    "how long customers stay in each stage of the life cycle, where they go, and who is due",
    _lifecycle_options,
    _lifecycle,
)
