"""Finding one customer behind several records: normalise, pair, compare, weigh, join."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.connection import Connection
from data.errors import BadInput, WarehouseError
from data.identity import agreement_weights, candidate_pairs, cluster_records, compare_records, normalise
from data.identity.agreement_weights import NAME_ALONE, Weights
from data.identity.normalise import identifier

SURE, DOUBTFUL = 0.90, 0.50
SAMPLE_OF = 150_000

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found.

    `pairs`: a, b (a < b), probability and evidence of each pair that may be one person; `doubtful` are those
    among them that were not joined, surest first: too unsure, or at odds with the rest of their cluster.
    `evidence` says for each field same, similar, different or missing, and `counted` of doubtful pairs how much each
    field counted, as `weigh.counted` says. `clusters`: record and cluster (its
    smallest record), for all records, or for those that the changed ones reach. `weights`: what was learnt, to
    be used again for the next few.
    """

    pairs: pl.DataFrame
    clusters: pl.DataFrame
    doubtful: pl.DataFrame
    weights: Weights


def _silent(_share: float, _what: str) -> None:
    pass


def match(
    connection: Connection,
    table: str,
    progress: Progress = _silent,
    *,
    only: str | None = None,
    apart: str | None = None,
    together: str | None = None,
    weights: Weights | None = None,
    sure: float = SURE,
) -> Matches:
    """Which records of `table` are one person; `table` itself is only read.

    `only` names a table with the column record: what changed; the rest is looked at where those reach it.
    `apart` and `together` name tables with the columns a and b: what people decided. `weights` of an earlier
    run save learning them. Pairs from `sure` on are joined without review.

    Errors: BadInput where the table or the decisions cannot be used.
    """
    _check(connection, table)
    progress(0.0, "Reading names and addresses")
    try:
        normalise.prepare(connection, table)
        progress(0.25, "Pairing what may belong together")
        candidate_pairs.block(connection)
        _decide(connection, apart, together)
        if only is None or weights is None:
            candidate_pairs.pair(connection)
        if weights is None:
            progress(0.35, "Learning what agreement is worth")
            weights = _learnt(connection)
        progress(0.5, "Comparing")
        _score(connection, weights, only)
        progress(0.85, "Joining")
        found = _found(connection, weights, only, sure)
    finally:
        normalise.clear(connection)
    progress(1.0, "Done")
    return found


def _check(connection: Connection, table: str) -> None:
    """Errors: BadInput where a record stands twice or has no number."""
    rows, different = connection.execute(
        f"SELECT count(*), count(DISTINCT record) FROM {identifier(table)}"
    ).fetchall()[0]
    if rows != different:
        raise BadInput(
            f"{rows - different:,} records have no number of their own.", "Number the records, each once."
        )


def _decide(connection: Connection, apart: str | None, together: str | None) -> None:
    """Make `identity_decided`: a < b and whether a person said they are one."""
    connection.execute("CREATE TEMP TABLE identity_decided (a INTEGER, b INTEGER, one BOOLEAN)")
    for table, one in ((together, True), (apart, False)):
        if table:
            connection.execute(
                f"""INSERT INTO identity_decided SELECT DISTINCT least(a, b), greatest(a, b), {one}
                FROM {identifier(table)} WHERE a <> b
                AND a IN (SELECT record FROM identity_record) AND b IN (SELECT record FROM identity_record)"""
            )
    twice = connection.execute(
        "SELECT a, b FROM identity_decided GROUP BY a, b HAVING count(*) > 1"
    ).fetchall()
    if twice:
        raise BadInput(
            f"Records {twice[0][0]} and {twice[0][1]} are said to be one person and two.",
            "Take back one of the two decisions.",
        )


def _learnt(connection: Connection) -> Weights:
    """Weights from all pairs, or from a sample that depends on the records' identity alone."""
    rows = connection.execute("SELECT count(*) FROM identity_record").fetchall()[0][0]
    compare_records.compare(connection, 1 + rows // SAMPLE_OF)
    seen = connection.sql(
        "SELECT pattern, count(*)::DOUBLE AS pairs FROM identity_scored GROUP BY pattern ORDER BY pattern"
    ).pl()
    return agreement_weights.learnt(seen["pattern"].to_numpy(), seen["pairs"].to_numpy())


def _score(connection: Connection, weights: Weights, only: str | None) -> None:
    """Make `identity_scored` with the chance of each pair, of all or of what the changed records reach."""
    if only is None:
        _weigh(connection, weights)
        return
    connection.execute(
        f"""CREATE TEMP TABLE identity_reached AS
        SELECT DISTINCT record FROM {identifier(only)} WHERE record IN (SELECT record FROM identity_record)"""
    )
    while True:
        candidate_pairs.pair(connection, "identity_reached")
        _weigh(connection, weights, "identity_reached")
        before = _reached(connection)
        connection.execute(
            f"""INSERT INTO identity_reached
            SELECT DISTINCT unnest([a, b]) AS record FROM identity_scored WHERE probability >= {DOUBTFUL}
            EXCEPT SELECT record FROM identity_reached"""
        )
        if _reached(connection) == before:
            return


def _reached(connection: Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM identity_reached").fetchall()[0][0])


def _weigh(connection: Connection, weights: Weights, among: str = "identity_record") -> None:
    """Compare `identity_pair` and turn patterns to chances; what people decided about `among` overrules them."""
    connection.execute(
        f"""INSERT INTO identity_pair SELECT a, b FROM identity_decided ANTI JOIN identity_pair USING (a, b)
        WHERE a IN (SELECT record FROM {among}) OR b IN (SELECT record FROM {among})"""
    )
    compare_records.compare(connection)
    seen = connection.sql("SELECT DISTINCT pattern FROM identity_scored ORDER BY pattern").pl()
    _write_patterns(
        connection, agreement_weights.patterns(weights, seen["pattern"].to_numpy()).drop("evidence")
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE identity_scored AS
        WITH weighed AS (
            SELECT *, weight.one AS same, family + heir + family_share * (neighbour + namesake + stranger) AS others
            FROM identity_scored JOIN identity_pattern AS weight USING (pattern)
        )
        SELECT a, b, pattern, given_share, family_share, decided.one IS NOT NULL AS decided,
            coalesce(decided.one::DOUBLE,
            CASE WHEN reach THEN 1 ELSE {NAME_ALONE} END * same / (same + given_share * others)) AS probability
        FROM weighed LEFT JOIN identity_decided AS decided USING (a, b)"""
    )


def _write_patterns(connection: Connection, patterns: pl.DataFrame) -> None:
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE identity_pattern
        (pattern INTEGER, one DOUBLE, family DOUBLE, neighbour DOUBLE, namesake DOUBLE, stranger DOUBLE, heir DOUBLE,
        reach BOOLEAN)"""
    )
    identity_frame = patterns  # noqa: F841 DuckDB finds it by name, unless a table has that name
    connection.sql("INSERT INTO identity_pattern SELECT * FROM identity_frame")
    written = connection.execute("SELECT count(*) FROM identity_pattern").fetchall()[0][0]
    _all_written(written, len(patterns))


def _found(connection: Connection, weights: Weights, only: str | None, sure: float) -> Matches:
    chosen = "identity_reached" if only else "identity_record"
    if only:
        connection.execute(
            f"""DELETE FROM identity_scored
            WHERE a NOT IN (SELECT record FROM {chosen}) OR b NOT IN (SELECT record FROM {chosen})"""
        )
    known = _components(connection, chosen, sure)
    inside = connection.sql(
        """SELECT a, b, probability, decided FROM identity_scored
        JOIN identity_whole AS x ON x.record = a JOIN identity_whole AS y ON y.record = b AND x.whole = y.whole"""
    ).pl()
    root = cluster_records.clusters(known, inside)
    kept, records = _kept(connection, weights), known["record"].to_numpy()
    one, other = (root[np.searchsorted(records, kept[end].to_numpy())] for end in ("a", "b"))
    doubtful = kept.filter(pl.Series(one != other)).sort(
        ["probability", "a", "b"], descending=[True, False, False]
    )
    shown = ("a", "b", "probability", "evidence")
    return Matches(
        kept.select(shown),
        pl.DataFrame({"record": records, "cluster": root}),
        doubtful.select(*shown, _counted(doubtful, weights)),
        weights,
    )


def _counted(pairs: pl.DataFrame, weights: Weights) -> pl.Series:
    """How much each field of each pair counted."""
    pattern, given, family = (pairs[name].to_numpy() for name in ("pattern", "given_share", "family_share"))
    found = agreement_weights.counted(weights, pattern, given, family)
    return found.select(pl.struct(pl.all()).alias("counted")).to_series()


def _components(connection: Connection, chosen: str, sure: float) -> pl.DataFrame:
    """Each record with what it hangs together with by sure pairs, also as `identity_whole`."""
    known: pl.DataFrame = connection.sql(
        f"""SELECT record, CASE WHEN master THEN hash(numbering) END AS master
        FROM identity_record JOIN (SELECT record FROM {chosen}) USING (record) ORDER BY record"""
    ).pl()
    joined = connection.sql("SELECT a, b FROM identity_scored WHERE probability >= ?", params=[sure]).pl()
    records = known["record"].to_numpy()
    a, b = (np.searchsorted(records, joined[end].to_numpy()) for end in ("a", "b"))
    known = known.with_columns(whole=pl.Series(cluster_records.components(len(records), a, b)))
    connection.execute("CREATE TEMP TABLE identity_whole (record INTEGER, whole INTEGER)")
    identity_frame = known  # noqa: F841 DuckDB finds it by name, unless a table has that name
    connection.sql("INSERT INTO identity_whole SELECT record, whole FROM identity_frame")
    written = connection.execute("SELECT count(*) FROM identity_whole").fetchall()[0][0]
    _all_written(written, len(known))
    return known


def _all_written(written: int, made: int) -> None:
    """Errors: WarehouseError where a frame did not arrive whole."""
    if written != made:
        raise WarehouseError(
            f"Only {written:,} of {made:,} rows reached the database.", "Please report this."
        )


def _kept(connection: Connection, weights: Weights) -> pl.DataFrame:
    """Pairs that may be one person, with what speaks for and against it."""
    kept: pl.DataFrame = connection.sql(
        """SELECT a, b, probability, pattern, given_share, family_share
        FROM identity_scored WHERE probability >= ? ORDER BY a, b""",
        params=[DOUBTFUL],
    ).pl()
    pattern = np.unique(kept["pattern"].to_numpy())
    said = agreement_weights.patterns(weights, pattern)["evidence"]
    at = pl.Series(np.searchsorted(pattern, kept["pattern"].to_numpy()))
    return kept.with_columns(said[at].alias("evidence"))
