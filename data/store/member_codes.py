"""What the cube engine finds ready: the calendar, the codes of every level, the members' names.

All of it is derived from the loaded tables at the end of each write, in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.connection import Connection
from data.model.calendar import GRAINS, Calendar, Days
from data.model.canonical_tables import (
    DIMENSIONS,
    FACTS,
    FOREVER,
    ROLES,
    TIME,
    UNKNOWN,
    WITH_LEAF,
    DimensionTable,
    FactTable,
)
from data.store import whole_orders
from data.temporary_tables import drop

if TYPE_CHECKING:
    from data.store.changed_days import Partitions, Touched

LONG = 1_000_000

# Members of a dimension are compared in shares of so many codes.
SHARE = 1024

# What stands between the steps of a path, and between members, as ids of members and links hold it.
ENCODED = (("%", "%25"), ("/", "%2F"), ("|", "%7C"))


WHOLE = "SELECT value FROM setting WHERE name = 'orders_are_whole'"


@dataclass(frozen=True, slots=True)
class Recoded:
    """The versions of members that came to stand under other members: rows of dimension, level, key in `table`."""

    table: str


@dataclass(frozen=True, slots=True)
class Strand:
    """Levels of a dimension, each within the one before it."""

    table: DimensionTable
    levels: tuple[str, ...]

    @property
    def distinct(self) -> str:
        """SQL for the members of the finest level, with the codes that they bear."""
        columns = ", ".join([*self.levels, *(f"{level}_code" for level in self.levels)])
        return f"SELECT DISTINCT {columns} FROM {self.table.name}"

    def members(self, level: str, rows: str) -> str:
        """SQL for the members of a level as `rows` of `distinct` have them: identified by their path, coded or not."""
        path = ", ".join(self.table.path(level))
        return (
            f"SELECT '{level}' AS level, {level} AS label, [{path}] AS path, {level}_code AS code FROM {rows}"
        )


def rebuild(connection: Connection, days: Partitions) -> Recoded:
    """Derive calendar, codes, members and settings from the tables as they now are; `days` tells which were touched.

    Members as they should be are gathered in the temporary table `named`; of `member` only what differs is touched.
    """
    _play_roles(connection)
    leaves = _listed(table.leaf for table in WITH_LEAF)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE earlier AS FROM member WHERE level NOT IN ({leaves})")
    connection.execute(  # not `AS FROM member LIMIT 0`: whole row groups would be lost in DuckDB 2.0
        "CREATE OR REPLACE TEMP TABLE named (level VARCHAR, code INTEGER, id VARCHAR, label VARCHAR)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE recoded (dimension VARCHAR, level VARCHAR, key INTEGER NOT NULL)"
    )
    _calendar(connection, days)
    _codes(connection, _strands(connection))
    shares = {table: days.shares(table) for table in WITH_LEAF}
    _few_members(connection, [table for table in WITH_LEAF if shares[table] is None])
    for table in WITH_LEAF:
        if some := shares[table]:
            _leaf(connection, table, some)
    _settings(connection, days)
    return Recoded("recoded")


def _play_roles(connection: Connection) -> None:
    """Versions of members in a role are those of the members themselves; only what differs is touched."""
    for role in ROLES:
        played = role.listed
        named = "".join(
            f", {theirs} AS {ours}" for theirs, ours in zip(played.descriptors, role.descriptors, strict=True)
        )
        columns = f"{role.key}, {role.code}, id, name, valid_from, valid_to, {', '.join(role.descriptors)}"
        theirs, ours = _print_of(played, played.descriptors), _print_of(role, role.descriptors)
        ((alike,),) = connection.execute(f"SELECT ({theirs}) IS NOT DISTINCT FROM ({ours})").fetchall()
        if alike:
            continue
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE played AS SELECT {played.key} AS {role.key}, {played.code} AS {role.code},
                id, name, valid_from, valid_to{named} FROM {played.name}"""
        )
        kept = f"SELECT {columns} FROM {role.name} INTERSECT SELECT {columns} FROM played"
        connection.execute(
            f"DELETE FROM {role.name} WHERE {role.key} NOT IN (SELECT {role.key} FROM ({kept}))"
        )
        connection.execute(
            f"INSERT INTO {role.name} BY NAME FROM played WHERE {role.key} NOT IN (SELECT {role.key} FROM {role.name})"
        )
        drop(connection, "played")


def _print_of(table: DimensionTable, descriptors: Sequence[str]) -> str:
    """SQL for what differs where any version of a member does."""
    told = ", ".join([table.key, table.code, "id", "name", "valid_from", "valid_to", *descriptors])
    return f"SELECT sum(hash({told})) FROM {table.name}"


def _listed(texts: Iterable[str | None]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _calendar(connection: Connection, days: Partitions) -> None:
    """The days of all facts, from the first to the last, and the periods that they lie in."""
    connection.execute(TIME)
    calendar = Calendar.of(dict(connection.execute("SELECT name, value FROM setting").fetchall()))
    span = _days_of_all(connection, days)
    if span is None:
        return
    periods = {level: calendar.periods(level, span) for level in GRAINS}
    codes = [[code for code, days in periods[level] for _ in range(len(days))] for level in GRAINS]
    named = "".join(f", {level}_code" for level in GRAINS)
    marks = ", unnest(?::INTEGER[])" * len(GRAINS)
    connection.execute(
        f"INSERT INTO time (day_key, day{named})"
        f" SELECT day_key, DATE '1970-01-01' + day_key, * EXCLUDE (day_key) FROM ("
        f"SELECT unnest(range(?, ? + 1))::INTEGER AS day_key{marks})",
        [span.first, span.last, *codes],
    )
    held = [(level, code, calendar.period_id(level, code)) for level in GRAINS for code, _ in periods[level]]
    levels, numbers, ids = zip(*held, strict=True)
    connection.execute(
        "INSERT INTO named SELECT level, code, id, id"
        " FROM (SELECT unnest(?::VARCHAR[]) AS level, unnest(?::INTEGER[]) AS code, unnest(?::VARCHAR[]) AS id)",
        [levels, numbers, ids],
    )


def _days_of_all(connection: Connection, days: Partitions) -> Days | None:
    """From the first day of any fact to the last; None where there is none."""
    known = {fact.name: found for fact in FACTS if (found := days.days_of(fact.name)) is not None}
    ends = "SELECT min(day_key) AS first, max(day_key) AS last FROM"  # of one table, which the engine knows
    facts = " UNION ALL ".join(f"{ends} {fact.name}" for fact in FACTS if fact.name not in known)
    asked = f"SELECT min(first), max(last) FROM ({facts})"
    rows = connection.execute(asked).fetchall() if facts else []
    rows += [(found[0][0], found[-1][0]) for found in known.values() if found]
    there = [(first, last) for first, last in rows if first is not None]
    return Days(min(first for first, _ in there), max(last for _, last in there)) if there else None


def _strands(connection: Connection) -> list[Strand]:
    """The levels of all dimensions that are no leaf: those of a hierarchy together, each attribute alone."""
    rows = connection.execute("SELECT dimension, name FROM attribute ORDER BY name").fetchall()
    found = []
    for table in DIMENSIONS:
        found += [
            Strand(table, tuple(level for level in levels if level != table.leaf))
            for levels in (*table.hierarchies, *table.derived)
        ]
        found += [Strand(table, (name,)) for dimension, name in rows if dimension == table.name]
    return found


def _codes(connection: Connection, strands: Sequence[Strand]) -> None:
    """Number the members of each level of the strands: those that had a number keep it.

    Which versions of a member (keys) came to stand under other codes is noted in the temporary table `recoded`.
    """
    levels = [(strand.table.name, level) for strand in strands for level in strand.levels]
    connection.execute(
        "; ".join(
            f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {level}_code INTEGER" for table, level in levels
        )
    )
    _number(connection, strands)
    connection.execute("INSERT INTO named SELECT level, code, id, label FROM numbered")
    differing = connection.execute(
        """SELECT DISTINCT level FROM standing JOIN numbered USING (level, path)
        WHERE standing.code IS DISTINCT FROM numbered.code"""
    )
    recoded = {level for (level,) in differing.fetchall()}
    for table in DIMENSIONS:
        own = [level for each in strands if each.table == table for level in each.levels if level in recoded]
        if own:
            _recode(connection, table, own)


def _number(connection: Connection, strands: Sequence[Strand]) -> None:
    """The members of all levels: `standing` with the codes that their versions bear, `numbered` with the right ones."""
    distinct = ", ".join(f"strand_{at} AS ({each.distinct})" for at, each in enumerate(strands))
    members = " UNION ALL ".join(
        each.members(level, f"strand_{at}") for at, each in enumerate(strands) for level in each.levels
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE standing AS WITH {distinct} {members}")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE numbered AS SELECT found.*, coalesce(code, (coalesce(highest, 0)
            + row_number() OVER (PARTITION BY level, code IS NULL ORDER BY path))::INTEGER) AS code
        FROM (SELECT DISTINCT level, label, path, {encoded_path("path")} AS id FROM standing) AS found
        LEFT JOIN earlier USING (level, id)
        LEFT JOIN (SELECT level, max(code) AS highest FROM earlier GROUP BY level) USING (level)"""
    )


def _recode(connection: Connection, table: DimensionTable, levels: Sequence[str]) -> None:
    """Give the versions whose codes of these levels are not those of their paths the right ones, and note them."""
    right = " ".join(f"JOIN numbered AS n_{level} ON {_is_of(table, level)}" for level in levels)
    codes = ", ".join(f"t.{level}_code AS old_{level}, n_{level}.code AS {level}" for level in levels)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE coded AS SELECT t.{table.key} AS key, {codes} FROM {table.name} AS t {right}"
        f" WHERE {' OR '.join(f't.{level}_code IS DISTINCT FROM n_{level}.code' for level in levels)}"
    )
    differing = " UNION ALL ".join(
        f"SELECT '{table.name}', '{level}', key FROM coded WHERE old_{level} IS DISTINCT FROM {level}"
        for level in levels
    )
    connection.execute(f"INSERT INTO recoded {differing}")
    given = ", ".join(f"{level}_code = coded.{level}" for level in levels)
    connection.execute(f"UPDATE {table.name} AS t SET {given} FROM coded WHERE t.{table.key} = coded.key")


def _is_of(table: DimensionTable, level: str) -> str:
    """SQL for whether `n_<level>` is the member of a level that the version `t` is of."""
    same = (f"t.{column} = n_{level}.path[{at}]" for at, column in enumerate(table.path(level), 1))
    return " AND ".join([f"n_{level}.level = '{level}'", *same])


def _few_members(connection: Connection, tables: Sequence[DimensionTable]) -> None:
    """The members of all levels, with those that the dimensions `tables` are of."""
    if tables:
        connection.execute(f"INSERT INTO named {' UNION ALL '.join(map(_members_of, tables))}")
    others = _listed(table.leaf for table in WITH_LEAF if table not in tables)
    _correct_members(connection, f"level NOT IN ({others})" if others else "true")


def _members_of(table: DimensionTable, within: str = "true") -> str:
    """SQL for the members that a dimension is of, by the latest version of each: level, code, id and label."""
    return f"""SELECT '{table.leaf}' AS level, code, any_value({encoded("id")}) AS id, arg_max(name, key) AS label
        FROM (SELECT {table.key} AS key, {table.code} AS code, id, name FROM {table.name})
        WHERE {within} GROUP BY code"""


def _leaf(connection: Connection, table: DimensionTable, shares: Sequence[int]) -> None:
    """The members that a dimension is of, of the shares that changed."""
    within = f"code // {SHARE} IN ({', '.join(map(str, shares))})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE named AS {_members_of(table, within)}")
    _correct_members(connection, f"level = '{table.leaf}' AND {within}")


def _correct_members(connection: Connection, which: str) -> None:
    """Make the members that the condition `which` selects those of `named`; only what differs is touched."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE stale AS SELECT level, code
        FROM (FROM member WHERE {which}) AS have FULL JOIN named USING (level, code)
        WHERE have.id IS DISTINCT FROM named.id OR have.label IS DISTINCT FROM named.label"""
    )
    if _count(connection, "stale"):
        connection.execute(
            "DELETE FROM member USING stale WHERE member.level = stale.level AND member.code = stale.code"
        )
        connection.execute(
            "INSERT INTO member FROM named SEMI JOIN stale USING (level, code) ORDER BY level, code"
        )


def _count(connection: Connection, what: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


def _attributes(connection: Connection, table: DimensionTable) -> list[str]:
    found = connection.execute("SELECT name FROM attribute WHERE dimension = ? ORDER BY name", [table.name])
    return [name for (name,) in found.fetchall()]


def encoded(column: str) -> str:
    """SQL for the text of `column` with what separates path steps and members encoded."""
    for text, code in ENCODED:
        column = f"replace({column}, '{text}', '{code}')"
    return column


def encoded_path(column: str) -> str:
    """SQL for the id of a member whose path is the list `column`."""
    return f"array_to_string(list_transform({column}, lambda step: {encoded('step')}), '/')"


def decoded(column: str) -> str:
    """SQL for what `encoded` made of a text, as it was."""
    for text, code in reversed(ENCODED):
        column = f"replace({column}, '{code}', '{text}')"
    return column


def _settings(connection: Connection, days: Partitions) -> None:
    """Whether an order has one day, customer and channel, so that `is_order` may be summed along them."""
    whole = all(_are_whole(connection, fact, days) for fact in FACTS if fact.orders)
    found = "yes" if whole else "no"
    if connection.execute(WHOLE).fetchall() != [(found,)]:
        connection.execute("INSERT OR REPLACE INTO setting VALUES ('orders_are_whole', ?)", [found])


def _are_whole(connection: Connection, fact: FactTable, days: Partitions) -> bool:
    """Where all orders were, and the fact is long, only those with lines added or on days changed are looked at."""
    some = ""
    before = connection.execute(WHOLE).fetchall()
    if before == [("yes",)] and _count(connection, fact.name) >= LONG:
        touched = days.touched(fact.name)
        if touched.through_batch >= 0:
            if not touched:
                return True
            some = f" AND order_key IN ({_orders(fact, touched)}){_numbers(connection, fact, touched)}"
    if not some and whole_orders.are_whole(connection, fact):
        return True
    split = _count(
        connection,
        f"""(SELECT order_key FROM {fact.name} WHERE NOT is_return{some} GROUP BY order_key
            HAVING min(day_key) < max(day_key) OR min(customer_key) < max(customer_key)
                OR min(channel_key) < max(channel_key))""",
    )
    return not split


def _numbers(connection: Connection, fact: FactTable, touched: Touched) -> str:
    """SQL that leaves the orders outside the numbers of those with added lines unread, where nothing else changed."""
    if touched.changed:
        return ""
    ends = f"SELECT min(order_key), max(order_key) FROM {fact.name} WHERE batch > {touched.through_batch}"
    first, last = connection.execute(ends).fetchall()[0]
    return "" if first is None else f" AND order_key BETWEEN {first} AND {last}"


def _orders(fact: FactTable, touched: Touched) -> str:
    """SQL for the orders with lines that were added, or on days that were changed else."""
    orders = f"SELECT order_key FROM {fact.name} WHERE batch > {touched.through_batch}"
    if touched.changed:
        listed = ", ".join(map(str, touched.changed))
        orders += f" UNION ALL SELECT order_key FROM {fact.name} WHERE day_key IN ({listed})"
    return orders


def unknown_member(connection: Connection, table: DimensionTable) -> None:
    """Make sure that `table` holds its explicit unknown member, key and code 0."""
    texts = "".join(f", {column}" for column in (*table.descriptors, *_attributes(connection, table)))
    marks = f", '{UNKNOWN}'" * texts.count(",")
    history, always = "", ""
    if table.leaf:
        history, always = ", valid_from, valid_to", f", TIMESTAMP '1900-01-01', TIMESTAMP '{FOREVER}'"
    connection.execute(
        f"INSERT INTO {table.name} ({table.key}, {table.code}, id, name{history}{texts})"
        f" SELECT 0, 0, '{UNKNOWN}', '{UNKNOWN}'{always}{marks}"
        f" WHERE NOT EXISTS (FROM {table.name} WHERE {table.key} = 0)"
    )
