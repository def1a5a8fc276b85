"""What happened to customers, as the rules of their life cycle hear of it: read from the facts and from their versions.

A row of a fact counts on the days of its ordinary traffic alone: a date years away from all others is a slip.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.connection import Connection
from data.errors import BadInput, did_you_mean
from data.history.version_exchange import BEGINNING
from data.lifecycle.derive_stages import SubjectEvents
from data.lifecycle.stage_rules import StageRules
from data.model.canonical_tables import CUSTOMER, MAIN_FACT, facts_of
from data.model.fact_extent import Extent, extents_of

CONTACT = "contact"
KNOWN, CONTACTED, PURCHASE = "known", "contact", "purchase"
# The fact that tells of a kind of event, which of its rows do, and what of them does.
TOLD_BY = {
    PURCHASE: (MAIN_FACT.name, "NOT is_return", "is_return"),
    CONTACTED: (CONTACT, "lower(arm) = 'treated'", "lower(arm)"),
}
PRINT = "stage_print"


@dataclass(frozen=True, slots=True)
class CustomerEvents:
    """The facts of one write: `extents` of those that name customers, `as_of` the last day that they tell of."""

    connection: Connection
    extents: dict[str, Extent]

    @classmethod
    def of(cls, connection: Connection) -> CustomerEvents:
        names = [fact.name for fact in facts_of(CUSTOMER) if not fact.is_derived]
        return cls(
            connection, extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), names)
        )

    @property
    def as_of(self) -> int | None:
        """The last day of ordinary traffic, of order lines if there are any; None where nothing happened at all."""
        main = self.extents[MAIN_FACT.name].ordinary
        others = [each.ordinary.last for each in self.extents.values() if each.ordinary]
        return main.last if main else max(others, default=None)

    def note(self, rules: StageRules, touched: str = "") -> None:
        """`stage_print`: of each customer the first day known, and a print of all that the rules can hear of.

        Of those alone whose codes the table `touched` holds, if one is named.
        """
        told = {name: f"sum(hash(day_key, {heard}))" for name, _, heard in TOLD_BY.values()}
        within = f"AND customer_code IN (SELECT code FROM {touched})" if touched else ""
        heard = self.heard(rules)
        seen = [
            f"SELECT customer_code AS subject, min(day_key) AS known_day, {told.get(name, '0')} AS print"
            f" FROM {name}{heard.get(name, ' WHERE true')} AND {self._ordinary(name)} {within} GROUP BY customer_code"
            for name, extent in self.extents.items()
            if extent.ordinary
        ]
        seen.append(
            f"""SELECT customer_code AS subject,
                min(valid_from::DATE - DATE '1970-01-01') FILTER (valid_from > {BEGINNING}) AS known_day,
                sum(hash(customer_key, valid_from)) AS print
            FROM customer WHERE valid_from < valid_to {within} GROUP BY customer_code"""
        )
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {PRINT} AS
            SELECT subject, min(known_day)::INTEGER AS known_day, hash(min(known_day), sum(print)) AS print
            FROM ({" UNION ALL ".join(seen)}) WHERE subject > 0 GROUP BY subject"""
        )

    def heard(self, rules: StageRules) -> dict[str, str]:
        """SQL for what joins a fact and tells which of its rows count, where not all do: once a customer purchased,
        contacts of later days tell nothing that the rules hear of."""
        main, condition, _ = TOLD_BY[PURCHASE]
        if not self.extents[main].ordinary or rules.is_heard_after(CONTACTED, PURCHASE):
            return {}
        first = f"SELECT customer_code, min(day_key) AS bought FROM {main} WHERE {condition} AND {self._ordinary(main)}"
        joined = f" LEFT JOIN ({first} GROUP BY customer_code) USING (customer_code)"
        return {CONTACT: f"{joined} WHERE coalesce(day_key <= bought, true)"}

    def events(self, rules: StageRules, touched: str) -> SubjectEvents:
        """What happened to the customers whose codes the table `touched` holds."""
        for kind in rules.events:
            if kind not in (KNOWN, *TOLD_BY):
                raise BadInput(f"Nothing tells when {kind!r} happens.", did_you_mean(kind, (KNOWN, *TOLD_BY)))
        known = f"SELECT subject, known_day AS day, {{}} AS kind FROM {PRINT} WHERE known_day IS NOT NULL"
        parts = [
            f"{self._of(kind, at) if kind in TOLD_BY else known.format(at)} AND subject IN (FROM {touched})"
            for at, kind in enumerate(rules.events)
            if kind == KNOWN or self.extents[TOLD_BY[kind][0]].ordinary
        ]
        found = self.connection.execute(" UNION ALL ".join(parts)).fetchnumpy()
        return SubjectEvents(found["subject"], found["day"], found["kind"])

    def _of(self, kind: str, at: int) -> str:
        fact, condition, _ = TOLD_BY[kind]
        return (
            f"SELECT DISTINCT customer_code AS subject, day_key AS day, {at} AS kind FROM {fact}"
            f" WHERE {condition} AND {self._ordinary(fact)}"
        )

    def _ordinary(self, fact: str) -> str:
        days = self.extents[fact].ordinary
        return f"day_key BETWEEN {days.first} AND {days.last}" if days else "false"
