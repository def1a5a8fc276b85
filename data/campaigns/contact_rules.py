"""Who may not be reached by a campaign, and why: the one answer that everything which writes to people asks for.

As things stood at the close of `day`: what was said or done later does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from data.campaigns.contact_channel import ContactChannel, Frames, contact_channel
from data.connection import Connection
from data.errors import BadRequest, did_you_mean
from data.model.calendar import day_key

CONSENT_ASKED = ("", "required", "assumed")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GLOBAL_HOLDOUT = "Global holdout"


@dataclass(frozen=True, slots=True)
class CampaignWindow:
    """From when to when a campaign runs, both days included: `campaign` is the id of its member, `type` what it is."""

    campaign: str
    starts: date
    ends: date
    type: str = ""

    def covers(self, day: date) -> bool:
        return self.starts <= day <= self.ends

    @property
    def is_global_holdout(self) -> bool:
        return self.type.casefold() == GLOBAL_HOLDOUT.casefold()


@dataclass(frozen=True, slots=True)
class ContactRules:
    """What must hold of customers whom `campaign` (the id of its member) may reach by `channel` on `day`.

    `purpose` is that of the campaign: consents to it count, and those to every purpose. `consent` is "required",
    "assumed" (who said nothing may be reached) or "": required as soon as any consent to the channel is loaded. At
    most `most_contacts` of any campaign within `in_days` days, this day included, None for no such cap. `quiet_days`
    are weekdays ("sunday") and days ("2026-12-24"), `quiet_hours` a text for whoever sends ("20:00 to 08:00").
    `windows` are those of the campaigns that are planned or run: who is in another one, or held out of all, is left
    out. `reentry_days`: once reached or held out by this campaign, a customer may be again after so many days, None
    never, 0 each time.
    """

    channel: str
    day: date
    campaign: str = ""
    purpose: str = ""
    consent: str = ""
    most_contacts: int | None = None
    in_days: int = 30
    quiet_days: tuple[str, ...] = ()
    quiet_hours: str = ""
    windows: tuple[CampaignWindow, ...] = ()
    reentry_days: int | None = None

    def __post_init__(self) -> None:
        """Raises BadRequest for what no rule can be."""
        if self.consent not in CONSENT_ASKED:
            raise BadRequest(
                f"Consent cannot be {self.consent!r}.", did_you_mean(self.consent, CONSENT_ASKED[1:])
            )
        if self.most_contacts is not None and (self.most_contacts < 1 or self.in_days < 1):
            raise BadRequest(
                f"At most {self.most_contacts:,} contacts in {self.in_days:,} days would reach nobody.",
                "Give at least one contact in at least one day.",
            )
        if self.reentry_days is not None and self.reentry_days < 0:
            raise BadRequest("Customers cannot come back before they came.", "Give 0 days or more.")
        for each in self.quiet_days:
            if each.casefold() not in WEEKDAYS and not _is_day(each):
                raise BadRequest(
                    f"{each!r} is no quiet day.", "Write a weekday, such as sunday, or a day as 2026-12-24."
                )

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is reached on the day."""
        quiet = {each.casefold() for each in self.quiet_days}
        return WEEKDAYS[self.day.weekday()] in quiet or self.day.isoformat() in quiet

    @property
    def running(self) -> tuple[CampaignWindow, ...]:
        """The other campaigns that run on the day."""
        return tuple(
            each for each in self.windows if each.campaign != self.campaign and each.covers(self.day)
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class LeftOutReason:
    """Why customers may not be reached: in words that follow their number. It `ends` a contact that was written
    before, and is not only in the way of a new one."""

    name: str
    words: str
    ends: bool = False


REASONS = (
    LeftOutReason("erased", "were forgotten on their wish", ends=True),
    LeftOutReason("consent withdrawn", "withdrew their consent", ends=True),
    LeftOutReason("no consent", "never gave their consent", ends=True),
    LeftOutReason("no address", "have no address for this channel", ends=True),
    LeftOutReason("contact cap", "were contacted often enough of late"),
    LeftOutReason("quiet day", "are left alone on this day"),
    LeftOutReason("other campaign", "are in another campaign that runs"),
    LeftOutReason("held out of all", "are held out of all campaigns"),
    LeftOutReason("came before", "were in this campaign before"),
)
REASON = {each.name: each for each in REASONS}
# The place of those whom nothing leaves out.
NOTHING = len(REASONS)
ERASED = """SELECT customer_code FROM customer_identity
    WHERE identity_key IN (SELECT identity_key FROM erased WHERE dimension = 'customer')"""
# The last of what was said of the channel, and of the purpose or every purpose; on one day, that it was withdrawn.
SAID = """SELECT customer_code, max(2 * day_key + (verdict = 'withdrawn')::INTEGER) % 2 = 1 AS is_withdrawn
    FROM consent WHERE list_contains(?, channel_code) AND day_key <= ?
    AND lower(trim(coalesce(purpose, ''))) IN ('', ?) GROUP BY customer_code"""
REACHABLE = {
    "email": "email LIKE '%_@_%'",
    "phone": "regexp_matches(phone, '([0-9][^0-9]*){5}')",
    "street": "trim(street) <> ''",
}
ADDRESSED = """SELECT customer_code FROM customer_record JOIN customer_identity USING (identity_key)
    WHERE NOT deleted AND {}"""
OFTEN = """SELECT customer_code FROM contact WHERE lower(arm) = 'treated' AND day_key BETWEEN ? AND ?
    GROUP BY customer_code HAVING count(*) >= ?"""
OF_CAMPAIGNS = """SELECT customer_code FROM contact
    WHERE campaign_code IN (SELECT campaign_code FROM campaign WHERE list_contains(?, id))"""
IS_CONSENT_LOADED = "SELECT 1 AS one FROM consent WHERE list_contains(?, channel_code) LIMIT 1"
OF_PURPOSES = """SELECT DISTINCT lower(trim(coalesce(purpose, ''))) AS purpose FROM consent
    WHERE list_contains(?, channel_code) ORDER BY purpose"""
IS_ADDRESS_LOADED = "SELECT 1 AS one FROM customer_record WHERE {} LIMIT 1"


class AskedRule(NamedTuple):
    """The codes of those whom a reason leaves out, or where it `spares` these, of those whom it does not."""

    reason: str
    codes: pl.Series
    spares: bool = False


def left_out(frame: Frames, customers: Sequence[int] | pl.Series, rules: ContactRules) -> pl.DataFrame:
    """A row for each of `customers` (codes) who may not be reached, with the first reason there is: `customer`
    (Int32), `reason` (the name of one of `REASONS`), by customer.

    `frame` answers SQL and its values by a frame: `Warehouse.frame`, or `frames_of` a connection in the midst of a
    write. Raises BadRequest for a channel that there is not.
    """
    asked = pl.Series(customers, dtype=pl.Int32).unique().sort()
    place = {each.name: at for at, each in enumerate(REASONS)}
    first = np.full(1 + (asked[-1] if len(asked) else 0), NOTHING, dtype=np.uint8)
    for rule in sorted(_asked_rules(frame, rules), key=lambda each: -place[each.reason]):
        first[_meant(rule, len(first))] = place[rule.reason]
    found = pl.DataFrame({"customer": asked, "nth": first[asked.to_numpy()]}).filter(pl.col("nth") < NOTHING)
    names = pl.Series([each.name for each in REASONS], dtype=pl.String)
    return found.select("customer", reason=names.gather(found["nth"]))


def _meant(rule: AskedRule, size: int) -> np.ndarray:
    """Whom a rule leaves out, by code: the codes, or a mask where it says whom it does not."""
    codes = rule.codes.to_numpy()
    known = codes[codes < size]
    if not rule.spares:
        return known
    others = np.ones(size, dtype=bool)
    others[known] = False
    return others


def frames_of(connection: Connection) -> Frames:
    """How a warehouse that is being written answers by frames."""
    return lambda sql, values: connection.sql(sql, params=values).pl()


def _asked_rules(frame: Frames, rules: ContactRules) -> Iterator[AskedRule]:
    """What the rules ask of customers."""

    def codes(sql: str, *values: Any) -> pl.Series:
        return frame(sql, list(values))["customer_code"]

    channel, day = contact_channel(frame, rules.channel), day_key(rules.day)
    yield AskedRule("erased", codes(ERASED))
    yield from _of_consent(frame, channel, rules)
    if _is_address_loaded(frame, channel):
        yield AskedRule("no address", codes(ADDRESSED.format(REACHABLE[channel.address])), spares=True)
    if rules.most_contacts is not None:
        often = codes(OFTEN, day - rules.in_days + 1, day, rules.most_contacts)
        yield AskedRule("contact cap", often)
    if rules.is_quiet:
        yield AskedRule("quiet day", pl.Series(dtype=pl.Int32), spares=True)
    yield from _of_campaigns(codes, rules)


def _of_consent(frame: Frames, channel: ContactChannel, rules: ContactRules) -> Iterator[AskedRule]:
    values = [list(channel.codes), day_key(rules.day), rules.purpose.strip().lower()]
    said = frame(SAID, values)
    yield AskedRule("consent withdrawn", said.filter("is_withdrawn")["customer_code"])
    if rules.consent == "required" or (rules.consent == "" and _is_consent_loaded(frame, channel)):
        yield AskedRule("no consent", said["customer_code"], spares=True)


def _of_campaigns(codes: Callable[..., pl.Series], rules: ContactRules) -> Iterator[AskedRule]:
    """What campaigns leave out: others that run, what holds out of all, and this one."""
    others = [each.campaign for each in rules.running if not each.is_global_holdout]
    everywhere = [each.campaign for each in rules.running if each.is_global_holdout]
    yield AskedRule("other campaign", codes(OF_CAMPAIGNS, others))
    yield AskedRule("held out of all", codes(f"{OF_CAMPAIGNS} AND lower(arm) = 'held out'", everywhere))
    if rules.campaign and rules.reentry_days is None:
        yield AskedRule("came before", codes(OF_CAMPAIGNS, [rules.campaign]))
    elif rules.campaign and rules.reentry_days:
        since = day_key(rules.day) - rules.reentry_days
        yield AskedRule("came before", codes(f"{OF_CAMPAIGNS} AND day_key > ?", [rules.campaign], since))


def _is_consent_loaded(frame: Frames, channel: ContactChannel) -> bool:
    return not frame(IS_CONSENT_LOADED, [list(channel.codes)]).is_empty()


def _is_address_loaded(frame: Frames, channel: ContactChannel) -> bool:
    told = REACHABLE.get(channel.address)
    return told is not None and not frame(IS_ADDRESS_LOADED.format(told), []).is_empty()


def not_asked(frame: Frames, rules: ContactRules) -> tuple[str, ...]:
    """Sentences on what cannot be asked of anybody: what no source brings, and hours, which whoever sends must keep.

    Raises BadRequest for a channel that there is not.
    """
    channel, told = contact_channel(frame, rules.channel), list[str]()
    if not _is_consent_loaded(frame, channel):
        nobody = " Nobody may be reached." if rules.consent == "required" else " It is not asked for."
        told.append(f"No consent to {channel.name} is loaded.{nobody}")
    told += _on_purpose(frame, channel, rules.purpose.strip().lower())
    if channel.address and not _is_address_loaded(frame, channel):
        told.append(f"No source brings {channel.address_words}: whether customers have one is not asked.")
    if rules.quiet_hours:
        told.append(f"Quiet hours ({rules.quiet_hours}) are for whoever sends: a file cannot keep them.")
    return tuple(told)


def _on_purpose(frame: Frames, channel: ContactChannel, purpose: str) -> list[str]:
    """A sentence where no consent speaks of the purpose of the campaign."""
    known = frame(OF_PURPOSES, [list(channel.codes)])["purpose"].to_list()
    if not known or purpose in known:
        return []
    named = [each for each in known if each]
    if not purpose:
        return [
            f"Consents to {channel.name} are each to a purpose: name the campaign's. {did_you_mean('', named)}"
        ]
    every = "those to every purpose count" if "" in known else "nobody gave one"
    return [
        f"No consent to {channel.name} is to the purpose {purpose!r}: {every}. {did_you_mean(purpose, named)}".strip()
    ]


def reasons_told(found: pl.DataFrame, customers: int) -> pl.DataFrame:
    """How many of `customers` people each reason of `left_out` leaves out: `reason` (its name), `words`, `customers`
    and `share` (of all, 0 to 1), in the order of `REASONS`, without those that leave nobody out."""
    counted = dict(found.group_by("reason").len().iter_rows())
    rows = [(each.name, each.words, counted[each.name]) for each in REASONS if each.name in counted]
    frame = pl.DataFrame(rows, {"reason": pl.String, "words": pl.String, "customers": pl.Int64}, orient="row")
    return frame.with_columns(share=pl.col("customers") / max(customers, 1))
