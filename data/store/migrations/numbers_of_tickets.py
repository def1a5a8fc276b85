"""From release 8 to 9: a ticket names its own case, as it does where it is loaded."""

from __future__ import annotations

from data.connection import Connection
from data.model.canonical_tables import FACT


def migrate(connection: Connection) -> None:
    """Fill what was loaded as tickets; what else belongs to a case says so itself once it is loaded anew."""
    connection.execute("ALTER TABLE interaction ADD COLUMN IF NOT EXISTS case_id VARCHAR")
    connection.execute(
        """UPDATE interaction SET case_id = number
        WHERE case_id IS NULL AND batch IN (SELECT batch FROM delivery WHERE list_contains($subjects, part))""",
        {"subjects": [each.subject for each in FACT["interaction"].subjects if each.numbers == "case_id"]},
    )
