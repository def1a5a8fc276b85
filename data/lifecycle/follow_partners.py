"""The life cycle of partners follows what is known of them: at the end of every write, for all of them at once.

They are few. A print of all that happened is kept in `stage_basis`, as that of the subject 0, with the day on which the
clock alone changes something; where neither is other than it was, nothing is derived.
"""

from __future__ import annotations

from data.connection import Connection
from data.lifecycle import stage_history, stage_rules
from data.lifecycle.derive_stages import NEVER, derive
from data.lifecycle.partner_events import EVENTS, PartnerEvents
from data.lifecycle.stage_history import LOOKED_AT
from data.lifecycle.stage_rules import StageRules
from data.model.canonical_tables import PARTNER
from data.temporary_tables import owned

ALL = 0
HELD = (
    f"SELECT print, due, last_day FROM stage_basis WHERE subject_kind = '{PARTNER.name}' AND subject = {ALL}"
)
ANY = f"SELECT EXISTS (FROM {PARTNER.name} WHERE {PARTNER.code} > 0) OR EXISTS ({HELD})"
LOOK = f"""CREATE OR REPLACE TEMP TABLE {LOOKED_AT} AS SELECT subject::INTEGER AS code FROM {EVENTS}
UNION SELECT subject FROM stage_event WHERE subject_kind = '{PARTNER.name}'"""


def follow(connection: Connection) -> None:
    """Bring the stages of partners up to date with the tables as they now are."""
    if not connection.execute(ANY).fetchall()[0][0]:
        return
    rules, facts = stage_rules.declared(PARTNER.name), PartnerEvents.of(connection)
    if facts.as_of is None:
        return
    with owned(connection, EVENTS, LOOKED_AT):
        found = _print(facts.note(rules), rules)
        if not _is_other(connection, found, facts.as_of):
            return
        connection.execute(LOOK)
        derived = derive(rules, facts.events(), facts.as_of)
        stage_history.append(connection, rules, derived, facts.as_of)
        due = int(derived.due.min(initial=NEVER))
        connection.execute(f"DELETE FROM stage_basis WHERE subject_kind = '{PARTNER.name}'")
        connection.execute(
            "INSERT INTO stage_basis VALUES (?, ?, ?, ?, ?)", [PARTNER.name, ALL, found, due, facts.as_of]
        )


def _print(happened: int, rules: StageRules) -> int:
    return happened ^ int(rules.fingerprint, 16)


def _is_other(connection: Connection, found: int, as_of: int) -> bool:
    """Whether something happened since it was derived last, the clock reached a day of its own, or went back."""
    held = connection.execute(HELD).fetchall()
    if not held:
        ((any_,),) = connection.execute(f"SELECT count(*) FROM {EVENTS}").fetchall()
        return bool(any_)
    ((print, due, last),) = held
    return bool(print != found or due <= as_of or as_of < last)
