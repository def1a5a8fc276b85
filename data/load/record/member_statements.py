"""What a stream says of members and when: a delivery's statements, kept as runs of the same words.

A run says that a stream described a member alike from `valid_from` to `seen_until`. A later delivery extends it,
splits it or begins another, in whatever order deliveries arrive: the runs depend on what was said of which
moment, and on the order of loading only where one moment was described twice (the later words then count, and
the earlier ones are not believed when another file says them again).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.connection import Connection
from data.history.left_empty import own_identity, said_by_line
from data.load.mappings.mapping import Part
from data.load.record.corrected_words import Teller, corrects, is_corrected
from data.model.canonical_tables import UNKNOWN, DimensionTable, told_by
from data.temporary_tables import drop

ROW_BITS = 36  # of a place among all lines of a stream; the batch stands above


@dataclass(frozen=True, slots=True)
class Given:
    """What a typed table says of the members of a dimension: columns by the text that they fill."""

    table: str
    id: str | None
    texts: dict[str, str]

    @classmethod
    def of(cls, part: Part, table: DimensionTable, typed: str) -> Given:
        """What the rows of `part` say of `table`. A name alone stands for the id as well."""
        filled = part.filled
        name = f"f_{table.name}_name" if f"{table.name}_name" in filled else None
        own = (*table.unversioned, *table.descriptors) if part.kind.table is table else table.descriptors
        texts = {"name": name} if name else {}
        texts |= {column: f"f_{column}" for column in own if column in filled}
        texts |= {each.name: f"a_{each.name}" for each in part.attributes if each.of == table.name}
        # What order lines call `line` numbers them within their order: it names no member of a dimension.
        numbered = table.leaf is not None and table.name in filled
        return cls(typed, f"f_{table.name}" if numbered else name, texts)

    @property
    def id_sql(self) -> str:
        return f"nullif({self.id}, '{UNKNOWN}')" if self.id else "NULL::VARCHAR"

    @property
    def described(self) -> dict[str, str]:
        """The texts that make a version: all but the name."""
        return {text: column for text, column in self.texts.items() if text != "name"}


@dataclass(frozen=True, slots=True)
class Stream:
    """Who speaks: its name, how far it is trusted, and whether each delivery is everything it knows."""

    name: str
    trust: int
    full: bool


def texts_of(connection: Connection, table: DimensionTable) -> list[str]:
    """Every text of a record: name, contact, descriptors, what the firm brought along."""
    found = connection.execute(
        "SELECT name FROM attribute WHERE dimension = $name AND origin <> 'finding' ORDER BY name",
        {"name": table.name},
    )
    return ["name", *table.unversioned, *table.descriptors, *(name for (name,) in found.fetchall())]


def of_list(
    connection: Connection, given: Given, part: Part, lookup: str, as_of: datetime, stream: str = ""
) -> str:
    """`said`: the statements of a firm's own list, the last row of those about one moment.

    Where a full export of `stream` lies between a change and the delivery that tells of it, or is of its moment, the
    change was not yet to be seen by the export: it still holds when it is delivered.
    """
    until = ""
    if "modified" in part.filled and stream:
        until = """CASE WHEN f_modified = max(f_modified) OVER (PARTITION BY identity_key) AND EXISTS (
            SELECT 1 FROM export WHERE stream = $stream AND as_of > f_modified AND as_of <= $as_of::TIMESTAMP)
            THEN $as_of::TIMESTAMP END, """
    at = "coalesce(f_modified, $as_of::TIMESTAMP)" if "modified" in part.filled else "$as_of::TIMESTAMP"
    deleted = "coalesce(f_deleted, false)" if "deleted" in part.filled else "false"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS
        SELECT identity_key, {at} AS since, coalesce({until}{at}) AS until, {deleted} AS deleted,
            {_hash(given.texts)} AS hash, t.row{_listed(given.texts)}
        FROM {given.table} AS t JOIN {lookup} AS i ON i.id = {given.id_sql}
        QUALIFY row_number() OVER (PARTITION BY identity_key, since ORDER BY t.place DESC) = 1""",
        {"as_of": as_of, **({"stream": stream} if until else {})},
    )
    return "said"


def of_lines(connection: Connection, given: Given, lookup: str) -> str:
    """`said`: what order lines say of members on their days; of each text the last word of a day counts.

    A member of whom all lines say the same gets one statement. The name is what most lines say.
    """
    described = given.described
    columns = "".join(f", {column} AS {text}" for text, column in described.items())
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE told AS
        SELECT identity_key, {_hash(described)} AS hash, min(f_date) AS first, max(f_date) AS last,
            max(place) AS place{columns}
        FROM {given.table} AS t JOIN {lookup} AS i ON i.id = {given.id_sql} GROUP BY ALL"""
    )
    shown = "".join(f", {text}" for text in described)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS
        SELECT identity_key, first::TIMESTAMP AS since, last::TIMESTAMP AS until, false AS deleted, hash,
            place AS row{shown}
        FROM told QUALIFY count(*) OVER (PARTITION BY identity_key) = 1"""
    )
    several = "SELECT identity_key FROM told GROUP BY ALL HAVING count(*) > 1"
    lines = f"""SELECT identity_key, f_date, place{columns} FROM {given.table} AS t JOIN {lookup} AS i
        ON i.id = {given.id_sql} WHERE identity_key IN ({several})"""
    connection.execute(f"INSERT INTO said {_daily(lines, list(described))}")
    drop(connection, "told")
    if "name" in given.texts:
        _name(connection, given, lookup)
    return "said"


def _daily(lines: str, texts: Sequence[str]) -> str:
    """SQL for what lines (identity_key, f_date, place, texts) say by day, in runs: of each text the last word.

    A line that leaves a text empty says nothing of it.
    """
    last = "".join(f", arg_max({text}, place) FILTER ({text} IS NOT NULL) AS {text}" for text in texts)
    shown = "".join(f", any_value({text}) AS {text}" for text in texts)
    return f"""WITH daily AS (
            SELECT identity_key, f_date, max(place) AS place{last} FROM ({lines}) GROUP BY identity_key, f_date
        ), hashed AS (
            SELECT *, {_hash({text: text for text in texts})} AS hash FROM daily
        ), breaks AS (
            SELECT *, hash IS DISTINCT FROM lag(hash) OVER (PARTITION BY identity_key ORDER BY f_date) AS fresh
            FROM hashed
        ), runs AS (
            SELECT *, count(*) FILTER (fresh) OVER (PARTITION BY identity_key ORDER BY f_date) AS run FROM breaks
        )
        SELECT identity_key, min(f_date)::TIMESTAMP AS since, max(f_date)::TIMESTAMP AS until, false AS deleted,
            any_value(hash) AS hash, max(place) AS row{shown}
        FROM runs GROUP BY identity_key, run"""


def note_disputed(
    connection: Connection, table: DimensionTable, stream: Stream, described: Sequence[str], into: str
) -> None:
    """Put the members of `said` into the table `into` of whom lines of a stream say other, and not all of it later.

    What is said of later days alone follows what was said before, as it is, unless that was said by other columns.
    """
    texts = [text for text in texts_of(connection, table) if text != "name"]
    words = _hash({text: text for text in texts})
    shown = "".join(f", {text}" for text in described)
    every = "".join(f", {text}" for text in texts)
    connection.execute(
        f"""INSERT INTO {into} SELECT '{table.name}', identity_key FROM (
            SELECT identity_key, hash, since AS fresh{shown} FROM said
            UNION ALL BY NAME SELECT identity_key, hash, seen_until AS earlier{every} FROM {table.name}_record
            WHERE stream = $stream AND identity_key IN (SELECT identity_key FROM said))
        GROUP BY identity_key HAVING bool_or(earlier IS NOT NULL) AND count(DISTINCT hash) > 1
            AND (min(fresh) <= max(earlier) OR count(DISTINCT hash) <> count(DISTINCT {words}))""",
        {"stream": stream.name},
    )


def retell(
    connection: Connection,
    table: DimensionTable,
    stream: Stream,
    batch: int,
    described: Sequence[str],
    members: str,
) -> None:
    """Write anew what all lines of a stream say of those in the table `members`, by day; their names stay.

    `batch` is the delivery under way, and `described` are the texts that it may say.
    """
    told, record = {"stream": stream.name}, f"{table.name}_record"
    batches = f"""SELECT batch FROM delivery JOIN batch USING (batch) WHERE source || '/' || part = $stream
        UNION ALL SELECT {int(batch)}"""
    earlier = connection.execute(
        f"SELECT DISTINCT unnest(texts) FROM described WHERE dimension = '{table.name}' AND batch IN ({batches})",
        told,
    )
    texts = sorted({*described, *(text for (text,) in earlier.fetchall())})
    retold = f"""(SELECT identity_key FROM {members} WHERE dimension = '{table.name}' AND identity_key NOT IN (
        SELECT identity_key FROM erased WHERE dimension = '{table.name}'))"""
    words = "".join(
        f", CASE WHEN list_contains(d.texts, '{text}') THEN {said_by_line(text, f'v.{text}', 'NULL', 'l.texts')}"
        f" END AS {text}"
        for text in texts
    )
    lines = " UNION ALL ".join(
        f"""SELECT i.identity_key, DATE '1970-01-01' + s.day_key AS f_date,
            (s.batch::BIGINT << {ROW_BITS}) | s.row_in_source AS place{words}
        FROM {fact.name} AS s JOIN {table.name} AS v USING ({table.key})
        JOIN {table.name}_identity AS i ON i.{table.code} = v.{table.code}{own_identity(table, "s")}
        JOIN described AS d ON d.batch = s.batch AND d.dimension = '{table.name}'
        LEFT JOIN left_empty AS l ON l.batch = s.batch AND l.row_in_source = s.row_in_source
            AND l.dimension = '{table.name}'
        WHERE i.identity_key IN {retold} AND s.batch IN ({batches})"""
        for fact in told_by(table)
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS SELECT s.*, n.name FROM ({_daily(lines, texts)}) AS s LEFT JOIN (
            SELECT identity_key, arg_max(name, seen_until) AS name FROM {record} WHERE stream = $stream
            GROUP BY identity_key) AS n USING (identity_key)""",
        told,
    )
    connection.execute(f"DELETE FROM {record} WHERE stream = $stream AND identity_key IN {retold}", told)
    connection.execute(
        f"""INSERT INTO {record} BY NAME
        SELECT * EXCLUDE (since, until, row), $stream AS stream, {int(stream.trust)} AS trust, since AS valid_from,
            until AS seen_until, list_distinct([since, until]) AS held,
            row >> {ROW_BITS} AS batch, row & {(1 << ROW_BITS) - 1} AS row_in_source
        FROM said""",
        told,
    )
    drop(connection, "said")


def _name(connection: Connection, given: Given, lookup: str) -> None:
    connection.execute("ALTER TABLE said ADD COLUMN name VARCHAR")
    name = given.texts["name"]
    connection.execute(
        f"""UPDATE said SET name = most.name FROM (
            SELECT identity_key, {name} AS name FROM {given.table} JOIN {lookup} AS i ON i.id = {given.id_sql}
            WHERE {name} IS NOT NULL GROUP BY identity_key, {name}
            QUALIFY row_number() OVER (PARTITION BY identity_key ORDER BY count(*) DESC, {name}) = 1) AS most
        WHERE said.identity_key = most.identity_key"""
    )


def absorb(
    connection: Connection,
    table: DimensionTable,
    stream: Stream,
    teller: Teller,
    texts: Sequence[str],
    as_of: datetime,
) -> str:
    """Make `said` (which has the columns `texts`) part of what the stream said; the table of whom it touches."""
    record, batch = f"{table.name}_record", teller.batch
    connection.execute("DELETE FROM said WHERE identity_key IN (SELECT identity_key FROM erased WHERE dimension = $d)",
                       {"d": table.name})  # fmt: skip
    if stream.full:
        note_export(connection, stream.name, batch, as_of)
        _hold_on(connection, record, stream, as_of)
        _absences(connection, record, stream, as_of)
        _told_since(connection, record, stream, as_of)
    connection.execute("CREATE OR REPLACE TEMP TABLE spoken_of AS SELECT DISTINCT identity_key FROM said")
    named = "".join(f", {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE told_before AS SELECT DISTINCT identity_key FROM said
        WHERE identity_key IN (SELECT identity_key FROM {record} WHERE stream = $stream)
            OR identity_key IN (SELECT identity_key FROM said GROUP BY ALL HAVING count(*) > 1)""",
        {"stream": stream.name},
    )
    held = "[]::TIMESTAMP[]" if stream.full else "list_distinct([since, until])"
    connection.execute(
        f"""INSERT INTO {record} BY NAME
        SELECT identity_key, $stream AS stream, {int(stream.trust)} AS trust, since AS valid_from,
            until AS seen_until, deleted, hash, {held} AS held, {int(batch)} AS batch, row AS row_in_source{named}
        FROM said WHERE identity_key NOT IN (FROM told_before)""",
        {"stream": stream.name},
    )
    if connection.execute("SELECT count(*) FROM told_before").fetchall()[0][0]:
        _rebuild(connection, table, stream, teller, texts)
    if stream.full:
        _left_out(connection, record, stream)
    drop(connection, "said", "told_before", "source_run", "point", "clash", "island")
    return "spoken_of"


def _hold_on(connection: Connection, record: str, stream: Stream, as_of: datetime) -> None:
    """What changed before a full export, and was told after it, still held when it was told (see `of_list`)."""
    connection.execute(
        f"""UPDATE {record} SET seen_until = b.as_of, held = list_distinct(list_append(held, b.as_of)) FROM batch AS b
        WHERE stream = $stream AND len(held) > 0 AND b.batch = {record}.batch AND b.as_of <> b.loaded_at
            AND seen_until < $as_of::TIMESTAMP AND b.as_of >= $as_of::TIMESTAMP
            AND NOT EXISTS (SELECT 1 FROM {record} AS later WHERE later.stream = $stream
                AND later.identity_key = {record}.identity_key AND later.valid_from > {record}.seen_until
                AND later.valid_from <= b.as_of)""",
        {"stream": stream.name, "as_of": as_of},
    )


def _left_out(connection: Connection, record: str, stream: Stream) -> None:
    """A full export touches everybody of its stream who is not in it."""
    connection.execute(
        f"""INSERT INTO spoken_of SELECT DISTINCT identity_key FROM {record} WHERE stream = $stream
        AND identity_key NOT IN (FROM spoken_of)""",
        {"stream": stream.name},
    )


def note_export(connection: Connection, stream: str, batch: int, as_of: datetime) -> None:
    """Write down that `batch` is all that the stream knew at a moment."""
    told = {"stream": stream, "as_of": as_of, "batch": batch}
    connection.execute("DELETE FROM export WHERE stream = $stream AND as_of = $as_of::TIMESTAMP",
                       {"stream": stream, "as_of": as_of})  # fmt: skip
    connection.execute("INSERT INTO export VALUES ($stream, $as_of::TIMESTAMP, $batch)", told)


def _absences(connection: Connection, record: str, stream: Stream, as_of: datetime) -> None:
    """Whoever was said to be there before and after a full export, or at its moment, and is not in it, was away."""
    connection.execute(
        f"""INSERT INTO said BY NAME
        SELECT identity_key, $as_of::TIMESTAMP AS since, $as_of::TIMESTAMP AS until, true AS deleted,
            0::UBIGINT AS hash, 0 AS row
        FROM {record} WHERE stream = $stream AND NOT deleted
            AND valid_from <= $as_of::TIMESTAMP AND seen_until >= $as_of::TIMESTAMP
            AND identity_key NOT IN (SELECT identity_key FROM said)""",
        {"stream": stream.name, "as_of": as_of},
    )


def _told_since(connection: Connection, record: str, stream: Stream, as_of: datetime) -> None:
    """Of whom an increment of the same moment told, a full export says nothing: the increment is the later."""
    connection.execute(
        f"""DELETE FROM said WHERE identity_key IN (
            SELECT identity_key FROM {record} JOIN batch USING (batch) JOIN delivery USING (batch)
            WHERE stream = $stream AND as_of = $as_of::TIMESTAMP AND watermark IS NOT NULL
                AND valid_from <= $as_of::TIMESTAMP AND seen_until >= $as_of::TIMESTAMP)""",
        {"stream": stream.name, "as_of": as_of},
    )


def _rebuild(
    connection: Connection, table: DimensionTable, stream: Stream, teller: Teller, texts: Sequence[str]
) -> None:
    """Cut the runs of whoever was spoken of before, and join them anew with what is said now."""
    record = f"{table.name}_record"
    every = "".join(f", {text}" for text in texts_of(connection, table))
    own = "".join(f", {text}" for text in texts)
    told = {"stream": stream.name}
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE source_run AS
        SELECT -said.rowid - 1 AS run, {int(teller.batch)} AS batch, row::BIGINT AS row_in_source{own} FROM said
        WHERE identity_key IN (FROM told_before)
        UNION ALL BY NAME
        SELECT rowid AS run, batch, row_in_source{every} FROM {record}
        WHERE stream = $stream AND identity_key IN (FROM told_before)""",
        told,
    )
    _points(connection, record, stream)
    _one_a_moment(connection, stream, teller)
    _islands(connection, _exports(connection, stream))
    connection.execute(
        f"DELETE FROM {record} WHERE stream = $stream AND identity_key IN (FROM told_before)", told
    )
    connection.execute(
        f"""INSERT INTO {record} BY NAME
        SELECT identity_key, $stream AS stream, {int(stream.trust)} AS trust, since AS valid_from,
            until AS seen_until, deleted, hash, {"[]::TIMESTAMP[]" if stream.full else "moments"} AS held,
            source_run.* EXCLUDE (run) FROM island JOIN source_run USING (run)""",
        told,
    )


def _exports(connection: Connection, stream: Stream) -> list[datetime]:
    found = connection.execute(
        "SELECT as_of FROM export WHERE stream = $stream ORDER BY 1", {"stream": stream.name}
    )
    return [at for (at,) in found.fetchall()]


def _points(connection: Connection, record: str, stream: Stream) -> None:
    """`point`: the moments at which a run or a statement is known to hold.

    A run of full exports that is cut by a statement within it held at those just before and just after.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE point AS
        WITH run AS (
            SELECT identity_key, rowid AS run, valid_from, seen_until, deleted, hash, held AS moments FROM {record}
            WHERE stream = $stream AND identity_key IN (FROM told_before)
        ), fresh AS (
            SELECT identity_key, -said.rowid - 1 AS run, since, until, deleted, hash FROM said
            WHERE identity_key IN (FROM told_before)
        ), cut AS (
            SELECT r.*, since, until, list_filter($exports::TIMESTAMP[],
                lambda e: e >= r.valid_from AND e <= r.seen_until) AS held
            FROM run AS r JOIN fresh AS n ON n.identity_key = r.identity_key
                AND n.since <= r.seen_until AND n.until >= r.valid_from
        )
        SELECT identity_key, run, unnest(moments || [valid_from, seen_until]) AS moment, deleted, hash FROM run
        UNION
        SELECT identity_key, run, unnest([since, until]), deleted, hash FROM fresh
        UNION
        SELECT identity_key, run, unnest([list_max(list_filter(held, lambda e: e < since)),
            list_min(list_filter(held, lambda e: e > until))]), deleted, hash FROM cut""",
        {"stream": stream.name, "exports": _exports(connection, stream) if stream.full else []},
    )
    connection.execute("DELETE FROM point WHERE moment IS NULL")


def _one_a_moment(connection: Connection, stream: Stream, teller: Teller) -> None:
    """Of two descriptions of one moment the later delivered one counts, unless another file corrected it before."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE clash AS
        SELECT n.identity_key, n.moment, n.run, n.hash, o.run AS old_run, o.hash AS old_hash,
            {is_corrected(teller, "n.identity_key", "n.moment", "n.hash")} AS stale
        FROM point AS n JOIN point AS o USING (identity_key, moment)
        WHERE n.run < 0 AND o.run >= 0 AND (n.hash <> o.hash OR n.deleted <> o.deleted)""",
        {"stream": stream.name},
    )
    for run, stale in (("run", "stale"), ("old_run", "NOT stale")):
        connection.execute(
            f"""DELETE FROM point WHERE EXISTS (SELECT 1 FROM clash AS c WHERE {stale}
                AND c.identity_key = point.identity_key AND c.moment = point.moment AND c.{run} = point.run)"""
        )
    corrects(
        connection,
        stream.name,
        teller,
        """SELECT DISTINCT identity_key::UBIGINT AS record, moment AS said_at, old_hash AS hash FROM clash
        WHERE NOT stale""",
    )


def _islands(connection: Connection, exports: list[datetime]) -> None:
    """`island`: neighbouring points that say the same, with no full export between that left the member out."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE island AS
        WITH neighbours AS (
            SELECT *, lag(moment) OVER w AS before, lag(hash) OVER w AS hash_before,
                lag(deleted) OVER w AS away_before, lag(run) OVER w AS run_before
            FROM point WINDOW w AS (PARTITION BY identity_key ORDER BY moment, run)
        ), broken AS (
            SELECT *, before IS NULL OR hash <> hash_before OR deleted <> away_before
                OR (run <> run_before AND moment > before AND
                    len(list_filter($exports::TIMESTAMP[], lambda e: e > before AND e < moment)) > 0) AS begins
            FROM neighbours
        ), numbered AS (
            SELECT *, count(*) FILTER (begins) OVER (PARTITION BY identity_key ORDER BY moment, run
                ROWS UNBOUNDED PRECEDING) AS island
            FROM broken
        )
        SELECT identity_key, min(moment) AS since, max(moment) AS until, any_value(deleted) AS deleted,
            any_value(hash) AS hash, arg_max(run, (run < 0, moment, run)) AS run,
            list_sort(list_distinct(list(moment))) AS moments
        FROM numbered GROUP BY identity_key, island""",
        {"exports": exports},
    )


def _hash(texts: Mapping[str, str]) -> str:
    """SQL for what tells one description from another: the texts by their names."""
    said = "".join(f", '{text}', {column}" for text, column in sorted(texts.items()))
    return f"hash(0{said})"


def _listed(texts: Mapping[str, str]) -> str:
    return "".join(f", t.{column} AS {text}" for text, column in texts.items())
