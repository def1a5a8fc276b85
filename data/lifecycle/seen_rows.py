"""What the last look at the facts had seen of them: where rows were only added since, no others need be read.

The engine tells which rows the transaction of a write added, and whether it did more than to add; so nothing is taken
on trust. Where it did more, or where rows of earlier writes count now that did not (a date far from all others is no
slip once more dates come near it), everything is read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.added_rows import OWN_ROWS, untouched_but_for
from data.connection import Connection
from data.model.canonical_tables import CUSTOMER
from data.model.fact_extent import Extent

SETTING = "rows seen by stages"
READ = ("customer_code", "day_key", "is_return", "arm")
VERSIONS = (CUSTOMER.key, CUSTOMER.code, "valid_from", "valid_to")
LAST = "SELECT number, published_at::VARCHAR FROM publication ORDER BY number DESC LIMIT 2"


@dataclass(frozen=True, slots=True)
class SeenRows:
    """Of each fact and of the versions of customers, how many `rows` there were, and of each fact the first and last
    day of ordinary traffic (`days`); `follows` is the publication before, by number and moment."""

    follows: list[Any] | None
    rows: Mapping[str, int]
    days: Mapping[str, list[int]]

    @classmethod
    def of(cls, connection: Connection, extents: Mapping[str, Extent]) -> SeenRows:
        """What there is now."""
        last = connection.execute(LAST).fetchall()
        tables = " UNION ALL ".join(
            f"SELECT '{name}', count(*) FROM {name}" for name in (CUSTOMER.name, *extents)
        )
        days = {name: each.ordinary for name, each in extents.items()}
        return cls(
            [*last[0]] if last else None,
            dict(connection.execute(tables).fetchall()),
            {name: [each.first, each.last] for name, each in days.items() if each},
        )

    @classmethod
    def remembered(cls, connection: Connection) -> SeenRows | None:
        """What there was when the publication before this write was made; None where that is not known."""
        found = connection.execute("SELECT value FROM setting WHERE name = ?", [SETTING]).fetchall()
        if not found:
            return None
        seen = cls(**json.loads(found[0][0]))
        before = [[*each] for each in connection.execute(LAST).fetchall()][1:]
        return seen if ([seen.follows] if seen.follows else []) == before else None

    def remember(self, connection: Connection) -> None:
        told = json.dumps({"follows": self.follows, "rows": self.rows, "days": self.days})
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [SETTING, told])

    def added(self, connection: Connection, now: SeenRows, heard: Mapping[str, str]) -> str | None:
        """SQL for the codes of those of whom rows were added since; None where more was done than to add.

        `heard` is SQL for what joins a fact and tells which of its rows count, where not all do.
        """
        found = [
            f"SELECT {CUSTOMER.code} AS code FROM {name}{heard.get(name, ' WHERE true')} AND {name}.rowid >= {OWN_ROWS}"
            for name in now.rows
        ]
        same = self.rows.keys() == now.rows.keys() and all(
            self._is_added_to(connection, name, now) for name in now.rows
        )
        return " UNION ".join(found) if same else None

    def _is_added_to(self, connection: Connection, name: str, now: SeenRows) -> bool:
        columns = VERSIONS if name == CUSTOMER.name else READ
        if untouched_but_for(connection, name, columns, self.rows[name]) is None:
            return False
        return name == CUSTOMER.name or self._same_days(connection, name, now.days.get(name))

    def _same_days(self, connection: Connection, fact: str, now: list[int] | None) -> bool:
        """Whether of the rows that were there before the same are of ordinary traffic."""
        was = self.days.get(fact)
        if was is None or was == now:
            return was == now or not self.rows[fact]
        if now is None or now[0] > was[0] or now[1] < was[1]:
            return False
        newly = "day_key BETWEEN ? AND ? AND day_key NOT BETWEEN ? AND ? LIMIT 1"
        asked = f"SELECT 1 FROM {fact} WHERE rowid < {OWN_ROWS} AND {newly}"
        return not connection.execute(asked, [*now, *was]).fetchall()
