"""Where one customer stands: what models said of them last, findings they belong to, their stage, arms of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data.model import scoring
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.model.scoring import SCORE, SCORES, SavedScoring
from data.model.segmentation import NOT_YET, Segmentation
from data.review import time_line
from data.review.time_line import TimeLineAsked
from data.store.warehouse import Warehouse

HELD_OUT, OPEN = "held out", "open"
MAY_STILL_RUN = timedelta(days=60)  # since the last contact of a campaign that nobody planned here
MOST_CONTACTS = 500
# What was said of those merged since adds up; a chance does not.
SAID = ", ".join(f"{'avg' if name == 'chance' else 'sum'}({name})::DOUBLE AS {name}" for name in SCORES)
Window = tuple[date, date]


@dataclass(frozen=True, slots=True)
class SaidScore:
    """A score of one customer, and the scoring that says it last."""

    name: str
    value: float
    scoring: SavedScoring


@dataclass(frozen=True, slots=True)
class StoodIn:
    """The stage of one customer, since when and why."""

    stage: str
    since: date
    cause: str


@dataclass(frozen=True, slots=True)
class BelongsTo:
    """A finding that a customer belongs to a member of; `formed` says when and how it was found."""

    label: str
    member: str
    formed: Segmentation | None


@dataclass(frozen=True, slots=True)
class CampaignArm:
    """The arm of a campaign that a customer was put into last; `runs` is None where nobody planned it here."""

    campaign: str
    name: str
    arm: str
    day: date
    runs: bool | None

    @property
    def is_held_out(self) -> bool:
        return self.arm == HELD_OUT


def last_scores(warehouse: Warehouse, code: int) -> tuple[SaidScore, ...]:
    """Each score of a customer, as it was said last."""
    rows = warehouse.frame(
        f"SELECT number::INTEGER AS scoring, {SAID} FROM {SCORE.name} WHERE customer_code = ? GROUP BY ALL",
        [code],
    )
    if rows.is_empty():
        return ()
    found: dict[str, SaidScore] = {}
    said = {row["scoring"]: row for row in rows.iter_rows(named=True)}
    for each in scoring.read(warehouse.rows):
        told = said.get(each.number, {})
        found |= {name: SaidScore(name, told[name], each) for name in SCORES if told.get(name) is not None}
    return tuple(found.values())


def stage_now(warehouse: Warehouse, code: int) -> StoodIn | None:
    """The stage of a customer; None of who has none."""
    found = time_line.events(warehouse, code, TimeLineAsked(("stage",)), most=1)
    row = next(found.iter_rows(named=True), None)
    return StoodIn(row["title"], row["day"], row["detail"]) if row else None


def belongs_to(warehouse: Warehouse, code: int) -> tuple[BelongsTo, ...]:
    """The findings that a customer is in a member of."""
    mined = [
        each for each in warehouse.profile.attributes if each.dimension == CUSTOMER.name and each.is_finding
    ]
    if not mined:
        return ()
    columns = ", ".join(each.name for each in mined)
    sql = f"SELECT {columns} FROM customer WHERE customer_code = ? ORDER BY valid_to DESC, customer_key DESC LIMIT 1"
    row = next(iter(warehouse.rows(sql, [code])), ())
    return tuple(
        BelongsTo(each.label, member, each.segmentations[-1] if each.segmentations else None)
        for each, member in zip(mined, row, strict=False)
        if member not in (UNKNOWN, NOT_YET)
    )


def campaign_arms(
    warehouse: Warehouse, code: int, planned: Mapping[str, Window], on: date
) -> tuple[CampaignArm, ...]:
    """The arms of campaigns that run `on` a day, or may: by their planned window, else by how long ago the last contact
    of theirs was. Those that hold the customer out come first, then the latest."""
    contacts = time_line.events(warehouse, code, TimeLineAsked(("campaign",)), MOST_CONTACTS)
    last = contacts.filter(pl.col("campaign_code") > 0, pl.col("title").is_not_null()).unique(
        "campaign_code", keep="first", maintain_order=True
    )
    ids = dict(
        warehouse.rows(
            "SELECT campaign_code, arg_max(id, valid_to) FROM campaign WHERE list_contains(?, campaign_code)"
            " GROUP BY campaign_code",
            [last["campaign_code"].to_list()],
        )
    )
    found = [_arm(row, ids.get(row["campaign_code"], ""), planned, on) for row in last.iter_rows(named=True)]
    standing = [each for each in found if each is not None and each.arm != OPEN]
    return tuple(sorted(standing, key=lambda each: (not each.is_held_out, -each.day.toordinal())))


def _arm(row: Mapping[str, object], id: str, planned: Mapping[str, Window], on: date) -> CampaignArm | None:
    day, window = row["day"], planned.get(id)
    assert isinstance(day, date)
    if window is not None and not window[0] <= on <= window[1]:
        return None
    if window is None and on - day > MAY_STILL_RUN:
        return None
    return CampaignArm(
        id, str(row["campaign"] or id), str(row["title"]), day, None if window is None else True
    )
