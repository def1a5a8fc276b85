"""The life cycle of customers follows the facts: at the end of every write, for those alone whom it touched.

Who is touched is told by prints of all that the rules hear of, and by no promise: a load, one undone, a merge of
customers, an erasure, going back. Where the engine knows of nothing but added rows, prints are made of those alone who
have any. Who is due by the clock alone, or moved on a day that the facts no longer reach, is looked at as well;
everybody is where the rules are others.
"""

from __future__ import annotations

from data.connection import Connection
from data.lifecycle import stage_entries, stage_history, stage_rules
from data.lifecycle.customer_events import PRINT, CustomerEvents
from data.lifecycle.derive_stages import NEVER, DerivedStages, derive
from data.lifecycle.seen_rows import SeenRows
from data.lifecycle.stage_changes import StageChange, change_of
from data.lifecycle.stage_history import LOOKED_AT, StageRun
from data.lifecycle.stage_rules import StageRules
from data.model.calendar import day_key
from data.model.canonical_tables import CUSTOMER
from data.temporary_tables import owned

NO_DAY = -(2**31) + 1
DUE, NEAR = "stage_due", "stage_near"


def follow(connection: Connection) -> StageChange | None:
    """Bring the history of stages up to date with the tables as they now are; None where nothing asks for it."""
    rules, facts = stage_rules.declared(CUSTOMER.name), CustomerEvents.of(connection)
    last = _last_run(connection)
    as_of = facts.as_of if facts.as_of is not None or last is None else day_key(last.as_of)
    if as_of is None:
        return None
    with owned(connection, PRINT, LOOKED_AT, NEAR):
        anew = last is None or last.rules != rules.fingerprint
        _note(connection, rules, facts, as_of, anew)
        _look(connection, as_of, anew)
        found = connection.execute(f"SELECT count(*) FROM {LOOKED_AT}").fetchall()[0][0]
        if not found:
            return None
        run = _derive(connection, rules, facts, as_of)
        return change_of(connection, CUSTOMER.name, run, last)


def _note(connection: Connection, rules: StageRules, facts: CustomerEvents, as_of: int, anew: bool) -> None:
    """`stage_print`, and `stage_near` (code): of whom there is one, and whose stages alone may be others than held."""
    now, before = SeenRows.of(connection, facts.extents), SeenRows.remembered(connection)
    added = before.added(connection, now, facts.heard(rules)) if before and not anew else None
    now.remember(connection)
    if added is None:
        facts.note(rules)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {NEAR} AS SELECT subject AS code FROM {PRINT}"
            f" UNION SELECT subject FROM stage_basis WHERE subject_kind = '{CUSTOMER.name}'"
        )
        return
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {NEAR} AS {added} UNION SELECT subject FROM stage_basis
        WHERE subject_kind = '{CUSTOMER.name}' AND (due <= $as_of OR last_day > $as_of)""",
        {"as_of": as_of},
    )
    facts.note(rules, NEAR)


def _last_run(connection: Connection) -> StageRun | None:
    found = stage_history.runs(lambda sql, values: connection.execute(sql, values).fetchall(), CUSTOMER.name)
    return found[-1] if found else None


def _look(connection: Connection, as_of: int, anew: bool) -> None:
    """`stage_looked_at` (code): whose stages may be others than those held."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {LOOKED_AT} AS SELECT code FROM {NEAR}
        LEFT JOIN (SELECT subject AS code, print FROM {PRINT}) AS now USING (code)
        LEFT JOIN (SELECT subject AS code, print, due, last_day FROM stage_basis
            WHERE subject_kind = '{CUSTOMER.name}') AS held USING (code)
        WHERE code > 0 AND ($anew OR now.print IS DISTINCT FROM held.print OR due <= $as_of OR last_day > $as_of)""",
        {"anew": anew, "as_of": as_of},
    )


def _derive(connection: Connection, rules: StageRules, facts: CustomerEvents, as_of: int) -> StageRun:
    derived = derive(rules, facts.events(rules, LOOKED_AT), as_of)
    run = stage_history.append(connection, rules, derived, as_of)
    _note_basis(connection, derived)
    stage_entries.name_stages(connection, rules)
    stage_entries.book(connection, LOOKED_AT, as_of)
    return run


def _note_basis(connection: Connection, derived: DerivedStages) -> None:
    """Keep from what the stages of those looked at follow, and on which day they have to be looked at again."""
    with owned(connection, DUE):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {DUE} AS
            SELECT unnest(?::INTEGER[]) AS subject, unnest(?::INTEGER[]) AS due""",
            [derived.subjects, derived.due],
        )
        connection.execute(
            f"DELETE FROM stage_basis WHERE subject_kind = '{CUSTOMER.name}'"
            f" AND subject IN (SELECT code FROM {LOOKED_AT})"
        )
        connection.execute(
            f"""INSERT INTO stage_basis SELECT '{CUSTOMER.name}', subject, print, coalesce(due, {NEVER}),
                coalesce(last_day, {NO_DAY}) FROM {PRINT} LEFT JOIN {DUE} USING (subject)
            LEFT JOIN (SELECT subject, max(day_key) AS last_day FROM ({stage_history.current(CUSTOMER.name, LOOKED_AT)})
                GROUP BY subject) USING (subject)
            WHERE subject IN (SELECT code FROM {LOOKED_AT}) ORDER BY subject"""
        )
