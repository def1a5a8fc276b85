"""The rows that a policy leaves of a warehouse: a view before each table, which shows them alone.

Rows of a fact are shown that point at versions of members which meet the policy's cuts, and so as members were at the
time of each row; a fact without the dimension of a cut shows none. A member is shown who meets the cuts on its own
dimension, and to whom a shown row points where other dimensions are cut; what a member was outside of the cuts reads
(unknown). What follows from other rows of a customer is shown where all of these are: of nobody where other dimensions
than customers are cut, and not of those whom the cuts leave in part; only the places of purchases are counted anew.
An order to a supplier as it came stands for the one row that tells it, and is shown with that.
Tables that nothing here names show nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.errors import BadInput, did_you_mean
from data.model.canonical_tables import (
    CUSTOMER,
    DIMENSIONS,
    FACT,
    FACTS,
    MAIN_FACT,
    MASTERS,
    PARTNER,
    UNKNOWN,
    DimensionTable,
    FactTable,
)

Rows = Callable[..., list[tuple[Any, ...]]]

# What tells nothing of any member.
OPEN = frozenset([
    "attribute", "time", "stage", "rate", "batch", "export", "described", "reading", "undone",
])  # fmt: skip
# What holds a member by a number of its own: the column, and the dimension's name.
BY_MEMBER = {
    "audience_member": ("identity_key", "customer"),
    "campaign_removal": ("identity_key", "customer"),
}
# What counts or tells of the whole firm: the columns that read as nothing.
BLANKED = {
    "publication": ("lines", "revenue"),
    "audience_said": ("counted",),
    "audience_written": ("customers",),
    "stage_run": ("touched", "changed"),
}
# The settings that are shown: others tell of files, count the firm's rows, or are what hashes are salted with.
OPEN_SETTINGS = (
    "schema", "declared", "warehouse_id", "firm", "currency", "time_zone", "fiscal_start", "week_start", "left_empty",
    "orders_are_whole",
)  # fmt: skip
# What is narrowed to what hangs on members and rows that are shown, or tells nothing of them.
NARROWED = frozenset(
    ["member", "sales_order", "scoring", "segmentation", "setting", "stage_basis", "stage_event"]
)
# What is shown to those alone whom no cut limits.
WHOLE_FIRM = frozenset([
    "audience_trouble", "campaign_export", "decision", "delivery", "dismissal", "erased",
    "left_empty", "match", "privacy", "quality", "rejected", "removed", "superseded", "target_said", "waiting",
])  # fmt: skip
OF_OTHERS = "of customers whom you may not all see"
# Orders of a customer, and their places among those that are shown.
PURCHASE = "purchase"
# What follows from others, and yet each row of it stands for one that is shown or not by the same members.
OF_ONE_ROW = frozenset([PURCHASE, "supply_order"])
PLACES = "(row_number() OVER own)::DECIMAL(18,4) AS nth, (day_key - lag(day_key) OVER own)::DECIMAL(18,4) AS days_since"
# Texts in which sources say what they like.
RAW = frozenset(["rejected", "left_empty"])


@dataclass(frozen=True)
class AllowedRows:
    """How a warehouse is seen: `kept` are tables of keys to make once, with the values of their SQL; `views` the SQL of
    each view by the table that it stands before; `codes` the codes of each cut's members."""

    kept: tuple[tuple[str, str, tuple[Any, ...]], ...] = ()
    views: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[RowCut, tuple[int, ...]] = field(default_factory=dict)


def allowed_rows(rows: Rows, policy: Policy, tables: Mapping[str, Collection[str]]) -> AllowedRows:
    """What the policy leaves of the warehouse that `rows` reads, whose `tables` have these columns.

    Errors: BadInput for a cut on what is no level, and a masked column that there is not.
    """
    if policy.is_unlimited:
        return AllowedRows()
    return _Views(rows, policy, tables).made()


class _Views:
    def __init__(self, rows: Rows, policy: Policy, tables: Mapping[str, Collection[str]]) -> None:
        self.policy, self.tables = policy, tables
        self.attributes: dict[str, str] = dict(rows("SELECT name, dimension FROM attribute"))
        self.home = f"memory.main.allowed_{policy.print}_"
        self.cuts: dict[str, list[RowCut]] = {}
        for cut in policy.rows:
            self.cuts.setdefault(self._dimension(cut.level).name, []).append(cut)
        self.codes = {cut: _codes(rows, cut) for cut in policy.rows}
        self.masked = self._masked()
        self.kept: list[tuple[str, str, tuple[Any, ...]]] = []

    def made(self) -> AllowedRows:
        views: dict[str, str] = {}
        if self.policy.rows:
            views |= dict(self._blank())
            self._keep_keys()
            if CUSTOMER.name in self.cuts:
                self._keep_in_part()
            self._keep_leads()
            views |= dict(self._facts()) | dict(self._members())
            self._keep_levels()
            views |= dict(self._beside()) | dict(self._found())
        for table, columns in self.masked.items():
            views[table] = self._hiding(
                table, columns, views.get(table, f"SELECT * FROM snapshot.main.{table}")
            )
        shown = OPEN if self.policy.rows else set(self.tables) - (RAW if self.masked else set())
        for table in self.tables:
            if table not in views and table not in shown:
                views[table] = f"SELECT * FROM snapshot.main.{table} WHERE false"
        return AllowedRows(tuple(self.kept), views, self.codes)

    def _dimension(self, level: str) -> DimensionTable:
        """The dimension that a level stands in. Errors: BadInput."""
        for table in DIMENSIONS:
            levels = {*table.descriptors, *table.derived_levels, table.leaf}
            if level in levels or self.attributes.get(level) == table.name:
                return table
        known = [each for table in MASTERS for each in (*table.descriptors, table.leaf or "")]
        raise BadInput(
            f"The policies cut rows by {level!r}, which is no level that rows are cut by.",
            did_you_mean(level, [*known, *self.attributes]),
        )

    def _masked(self) -> dict[str, set[str]]:
        """The masked columns of each table. Errors: BadInput."""
        found: dict[str, set[str]] = {}
        for each in sorted(self.policy.masked):
            table, column = each.split(".")
            own = [name for name in (table, f"{table}_record") if column in self.tables.get(name, ())]
            levels = {level for dimension in DIMENSIONS for level in dimension.descriptors} | set(
                self.attributes
            )
            if not own or column in levels or column.endswith(("_key", "_code", "_hash")) or column == "id":
                raise BadInput(
                    f"The policies mask {each!r}, which is no column that can be masked.",
                    "Try customer.name, customer.street, customer.postcode, customer.email, customer.phone,"
                    " interaction.note or proposal.text; levels are kept from somebody by rows.",
                )
            for name in own:
                found.setdefault(name, set()).add(column)
            if column == "name" and table in self.tables:
                found.setdefault("member", set()).add(table)
        return found

    def _hiding(self, table: str, columns: set[str], shown: str) -> str:
        """The same rows without what is masked: names read as the member's id."""
        if table == "member":
            leaves = ", ".join(f"'{each}'" for each in sorted(columns))
            told = f"CASE WHEN level IN ({leaves}) AND code <> 0 THEN id ELSE label END AS label"
        else:
            told = ", ".join(
                f"id AS {each}"
                if each == "name" and "id" in self.tables[table]
                else f"CASE WHEN false THEN {each} END AS {each}"  # nothing, of its type
                for each in sorted(columns)
            )
        return f"SELECT * REPLACE ({told}) FROM ({shown})"

    def _blank(self) -> Iterator[tuple[str, str]]:
        open_ones = ", ".join(f"'{each}'" for each in OPEN_SETTINGS)
        yield "setting", f"SELECT * FROM snapshot.main.setting WHERE name IN ({open_ones})"
        for table, columns in BLANKED.items():
            if table in self.tables:
                none = ", ".join(f"0 AS {each}" for each in columns)
                yield table, f"SELECT * REPLACE ({none}) FROM snapshot.main.{table}"

    def _keep(self, name: str, sql: str, values: Sequence[Any] = ()) -> None:
        self.kept.append((f"{self.home}{name}", sql, tuple(values)))

    def _keep_keys(self) -> None:
        """The keys of the versions that meet the cuts, of each dimension that is cut."""
        for name, cuts in self.cuts.items():
            table = next(each for each in DIMENSIONS if each.name == name)
            met = " AND ".join(
                f"{_code(table, cut.level)} {'NOT ' if cut.exclude else ''}IN (SELECT unnest(?::INTEGER[]))"
                for cut in cuts
            )
            self._keep(
                f"{name}_key",
                f"SELECT {table.key}, {table.code} FROM snapshot.main.{name} WHERE {met}",
                [list(self.codes[cut]) for cut in cuts],
            )

    def _shown(self, fact: FactTable) -> str:
        """The condition that rows of a fact meet."""
        held = {table.name: table for table in fact.dimensions}
        if not self.cuts.keys() <= held.keys():
            return "false"
        keys = (held[name].key for name in self.cuts)
        shown = [f"{key} IN (SELECT {key} FROM {self.home}{key.removesuffix('_key')}_key)" for key in keys]
        if fact.is_derived and fact.name not in OF_ONE_ROW:
            if self.cuts.keys() != {CUSTOMER.name}:
                return "false"
            shown.append(f"customer_code NOT IN (SELECT customer_code FROM {self.home}in_part)")
        return " AND ".join(shown)

    def _facts(self) -> Iterator[tuple[str, str]]:
        for fact in FACTS:
            if fact.name in self.tables:
                yield fact.name, self._rows_of(fact)

    def _rows_of(self, fact: FactTable) -> str:
        """SQL for the rows of a fact that are shown; an order that lost its line has another stand for it."""
        shown = f"FROM snapshot.main.{fact.name} WHERE {self._shown(fact)}"
        if fact.name == PURCHASE:
            return (
                f"SELECT * REPLACE ({PLACES}) {shown} WINDOW own AS (PARTITION BY customer_code ORDER BY nth)"
            )
        if fact.orders:
            return f"SELECT * REPLACE (is_order OR rowid IN (SELECT lead FROM {self.home}lead) AS is_order) {shown}"
        return f"SELECT * {shown}"

    def _keep_leads(self) -> None:
        """The lines that stand for orders whose own such line is not shown."""
        shown = self._shown(MAIN_FACT)
        if shown != "false":
            lost = f"SELECT order_key FROM snapshot.main.sale WHERE is_order AND NOT ({shown})"
            found = f"FROM snapshot.main.sale WHERE NOT is_return AND {shown} AND order_key IN ({lost})"
            least = f"SELECT arg_min(rowid, (batch, row_in_source)) AS lead {found} GROUP BY order_key"
        self._keep("lead", "SELECT NULL::BIGINT AS lead WHERE false" if shown == "false" else least)

    def _keep_in_part(self) -> None:
        """Customers of whom some versions meet the cuts and some do not."""
        within = f"customer_key IN (SELECT customer_key FROM {self.home}customer_key)"
        self._keep(
            "in_part",
            f"SELECT customer_code FROM snapshot.main.customer WHERE NOT {within} AND customer_code IN"
            f" (SELECT customer_code FROM {self.home}customer_key)",
        )

    def _members(self) -> Iterator[tuple[str, str]]:
        for table in DIMENSIONS:
            if table.name not in self.tables or table.name in OPEN:
                continue
            seen = f"{self.home}{table.name}"
            self._keep(table.name, self._seen(table))
            yield table.name, self._described(table, seen)
            identity, record = f"{table.name}_identity", f"{table.name}_record"
            if identity in self.tables:
                among = f"{table.code} IN (SELECT {table.code} FROM {seen})"
                yield identity, f"SELECT * FROM snapshot.main.{identity} WHERE {among}"
                yield (
                    record,
                    (
                        f"SELECT * FROM snapshot.main.{record} WHERE identity_key IN (SELECT identity_key"
                        f" FROM snapshot.main.{identity} WHERE {among}){self._said_within(table, record)}"
                    ),
                )

    def _seen(self, table: DimensionTable) -> str:
        """SQL for the codes of the members that are shown."""
        others = self.cuts.keys() - {table.name}
        pointed = " UNION ".join(
            f"SELECT {table.key} FROM snapshot.main.{fact.name} WHERE {self._shown(fact)}"
            for fact in FACTS
            if table in fact.dimensions and fact.name in self.tables and self._shown(fact) != "false"
        )
        own = f"SELECT DISTINCT {table.code} FROM {self.home}{table.name}_key"
        if not others:
            return own
        if not pointed:
            return f"SELECT {table.code} FROM snapshot.main.{table.name} WHERE false"
        found = f"SELECT DISTINCT {table.code} FROM snapshot.main.{table.name} JOIN ({pointed}) USING ({table.key})"
        return f"{found} WHERE {table.code} IN ({own})" if table.name in self.cuts else found

    def _described(self, table: DimensionTable, seen: str) -> str:
        """Versions of the members shown; what they were outside of the cuts is not told."""
        among = f"{table.code} IN (SELECT {table.code} FROM {seen})"
        if table.name not in self.cuts or table not in MASTERS:
            return f"SELECT * FROM snapshot.main.{table.name} WHERE {among}"
        levels = [*table.descriptors, *table.derived_levels]
        levels += [name for name, dimension in self.attributes.items() if dimension == table.name]
        inside = f"{table.key} IN (SELECT {table.key} FROM {self.home}{table.name}_key)"
        told = ", ".join(
            f"CASE WHEN inside THEN {level} ELSE '{UNKNOWN}' END AS {level},"
            f" CASE WHEN inside THEN {level}_code ELSE 0 END AS {level}_code"
            for level in dict.fromkeys(levels)
            if level in self.tables[table.name]
        )
        return (
            f"SELECT * EXCLUDE (inside) REPLACE ({told}) FROM"
            f" (SELECT *, {inside} AS inside FROM snapshot.main.{table.name} WHERE {among})"
        )

    def _said_within(self, table: DimensionTable, record: str) -> str:
        """The condition that leaves out what sources said of a member outside of the cuts."""
        conditions = ""
        for cut in self.cuts.get(table.name, ()):
            if cut.level in self.tables[record]:
                codes = ", ".join(map(str, self.codes[cut])) or "NULL"
                labels = f"(SELECT label FROM snapshot.main.member WHERE level = '{cut.level}' AND code IN ({codes}))"
                sign = "NOT IN" if cut.exclude else "IN"
                conditions += f" AND ({cut.level} IS NULL OR {cut.level} {sign} {labels})"
        return conditions

    def _keep_levels(self) -> None:
        """The members of all levels that are shown."""
        parts = []
        for table in DIMENSIONS:
            if table.name not in self.tables or table.name in OPEN:
                continue
            seen = f"{self.home}{table.name}"
            if table.leaf:
                parts.append(f"SELECT '{table.leaf}' AS level, {table.code} AS code FROM {seen}")
            levels = [*table.descriptors, *table.derived_levels]
            levels += [name for name, dimension in self.attributes.items() if dimension == table.name]
            for level in dict.fromkeys(levels):
                if f"{level}_code" in self.tables[table.name]:
                    shown = self._described(table, seen)
                    parts.append(f"SELECT DISTINCT '{level}' AS level, {level}_code AS code FROM ({shown})")
        self._keep("level", " UNION ALL ".join(parts))

    def _beside(self) -> Iterator[tuple[str, str]]:
        """What hangs on members and rows that are shown."""
        member_levels = ", ".join(f"'{each}'" for each in sorted(self._member_levels()))
        yield (
            "member",
            (
                f"SELECT * FROM snapshot.main.member WHERE level NOT IN ({member_levels})"
                f" OR (level, code) IN (SELECT (level, code) FROM {self.home}level)"
            ),
        )
        orders = f"SELECT order_key FROM snapshot.main.{MAIN_FACT.name} WHERE {self._shown(MAIN_FACT)}"
        yield "sales_order", f"SELECT * FROM snapshot.main.sales_order WHERE order_key IN ({orders})"
        identities = (
            f"SELECT identity_key FROM snapshot.main.customer_identity WHERE {CUSTOMER.code} IN"
            f" (SELECT {CUSTOMER.code} FROM {self.home}customer)"
        )
        for table, (column, _) in BY_MEMBER.items():
            if table in self.tables:
                yield table, f"SELECT * FROM snapshot.main.{table} WHERE {column} IN ({identities})"
        # What a partner went through follows from the rows of all customers: it is told where partners alone are cut.
        kinds = [CUSTOMER, *([PARTNER] if self.cuts.keys() == {PARTNER.name} else [])]
        mine = " OR ".join(
            f"(subject_kind = '{kind.name}' AND subject IN (SELECT {kind.code} FROM {self.home}{kind.name}))"
            for kind in kinds
        )
        for table in ("stage_event", "stage_basis"):
            if table in self.tables:
                yield table, f"SELECT * FROM snapshot.main.{table} WHERE {mine}"

    def _found(self) -> Iterator[tuple[str, str]]:
        """What tells how findings and scores came about: of whom is told where that was these rows alone."""
        if "segmentation" in self.tables:
            self._keep(
                "finding", "SELECT name FROM attribute WHERE ends_with(label, ?)", [f": {self.policy.words})"]
            )
            own = f"attribute IN (SELECT name FROM {self.home}finding)"
            yield (
                "segmentation",
                (
                    f"SELECT * REPLACE (CASE WHEN {own} THEN frame ELSE '{OF_OTHERS}' END AS frame,"
                    f" CASE WHEN {own} THEN recipe ELSE '' END AS recipe) FROM snapshot.main.segmentation"
                ),
            )
        if "scoring" in self.tables:
            shown = self._shown(FACT["customer_score"])
            yield (
                "scoring",
                (
                    "SELECT * REPLACE (CASE WHEN json_exists(parameters, '$.tier') THEN json_object('tier',"
                    " json_extract_string(parameters, '$.tier'))::VARCHAR ELSE '{}' END AS parameters,"
                    f" (SELECT count(*) FROM snapshot.main.customer_score WHERE {shown}"
                    " AND day_key = scored_on - DATE '1970-01-01')::INTEGER AS customers) FROM snapshot.main.scoring"
                ),
            )

    def _member_levels(self) -> set[str]:
        """The levels of which not every member is shown."""
        found = set(self.attributes)
        for table in DIMENSIONS:
            if table.name not in OPEN:
                found |= {*table.descriptors, *table.derived_levels, *filter(None, [table.leaf])}
        return found


def _code(table: DimensionTable, level: str) -> str:
    return table.code if level == table.leaf else f"{level}_code"


def _codes(rows: Rows, cut: RowCut) -> tuple[int, ...]:
    """The codes of the members that a cut names, by their ids or their names."""
    found = rows(
        "SELECT DISTINCT code FROM member WHERE level = ? AND (id IN (SELECT unnest(?::VARCHAR[]))"
        " OR lower(label) IN (SELECT lower(unnest(?::VARCHAR[])))) ORDER BY code",
        [cut.level, list(cut.members), list(cut.members)],
    )
    return tuple(code for (code,) in found)
