"""Where one customer stands: what models said of them last, findings they belong to, their stage, arms of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from data.model import scoring
from data.model.calendar import to_date
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.model.scoring import SCORE, SCORES, SavedScoring
from data.model.segmentation import NOT_YET, Segmentation
from data.review import time_line
from data.store.warehouse import Warehouse

HELD_OUT, OPEN = "held out", "open"
MAY_STILL_RUN = timedelta(days=60)  # since the last contact of a campaign that nobody planned here
MOST_CONTACTS = 500
# What was said of those merged since adds up; a chance does not.
SAID = ", ".join(f"{'avg' if name == 'chance' else 'sum'}({name})::DOUBLE AS {name}" for name in SCORES)
CAMPAIGNS = """SELECT campaign_code, arg_max(id, valid_to), arg_max(name, valid_to) FROM campaign
WHERE campaign_code IN (SELECT unnest(?::INTEGER[])) GROUP BY campaign_code"""
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
    sql = f"SELECT number::INTEGER, {SAID} FROM {SCORE.name} WHERE customer_code = ? GROUP BY number"
    said = {number: dict(zip(SCORES, told, strict=True)) for number, *told in warehouse.rows(sql, [code])}
    if not said:
        return ()
    found: dict[str, SaidScore] = {}
    for each in scoring.read(warehouse.rows):
        told = said.get(each.number, {})
        found |= {name: SaidScore(name, told[name], each) for name in SCORES if told.get(name) is not None}
    return tuple(found.values())


def stage_now(warehouse: Warehouse, code: int) -> StoodIn | None:
    """The stage of a customer; None of who has none."""
    row = next(iter(time_line.plain(warehouse, code, "stage", "title, day_key, detail", most=1)), None)
    return StoodIn(row[0], to_date(row[1]), row[2]) if row else None


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
    contacts = time_line.plain(warehouse, code, "campaign", "campaign_code, title, day_key", MOST_CONTACTS)
    last: dict[int, tuple[str, date]] = {}
    for campaign, arm, day in contacts:
        if campaign and arm:
            last.setdefault(campaign, (arm, to_date(day)))
    named = warehouse.rows(CAMPAIGNS, [list(last)]) if last else []
    found = [_arm((id, name, *last[code]), planned.get(id), on) for code, id, name in named]
    standing = [each for each in found if each is not None and each.arm != OPEN]
    return tuple(sorted(standing, key=lambda each: (not each.is_held_out, -each.day.toordinal())))


def _arm(said: tuple[str, str, str, date], window: Window | None, on: date) -> CampaignArm | None:
    """The arm of a campaign that runs, or may; None of one that does not."""
    runs = window[0] <= on <= window[1] if window else on - said[-1] <= MAY_STILL_RUN
    return CampaignArm(*said, True if window else None) if runs else None
