"""What the customer of a link allows, by channel and purpose, and how they allow it or take it back by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from data.campaigns.contact_channel import contact_channel, purposes_said
from data.errors import BadRequest
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import SAID_CONSENT, SourceNumber
from data.people.portal_links import WHO
from data.portal.own_rows import OwnRows
from data.review.customer_consents import customer_consents
from data.service.firm_moments import ZONE, place_of, zone_of
from data.service.said_consents import GIVEN, WITHDRAWN, SaidConsent, consent_values, consents_among
from data.service.service_choices import service_choices
from data.store.publication import OF_SERVICE

IN_ROWS = f"""SELECT number FROM consent JOIN batch USING (batch)
WHERE customer_code = $1 AND origin = '{OF_SERVICE}' AND number IS NOT NULL"""
NEVER_ASKED = ""
KEPT = "channels that reach people"


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """What holds of a `channel` (its name) for a `purpose`, "" for every one: given, withdrawn or "" where nothing was
    ever said; since which day."""

    channel: str
    purpose: str = ""
    verdict: str = NEVER_ASKED
    day: date | None = None


def own_consents(rows: OwnRows) -> tuple[OwnConsent, ...]:
    """A consent for each channel that reaches people, and for each purpose that was spoken of. Errors:
    WarehouseError."""
    held = _held(rows)
    channels = dict.fromkeys([*_reaching(rows), *(channel for channel, _ in held)])
    purposes = [each.casefold() for each in purposes_said(rows.warehouse.frame)]
    return tuple(
        held.get((channel, purpose), OwnConsent(channel, purpose))
        for channel in channels
        for purpose in ("", *purposes)
        if not purpose or (channel, purpose) in held
    )


def say_consent(rows: OwnRows, channel: str, purpose: str, verdict: str) -> str:
    """Give a consent or take it back; the statement. Errors: BadRequest where it cannot be; WarehouseError."""
    known = {(each.channel, each.purpose): each for each in own_consents(rows)}
    held = known.get((channel, purpose))
    if held is None or verdict not in (GIVEN, WITHDRAWN):
        raise BadRequest("That is nothing that can be allowed here.", "Choose one of those that are listed.")
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    today, _ = place_of(at, zone_of(rows.warehouse.rows(ZONE)))
    if held.verdict == verdict:
        return ""
    if verdict == GIVEN and held.verdict == WITHDRAWN and held.day == today:
        raise BadRequest("You took this back today.", "It can be allowed again from tomorrow.")
    said = SaidConsent(SourceNumber(*rows.link.member), channel, at, verdict, purpose)
    store = operational_store.ready(rows.warehouse.path)
    return statement_log.say(store, SAID_CONSENT, consent_values(said), WHO)


def _held(rows: OwnRows) -> dict[tuple[str, str], OwnConsent]:
    """What holds by the snapshot, and then by what was said since."""
    found: dict[tuple[str, str], OwnConsent] = {}
    for each in reversed(list(_by_snapshot(rows))):
        _lay(found, each)
    for each in _since(rows):
        _lay(found, each)
    return found


def _lay(found: dict[tuple[str, str], OwnConsent], each: OwnConsent) -> None:
    """What is said of every purpose takes the place of what was said of single ones."""
    if not each.purpose:
        for key in [key for key in found if key[0] == each.channel]:
            del found[key]
    found[each.channel, each.purpose] = each


def _by_snapshot(rows: OwnRows) -> Iterator[OwnConsent]:
    """The latest first."""
    said = customer_consents(rows.warehouse, rows.code)
    for row in said.iter_rows(named=True):
        if row["holds"]:
            yield OwnConsent(row["channel"], row["purpose"], row["verdict"], row["day"])


def _since(rows: OwnRows) -> Iterator[OwnConsent]:
    told = statement_log.current(operational_store.of(rows.warehouse), SAID_CONSENT)
    numbers, in_rows = rows.numbers, {number for (number,) in rows.ask(IN_ROWS)}
    zone = zone_of(rows.warehouse.rows(ZONE))
    for each in consents_among(told):
        if each.customer in numbers and each.said not in in_rows:
            day, _ = place_of(each.at, zone)
            yield OwnConsent(each.channel, each.purpose.casefold(), each.verdict, day)


def _reaching(rows: OwnRows) -> tuple[str, ...]:
    """The channels by which people can be written to or called; read once a snapshot."""
    beside, frame = rows.warehouse.beside, rows.warehouse.frame
    if KEPT not in beside:
        names = service_choices(rows.warehouse).channels
        beside[KEPT] = tuple(name for name in names if contact_channel(frame, name).address)
    found: tuple[str, ...] = beside[KEPT]
    return found
