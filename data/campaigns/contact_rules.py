"""Who may not be reached by a campaign, and why: the one answer that everything which writes to people asks for.

As things stood at the close of `day`: what was said or done later does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

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
                    f"{each!r} is no quiet day.",
                    did_you_mean(each, WEEKDAYS) or "Write a weekday, or a day as 2026-12-24.",
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
LEFT_OUT = pl.Schema({"customer": pl.Int32, "reason": pl.String})
ERASED = """SELECT customer_code FROM customer_identity
    WHERE identity_key IN (SELECT identity_key FROM erased WHERE dimension = 'customer')"""
# The last of what was said of the channel, and of the purpose or every purpose; on one day, that it was withdrawn.
SAID = """SELECT customer_code, arg_max(verdict = 'given', 2 * day_key + (verdict = 'withdrawn')::INTEGER) AS is_given
    FROM consent WHERE customer_code > 0 AND list_contains(?, channel_code) AND day_key <= ?
    AND (coalesce(trim(purpose), '') = '' OR lower(trim(purpose)) = ?) GROUP BY customer_code"""
WITHDRAWN = f"SELECT customer_code FROM ({SAID}) WHERE NOT is_given"
EVERYBODY = "SELECT DISTINCT customer_code FROM customer WHERE customer_code > 0"
SILENT = f"{EVERYBODY} AND customer_code NOT IN (SELECT customer_code FROM ({SAID}))"
REACHABLE = {
    "email": "email LIKE '%_@_%'",
    "phone": "regexp_matches(phone, '[0-9]{3}')",
    "street": "trim(street) <> ''",
}
ADDRESSED = """SELECT customer_code FROM customer_record JOIN customer_identity USING (identity_key)
    WHERE NOT deleted AND {}"""
OFTEN = """SELECT customer_code FROM contact WHERE lower(arm) = 'treated' AND day_key BETWEEN ? AND ?
    GROUP BY customer_code HAVING count(*) >= ?"""
OF_CAMPAIGNS = """SELECT customer_code FROM contact
    WHERE campaign_code IN (SELECT campaign_code FROM campaign WHERE list_contains(?, id))"""
IS_CONSENT_LOADED = "SELECT 1 AS one FROM consent WHERE list_contains(?, channel_code) LIMIT 1"
IS_ADDRESS_LOADED = "SELECT 1 AS one FROM customer_record WHERE {} LIMIT 1"
BARRED = "SELECT customer_code, {}::UTINYINT AS nth FROM ({})"
FIRST = "SELECT customer_code AS customer, min(nth) AS nth FROM ({}) WHERE customer_code > 0 GROUP BY customer_code"


class AskedRule(NamedTuple):
    """SQL for the codes of everybody whom a reason leaves out, and its values."""

    reason: str
    sql: str
    values: Sequence[Any] = ()


def left_out(frame: Frames, customers: Sequence[int] | pl.Series, rules: ContactRules) -> pl.DataFrame:
    """A row for each of `customers` (codes) who may not be reached, with the first reason there is: `customer`
    (Int32), `reason` (the name of one of `REASONS`), by customer.

    `frame` answers SQL and its values by a frame: `Warehouse.frame`, or `frames_of` a connection in the midst of a
    write. Raises BadRequest for a channel that there is not.
    """
    place = {each.name: at for at, each in enumerate(REASONS)}
    barred = _barred(frame, rules)
    each = " UNION ALL ".join(BARRED.format(place[reason], sql) for reason, sql, _ in barred)
    found = frame(FIRST.format(each), [value for *_, values in barred for value in values])
    asked = pl.DataFrame({"customer": pl.Series(customers, dtype=pl.Int32).unique()})
    told = pl.Series([each.name for each in REASONS], dtype=pl.String)
    joined = asked.join(found.cast({"customer": pl.Int32}), on="customer").sort("customer")
    return joined.select("customer", reason=told.gather(joined["nth"]))


def frames_of(connection: Connection) -> Frames:
    """How a warehouse that is being written answers by frames."""
    return lambda sql, values: connection.sql(sql, params=values).pl()


def _barred(frame: Frames, rules: ContactRules) -> list[AskedRule]:
    """What the rules ask of customers."""
    channel, day = contact_channel(frame, rules.channel), day_key(rules.day)
    found = [AskedRule("erased", ERASED)]
    said = [list(channel.codes), day, rules.purpose.strip().casefold()]
    found.append(AskedRule("consent withdrawn", WITHDRAWN, said))
    if _is_consent_required(frame, channel, rules):
        found.append(AskedRule("no consent", SILENT, said))
    if _is_address_loaded(frame, channel):
        addressed = ADDRESSED.format(REACHABLE[channel.address])
        found.append(AskedRule("no address", f"{EVERYBODY} AND customer_code NOT IN ({addressed})"))
    if rules.is_quiet:
        found.append(AskedRule("quiet day", EVERYBODY))
    if rules.most_contacts is not None:
        days = [day - rules.in_days + 1, day]
        found.append(AskedRule("contact cap", OFTEN, [*days, rules.most_contacts]))
    return [*found, *_of_campaigns(rules, day)]


def _of_campaigns(rules: ContactRules, day: int) -> list[AskedRule]:
    """What campaigns leave out: others that run, what holds out of all, and this one."""
    others = [each.campaign for each in rules.running if not each.is_global_holdout]
    everywhere = [each.campaign for each in rules.running if each.is_global_holdout]
    found = [
        AskedRule("other campaign", OF_CAMPAIGNS, [others]),
        AskedRule("held out of all", f"{OF_CAMPAIGNS} AND lower(arm) = 'held out'", [everywhere]),
    ]
    if rules.campaign and rules.reentry_days is None:
        found.append(AskedRule("came before", OF_CAMPAIGNS, [[rules.campaign]]))
    elif rules.campaign and rules.reentry_days:
        late = f"{OF_CAMPAIGNS} AND day_key > ?"
        found.append(AskedRule("came before", late, [[rules.campaign], day - rules.reentry_days]))
    return found


def _is_consent_required(frame: Frames, channel: ContactChannel, rules: ContactRules) -> bool:
    return rules.consent == "required" or (rules.consent == "" and _is_consent_loaded(frame, channel))


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
    if channel.address and not _is_address_loaded(frame, channel):
        told.append(f"No source brings a {channel.address_words}: whether customers have one is not asked.")
    if rules.quiet_hours:
        told.append(f"Quiet hours ({rules.quiet_hours}) are for whoever sends: a file cannot keep them.")
    return tuple(told)


def reasons_told(found: pl.DataFrame, customers: int) -> pl.DataFrame:
    """How many of `customers` people each reason of `left_out` leaves out: `reason` (its name), `words`, `customers`
    and `share` (of all, 0 to 1), in the order of `REASONS`, without those that leave nobody out."""
    counted = dict(found.group_by("reason").len().iter_rows())
    rows = [(each.name, each.words, counted[each.name]) for each in REASONS if each.name in counted]
    frame = pl.DataFrame(rows, {"reason": pl.String, "words": pl.String, "customers": pl.Int64}, orient="row")
    return frame.with_columns(share=pl.col("customers") / max(customers, 1))
