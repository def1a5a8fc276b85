"""The members that the deliveries of a load touch: their versions are derived anew, at the latest when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from data.connection import Connection
from data.load.record import derived_versions
from data.load.record.removed_lines import RemovedLines
from data.model.canonical_tables import MASTERS, DimensionTable
from data.temporary_tables import owned

REMOVED = RemovedLines(orders="order_of_removed", members="member_of_removed")


@dataclass(frozen=True, slots=True)
class TouchedMembers:
    """The codes of those who were touched since their versions were derived, in a temporary table a dimension; and
    what `removed` order lines leave behind."""

    connection: Connection
    removed: RemovedLines = REMOVED

    def table(self, table: DimensionTable) -> str:
        return f"touched_{table.name}"

    def add(self, table: DimensionTable, codes: str) -> None:
        """Those whose codes the SQL `codes` gives."""
        self.connection.execute(f"INSERT INTO {self.table(table)} {codes}")

    def add_identities(self, table: DimensionTable, identities: str) -> None:
        """Those behind the identities that the SQL `identities` gives."""
        self.add(
            table,
            f"""SELECT DISTINCT {table.code} FROM {table.name}_identity WHERE identity_key IN ({identities})""",
        )

    def derive_all(self) -> None:
        """The same for whoever was touched."""
        counts = ", ".join(f"(SELECT count(*) FROM {self.table(table)})" for table in MASTERS)
        found = self.connection.execute(f"SELECT {counts}").fetchall()[0]
        for table, count in zip(MASTERS, found, strict=True):
            if count:
                self.derive(table)

    def derive(self, table: DimensionTable, anew: bool = False) -> None:
        """Derive the versions of those who were touched since the last time."""
        connection, codes = self.connection, f"{self.table(table)}_once"
        with owned(connection, codes):
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {codes} AS SELECT DISTINCT code FROM {self.table(table)}"
            )
            if connection.execute(f"SELECT count(*) FROM {codes}").fetchall()[0][0]:
                derived_versions.derive(connection, table, codes, anew=anew)
                connection.execute(f"DELETE FROM {self.table(table)}")


@contextmanager
def touched_members(connection: Connection) -> Iterator[TouchedMembers]:
    """Nobody yet; the tables are gone with the load."""
    touched = TouchedMembers(connection)
    tables = {touched.table(table): "code INTEGER" for table in MASTERS}
    tables |= {
        touched.removed.orders: "order_key INTEGER",
        touched.removed.members: "dimension VARCHAR, identity_key INTEGER",
    }
    with owned(connection, *tables):
        for name, columns in tables.items():
            connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
        yield touched
