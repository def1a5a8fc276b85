"""Versions of members exchanged for others, and the facts pointed at the right ones.

Whoever derives versions or lays something over them notes those that are there (`have`), says which there must be
(`wanted`: code, valid_from, valid_to, texts), and has them exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.schema import FACTS, FOREVER, OF_SALE, DimensionTable

BEGINNING = "TIMESTAMP '1900-01-01'"
END = f"TIMESTAMP '{FOREVER}'"


def note(connection: Any, table: DimensionTable, texts: Sequence[str]) -> None:
    """`have`: the versions that there are of the members whose codes the temporary table `touched` holds."""
    spans(connection, table, "touched", "span")
    shown = "".join(f", {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE have AS
        SELECT span.*, id, name, valid_from, valid_to{shown} FROM span JOIN {table.name} ON {table.key} = key"""
    )


def exchange(connection: Any, table: DimensionTable, texts: Sequence[str], regrouped: bool = False) -> None:
    """Put the versions of `wanted` in the place of those of `have`, where they differ, and move their facts.

    `texts` are all that describes a version; `regrouped` says that the temporary table of that name (identity_key,
    old_code, code) tells which identities became another member.
    """
    _exchange(connection, table, texts)
    _move_facts(connection, table, texts, regrouped)


def _exchange(connection: Any, table: DimensionTable, texts: Sequence[str]) -> None:
    shown = "".join(f", {text}" for text in texts)
    every = f"code, valid_from, valid_to{shown}"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT code FROM (
            (SELECT {every} FROM wanted EXCEPT SELECT {every} FROM have)
            UNION ALL (SELECT {every} FROM have EXCEPT SELECT {every} FROM wanted))"""
    )
    # A key is kept where its lines need not be looked at again: they said nothing that is other now.
    words = {text for said in _described(connection, table) for text in said}
    alike = "".join(f" AND have.{text} = w.{text}" for text in texts if text in words)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT coalesce(have.key, (SELECT coalesce(max({table.key}), 0) FROM {table.name}) + row_number() OVER (
            PARTITION BY have.key IS NULL ORDER BY w.code, w.valid_from)) AS key, w.*
        FROM wanted AS w LEFT JOIN have ON have.code = w.code AND have.valid_from = w.valid_from{alike}
        WHERE w.code IN (FROM changed)"""
    )
    connection.execute(
        f"DELETE FROM {table.name} WHERE valid_from < valid_to AND {table.code} IN (FROM changed)"
    )
    connection.execute(
        f"""INSERT INTO {table.name} BY NAME
        SELECT key AS {table.key}, fresh.code AS {table.code}, coalesce(id, '') AS id, coalesce(name, '') AS name,
            valid_from, valid_to{shown}
        FROM fresh LEFT JOIN (SELECT code, any_value(id) AS id, any_value(name) AS name FROM have GROUP BY code)
            USING (code)
        ORDER BY fresh.code, valid_from"""
    )


def spans(connection: Any, table: DimensionTable, codes: str, into: str) -> None:
    """`into`: for each code of the table `codes` the days (first_day to last_day) that each version stands for.

    A fact is seen at the end of its day, but before what begins with the day's very last moment, as findings do: they
    rest on all of the day's facts. The first version stands for all days before it, too, and one that ended stands
    until the next begins.
    """
    seen = "(valid_from + INTERVAL 1 microsecond)::DATE - DATE '1970-01-01'"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS
        SELECT {table.code} AS code, {table.key} AS key,
            CASE WHEN row_number() OVER w = 1 THEN -2147483647 ELSE ({seen})::INTEGER END AS first_day,
            coalesce(lead({seen}) OVER w - 1, 2147483647)::INTEGER AS last_day
        FROM {table.name} WHERE valid_from < valid_to AND {table.code} IN (SELECT code FROM {codes})
        WINDOW w AS (PARTITION BY {table.code} ORDER BY valid_from)"""
    )


def _move_facts(connection: Any, table: DimensionTable, texts: Sequence[str], regrouped: bool) -> None:
    """Point the facts of members whose versions changed at the right ones."""
    spans(connection, table, "touched", "span")
    met = "span.first_day <= have.last_day AND span.last_day >= have.first_day"
    whose, joined = (
        "",
        f"SELECT have.key AS old_key, span.* FROM have JOIN span ON span.code = have.code AND {met}",
    )
    if regrouped:
        whose = "identity_key"
        joined = f"""SELECT have.key AS old_key, i.identity_key, span.* FROM have
            JOIN (SELECT identity_key, coalesce(old_code, {table.code}) AS old_code, {table.code} AS code
                FROM {table.name}_identity LEFT JOIN regrouped USING (identity_key)) AS i ON i.old_code = have.code
            JOIN span ON span.code = i.code AND {met}"""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE moved AS FROM ({joined}) WHERE old_key <> key")
    if not connection.execute("SELECT count(*) FROM moved").fetchall()[0][0]:
        return
    for fact in facts_of(table):
        said = _described(connection, table) if fact == "sale" else []
        condition = f"{fact}.batch NOT IN (SELECT batch FROM described WHERE dimension = '{table.name}')"
        _point(connection, table, fact, "moved", whose, [condition] if said else [])
        for each in said:
            _point_described(connection, table, texts, each, whose)


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


def _described(connection: Any, table: DimensionTable) -> list[list[str]]:
    """The sets of texts of a dimension that lines of some batch say themselves."""
    found = connection.execute(
        "SELECT DISTINCT list_sort(texts) FROM described WHERE dimension = $name", {"name": table.name}
    )
    return [texts for (texts,) in found.fetchall()]


def _point_described(
    connection: Any, table: DimensionTable, texts: Sequence[str], said: Sequence[str], whose: str
) -> None:
    """Lines that said `said` keep it: where the new version says other, they get a version of their own."""
    batches = f"SELECT batch FROM described WHERE dimension = '{table.name}' AND list_sort(texts) = $said"
    told = {"said": list(said)}
    columns = "".join(f", {'have' if text in said else 'v'}.{text} AS {text}" for text in texts)
    same = " AND ".join(f"have.{text} = v.{text}" for text in said)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept_words AS
        SELECT DISTINCT moved.* EXCLUDE (key), moved.key AS stood, ({same}) AS stands{columns}
        FROM moved JOIN have ON have.key = moved.old_key JOIN {table.name} AS v ON v.{table.key} = moved.key
        JOIN sale ON sale.{table.key} = moved.old_key AND sale.day_key BETWEEN moved.first_day AND moved.last_day
        WHERE sale.batch IN ({batches})""",
        told,
    )
    own_versions(connection, table, "kept_words", texts)
    equal = "".join(f" AND o.{text} = m.{text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE moved_words AS
        SELECT m.* EXCLUDE (stood, stands), CASE WHEN stands THEN stood ELSE o.{table.key} END AS key
        FROM kept_words AS m LEFT JOIN {table.name} AS o ON NOT stands AND o.valid_from = o.valid_to
            AND o.{table.code} = m.code{equal}"""
    )
    numbers = [batch for (batch,) in connection.execute(batches, told).fetchall()]
    listed = ", ".join(str(int(number)) for number in numbers)
    _point(connection, table, "sale", "moved_words", whose, [f"sale.batch IN ({listed})"])


def own_versions(connection: Any, table: DimensionTable, wanted: str, texts: Sequence[str]) -> None:
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


def facts_of(table: DimensionTable) -> list[str]:
    """The facts that point at a dimension."""
    return [*(["sale"] if table in OF_SALE else []), *(f.name for f in FACTS if table in f.dimensions)]
