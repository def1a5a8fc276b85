"""Findings on the versions of members: what each was found to be, and from which moment on.

A finding is a column of its dimension. Where it is known when it was formed, versions are cut there, so that a fact
reads what was found before it, and never what was found out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from data.connection import Connection
from data.errors import BadRequest, ChangedMeanwhile, MeanwhileChange
from data.history import version_exchange
from data.history.version_exchange import BEGINNING, END
from data.model import segmentation
from data.model.canonical_tables import UNKNOWN, DimensionTable, facts_of
from data.model.segmentation import NOT_YET, Segmentation, close_of, first_days, let_go
from data.model.warehouse_profile import FINDING
from data.temporary_tables import drop, owned

SOMEBODY = "Somebody"  # whom the audit names, not the warehouse
AWAY = "INTERVAL 1 microsecond"  # how long a version lasts that was found while its member was away
KNOWN = f"NOT IN ('{UNKNOWN}', '{NOT_YET}')"


def findings_of(connection: Connection, table: DimensionTable) -> list[str]:
    """The findings saved on a dimension."""
    found = connection.execute(
        "SELECT name FROM attribute WHERE dimension = ? AND origin = 'finding' ORDER BY name", [table.name]
    )
    return [name for (name,) in found.fetchall()]


@dataclass(frozen=True, slots=True)
class StatedFinding:
    """What is said of a finding anew: the temporary table `formed` (code, since, value) holds it, in order of time and
    nothing said twice in a row. It begins at the close of the day `first`; what was found before that stays if `kept`.
    Without a day nothing is said."""

    name: str
    first: date | None
    kept: bool = False
    formed: str = "formed"


def claim_attribute(connection: Connection, table: DimensionTable, name: str, label: str) -> None:
    """Make the column, or take over that of an earlier finding; what the firm brought along is never touched."""
    owner = connection.execute("SELECT dimension, origin FROM attribute WHERE name = ?", [name]).fetchall()
    if owner not in ([], [(table.name, FINDING)]):
        raise BadRequest(f"{name!r} is an attribute of {owner[0][0]} already.", "Choose another name.")
    # The name is checked by _saving, or is one of the house.
    connection.execute(
        f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {name} VARCHAR DEFAULT '{UNKNOWN}'"
    )
    connection.execute(
        "INSERT OR REPLACE INTO attribute VALUES (?, ?, ?, ?)", [name, table.name, label, FINDING]
    )


def refuse_overtaken(
    connection: Connection, name: str, seen: Sequence[Segmentation] | None, mine: Segmentation | None
) -> None:
    """Raises ChangedMeanwhile where the finding is not saved any more as it was `seen` (() where it was not saved);
    None asks nothing. `mine` is what is to be saved, None where it is to be removed."""
    now = segmentation.read(lambda sql: connection.execute(sql).fetchall()).get(name, ())
    if seen is None or now == tuple(seen):
        return
    theirs, yours = (formed_words(each) if each else None for each in (now[-1] if now else None, mine))
    change = MeanwhileChange(
        f"the saved {name}", "formed", theirs, yours, SOMEBODY, datetime.now(UTC).replace(tzinfo=None)
    )
    raise ChangedMeanwhile(
        f"{SOMEBODY} saved {name} otherwise meanwhile: {theirs or 'it is removed'}.",
        f"Yours is {yours or 'to remove it'}. Look at what is saved now; say yours again to put it in its place.",
        [change],
        now,
    )


def formed_words(formed: Segmentation) -> str:
    """How and of whom something was formed, and as of which day."""
    return f"{formed.method}, {formed.frame}, as of {formed.formed_on:%Y-%m-%d}"


def drop_attribute(connection: Connection, table: DimensionTable, name: str) -> None:
    """Take a finding off its dimension, with all that it said."""
    undate(connection, table, name)
    connection.execute(f"ALTER TABLE {table.name} DROP COLUMN {name}")
    connection.execute(f"ALTER TABLE {table.name} DROP COLUMN IF EXISTS {name}_code")
    connection.execute("DELETE FROM attribute WHERE name = ? AND origin = ?", [name, FINDING])


def undate(connection: Connection, table: DimensionTable, name: str) -> None:
    """Let the finding say nothing any longer, for all time."""
    if name in first_days(connection):
        nothing_formed(connection)
        state_anew(connection, table, StatedFinding(name, None))
        let_go(connection, name)


def nothing_formed(connection: Connection) -> None:
    """`formed` (code, since, value), empty: what a finding is to say of each member."""
    connection.execute("CREATE OR REPLACE TEMP TABLE formed (code INTEGER, since TIMESTAMP, value VARCHAR)")


def state_anew(connection: Connection, table: DimensionTable, *stated: StatedFinding) -> None:
    """Exchange the versions of all members for those that the statements on some findings make."""
    findings = findings_of(connection, table)
    texts = _texts(connection, table, findings)
    with owned(connection, everybody := f"every_{table.name}"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {everybody} AS SELECT DISTINCT {table.code} AS code FROM {table.name}"
            f" WHERE {table.code} > 0"
        )
        version_exchange.note(connection, table, [*texts, *findings], everybody)
        _put_together(connection, texts)
        for at, each in enumerate(stated):
            _state(connection, findings, each, "have" if at == 0 else "statement")
        lay_over(connection, texts, findings)
        version_exchange.exchange(connection, table, [*texts, *findings], everybody)
        redescribe(connection, table, everybody)


def _texts(connection: Connection, table: DimensionTable, findings: Sequence[str]) -> list[str]:
    sql = "SELECT name FROM attribute WHERE dimension = ? ORDER BY name"
    own = [name for (name,) in connection.execute(sql, [table.name]).fetchall()]
    return [*table.descriptors, *(name for name in own if name not in findings)]


def _put_together(connection: Connection, texts: Sequence[str]) -> None:
    """`wanted`: the versions of `have` as they would be without any finding."""
    other = "".join(f" OR {text} <> lag({text}) OVER w" for text in texts)
    shown = "".join(f", any_value({text}) AS {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT code, min(valid_from) AS valid_from, max(valid_to) AS valid_to{shown} FROM (
            SELECT *, sum(fresh::INTEGER) OVER (PARTITION BY code ORDER BY valid_from) AS run FROM (
                SELECT *, row_number() OVER w = 1 OR valid_from <> lag(valid_to) OVER w{other} AS fresh
                FROM have WHERE valid_to > valid_from + {AWAY} WINDOW w AS (PARTITION BY code ORDER BY valid_from)))
        GROUP BY code, run"""
    )


def _state(connection: Connection, findings: Sequence[str], stated: StatedFinding, held: str) -> None:
    """`statement`: what all findings say of each member, one of them anew, the others as `held` has them."""
    name, first = stated.name, stated.first
    others = "".join(f", h.{each}" for each in findings if each != name)
    before = f"h.{name}" if stated.kept else f"'{NOT_YET}'"
    since = "valid_from" if held == "have" else "since AS valid_from"
    value, from_first, parameters = f"'{UNKNOWN}'", "", []
    if first is not None:
        value = f"CASE WHEN m.since < ? THEN {before} ELSE coalesce(f.value, '{UNKNOWN}') END"
        from_first = "UNION SELECT code, ? FROM held"
        parameters = [close_of(first), close_of(first)]
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE statement AS
        WITH held AS (
            SELECT * REPLACE (CASE WHEN row_number() OVER w = 1 THEN {BEGINNING} ELSE valid_from END AS valid_from)
            FROM (SELECT code, {since}, {", ".join(findings)} FROM {held})
            WINDOW w AS (PARTITION BY code ORDER BY valid_from)
        ), moment AS (
            SELECT code, valid_from AS since FROM held UNION SELECT code, since FROM {stated.formed} {from_first})
        SELECT m.code, m.since{others}, {value} AS {name} FROM moment AS m
        ASOF JOIN held AS h ON h.code = m.code AND h.valid_from <= m.since
        ASOF LEFT JOIN {stated.formed} AS f ON f.code = m.code AND f.since <= m.since""",
        parameters,
    )


def stay_with(
    connection: Connection, table: DimensionTable, findings: Sequence[str], touched: str, regrouped: str
) -> None:
    """`statement`: what the findings say of the members of `touched`, as their versions in `have` know it.

    A member of whom nothing was found is told what was found of those who became that member. Of newcomers nothing
    is known from when a finding was formed first.
    """
    become = f"UNION ALL SELECT code, old_code FROM {regrouped}" if regrouped else ""
    shown = "".join(f", {name}" for name in findings)
    told = " OR ".join(f"{name} {KNOWN}" for name in findings)
    _unsaid(connection, findings)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE statement AS
        WITH known AS (
            SELECT code AS source, bool_or({told}) AS told FROM have GROUP BY code
        ), chosen AS (
            SELECT code, arg_max(source, (told, source = code, -source)) AS source
            FROM (SELECT code, code AS source FROM {touched} {become}) JOIN known USING (source) GROUP BY code)
        SELECT chosen.code, valid_from AS since{shown} FROM chosen JOIN have ON have.code = source
        UNION ALL SELECT code, since{shown} FROM {touched}, unsaid WHERE code NOT IN (SELECT code FROM chosen)"""
    )
    drop(connection, "unsaid")


def _unsaid(connection: Connection, findings: Sequence[str]) -> None:
    """`unsaid`: what findings say of somebody of whom nothing was found."""
    firsts = {name: close_of(day) for name, day in first_days(connection).items() if name in findings}
    columns = "".join(f", {name} VARCHAR" for name in findings)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE unsaid (since TIMESTAMP{columns})")
    for since in (None, *sorted(set(firsts.values()))):
        said = [
            NOT_YET if name in firsts and (since is None or since < firsts[name]) else UNKNOWN
            for name in findings
        ]
        marks = ", ?" * len(said)
        connection.execute(f"INSERT INTO unsaid VALUES (coalesce(?, {BEGINNING}){marks})", [since, *said])


def lay_over(connection: Connection, texts: Sequence[str], findings: Sequence[str]) -> None:
    """Cut the versions of `wanted` where `statement` (code, since, findings) says something else of the member.

    The first that was said holds for all time before, and so does the first version. A version that ended stands for
    facts until the next begins, so what is said by then has a version too, which ends at once.
    """
    described = "".join(f", b.{text}" for text in texts)
    found = "".join(f", s.{name}" for name in findings)
    other = " OR ".join(f"{name} IS DISTINCT FROM lag({name}) OVER w" for name in findings)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE wanted AS
        WITH base AS (
            SELECT *, row_number() OVER w = 1 AS first, coalesce(lead(valid_from) OVER w, {END}) AS next
            FROM wanted WINDOW w AS (PARTITION BY code ORDER BY valid_from)
        ), change AS (
            SELECT *, row_number() OVER w = 1 AS first FROM statement
            WINDOW w AS (PARTITION BY code ORDER BY since) QUALIFY row_number() OVER w = 1 OR {other}
        ), said AS (
            SELECT *, coalesce(lead(since) OVER (PARTITION BY code ORDER BY since), {END}) AS until FROM change
        ), piece AS (
            SELECT b.code, CASE
                    WHEN b.first AND s.first AND s.until > b.valid_from THEN b.valid_from
                    WHEN b.first AND s.first THEN {BEGINNING}
                    WHEN b.first THEN s.since
                    WHEN s.first THEN b.valid_from
                    ELSE greatest(b.valid_from, s.since) END AS valid_from,
                least(b.valid_to, s.until) AS valid_to{described}{found}
            FROM base AS b JOIN said AS s ON s.code = b.code
                AND (s.first OR s.since < b.next) AND (b.first OR s.until > b.valid_from))
        SELECT * REPLACE (greatest(valid_to, valid_from + {AWAY}) AS valid_to) FROM piece"""
    )
    drop(connection, "statement")


def redescribe(connection: Connection, table: DimensionTable, touched: str) -> None:
    """Rows that describe the members of `touched` themselves are told what was found of these by then, too."""
    findings = findings_of(connection, table)
    if not findings:
        return
    texts = [*_texts(connection, table, findings), *findings]
    version_exchange.spans(connection, table, touched, "span")
    described = "".join(f", o.{text}" for text in texts if text not in findings)
    found = "".join(f", v.{name}" for name in findings)
    unlike = " OR ".join(f"o.{name} IS DISTINCT FROM v.{name}" for name in findings)
    equal = "".join(f" AND o.{text} = m.{text}" for text in texts)
    for fact in (each.name for each in facts_of(table)):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE unlike AS
            SELECT DISTINCT o.{table.key} AS old_key, o.{table.code} AS code, s.key AS stood, false AS stands,
                s.first_day, s.last_day{described}{found}
            FROM {fact} AS f JOIN {table.name} AS o USING ({table.key})
            JOIN span AS s ON s.code = o.{table.code} AND f.day_key BETWEEN s.first_day AND s.last_day
            JOIN {table.name} AS v ON v.{table.key} = s.key
            WHERE o.valid_from = o.valid_to AND ({unlike})"""
        )
        if connection.execute("SELECT count(*) FROM unlike").fetchall()[0][0]:
            version_exchange.own_versions(connection, table, "unlike", texts)
            connection.execute(
                f"""UPDATE {fact} SET {table.key} = o.{table.key} FROM unlike AS m JOIN {table.name} AS o
                    ON o.valid_from = o.valid_to AND o.{table.code} = m.code{equal}
                WHERE {fact}.{table.key} = m.old_key AND {fact}.day_key BETWEEN m.first_day AND m.last_day"""
            )
            version_exchange.drop_unused(connection, table)
    drop(connection, "span", "unlike")
