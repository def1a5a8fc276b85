"""The versions of members (type 2), derived from what all streams said of all their identities.

At each moment a field is what the most trusted stream said last; a stream that speaks first at some moment is
taken to have meant the time before as well. A member whose most trusted streams all left it out is away, and
its last version stands for facts of that time. Only the members that a load touched are derived again, and the
facts of those whose versions changed are pointed at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.load.identity import member_id
from data.load.left_empty import said_by_line
from data.load.statements import texts_of
from data.schema import FACTS, FOREVER, OF_SALE, UNKNOWN, DimensionTable

BEGINNING = "TIMESTAMP '1900-01-01'"
END = f"TIMESTAMP '{FOREVER}'"


def derive(connection: Any, table: DimensionTable, regrouped: bool = False, anew: bool = False) -> None:
    """Derive the versions of the members whose codes the temporary table `touched` (code) holds.

    `regrouped` says that the temporary table of that name (identity_key, old_code, code) tells which identities
    became another member; `anew`, that their lines are to be looked at again even where no version changed.
    """
    texts = _version_texts(connection, table)
    _events(connection, table, texts)
    _states(connection, texts)
    _wanted(connection, table, texts)
    _exchange(connection, table, texts, "touched" if regrouped or anew else "changed")
    _move_facts(connection, table, texts, regrouped)
    _label(connection, table)


def _version_texts(connection: Any, table: DimensionTable) -> list[str]:
    return [text for text in texts_of(connection, table) if text != "name" and text not in table.contact]


def _events(connection: Any, table: DimensionTable, texts: Sequence[str]) -> None:
    """`event`: what one stream said of one identity of a member, from when to when it stood.

    Where a full export left a member out, its last run ends with an event that says so.
    """
    none = "".join(f", NULL::VARCHAR AS {text}" for text in texts)
    # An order line that leaves a text empty says nothing of it; a list says that it is not known.
    shown = "".join(
        f", CASE WHEN ends_with(stream, '/order_lines') THEN coalesce(last_value({text} IGNORE NULLS) OVER said_by,"
        f" first_value({text} IGNORE NULLS) OVER said_later) ELSE {text} END AS {text}"
        for text in texts
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE event AS
        WITH run AS (
            SELECT {table.code} AS code, r.*, lead(valid_from) OVER (
                PARTITION BY identity_key, stream ORDER BY valid_from) AS next_from
            FROM {table.name}_record AS r JOIN {table.name}_identity USING (identity_key)
            WHERE {table.code} IN (SELECT code FROM touched)
        ), gone AS (
            SELECT run.*, export.as_of AS gone_at FROM run ASOF JOIN export
                ON run.stream = export.stream AND export.as_of > run.seen_until
            WHERE NOT deleted AND (next_from IS NULL OR export.as_of < next_from)
        ), said AS (
            SELECT code, identity_key, stream, trust, valid_from AS since, deleted{shown} FROM run
            WINDOW said_by AS (PARTITION BY identity_key, stream ORDER BY valid_from ROWS UNBOUNDED PRECEDING),
                said_later AS (PARTITION BY identity_key, stream ORDER BY valid_from
                    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
            UNION ALL
            SELECT code, identity_key, stream, trust, gone_at, true{none} FROM gone
        )
        SELECT *, row_number() OVER w = 1 AS first, row_number() OVER w AS n,
            coalesce(lead(since) OVER w, {END}) AS until,
            trust = max(trust) OVER (PARTITION BY code) AS leads,
            count(*) OVER (PARTITION BY code) AS events
        FROM said WINDOW w AS (PARTITION BY identity_key, stream ORDER BY since)"""
    )


def _states(connection: Any, texts: Sequence[str]) -> None:
    """`state`: what a member is from each moment at which anything may have changed."""
    best = "".join(
        f", arg_max({text}, (trust, e.since, stream)) FILTER (WHERE {text} IS NOT NULL AND NOT deleted) AS {text}"
        for text in texts
    )
    shown = "".join(f", {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE state AS
        WITH moment AS (
            SELECT code, min(since) AS since FROM event WHERE events > 1 GROUP BY code
            UNION
            SELECT code, since FROM event WHERE events > 1 AND NOT first
        )
        SELECT m.code, m.since, coalesce(bool_and(deleted) FILTER (WHERE leads), false) AS away{best}
        FROM moment AS m JOIN event AS e ON e.code = m.code AND (e.first OR e.since <= m.since) AND m.since < e.until
        GROUP BY m.code, m.since
        UNION ALL
        SELECT code, since, deleted{shown} FROM event WHERE events = 1
        UNION ALL BY NAME
        SELECT code, {BEGINNING} AS since, false AS away FROM touched WHERE code NOT IN (SELECT code FROM event)"""
    )


def _wanted(connection: Any, table: DimensionTable, texts: Sequence[str]) -> None:
    """`wanted`: the versions that there must be; a version ends where the next begins, or the member goes away."""
    filled = "".join(f", coalesce({text}, '{UNKNOWN}') AS {text}" for text in texts)
    same = "".join(f" OR {text} IS DISTINCT FROM lag({text}) OVER w" for text in texts)
    shown = "".join(f", {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE wanted AS
        WITH change AS (
            SELECT *, row_number() OVER w = 1 OR away <> lag(away) OVER w{same} AS fresh
            FROM state WINDOW w AS (PARTITION BY code ORDER BY since)
        ), kept AS (
            SELECT code, since AS valid_from, away{filled},
                coalesce(lead(since) OVER (PARTITION BY code ORDER BY since), {END}) AS valid_to
            FROM change WHERE fresh
        )
        SELECT code, valid_from, valid_to{shown} FROM kept WHERE NOT away
        UNION ALL
        SELECT code, valid_from, valid_to{shown} FROM kept WHERE away AND code NOT IN (
            SELECT code FROM kept WHERE NOT away)"""
    )


def _exchange(connection: Any, table: DimensionTable, texts: Sequence[str], looked_at: str) -> None:
    """Put the wanted versions in the place of those that are there, where they differ.

    `own`: the versions that single lines have of the members of the table `looked_at`.
    """
    findings = _findings(connection, table)
    shown = "".join(f", {text}" for text in texts)
    carried = "".join(f", {name}" for name in findings)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE have AS
        SELECT {table.key} AS key, {table.code} AS code, valid_from, valid_to{shown}{carried} FROM {table.name}
        WHERE {table.code} IN (SELECT code FROM touched) AND valid_from < valid_to"""
    )
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
        FROM wanted AS w LEFT JOIN have ON have.code = w.code AND have.valid_from = w.valid_from{alike}
        WHERE w.code IN (FROM changed)"""
    )
    connection.execute(
        f"""DELETE FROM {table.name} WHERE valid_from < valid_to AND ({table.code} IN (FROM changed)
            OR ({table.code} > 0 AND {table.code} NOT IN (SELECT {table.code} FROM {table.name}_identity)))"""
    )
    values = "".join(f", coalesce(f.{name}, '{UNKNOWN}') AS {name}" for name in findings)
    kept = "".join(f", any_value({name}) AS {name}" for name in findings)
    connection.execute(
        f"""INSERT INTO {table.name} BY NAME
        SELECT key AS {table.key}, fresh.code AS {table.code}, '' AS id, '' AS name, valid_from, valid_to{shown}{values}
        FROM fresh LEFT JOIN (SELECT code{kept} FROM have GROUP BY code) AS f ON f.code = fresh.code
        ORDER BY fresh.code, valid_from"""
    )


def _findings(connection: Any, table: DimensionTable) -> list[str]:
    found = connection.execute(
        "SELECT name FROM attribute WHERE dimension = $name AND origin = 'finding' ORDER BY name",
        {"name": table.name},
    )
    return [name for (name,) in found.fetchall()]


def spans(connection: Any, table: DimensionTable, codes: str, into: str) -> None:
    """`into`: for each code of the table `codes` the days (first_day to last_day) that each version stands for.

    A fact is seen at the end of its day. The first version stands for all days before it, too, and one that
    ended stands until the next begins.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS
        SELECT {table.code} AS code, {table.key} AS key,
            CASE WHEN row_number() OVER w = 1 THEN -2147483647
                ELSE (valid_from::DATE - DATE '1970-01-01')::INTEGER END AS first_day,
            coalesce((lead(valid_from) OVER w)::DATE - DATE '1970-01-01' - 1, 2147483647)::INTEGER AS last_day
        FROM {table.name} WHERE valid_from < valid_to AND {table.code} IN (SELECT code FROM {codes})
        WINDOW w AS (PARTITION BY {table.code} ORDER BY valid_from)"""
    )


def _move_facts(connection: Any, table: DimensionTable, texts: Sequence[str], regrouped: bool) -> None:
    """Point the facts of members whose versions changed at the right ones."""
    spans(connection, table, "touched", "span")
    whose = "identity_key" if regrouped else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE moved AS FROM ({_spanned(table, 'have', whose)}) WHERE old_key <> key"
    )
    if connection.execute("SELECT count(*) FROM moved").fetchall()[0][0]:
        for fact in facts_of(table):
            described = "batch NOT IN (SELECT batch FROM described WHERE dimension = '{}' AND len(texts) > 0)"
            condition = [f"sale.{described.format(table.name)}"] if fact == "sale" else []
            _point(connection, table, fact, "moved", whose, condition)
    if table in OF_SALE:
        _move_described(connection, table, texts, whose)


def _spanned(table: DimensionTable, have: str, whose: str) -> str:
    """SQL for each version of `have` (key, code) and each span of its member; by identity, where those moved."""
    if not whose:
        return f"SELECT h.key AS old_key, span.* FROM {have} AS h JOIN span USING (code)"
    return f"""SELECT h.key AS old_key, i.identity_key, span.* FROM {have} AS h
        JOIN (SELECT identity_key, coalesce(old_code, {table.code}) AS old_code, {table.code} AS code
            FROM {table.name}_identity LEFT JOIN regrouped USING (identity_key)) AS i ON i.old_code = h.code
        JOIN span ON span.code = i.code"""


def _move_described(connection: Any, table: DimensionTable, texts: Sequence[str], whose: str) -> None:
    """Point the lines that say something themselves; those that had a version of their own are looked at again."""
    described = _described(connection, table)
    if not described:
        return
    connection.execute(f"INSERT INTO moved {_spanned(table, 'own', whose)}")
    shown = "".join(f", {text}" for text in texts)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE had AS SELECT key{shown} FROM have UNION ALL SELECT key{shown} FROM own"
    )
    if not connection.execute("SELECT count(*) FROM moved").fetchall()[0][0]:
        return
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE line_of_moved AS
        SELECT sale.batch, sale.row_in_source, l.texts AS left_empty{f", sale.{whose}" if whose else ""},
            sale.{table.key}, sale.day_key
        FROM sale LEFT JOIN (FROM left_empty WHERE dimension = '{table.name}') AS l USING (batch, row_in_source)
        WHERE sale.{table.key} IN (SELECT old_key FROM moved)
            AND sale.batch IN (SELECT batch FROM left_empty WHERE dimension = '{table.name}')"""
    )
    for said, whole, partly in described:
        if whole:
            lines = f"SELECT *, NULL::VARCHAR AS left_empty FROM sale WHERE batch IN ({_listed(whole)})"
            _point_described(connection, table, texts, said, whose, lines)
            _point(connection, table, "sale", "moved_words", whose, [f"sale.batch IN ({_listed(whole)})"])
        if partly:
            lines = f"FROM line_of_moved WHERE batch IN ({_listed(partly)})"
            _point_described(connection, table, texts, said, whose, lines)
            _point_lines(connection, table, whose, partly)
    drop_unused(connection, table)


def _point(
    connection: Any, table: DimensionTable, fact: str, moved: str, whose: str, conditions: Sequence[str]
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


def _described(connection: Any, table: DimensionTable) -> list[tuple[list[str], list[int], list[int]]]:
    """The sets of texts of a dimension that lines say themselves: batches whose lines all do, and other batches."""
    found = connection.execute(
        """SELECT list_sort(texts) AS said, list(batch) FILTER (NOT partly), list(batch) FILTER (partly)
        FROM (SELECT *, batch IN (SELECT batch FROM left_empty WHERE dimension = $name) AS partly FROM described)
        WHERE dimension = $name AND len(texts) > 0 GROUP BY said ORDER BY said""",
        {"name": table.name},
    )
    return [(said, whole or [], partly or []) for said, whole, partly in found.fetchall()]


def _point_described(
    connection: Any, table: DimensionTable, texts: Sequence[str], said: Sequence[str], whose: str, lines: str
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


def _point_lines(connection: Any, table: DimensionTable, whose: str, batches: Sequence[int]) -> None:
    """Point the lines of `line_of_moved` that are of these batches, each by what it left empty."""
    own = f" AND l.{whose} = m.{whose}" if whose else ""
    connection.execute(
        f"""UPDATE sale SET {table.key} = m.key{f", {table.code} = m.code" if whose else ""}
        FROM line_of_moved AS l JOIN moved_words AS m ON l.{table.key} = m.old_key
            AND l.day_key BETWEEN first_day AND last_day AND l.left_empty IS NOT DISTINCT FROM m.left_empty{own}
        WHERE sale.batch = l.batch AND sale.row_in_source = l.row_in_source AND l.batch IN ({_listed(batches)})"""
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def own_versions(connection: Any, table: DimensionTable, wanted: str, texts: Sequence[str]) -> None:
    """Add the versions of `wanted` (code, stood, stands, texts) that stand on no day and are not there yet.

    What `texts` do not name (findings) is as in the version that stood.
    """
    named = set(texts)
    rest = "".join(
        f", any_value(v.{name}) AS {name}" for name in _findings(connection, table) if name not in named
    )
    shown = "".join(f", m.{text}" for text in texts)
    equal = "".join(f" AND o.{text} = m.{text}" for text in texts)
    connection.execute(
        f"""INSERT INTO {table.name} BY NAME
        SELECT (SELECT max({table.key}) FROM {table.name}) + row_number() OVER (ORDER BY {table.code}, stood)
            AS {table.key}, * EXCLUDE (stood)
        FROM (SELECT m.code AS {table.code}, any_value(v.id) AS id, any_value(v.name) AS name,
                {BEGINNING} AS valid_from, {BEGINNING} AS valid_to, min(stood) AS stood{shown}{rest}
            FROM {wanted} AS m JOIN {table.name} AS v ON v.{table.key} = m.stood
            WHERE NOT stands AND NOT EXISTS (FROM {table.name} AS o WHERE o.valid_from = o.valid_to
                AND o.{table.code} = m.code{equal})
            GROUP BY m.code{shown})"""
    )


def drop_unused(connection: Any, table: DimensionTable) -> None:
    """Away with versions of single lines that no line points at any longer."""
    connection.execute(
        f"""DELETE FROM {table.name} WHERE valid_from = valid_to AND {table.key} NOT IN (
            SELECT {table.key} FROM sale WHERE {table.key} IN (
                SELECT {table.key} FROM {table.name} WHERE valid_from = valid_to))"""
    )


def facts_of(table: DimensionTable) -> list[str]:
    """The facts that point at a dimension."""
    return [*(["sale"] if table in OF_SALE else []), *(f.name for f in FACTS if table in f.dimensions)]


def _label(connection: Any, table: DimensionTable) -> None:
    """Name the touched members: by the most trusted and then latest name, else by their number."""
    connection.execute(
        f"""UPDATE {table.name} SET id = named.id, name = coalesce(named.name, named.own) FROM (
            SELECT i.{table.code} AS code, {member_id(table)} AS id, arg_min(i.id, identity_key) AS own,
                arg_max(r.name, (r.trust, r.seen_until, r.stream)) FILTER (WHERE r.name IS NOT NULL) AS name
            FROM {table.name}_identity AS i LEFT JOIN {table.name}_record AS r USING (identity_key)
            WHERE i.{table.code} IN (SELECT code FROM touched) GROUP BY 1) AS named
        WHERE {table.name}.{table.code} = named.code
            AND ({table.name}.id <> named.id OR {table.name}.name <> coalesce(named.name, named.own))"""
    )
