"""What the operational store brings to the end of every write, for every process that writes to register."""

from __future__ import annotations

from functools import partial

from data.operational.statement_kinds import IDENTITY_DECISION, KINDS
from data.operational.statement_rows import derive, take_in
from data.review import identity_decisions
from data.store import extension

TAKEN_IN = {kind: derive for kind in KINDS if kind.rows} | {IDENTITY_DECISION: identity_decisions.take_in}


def register() -> None:
    """From now on, what people wrote becomes rows of the warehouse with each publication of this process."""
    extension.register_taking_in("earlier decisions", identity_decisions.bring_earlier)
    extension.register_taking_in("operational", partial(take_in, kinds=TAKEN_IN))
