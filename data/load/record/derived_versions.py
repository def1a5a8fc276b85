"""The versions of members (type 2), derived from what all streams said of all their identities.

At each moment a field is what the most trusted stream said last; a stream that speaks first at some moment is
taken to have meant the time before as well. A member whose most trusted streams all left it out is away, and
its last version stands for facts of that time. Only the members that a load touched are derived again, and the
facts of those whose versions changed are pointed at them.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.connection import Connection
from data.history import version_exchange
from data.history.version_exchange import BEGINNING, END
from data.load.record.member_statements import texts_of
from data.load.record.source_numbers import member_id
from data.model.canonical_tables import UNKNOWN, DimensionTable, of_rows
from data.store.saved_findings import findings_of, lay_over, redescribe, stay_with
from data.temporary_tables import drop


def derive(
    connection: Connection, table: DimensionTable, touched: str, regrouped: str = "", anew: bool = False
) -> None:
    """Derive the versions of the members whose codes the table `touched` (code) holds.

    `regrouped` is the table (identity_key, old_code, code) that tells which identities
    became another member; `anew`, that their lines are to be looked at again even where no version changed.
    """
    texts = _version_texts(connection, table)
    _events(connection, table, texts, touched)
    _states(connection, texts, touched)
    _wanted(connection, table, texts)
    findings = findings_of(connection, table)
    version_exchange.note(connection, table, [*texts, *findings], touched)
    if findings:
        stay_with(connection, table, findings, touched, regrouped)
        lay_over(connection, texts, findings)
    looked_at = touched if regrouped or anew else "changed"
    version_exchange.exchange(connection, table, [*texts, *findings], touched, regrouped, looked_at)
    _without_number(connection, table)
    redescribe(connection, table, touched)
    _label(connection, table, touched)
    drop(connection, "event", "state")


def _without_number(connection: Connection, table: DimensionTable) -> None:
    """Take away the members whose identities have all become others."""
    connection.execute(
        f"""DELETE FROM {table.name} WHERE valid_from < valid_to AND {table.code} > 0
        AND {table.code} NOT IN (SELECT {table.code} FROM {table.name}_identity)"""
    )


def _version_texts(connection: Connection, table: DimensionTable) -> list[str]:
    return [text for text in texts_of(connection, table) if text != "name" and text not in table.unversioned]


def _events(connection: Connection, table: DimensionTable, texts: Sequence[str], touched: str) -> None:
    """`event`: what one stream said of one identity of a member, from when to when it stood.

    Where a full export left a member out, its last run ends with an event that says so.
    """
    none = "".join(f", NULL::VARCHAR AS {text}" for text in texts)
    # An order line that leaves a text empty says nothing of it; a list says that it is not known.
    shown = "".join(
        f", CASE WHEN {of_rows(table)} THEN coalesce(last_value({text} IGNORE NULLS) OVER said_by,"
        f" first_value({text} IGNORE NULLS) OVER said_later) ELSE {text} END AS {text}"
        for text in texts
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE event AS
        WITH run AS (
            SELECT {table.code} AS code, id, r.*, lead(valid_from) OVER (
                PARTITION BY identity_key, stream ORDER BY valid_from) AS next_from
            FROM {table.name}_record AS r JOIN {table.name}_identity USING (identity_key)
            WHERE {table.code} IN (SELECT code FROM {touched})
        ), gone AS (
            SELECT run.*, export.as_of AS gone_at FROM run ASOF JOIN export
                ON run.stream = export.stream AND export.as_of > run.seen_until
            WHERE NOT deleted AND (next_from IS NULL OR export.as_of < next_from)
        ), said AS (
            SELECT code, identity_key, id, stream, trust, valid_from AS since, deleted{shown} FROM run
            WINDOW said_by AS (PARTITION BY identity_key, stream ORDER BY valid_from ROWS UNBOUNDED PRECEDING),
                said_later AS (PARTITION BY identity_key, stream ORDER BY valid_from
                    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
            UNION ALL
            SELECT code, identity_key, id, stream, trust, gone_at, true{none} FROM gone
        )
        SELECT *, row_number() OVER w = 1 AS first, row_number() OVER w AS n,
            coalesce(lead(since) OVER w, {END}) AS until,
            trust = max(trust) OVER (PARTITION BY code) AS leads,
            count(*) OVER (PARTITION BY code) AS events
        FROM said WINDOW w AS (PARTITION BY identity_key, stream ORDER BY since)"""
    )


def _states(connection: Connection, texts: Sequence[str], touched: str) -> None:
    """`state`: what a member is from each moment at which anything may have changed.

    Of two records that one source's list holds of one customer, the one with the greater number speaks.
    """
    best = "".join(
        f", arg_max({text}, (trust, e.since, stream, id)) FILTER (WHERE {text} IS NOT NULL AND NOT deleted) AS {text}"
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
        SELECT code, {BEGINNING} AS since, false AS away FROM {touched} WHERE code NOT IN (SELECT code FROM event)"""
    )


def _wanted(connection: Connection, table: DimensionTable, texts: Sequence[str]) -> None:
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


def _label(connection: Connection, table: DimensionTable, touched: str) -> None:
    """Name the touched members: by the most trusted and then latest name, else by their number."""
    connection.execute(
        f"""UPDATE {table.name} SET id = named.id, name = coalesce(named.name, named.own) FROM (
            SELECT i.{table.code} AS code, {member_id(table)} AS id, arg_min(i.id, identity_key) AS own,
                arg_max(r.name, (r.trust, r.seen_until, r.stream, i.id)) FILTER (WHERE r.name IS NOT NULL) AS name
            FROM {table.name}_identity AS i LEFT JOIN {table.name}_record AS r USING (identity_key)
            WHERE i.{table.code} IN (SELECT code FROM {touched}) GROUP BY 1) AS named
        WHERE {table.name}.{table.code} = named.code
            AND ({table.name}.id <> named.id OR {table.name}.name <> coalesce(named.name, named.own))"""
    )
