"""`python -m mining partner-life`. How many partners stand in each stage, how long they stay, whose agreement ends."""

from __future__ import annotations

import argparse

import polars as pl

from data.collaborate.partner_history import known_partners, partner_events, unknown_words
from data.errors import BadRequest
from data.lifecycle import stage_history, stage_rules
from data.model.canonical_tables import PARTNER
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, days_ahead
from mining.lifecycle.stage_dwell import dwell, stays_by_stage
from mining.lifecycle.stage_spells import spells
from mining.partners.first_order import time_to_first
from mining.partners.renewals_due import renewals_due


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--notice",
        type=days_ahead,
        default=90,
        metavar="DAYS",
        help="how long before its end an agreement is due",
    )


def _partner_life(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a stage: how many stand in it, and after how long half leave; renewals and each partner beside it.

    Raises BadRequest for what this command does not listen to, and where no partner is known.
    """
    if options.where or options.until or options.as_of:
        raise BadRequest(
            "The life cycle of partners is told whole, as of the last day that is known.",
            "Leave --where, --until and --as-of away.",
        )
    rules, runs = stage_rules.declared(PARTNER.name), stage_history.runs(warehouse.rows, PARTNER.name)
    events, partners = stage_history.named_events(warehouse.frame, PARTNER.name), known_partners(warehouse)
    if not runs or events.is_empty():
        raise warehouse.policy.nothing_seen(
            "the life cycle of partners",
            "No partner is known yet.",
            "Load a list of partners, or files that name them, first.",
        )
    until = runs[-1].as_of
    found = spells(events, rules.stages, until)
    stages = dwell(found)
    rows = stays_by_stage(stages)
    told = partner_events(warehouse)
    named = told.drop_nulls("kind").join(partners.select("code", "partner"), on="code", maintain_order="left")
    first = time_to_first(partners.drop_nulls("known"), until)
    figures = {"until": until.isoformat(), "rules": rules.version, "partners": partners.height}
    figures |= {"median_days_to_first_order": first.median if first else None}
    notes = [
        f"An event in a word that the life cycle does not know: {word} ({many})."
        for word, many in unknown_words(told)
    ]
    standing = found.frame.filter("is_open").select(pl.col("subject").alias("code"), "stage", "since")
    listed = partners.with_columns(pl.col("code").cast(pl.Int32)).join(
        standing, on="code", how="left", maintain_order="left"
    )
    more = {"renewals": renewals_due(named, until, options.notice), "partners": listed.drop("code")}
    return Finding(rows, figures, tuple(notes), more)


PARTNER_LIFE = Command(
    "how many partners stand in each stage of their life cycle, how long they stay, whose agreement ends",
    "partner-life",
    _options,
    _partner_life,
)
