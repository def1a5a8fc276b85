"""The life cycle of partners found: stages as they were derived, their book, how long they stay, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data.collaborate.partner_history import known_partners, partner_events
from data.errors import BadRequest, did_you_mean
from data.lifecycle import stage_history, stage_rules
from data.lifecycle.stage_history import StageRun
from data.lifecycle.stage_rules import StageRules
from data.model.canonical_tables import PARTNER
from mining.lifecycle.stage_dwell import StageDwell, dwell
from mining.lifecycle.stage_moves import MoveKind, StageOrder, counts_by_kind, flow
from mining.lifecycle.stage_spells import StageSpells, spells
from mining.partners.first_order import time_to_first
from mining.partners.renewals_due import renewals_due
from mining.partners.stage_book import stage_book, stage_stock
from mining.retention.kaplan_meier import SurvivalCurve
from pages.collaborate.partner_life_view import PartnerLifeView
from pages.ui import session

NOBODY = "No partner is known yet."
REMEDY = "Load a list of partners, or files that name them, on the page Data first."


@dataclass(frozen=True, slots=True, eq=False)
class FoundPartnerLife:
    """`partners` as KNOWN with the `stage` each stands in and `since` when; `book` and `flow` of the days `since` to
    `until`, `stock` at the ends of their months; `renewals` of the partners of these types, `events` of all of them."""

    rules: StageRules
    run: StageRun
    since: date
    until: date
    partners: pl.DataFrame
    types: tuple[str, ...]
    spells: StageSpells
    book: pl.DataFrame
    stock: pl.DataFrame
    flow: pl.DataFrame
    moves: dict[MoveKind, int]
    dwell: tuple[StageDwell, ...]
    first: SurvivalCurve | None
    renewals: pl.DataFrame
    events: pl.DataFrame


def found_partner_life(view: PartnerLifeView) -> FoundPartnerLife:
    """What a view shows. Raises BadRequest where no partner is known, or a type or partner that there is not."""
    store, rules = session.warehouse(), stage_rules.declared(PARTNER.name)
    runs = stage_history.runs(store.rows, PARTNER.name)
    everybody = known_partners(store)
    events = stage_history.events(store.frame, PARTNER.name)
    if not runs or everybody.is_empty() or events.is_empty():
        raise store.policy.nothing_seen("the life cycle of partners", NOBODY, REMEDY)
    types = tuple(sorted({str(each) for each in everybody["type"].drop_nulls()}))
    if view.type and view.type not in types:
        raise BadRequest(f"No partner is of the type {view.type[:40]!r}.", did_you_mean(view.type, types))
    if view.partner and view.partner not in set(everybody["partner"]):
        raise BadRequest("There is no such partner.", did_you_mean(view.partner, list(everybody["partner"])))
    mine = everybody.filter(pl.col("type") == view.type) if view.type else everybody
    until = runs[-1].as_of
    known = spells(events.filter(pl.col("subject").is_in(mine["code"].implode())), rules.stages, until)
    since = _begin(view.months, known, until)
    told = partner_events(store)
    *steps, _, exit = rules.stages  # who is to renew stands beside the way
    order = StageOrder(tuple(steps), frozenset({exit}))
    return FoundPartnerLife(
        rules,
        runs[-1],
        since,
        until,
        _standing(mine, known),
        types,
        known,
        stage_book(known, since, until),
        stage_stock(known, _month_ends(since, until)),
        flow(known, order, since),
        counts_by_kind(flow(known, order)),
        dwell(known),
        time_to_first(mine.drop_nulls("known"), until),
        _renewals(told, mine, until),
        told,
    )


def _standing(partners: pl.DataFrame, known: StageSpells) -> pl.DataFrame:
    now = known.frame.filter("is_open").select(pl.col("subject").alias("code"), "stage", "since", "days")
    return partners.join(
        now.with_columns(pl.col("code").cast(pl.Int32)), on="code", how="left", maintain_order="left"
    )


def _renewals(events: pl.DataFrame, partners: pl.DataFrame, until: date) -> pl.DataFrame:
    named = events.join(partners.select("code", "partner", "name"), on="code", maintain_order="left")
    due = renewals_due(named.drop_nulls("kind"), until)
    return due.join(partners.select("partner", "name"), on="partner", how="left", maintain_order="left")


def _begin(months: int, known: StageSpells, until: date) -> date:
    """The first day of the months that end with `until`; of all time, the first of all."""
    first: date = known.frame["since"].min() or until  # type: ignore[assignment]
    if not months:
        return min(first, until)
    begin: date = pl.Series([until + timedelta(1)]).dt.offset_by(f"-{months}mo").to_list()[0]
    return begin


def _month_ends(since: date, until: date) -> list[date]:
    """The last days of the months from one day to another, at most 60, the last of them `until`."""
    begins = pl.date_range(since.replace(day=1), until, "1mo", eager=True)
    ends = [each - timedelta(1) for each in begins.to_list()[1:]]
    return [*ends, until][-60:]
