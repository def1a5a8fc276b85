"""What is agreed with partners and decided about them: chosen, signed until a day, trained, renewed, suspended, left.

Each is a statement, seen at once and a row of `partner_event` with the next publication. A decision keeps the scorecard
on which it was taken as it was then, whatever is known later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from data import environment
from data.connection import Connection
from data.errors import BadRequest, ChangedMeanwhile, MeanwhileChange, did_you_mean
from data.lifecycle.partner_event_words import EVENTS
from data.operational import operational_store, statement_log
from data.operational.meanwhile_words import refusal
from data.operational.plain_names import plain_text
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PARTNER_AGREEMENT, SourceNumber, StatementKind, Values
from data.operational.statement_log import Statement
from data.service.front_office_rows import SaidRow, bring_rows
from data.store.warehouse import Warehouse

LONGEST_SCORECARD = 1_000_000  # letters: 34 partners by 11 criteria take 44,000
NUMBER = """SELECT numbering, id FROM partner_identity WHERE partner_code = ?
ORDER BY identity_key LIMIT 1"""
SHOWN = """SELECT numbering, i.id, partner_code, any_value(p.id), any_value(p.name) FROM partner_identity AS i
JOIN partner AS p USING (partner_code) GROUP BY ALL"""


@dataclass(frozen=True, slots=True)
class PartnerAgreement:
    """What happened with a partner on a day; `until` when that holds, `scorecard` what a decision rested on. `said` is
    the statement, "" before it is one; `by` and `at` (UTC) who said it when."""

    partner: SourceNumber
    event: str
    on: date
    until: date | None = None
    note: str = ""
    scorecard: Mapping[str, Any] | None = None
    said: str = ""
    by: str = ""
    at: datetime | None = None


def number_of(warehouse: Warehouse, code: int) -> SourceNumber:
    """The number by which statements name a partner. Errors: BadRequest for one that there is not."""
    found = warehouse.rows(NUMBER, [code])
    if not found:
        raise BadRequest("There is no such partner.", "Choose one of the list.")
    return SourceNumber(*found[0])


def agreements(warehouse: Warehouse) -> tuple[PartnerAgreement, ...]:
    """All that hold, of partners that whoever looks may see, the earliest first; scorecards, which tell of all partners
    and all customers, for whom no policy cuts anything. Errors: WarehouseError."""
    shown = {SourceNumber(*row[:2]) for row in warehouse.rows(SHOWN)}
    told = statement_log.current_of(operational_store.of(warehouse), PARTNER_AGREEMENT)[0]
    found = (_agreement(each) for each in told)
    if withholds_scorecards(warehouse):
        found = (replace(each, scorecard=None) for each in found)
    return tuple(
        sorted((each for each in found if each.partner in shown), key=lambda each: (each.on, str(each.at)))
    )


def withholds_scorecards(warehouse: Warehouse) -> bool:
    """Whether a policy keeps rows, or small counts, from whoever looks."""
    return bool(warehouse.policy.rows or warehouse.policy.smallest)


def record_agreement(
    warehouse: Warehouse, new: PartnerAgreement, who: str = "", standing_on: StandingOn | None = None
) -> str:
    """Say what was agreed; the statement, once it is on the disk.

    Errors: BadRequest for an event that there is none of, a day to come, an end before the beginning; ChangedMeanwhile
    where somebody said something of the same partner after the statements that it is `standing_on`; NotAllowed.
    """
    new, who = _checked(warehouse, new), who or environment.who()
    with statement_log.writing(operational_store.of(warehouse)) as log:
        if standing_on is not None:
            _check_seen([_agreement(each) for each in log.current(PARTNER_AGREEMENT)], new, who, standing_on)
        values: Values = {
            "partner": new.partner,
            "event": new.event,
            "on": new.on,
            "until": new.until,
            "note": new.note or None,
            "scorecard": json.dumps(new.scorecard, ensure_ascii=False) if new.scorecard else None,
        }
        return log.say(PARTNER_AGREEMENT, values, who)


def take_back(warehouse: Warehouse, said: str, who: str = "") -> None:
    """Take a statement back by a counter-entry. Errors: BadRequest where it does not hold; NotAllowed."""
    with statement_log.writing(operational_store.of(warehouse)) as log:
        if all(each.id != said for each in log.current(PARTNER_AGREEMENT)):
            raise BadRequest("That was taken back already.", "Look at what holds now.")
        log.take_back(said, who or environment.who())


def _checked(warehouse: Warehouse, new: PartnerAgreement) -> PartnerAgreement:
    if new.event not in EVENTS:
        raise BadRequest(f"Nothing is called {new.event[:40]!r}.", did_you_mean(new.event, EVENTS))
    if new.partner not in {SourceNumber(*row[:2]) for row in warehouse.rows(SHOWN)}:
        raise BadRequest("There is no such partner.", "Choose one of the list.")
    if new.on > date.today():
        raise BadRequest(f"{new.on} is yet to come.", "Say it when it has happened.")
    if new.until is not None and new.until < new.on:
        raise BadRequest(f"It would end on {new.until}, before it begins on {new.on}.", "Choose a later end.")
    if new.scorecard and len(json.dumps(new.scorecard, ensure_ascii=False)) > LONGEST_SCORECARD:
        raise BadRequest("The scorecard is too long to be kept.", "Record it without today's scorecard.")
    note = plain_text(new.note) if new.note.strip() else ""
    return PartnerAgreement(new.partner, new.event, new.on, new.until, note, new.scorecard)


def _check_seen(
    told: Iterable[PartnerAgreement], new: PartnerAgreement, who: str, standing_on: StandingOn
) -> None:
    """Raises ChangedMeanwhile for what was said of the same partner and not looked at."""
    known = standing_on.seen | standing_on.overruled
    unseen = [each for each in told if each.partner == new.partner and each.said not in known]
    if unseen:
        last = unseen[-1]
        change = MeanwhileChange(
            new.partner.id, "agreement", words_of(last), words_of(new), last.by, last.at or datetime.min
        )
        over = standing_on.over(*(each.said for each in unseen))
        raise ChangedMeanwhile(*refusal([change], who), [change], over)


def words_of(each: PartnerAgreement) -> str:
    """What was agreed, in a few words.

    >>> words_of(PartnerAgreement(SourceNumber("", "F1"), "signed", date(2025, 1, 2), date(2026, 1, 2)))
    'signed on 2025-01-02 until 2026-01-02'
    """
    return f"{each.event} on {each.on}{f' until {each.until}' if each.until else ''}"


def _agreement(statement: Statement) -> PartnerAgreement:
    values = statement.values(PARTNER_AGREEMENT)
    partner, on, until = values["partner"], values["on"], values["until"]
    assert isinstance(partner, SourceNumber)
    assert isinstance(on, date)
    return PartnerAgreement(
        partner,
        str(values["event"]),
        on,
        until if isinstance(until, date) else None,
        str(values["note"] or ""),
        json.loads(str(values["scorecard"])) if values["scorecard"] else None,
        statement.id,
        statement.said_by,
        statement.said_at,
    )


def take_in(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring agreements into the snapshot; how many wait for partners whom it does not know."""
    gone = {each.takes_back for each in told if each.takes_back}
    rows = [
        _row(_agreement(each), each.seq) for each in told if each.takes_back is None and each.id not in gone
    ]
    return bring_rows(connection, {"partner_event": (rows, gone)})


def _row(each: PartnerAgreement, nth: int) -> SaidRow:
    texts = {"event": each.event, "note": each.note or None, "until": each.until}
    noon = datetime.combine(each.on, time(12))
    return SaidRow(each.said, nth, None, noon, "", texts, partner=each.partner)
