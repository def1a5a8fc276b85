"""What happened to partners, as the rules of their life cycle hear of it: read from their list and from the facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.connection import Connection
from data.history.version_exchange import BEGINNING
from data.lifecycle.derive_stages import SubjectEvents
from data.lifecycle.partner_event_words import RENEWED, SIGNED, event_sql
from data.lifecycle.stage_rules import StageRules
from data.model.canonical_tables import MAIN_FACT, PARTNER, facts_of
from data.model.fact_extent import extents_of

EVENTS = "partner_happened"
NOTICE_DAYS = 90  # before an agreement ends, its renewal is due
NAMING = tuple(fact for fact in facts_of(PARTNER) if not fact.is_derived)

# Of each partner the first day on which a list or a row names it.
KNOWN = """known AS (
    SELECT subject, min(day) AS day FROM ({named}) WHERE subject > 0 GROUP BY subject)"""
LISTED = f"""SELECT {PARTNER.code} AS subject, (valid_from::DATE - DATE '1970-01-01')::INTEGER AS day
FROM {PARTNER.name} WHERE valid_from < valid_to AND valid_from > {BEGINNING}"""
# What the list of partners says that they are, from the day on which it says so first.
BY_LIST = f"""SELECT subject, CASE WHEN valid_from > {BEGINNING} THEN (valid_from::DATE - DATE '1970-01-01')::INTEGER
        ELSE known.day END AS day, {event_sql("partner_stage")} AS kind
FROM {PARTNER.name} JOIN known ON subject = {PARTNER.code} WHERE valid_from < valid_to"""
AGREED = f"""SELECT {PARTNER.code} AS subject, day_key AS day, {event_sql("event")} AS kind,
    (until - DATE '1970-01-01')::INTEGER AS until FROM partner_event WHERE {PARTNER.code} > 0"""
# A renewal is due before an agreement ends, unless another one took its place by then.
DUE = f"""SELECT a.subject, greatest(a.until - {NOTICE_DAYS}, a.day) AS day, 'renewal due' AS kind FROM agreed AS a
WHERE a.kind IN ('{SIGNED}', '{RENEWED}') AND a.until >= a.day AND NOT EXISTS (
    FROM agreed AS b WHERE b.subject = a.subject AND b.kind IN ('{SIGNED}', '{RENEWED}')
        AND b.day > a.day AND b.day < greatest(a.until - {NOTICE_DAYS}, a.day))"""
ORDERED = f"SELECT DISTINCT {PARTNER.code} AS subject, day_key AS day, 'order' AS kind FROM lead_time"


@dataclass(frozen=True, slots=True)
class PartnerEvents:
    """The facts of one write; `as_of` is the last day that they tell of, None where nothing happened."""

    connection: Connection
    as_of: int | None

    @classmethod
    def of(cls, connection: Connection) -> PartnerEvents:
        names = [MAIN_FACT.name, *(fact.name for fact in NAMING if fact is not MAIN_FACT)]
        extents = extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), names)
        last = [each.ordinary.last for each in extents.values() if each.ordinary]
        main = extents[MAIN_FACT.name].ordinary
        return cls(connection, main.last if main else max(last, default=None))

    def note(self, rules: StageRules) -> int:
        """`partner_happened` (subject, day, kind by its place in the rules); a print of all of it."""
        places = " ".join(f"WHEN '{kind}' THEN {at}" for at, kind in enumerate(rules.events))
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {EVENTS} AS WITH {KNOWN.format(named=_named())}, agreed AS ({AGREED}),
            told AS (
                SELECT subject, day, 'known' AS kind FROM known
                UNION SELECT subject, day, kind FROM ({BY_LIST})
                UNION SELECT subject, day, kind FROM agreed
                UNION ({DUE}) UNION ({ORDERED}) UNION ({_sold()})
            )
            SELECT DISTINCT subject, day, CASE kind {places} END AS kind FROM told
            WHERE subject > 0 AND kind IS NOT NULL AND kind <> 'suspended'"""
        )
        ((print,),) = self.connection.execute(
            f"SELECT coalesce(bit_xor(hash({EVENTS})), 0) FROM {EVENTS}"
        ).fetchall()
        return int(print)

    def events(self) -> SubjectEvents:
        found = self.connection.execute(f"FROM {EVENTS}").fetchnumpy()
        return SubjectEvents(*(found[each].astype(np.int64) for each in ("subject", "day", "kind")))


def _named() -> str:
    named = [f"SELECT subject, day FROM ({LISTED})", f"SELECT subject, day FROM ({_sold()})"]
    named += [
        f"SELECT {PARTNER.code}, min(day_key) FROM {fact.name} GROUP BY ALL"
        for fact in NAMING
        if fact.is_coded(PARTNER)
    ]
    return " UNION ALL ".join(named)


def _sold() -> str:
    """SQL for the days on which goods of a partner were sold, or a partner sold any."""
    days = " UNION ".join(
        f"SELECT {key} AS key, day_key AS day FROM {MAIN_FACT.name} WHERE {key} > 0 AND NOT is_return"
        for key in ("partner_key", "seller_key")
    )
    of_members = f"({days}) JOIN {PARTNER.name} ON {PARTNER.key} = key"
    return f"SELECT DISTINCT {PARTNER.code} AS subject, day, 'sold' AS kind FROM {of_members}"
