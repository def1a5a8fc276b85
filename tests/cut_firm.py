"""A warehouse that physically holds only the rows that a policy allows: cut out of a copy, by SQL of its own.

It shares nothing with the views of `data.access.allowed_rows`, whose docstring it was written from.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import duckdb

from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.model.canonical_tables import DIMENSIONS, FACTS, DimensionTable
from data.operational import operational_store
from data.store.warehouse import Warehouse

OPEN = ("stage",)
# What tells of files and of what the whole firm did.
OF_THE_FIRM = (
    "decision",
    "delivery",
    "dismissal",
    "erased",
    "left_empty",
    "match",
    "quality",
    "rejected",
    "waiting",
)
FOLLOWING = ("kept_customer", "service_request", "customer_score", "stage_entry")


def cut_firm(path: Path, policy: Policy, to: Path) -> Warehouse:
    """The warehouse at `path` as `policy` leaves it, written to the file `to`."""
    for each in (path, operational_store.place(path)):
        if each.exists():
            shutil.copyfile(each, to.with_name(each.name.replace(path.name, to.name, 1)))
    with closing(duckdb.connect(str(to))) as connection:
        _Cutting(connection, policy).cut()
    return Warehouse(to)


class _Cutting:
    def __init__(self, connection: duckdb.DuckDBPyConnection, policy: Policy) -> None:
        self.connection, self.policy = connection, policy
        self.rows("PRAGMA disable_optimizer")  # of few rows, to better the plans takes longer than they do
        self.columns = set(self.rows("SELECT table_name, column_name FROM duckdb_columns()"))
        self.attributes = self.rows("SELECT name, dimension FROM attribute")
        self.facts = [fact for fact in FACTS if self.has(fact.name)]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()

    def has(self, table: str, column: str = "") -> bool:
        """Whether there is such a column, or table."""
        return (table, column) in self.columns or (
            not column and any(table == each for each, _ in self.columns)
        )

    def cut(self) -> None:
        self.rows("DROP SCHEMA IF EXISTS rollup CASCADE")
        cuts: dict[str, list[RowCut]] = {}
        for cut in self.policy.rows:
            (table,) = (each for each in DIMENSIONS if cut.level in (each.leaf, *self._levels(each)))
            cuts.setdefault(table.name, []).append(cut)
        for name, own in cuts.items():
            self._mark(next(each for each in DIMENSIONS if each.name == name), own)
        for fact in self.facts:
            if set(cuts) <= {each.name for each in fact.dimensions}:
                for name in cuts:
                    self.rows(
                        f"DELETE FROM {fact.name} USING gone_{name} AS gone WHERE {name}_key = gone.key"
                    )
            else:
                self.rows(f"DELETE FROM {fact.name}")
        if cuts:
            self._without_what_followed(set(cuts))
        for table in DIMENSIONS:
            if table.name not in OPEN and cuts:
                self._members(table, cuts)
        if cuts:
            for name in OF_THE_FIRM:
                self.rows(f"DELETE FROM {name}")
            self._orders()
            self._purchases()
        self._masked()

    def _levels(self, table: DimensionTable) -> list[str]:
        own = [name for name, dimension in self.attributes if dimension == table.name]
        found = dict.fromkeys(str(each) for each in (*table.descriptors, *table.derived_levels, *own))
        return [each for each in found if self.has(table.name, each)]

    def _mark(self, table: DimensionTable, cuts: Iterable[RowCut]) -> None:
        """`gone_<dimension>`: the keys of the versions outside of the cuts."""
        conditions = []
        for cut in cuts:
            names = ", ".join("'" + each.replace("'", "''") + "'" for each in cut.members)
            meant = (
                f"SELECT code FROM member WHERE level = '{cut.level}' AND (id IN ({names})"
                f" OR lower(label) IN (SELECT lower(unnest([{names}]))))"
            )
            code = f"{table.name}_code" if cut.level == table.leaf else f"{cut.level}_code"
            conditions.append(f"{code} {'' if cut.exclude else 'NOT '}IN ({meant})")
        self.rows(
            f"CREATE TEMP TABLE gone_{table.name} AS SELECT {table.name}_key AS key FROM {table.name}"
            f" WHERE {' OR '.join(conditions)}"
        )

    def _members(self, table: DimensionTable, cuts: dict[str, list[RowCut]]) -> None:
        """Members without a row, or without a version within the cuts, go; other versions of theirs tell nothing."""
        name, code, key = table.name, f"{table.name}_code", f"{table.name}_key"
        if name in cuts:
            self.rows(
                f"DELETE FROM {name} WHERE {code} NOT IN (SELECT {code} FROM {name} WHERE {key} NOT IN"
                f" (SELECT key FROM gone_{name}))"
            )
            for level in self._levels(table):
                self.rows(
                    f"UPDATE {name} SET {level} = '(unknown)', {level}_code = 0 FROM gone_{name} AS gone"
                    f" WHERE {key} = gone.key"
                )
        if set(cuts) - {name}:
            pointing = [fact.name for fact in self.facts if table in fact.dimensions]
            shown = " UNION ALL ".join(f"SELECT {key} FROM {fact}" for fact in pointing)
            self.rows(
                f"DELETE FROM {name} WHERE {code} NOT IN (SELECT {code} FROM {name} WHERE {key} IN ({shown}))"
            )
        for level in (table.leaf, *self._levels(table)):
            if level:
                own = code if level == table.leaf else f"{level}_code"
                self.rows(
                    f"DELETE FROM member WHERE level = '{level}' AND code NOT IN (SELECT {own} FROM {name})"
                )
        if self.has(f"{name}_identity"):
            self.rows(f"DELETE FROM {name}_identity WHERE {code} NOT IN (SELECT {code} FROM {name})")
            self.rows(
                f"DELETE FROM {name}_record WHERE identity_key NOT IN (SELECT identity_key FROM {name}_identity)"
            )

    def _orders(self) -> None:
        """Orders without a line go; one that lost the line that stood for it has another stand for it."""
        self.rows("DELETE FROM sales_order WHERE order_key NOT IN (SELECT order_key FROM sale)")
        self.rows(
            """UPDATE sale SET is_order = true FROM (
                SELECT arg_min(rowid, (batch, row_in_source)) AS lead FROM sale WHERE NOT is_return GROUP BY order_key
                HAVING NOT bool_or(is_order)) AS headless WHERE sale.rowid = headless.lead"""
        )

    def _without_what_followed(self, cut: set[str]) -> None:
        """What was found out of rows that are gone goes as well."""
        half = (
            "SELECT customer_code FROM customer WHERE customer_key IN (SELECT key FROM gone_customer) INTERSECT"
            " SELECT customer_code FROM customer WHERE customer_key NOT IN (SELECT key FROM gone_customer)"
        )
        for fact in self.facts:
            if fact.name in FOLLOWING:
                of = "" if cut != {"customer"} else f" WHERE customer_code IN ({half})"
                self.rows(f"DELETE FROM {fact.name}{of}")
        if cut != {"partner"}:
            self.rows("DELETE FROM stage_event WHERE subject_kind = 'partner'")
        if self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'segmentation'"):
            self.rows("UPDATE segmentation SET frame = 'of customers whom you may not all see', recipe = ''")
        self.rows(
            "UPDATE scoring SET customers = (SELECT count(*) FROM customer_score"
            " WHERE customer_score.number = scoring.scoring::VARCHAR)"
        )

    def _purchases(self) -> None:
        """The place of each order among those of its customer that are left."""
        orders = self.rows(
            "SELECT rowid, customer_code, day_key, nth FROM purchase ORDER BY customer_code, nth"
        )
        last: tuple[object, int, int] = (None, 0, 0)
        places = list[str]()
        for row, customer, day, _ in orders:
            nth = last[1] + 1 if customer == last[0] else 1
            since = "NULL" if nth == 1 else str(int(str(day)) - last[2])
            places.append(f"({row}, {nth}, {since}::INTEGER)")
            last = (customer, nth, int(str(day)))
        if places:
            self.rows(
                f"UPDATE purchase SET nth = told.nth, days_since = told.since FROM (VALUES {', '.join(places)})"
                " AS told(row, nth, since) WHERE purchase.rowid = told.row"
            )

    def _masked(self) -> None:
        for each in self.policy.masked:
            table, column = each.split(".")
            for name in (table, f"{table}_record"):
                if self.has(name, column):
                    told = "id" if column == "name" and name == table else "NULL"
                    self.rows(f"UPDATE {name} SET {column} = {told}")
            if column == "name":
                self.rows(f"UPDATE member SET label = id WHERE level = '{table}' AND code <> 0")
