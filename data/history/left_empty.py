"""What single order lines left empty of their members: there the version of their day counts, not the line.

`described` names the texts that lines of a batch say themselves; `left_empty` the lines of it that leave some of
them empty, with which. Where that is not known of a line (`texts` is null), it is taken to have said them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from data.connection import Connection
from data.model.canonical_tables import CUSTOMER, FACTS, LEFT_EMPTY_KNOWN, DimensionTable, FactTable, of_rows
from data.temporary_tables import drop

LISTED = "string_split({}, ' ')"


def note(
    connection: Connection,
    table: DimensionTable,
    typed: str,
    named: str,
    columns: Mapping[str, str],
    batch: int,
) -> None:
    """Write down which texts the lines of a batch say, and which lines leave some of them empty.

    `typed` is the table of the lines, `named` SQL for the member that one names, `columns` hold the texts.
    """
    said = note_said(connection, table, typed, columns, batch)
    if not said:
        return
    empty = ", ".join(f"CASE WHEN {columns[text]} IS NULL THEN '{text}' END" for text in said)
    connection.execute(
        f"""INSERT INTO left_empty SELECT {int(batch)}, row, '{table.name}', texts FROM (
            SELECT row, concat_ws(' ', {empty}) AS texts FROM {typed} WHERE {named} IS NOT NULL)
        WHERE texts <> ''"""
    )


def note_said(
    connection: Connection, table: DimensionTable, typed: str, columns: Mapping[str, str], batch: int
) -> list[str]:
    """Write down which texts any line of a batch says, and name them."""
    texts = sorted(columns)
    filled = ", ".join(
        ["true", *(f"coalesce(bool_or({columns[text]} IS NOT NULL), false)" for text in texts)]
    )
    found = connection.execute(f"SELECT {filled} FROM {typed}").fetchall()[0][1:]
    said = [text for text, is_said in zip(texts, found, strict=True) if is_said]
    if said or table.leaf is None:
        connection.execute("INSERT INTO described VALUES (?, ?, ?)", [batch, table.name, said])
    return said


def said_by_line(text: str, line: str, otherwise: str, texts: str = "left_empty") -> str:
    """SQL for a text: `line` where the line says it itself, else `otherwise`."""
    return f"CASE WHEN list_contains({LISTED.format(texts)}, '{text}') THEN {otherwise} ELSE {line} END"


def adopt(connection: Connection, touched: Callable[[DimensionTable], str]) -> list[DimensionTable]:
    """Find out what lines of an earlier release left empty; the dimensions whose members are touched by it: their
    codes go into the table that `touched` names.

    A member's statement of a day tells of a line if all lines of that member and day stand alike. Where they do
    not, what each said is not known, and the same file loaded again takes the place of its batch.
    """
    known = connection.execute("SELECT count(*) FROM setting WHERE name = ?", [LEFT_EMPTY_KNOWN]).fetchall()[
        0
    ][0]
    if known:
        return []
    connection.execute("INSERT INTO setting VALUES (?, 'known')", [LEFT_EMPTY_KNOWN])
    tables = [
        table
        for fact in FACTS
        for table in fact.described
        if _adopted(connection, fact, table, touched(table))
    ]
    listed = ", ".join(fact.listed_subjects for fact in FACTS if fact.describes)
    connection.execute(
        f"""UPDATE delivery SET mapping_hash = mapping_hash || '?' WHERE part IN ({listed})
        AND batch IN (SELECT batch FROM left_empty WHERE texts IS NULL)"""
    )
    return tables


def _adopted(connection: Connection, fact: FactTable, table: DimensionTable, touched: str) -> bool:
    """Note what can be told, and touch the members concerned; whether there are any."""
    found = connection.execute(
        "SELECT DISTINCT unnest(texts) FROM described WHERE dimension = ? ORDER BY 1", [table.name]
    )
    texts = [text for (text,) in found.fetchall()]
    if not texts:
        return False
    connection.execute(f"CREATE OR REPLACE TEMP TABLE told_of_line AS {earlier_lines(fact, table, texts)}")
    connection.execute(
        f"""INSERT INTO left_empty SELECT batch, row_in_source, '{table.name}', CASE WHEN alike THEN texts END
        FROM told_of_line WHERE texts <> '' OR NOT alike"""
    )
    connection.execute(
        f"INSERT INTO {touched} SELECT DISTINCT code FROM told_of_line WHERE alike AND texts <> ''"
    )
    drop(connection, "told_of_line")
    return True


def earlier_lines(fact: FactTable, table: DimensionTable, texts: Sequence[str]) -> str:
    """SQL for lines of members of whom their stream left something empty: what the statement of their day says.

    `texts` are left empty by it; `alike` says that all lines of that member and day show the same.
    """
    empty = ", ".join(
        f"CASE WHEN list_contains(d.texts, '{text}') AND r.{text} IS NULL THEN '{text}' END" for text in texts
    )
    some = " OR ".join(f"{text} IS NULL" for text in texts)
    shown = ", ".join(f"v.{text}" for text in texts)
    return f"""
        WITH stream AS (
            SELECT DISTINCT batch, source || '/' || part AS stream FROM delivery JOIN batch USING (batch)
            WHERE part IN ({fact.listed_subjects})
        ), partly AS (
            SELECT DISTINCT identity_key, stream FROM {table.name}_record
            WHERE ({of_rows(table)}) AND ({some})
        ), line AS (
            SELECT s.batch, row_in_source, i.identity_key, v.{table.code} AS code, stream,
                TIMESTAMP '1970-01-01' + to_days(day_key) AS at, hash({shown}) AS shown
            FROM {fact.name} AS s JOIN {table.name} AS v USING ({table.key}) JOIN stream USING (batch)
            JOIN {table.name}_identity AS i ON i.{table.code} = v.{table.code}{own_identity(table, "s")}
            WHERE (i.identity_key, stream) IN (SELECT (identity_key, stream) FROM partly)
        )
        SELECT line.batch, line.row_in_source, line.code, concat_ws(' ', {empty}) AS texts,
            min(shown) OVER day = max(shown) OVER day AS alike
        FROM line JOIN (FROM described WHERE dimension = '{table.name}') AS d USING (batch)
        ASOF JOIN {table.name}_record AS r ON r.identity_key = line.identity_key AND r.stream = line.stream
            AND line.at >= r.valid_from
        WINDOW day AS (PARTITION BY line.identity_key, line.stream, line.at)"""


def own_identity(table: DimensionTable, line: str) -> str:
    """SQL that holds a line to the identity (`i`) that it names, where a member may have several."""
    return f" AND i.identity_key = {line}.identity_key" if table is CUSTOMER else ""
