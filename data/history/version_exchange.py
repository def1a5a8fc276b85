"""Versions of members exchanged for others, and the facts pointed at the right ones.

Whoever derives versions or lays something over them notes those that are there (`have`), says which there must be
(`wanted`: code, valid_from, valid_to, texts), and has them exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.connection import Connection
from data.history.left_empty import said_by_line
from data.model.canonical_tables import FOREVER, DimensionTable, FactTable, facts_of, roles_of, told_by
from data.temporary_tables import drop

BEGINNING = "TIMESTAMP '1900-01-01'"
END = f"TIMESTAMP '{FOREVER}'"
# What an exchange makes and takes: gone when it is done.
MADE = (
    "have", "wanted", "span", "changed", "own", "fresh", "coded_so_far", "moved", "had", "line_of_moved", "kept_words",
    "moved_words",
)  # fmt: skip

# `have` with the moment at which the version begins that a key is kept for: its own; a member's first version, which
# stands for all days before it, becomes the first where neither begins with another.
FOLLOWED = """SELECT have.*, CASE
        WHEN valid_from > min(valid_from) OVER (PARTITION BY code) OR first IS NULL THEN valid_from
        WHEN EXISTS (FROM wanted AS w WHERE w.code = have.code AND w.valid_from = have.valid_from) THEN valid_from
        ELSE first END AS becomes
    FROM have LEFT JOIN (
        SELECT code, min(valid_from) AS first FROM wanted GROUP BY code
        HAVING NOT EXISTS (FROM have AS h WHERE h.code = wanted.code AND h.valid_from = min(wanted.valid_from)))
    USING (code)"""


def note(connection: Connection, table: DimensionTable, texts: Sequence[str], touched: str) -> None:
    """`have`: the versions that there are of the members whose codes the table `touched` holds."""
    spans(connection, table, touched, "span")
    shown = "".join(f", {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE have AS
        SELECT span.*, id, name, valid_from, valid_to{shown} FROM span JOIN {table.name} ON {table.key} = key"""
    )


def exchange(
    connection: Connection,
    table: DimensionTable,
    texts: Sequence[str],
    touched: str,
    regrouped: str = "",
    looked_at: str = "changed",
) -> None:
    """Put the versions of `wanted` in the place of those of `have`, where they differ, and move their facts.

    `texts` are all that describes a version; `regrouped` is the table (identity_key, old_code, code)
    that tells which identities became another member. The versions that single lines have of the members
    of the table `looked_at` are looked at again.
    """
    _exchange(connection, table, texts, looked_at)
    _move_facts(connection, table, texts, touched, regrouped)
    drop(connection, *MADE)


def _exchange(connection: Connection, table: DimensionTable, texts: Sequence[str], looked_at: str) -> None:
    shown = "".join(f", {text}" for text in texts)
    every = f"code, valid_from, valid_to{shown}"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT code FROM (
            (SELECT {every} FROM wanted EXCEPT SELECT {every} FROM have)
            UNION ALL (SELECT {every} FROM have EXCEPT SELECT {every} FROM wanted))"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE own AS SELECT {table.key} AS key, {table.code} AS code{shown}
        FROM {table.name} WHERE valid_from = valid_to AND {table.code} > 0 AND {table.code} IN (FROM {looked_at})"""
    )
    # A key is kept where its lines need not be looked at again: they said nothing that is other now.
    words = {text for said, *_ in _described(connection, table) for text in said}
    alike = "".join(f" AND have.{text} = w.{text}" for text in texts if text in words)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT coalesce(have.key, (SELECT coalesce(max({table.key}), 0) FROM {table.name}) + row_number() OVER (
            PARTITION BY have.key IS NULL ORDER BY w.code, w.valid_from)) AS key, w.*
        FROM wanted AS w LEFT JOIN ({FOLLOWED}) AS have ON have.code = w.code AND becomes = w.valid_from{alike}
        WHERE w.code IN (FROM changed)"""
    )
    coded = _note_codes(connection, table, texts)
    connection.execute(
        f"DELETE FROM {table.name} WHERE valid_from < valid_to AND {table.code} IN (FROM changed)"
    )
    connection.execute(
        f"""INSERT INTO {table.name} BY NAME
        SELECT key AS {table.key}, fresh.code AS {table.code}, coalesce(id, '') AS id, coalesce(name, '') AS name,
            valid_from, valid_to{shown}{coded}
        FROM fresh LEFT JOIN (SELECT code, any_value(id) AS id, any_value(name) AS name FROM have GROUP BY code)
            USING (code) LEFT JOIN coded_so_far USING (key)
        ORDER BY fresh.code, valid_from"""
    )


def _note_codes(connection: Connection, table: DimensionTable, texts: Sequence[str]) -> str:
    """`coded_so_far`: the codes of levels that versions bear, which a kept key goes on to bear until the end of the
    write finds others: who has none is counted anew with all its lines. Returns the columns, each after a comma."""
    named = connection.execute("SELECT name FROM pragma_table_info(?)", [table.name]).fetchall()
    others = {table.code, *texts}
    codes = "".join(f", {name}" for (name,) in named if name.endswith("_code") and name not in others)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE coded_so_far AS SELECT {table.key} AS key{codes}
        FROM {table.name} WHERE valid_from < valid_to AND {table.code} IN (FROM changed)"""
    )
    return codes


def spans(
    connection: Connection, table: DimensionTable, codes: str, into: str, at_close: bool = False
) -> None:
    """`into`: for each code of the table `codes` the days (first_day to last_day) that each version stands for.

    A fact is seen at the end of its day, but before what begins with the day's very last moment, as findings do: they
    rest on all of the day's facts; `at_close`, what begins with that moment is seen, too. The first version stands for
    all days before it, and one that ended stands until the next begins.
    """
    moment = "valid_from" if at_close else "(valid_from + INTERVAL 1 microsecond)"
    seen = f"{moment}::DATE - DATE '1970-01-01'"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS
        SELECT {table.code} AS code, {table.key} AS key,
            CASE WHEN row_number() OVER w = 1 THEN -2147483647 ELSE ({seen})::INTEGER END AS first_day,
            coalesce(lead({seen}) OVER w - 1, 2147483647)::INTEGER AS last_day
        FROM {table.name} WHERE valid_from < valid_to AND {table.code} IN (SELECT code FROM {codes})
        WINDOW w AS (PARTITION BY {table.code} ORDER BY valid_from)"""
    )


def _move_facts(
    connection: Connection, table: DimensionTable, texts: Sequence[str], touched: str, regrouped: str
) -> None:
    """Point the facts of members whose versions changed at the right ones."""
    spans(connection, table, touched, "span")
    whose = "identity_key" if regrouped else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE moved AS FROM ({_spanned(table, 'have', regrouped)}) WHERE old_key <> key"
    )
    if connection.execute("SELECT count(*) FROM moved").fetchall()[0][0]:
        for role in roles_of(table):
            for fact in _pointed_now(role, regrouped):
                described = (
                    "batch NOT IN (SELECT batch FROM described WHERE dimension = '{}' AND len(texts) > 0)"
                )
                condition = [f"{fact.name}.{described.format(role.name)}"] if fact.describes else []
                _point(connection, role, fact.name, "moved", whose, condition)
    for fact in (fact for fact in facts_of(table) if fact.found_at_close):
        _follow(connection, table, fact, regrouped)
        point_at_close(connection, table, fact, touched)
    for fact in told_by(table):
        _move_described(connection, fact, table, texts, whose, regrouped)


def _pointed_now(table: DimensionTable, regrouped: str) -> list[FactTable]:
    """The facts whose rows are pointed elsewhere in place. Where members were regrouped, what mirrors other rows is
    not: that it stands for another member than they do is how the end of the write finds it, to derive it anew."""
    return [fact for fact in facts_of(table) if not (fact.found_at_close or (regrouped and fact.mirrors))]


def _follow(connection: Connection, table: DimensionTable, fact: FactTable, regrouped: str) -> None:
    """What was found of an identity that became another member is said of that one from now on."""
    if regrouped:
        connection.execute(
            f"""UPDATE {fact.name} SET {table.code} = r.code FROM {regrouped} AS r
            WHERE {fact.name}.identity_key = r.identity_key"""
        )


def point_at_close(connection: Connection, table: DimensionTable, fact: FactTable, touched: str) -> None:
    """Point what was found of the members of `touched` at the versions that stood from the close of its day on."""
    spans(connection, table, touched, "closing_span", at_close=True)
    connection.execute(
        f"""UPDATE {fact.name} SET {table.key} = s.key FROM closing_span AS s
        WHERE {fact.name}.{table.code} = s.code AND {fact.name}.day_key BETWEEN s.first_day AND s.last_day
            AND {fact.name}.{table.key} <> s.key"""
    )
    drop(connection, "closing_span")


def _spanned(table: DimensionTable, have: str, regrouped: str) -> str:
    """SQL for each version of `have` (key, code) and each span of its member; by identity, where those moved."""
    met = " AND span.first_day <= h.last_day AND span.last_day >= h.first_day" if have == "have" else ""
    if not regrouped:
        return f"SELECT h.key AS old_key, span.* FROM {have} AS h JOIN span ON span.code = h.code{met}"
    return f"""SELECT h.key AS old_key, i.identity_key, span.* FROM {have} AS h
        JOIN (SELECT identity_key, coalesce(old_code, {table.code}) AS old_code, {table.code} AS code
            FROM {table.name}_identity LEFT JOIN {regrouped} USING (identity_key)) AS i ON i.old_code = h.code
        JOIN span ON span.code = i.code{met}"""


def _move_described(
    connection: Connection,
    fact: FactTable,
    table: DimensionTable,
    texts: Sequence[str],
    whose: str,
    regrouped: str,
) -> None:
    """Point the lines that say something themselves; those that had a version of their own are looked at again."""
    described = _described(connection, table)
    if not described:
        return
    connection.execute(f"INSERT INTO moved {_spanned(table, 'own', regrouped)}")
    shown = "".join(f", {text}" for text in texts)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE had AS SELECT key{shown} FROM have UNION ALL SELECT key{shown} FROM own"
    )
    if not connection.execute("SELECT count(*) FROM moved").fetchall()[0][0]:
        return
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE line_of_moved AS
        SELECT s.batch, s.row_in_source, l.texts AS left_empty{f", s.{whose}" if whose else ""},
            s.{table.key}, s.day_key
        FROM {fact.name} AS s LEFT JOIN (FROM left_empty WHERE dimension = '{table.name}') AS l
            USING (batch, row_in_source)
        WHERE s.{table.key} IN (SELECT old_key FROM moved)
            AND s.batch IN (SELECT batch FROM left_empty WHERE dimension = '{table.name}')"""
    )
    for said, whole, partly in described:
        if whole:
            lines = (
                f"SELECT *, NULL::VARCHAR AS left_empty FROM {fact.name} WHERE batch IN ({_listed(whole)})"
            )
            _point_described(connection, table, texts, said, whose, lines)
            these = [f"{fact.name}.batch IN ({_listed(whole)})"]
            _point(connection, table, fact.name, "moved_words", whose, these)
        if partly:
            lines = f"FROM line_of_moved WHERE batch IN ({_listed(partly)})"
            _point_described(connection, table, texts, said, whose, lines)
            _point_lines(connection, fact, table, whose, partly)
    drop_unused(connection, table)


def _point(
    connection: Connection,
    table: DimensionTable,
    fact: str,
    moved: str,
    whose: str,
    conditions: Sequence[str],
) -> None:
    met = [
        f"{fact}.{table.key} = {moved}.old_key",
        f"{fact}.day_key BETWEEN {moved}.first_day AND {moved}.last_day",
        *([f"{fact}.{whose} = {moved}.{whose}"] if whose else []),
        *conditions,
    ]
    code = f", {table.code} = {moved}.code" if whose else ""
    connection.execute(
        f"UPDATE {fact} SET {table.key} = {moved}.key{code} FROM {moved} WHERE {' AND '.join(met)}"
    )


def _described(connection: Connection, table: DimensionTable) -> list[tuple[list[str], list[int], list[int]]]:
    """The sets of texts of a dimension that lines say themselves: batches whose lines all do, and other batches."""
    found = connection.execute(
        """SELECT list_sort(texts) AS said, list(batch) FILTER (NOT partly), list(batch) FILTER (partly)
        FROM (SELECT *, batch IN (SELECT batch FROM left_empty WHERE dimension = $name) AS partly FROM described)
        WHERE dimension = $name AND len(texts) > 0 GROUP BY said ORDER BY said""",
        {"name": table.name},
    )
    return [(said, whole or [], partly or []) for said, whole, partly in found.fetchall()]


def _point_described(
    connection: Connection,
    table: DimensionTable,
    texts: Sequence[str],
    said: Sequence[str],
    whose: str,
    lines: str,
) -> None:
    """Lines keep what they said: where the version of their day says other, they get a version of their own.

    `lines` is SQL for the lines that said `said`, with what each of them left empty.
    """
    told = {text: said_by_line(text, f"had.{text}", f"v.{text}", "s.left_empty") for text in said}
    columns = "".join(f", {told.get(text, f'v.{text}')} AS {text}" for text in texts)
    own = f" AND s.{whose} = m.{whose}" if whose else ""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept_words AS
        SELECT k.*, {" AND ".join(f"k.{text} = v.{text}" for text in said)} AS stands
        FROM (SELECT DISTINCT m.* EXCLUDE (key), m.key AS stood, s.left_empty{columns}
            FROM moved AS m JOIN had ON had.key = m.old_key JOIN {table.name} AS v ON v.{table.key} = m.key
            JOIN ({lines}) AS s ON s.{table.key} = m.old_key AND s.day_key BETWEEN first_day AND last_day{own}) AS k
        JOIN {table.name} AS v ON v.{table.key} = k.stood"""
    )
    own_versions(connection, table, "kept_words", texts)
    equal = "".join(f" AND o.{text} = m.{text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE moved_words AS FROM (
            SELECT m.* EXCLUDE (stood, stands), CASE WHEN stands THEN stood ELSE o.{table.key} END AS key
            FROM kept_words AS m LEFT JOIN {table.name} AS o ON NOT stands AND o.valid_from = o.valid_to
                AND o.{table.code} = m.code{equal})
        WHERE key <> old_key"""
    )


def _point_lines(
    connection: Connection, fact: FactTable, table: DimensionTable, whose: str, batches: Sequence[int]
) -> None:
    """Point the lines of `line_of_moved` that are of these batches, each by what it left empty."""
    own = f" AND l.{whose} = m.{whose}" if whose else ""
    connection.execute(
        f"""UPDATE {fact.name} AS s SET {table.key} = m.key{f", {table.code} = m.code" if whose else ""}
        FROM line_of_moved AS l JOIN moved_words AS m ON l.{table.key} = m.old_key
            AND l.day_key BETWEEN first_day AND last_day AND l.left_empty IS NOT DISTINCT FROM m.left_empty{own}
        WHERE s.batch = l.batch AND s.row_in_source = l.row_in_source AND l.batch IN ({_listed(batches)})"""
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def own_versions(connection: Connection, table: DimensionTable, wanted: str, texts: Sequence[str]) -> None:
    """Add the versions of `wanted` (code, stood, stands, texts) that stand on no day and are not there yet."""
    shown = "".join(f", m.{text}" for text in texts)
    equal = "".join(f" AND o.{text} = m.{text}" for text in texts)
    connection.execute(
        f"""INSERT INTO {table.name} BY NAME
        SELECT (SELECT max({table.key}) FROM {table.name}) + row_number() OVER (ORDER BY {table.code}, stood)
            AS {table.key}, * EXCLUDE (stood)
        FROM (SELECT m.code AS {table.code}, any_value(v.id) AS id, any_value(v.name) AS name,
                {BEGINNING} AS valid_from, {BEGINNING} AS valid_to, min(stood) AS stood{shown}
            FROM {wanted} AS m JOIN {table.name} AS v ON v.{table.key} = m.stood
            WHERE NOT stands AND NOT EXISTS (FROM {table.name} AS o WHERE o.valid_from = o.valid_to
                AND o.{table.code} = m.code{equal})
            GROUP BY m.code{shown})"""
    )


def drop_unused(connection: Connection, table: DimensionTable) -> None:
    """Away with versions of single lines that no row points at any longer."""
    own = f"SELECT {table.key} FROM {table.name} WHERE valid_from = valid_to"
    meant = " UNION ALL ".join(
        f"SELECT {role.key} FROM {fact.name} WHERE {role.key} IN ({own})"
        for role in roles_of(table)
        for fact in facts_of(role)
        if not fact.mirrors
    )
    connection.execute(
        f"DELETE FROM {table.name} WHERE valid_from = valid_to AND {table.key} NOT IN ({meant})"
    )
