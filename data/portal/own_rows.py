"""What the warehouse holds of the one customer or partner of a link: the only way by which the portal reads rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from data.model.canonical_tables import CUSTOMER, PARTNER, DimensionTable
from data.operational.statement_kinds import SourceNumber
from data.people.portal_links import PortalLink
from data.store.warehouse import Warehouse

TABLES: dict[str, DimensionTable] = {CUSTOMER.name: CUSTOMER, PARTNER.name: PARTNER}
CODE = """SELECT {name}_code FROM {name}_identity AS i WHERE numbering = ? AND id = ? AND {name}_code > 0
AND NOT EXISTS (FROM erased WHERE dimension = '{name}' AND erased.identity_key = i.identity_key)"""
NUMBERS = "SELECT numbering, id FROM {name}_identity WHERE {name}_code = $1"
SHOWN = """SELECT id, arg_max(name, valid_to) AS name FROM {name} WHERE {name}_code = $1
GROUP BY id ORDER BY max(valid_to) DESC LIMIT 1"""
BOUND = re.compile(r"\b(customer|partner)_code = \$1(?!\d)")


@dataclass(frozen=True, slots=True)
class OwnRows:
    """A snapshot as it is read for the member (`code`) of a link, by what all its sources call them."""

    warehouse: Warehouse
    link: PortalLink
    code: int

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of SQL that is bound to the member by `customer_code = $1` or `partner_code = $1`; `values` are $2 ...

        Errors: ValueError where it is not, which no page of the portal asks.
        """
        bound = {each[1] for each in BOUND.finditer(sql)}
        if bound != {self.link.kind}:
            raise ValueError(f"what is asked for a {self.link.kind} is not bound to it")
        return self.warehouse.rows(sql, [self.code, *values])

    @property
    def numbers(self) -> frozenset[SourceNumber]:
        """All numbers of the member in the sources."""
        return frozenset(
            SourceNumber(*each) for each in self.ask(NUMBERS.format(name=TABLES[self.link.kind].name))
        )

    @property
    def shown_as(self) -> tuple[str, str]:
        """The number by which cubes show the member, and its name."""
        found = self.ask(SHOWN.format(name=TABLES[self.link.kind].name))
        return (str(found[0][0]), str(found[0][1])) if found else ("", "")


def own_rows(warehouse: Warehouse, link: PortalLink) -> OwnRows | None:
    """None where the snapshot does not know the member, or not any longer: they were forgotten."""
    found = warehouse.rows(CODE.format(name=TABLES[link.kind].name), [*link.member])
    return OwnRows(warehouse, link, int(found[0][0])) if found else None
