"""Responses read back: each goes to exactly one contact, or is unmatched with the one reason that comes first.

A response names the contact that it answers by its number, else by its code, else by its customer and campaign. The
books hold always: read = matched + unmatched + repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.model.calendar import day_key
from data.store.warehouse import Warehouse

WINDOW_DAYS = 90
MATCHED, REPEAT = "matched", "repeat"
REASONS = {
    "future": "dated after the day on which it was loaded",
    "customer": "of no known customer",
    "contact": "no such contact: a number, a code or a customer that the campaign did not write to",
    "campaign": "number or code of another campaign's contact",
    "held out": "by a customer who was held out, and so has no contact to answer",
    "before": "before the contact",
    "after": "after the campaign's end or the days that count",
}
"""Why a response goes to no contact, in the order in which it is asked: the first that holds is the one told."""
MEANT = ("contact", "of", "sent", "held_out", "last")
TOUCHED = """FROM contact WHERE ({asked} AND customer_code IN (SELECT customer_code FROM response WHERE {asked}))
 OR number IN (SELECT contact FROM response WHERE {asked}) OR code IN (SELECT code FROM response WHERE {asked})"""


@dataclass(frozen=True, slots=True, eq=False)
class ReadBack:
    """`responses`: a row each with `response` (its place), `campaign` (code), `customer` (code), `day` (key), `verdict`
    ("matched", "repeat" or a reason of `REASONS`), `way` (how the contact was found: number, code or customer; null
    where none was) and `contact` (its place; null where unmatched)."""

    responses: pl.DataFrame

    @property
    def books(self) -> ResponseBooks:
        """Those of all responses together."""
        return _books(self.responses)

    def by_campaign(self) -> dict[int, ResponseBooks]:
        """Those of each campaign that responses name, by its code; 0 is none that is known."""
        parts = self.responses.partition_by("campaign", as_dict=True)
        return {int(code): _books(part) for (code,), part in sorted(parts.items())}


@dataclass(frozen=True, slots=True)
class ResponseBooks:
    """How many responses were read, matched, repeats, and unmatched by reason (those that occur, in order)."""

    read: int
    matched: int
    repeats: int
    reasons: Mapping[str, int]

    @property
    def unmatched(self) -> int:
        return sum(self.reasons.values())


def read_back(
    warehouse: Warehouse,
    campaign: int | None = None,
    ends: Mapping[int, date] | None = None,
    days: int = WINDOW_DAYS,
    today: date | None = None,
) -> ReadBack:
    """The responses of a campaign (code; None: all) and the contacts that they answer, in a warehouse.

    A response counts from the contact until the day in `ends` of its campaign, else so many days from the contact.
    `today` is the day of the last publication where None: what is dated later was not done when it was loaded.
    """
    asked = "true" if campaign is None else f"campaign_code = {int(campaign)}"
    responses = warehouse.frame(
        f"""SELECT campaign_code AS campaign, customer_code AS customer, contact AS number, code,
          coalesce(kind, 'response') AS kind, day_key AS day FROM response WHERE {asked}
        ORDER BY day_key, batch, row_in_source"""
    )
    contacts = warehouse.frame(
        f"""SELECT number, code, customer_code AS customer, campaign_code AS campaign, day_key AS day,
          lower(arm) = 'held out' AS held_out {TOUCHED.format(asked=asked)}
        ORDER BY day_key, batch, row_in_source"""
    )
    known = {code: day_key(day) for code, day in (ends or {}).items()}
    return matched_responses(contacts, responses, day_key(today or published(warehouse)), known, days)


def published(warehouse: Warehouse) -> date:
    """The day of the last publication (UTC)."""
    day: date = warehouse.rows("SELECT max(published_at)::DATE FROM publication")[0][0]
    return day


def matched_responses(
    contacts: pl.DataFrame, responses: pl.DataFrame, today: int, ends: Mapping[int, int], days: int
) -> ReadBack:
    """The same from frames in order of time: contacts with `number`, `code`, `customer`, `campaign`, `day` (key) and
    `held_out`; responses with `number` and `code` of a contact, `customer`, `campaign`, `kind` and `day`."""
    told = contacts.with_row_index("contact").with_columns(
        of="campaign",
        sent="day",
        last=pl.col("campaign").replace_strict(ends, default=None, return_dtype=pl.Int32).fill_null(
            pl.col("day") + days - 1
        ),
    )  # fmt: skip
    asked = responses.with_row_index("response")
    by_way = [_by_name(asked, told, "number"), _by_name(asked, told, "code"), _by_customer(asked, told)]
    found = pl.concat(by_way).sort("response")
    judged = found.with_columns(verdict=_reason(today)).with_columns(
        verdict=pl.when(pl.col("verdict").is_not_null())
        .then("verdict")
        .when(pl.struct("contact", "kind").is_first_distinct().over("verdict"))
        .then(pl.lit(MATCHED))
        .otherwise(pl.lit(REPEAT))
    )
    is_kept = pl.col("verdict").is_in([MATCHED, REPEAT])
    return ReadBack(
        judged.with_columns(contact=pl.when(is_kept).then("contact")).select(
            "response", "campaign", "customer", "day", "verdict", "way", "contact"
        )
    )


def _way() -> pl.Expr:
    """By what a response names its contact."""
    return (
        pl.when(pl.col("number").is_not_null())
        .then(pl.lit("number"))
        .when(pl.col("code").is_not_null())
        .then(pl.lit("code"))
        .otherwise(pl.lit("customer"))
    )


def _by_name(asked: pl.DataFrame, told: pl.DataFrame, way: str) -> pl.DataFrame:
    """Responses that name a contact by its number or code. Who answers it may be another, to whom it was passed on;
    a code that many contacts carry tells one of them with its customer alone."""
    own = asked.filter(_way() == way)
    named = told.filter(pl.col(way).is_not_null()).select(way, "customer", *MEANT)
    is_shared = pl.col("customer").n_unique().over(way) > 1
    lone = own.select("response", way).join(named.filter(~is_shared).drop("customer"), on=way)
    shared = own.select("response", way, "customer").join(named.filter(is_shared), on=[way, "customer"])
    return _nearest(own, pl.concat([lone, shared.drop("customer")]).drop(way), way)


def _by_customer(asked: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Responses that name nobody but their customer: the contacts of their campaign with that one."""
    own, keys = asked.filter(_way() == "customer"), ["customer", "campaign"]
    named = told.filter(pl.col("customer") > 0, pl.col("campaign") > 0).select(*keys, *MEANT)
    return _nearest(own, own.select("response", *keys).join(named, on=keys).drop(keys), "customer")


def _nearest(own: pl.DataFrame, pairs: pl.DataFrame, way: str) -> pl.DataFrame:
    """Of the contacts that a response may mean one: of its campaign, before it, reached rather than held out, the
    latest of those before, else the first of those after it."""
    off = pl.col("day") - pl.col("sent")
    ranked = own.join(pairs, on="response", how="left").with_columns(
        pl.lit(way).alias("way"), other=pl.col("of") != pl.col("campaign"), late=off < 0, off=off.abs()
    )
    order = ["response", "other", "late", "held_out", "off", "contact"]
    return ranked.sort(order, nulls_last=True).unique("response", keep="first", maintain_order=True)


def _reason(today: int) -> pl.Expr:
    """The first reason that holds, null where none does."""
    is_stranger = (pl.col("way") == "customer") & (pl.col("customer") <= 0)
    holds = {
        "future": pl.col("day") > today,
        "customer": is_stranger,
        "contact": pl.col("contact").is_null(),
        "campaign": (pl.col("campaign") > 0) & (pl.col("of") != pl.col("campaign")),
        "held out": pl.col("held_out"),
        "before": pl.col("day") < pl.col("sent"),
        "after": pl.col("day") > pl.col("last"),
    }
    return pl.coalesce(pl.when(holds[name]).then(pl.lit(name)) for name in REASONS)


def _books(responses: pl.DataFrame) -> ResponseBooks:
    counted = dict(responses.group_by("verdict").len().iter_rows())
    reasons = {name: counted[name] for name in REASONS if name in counted}
    return ResponseBooks(responses.height, counted.get(MATCHED, 0), counted.get(REPEAT, 0), reasons)
