"""Who stands in an audience: rows of the warehouse, each with the publications with which somebody came and left.

A customer is held by every number that sources know it by (`identity_key`): two who are merged are counted once, and of
one who is told apart both stay, for nobody knows which of them was meant. Persons who were erased are in none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from data.connection import Connection
from data.errors import BadRequest
from data.model.canonical_tables import CUSTOMER
from data.model.fact_extent import Rows
from data.temporary_tables import owned

Arrays = Callable[[str, Sequence[Any]], dict[str, np.ndarray]]
FEWEST_DRAWN, MOST_DRAWN = 2, 5

MEMBERS = """SELECT DISTINCT customer_code AS code FROM audience_member JOIN customer_identity USING (identity_key)
WHERE audience = ? AND went IS NULL ORDER BY code"""
# Whoever stood in it before a publication by another number neither comes nor leaves with that one.
STOOD = """WITH moved AS (
  SELECT customer_code, publication, sum(step) AS step FROM (
    SELECT customer_code, unnest([came, went]) AS publication, unnest([1, -1]) AS step
    FROM audience_member JOIN customer_identity USING (identity_key) WHERE audience = ?)
  WHERE publication IS NOT NULL GROUP BY ALL
), stood AS (
  SELECT *, sum(step) OVER (PARTITION BY customer_code ORDER BY publication) AS after FROM moved
)"""
COURSE = f"""{STOOD}
SELECT publication, published_at, count(*) FILTER (after > 0 AND after = step) AS came,
  count(*) FILTER (after = 0 AND step < 0) AS "left"
FROM stood LEFT JOIN publication ON number = publication GROUP BY ALL
HAVING came > 0 OR "left" > 0 ORDER BY publication"""
REGIONS = """SELECT regions, count(*) AS customers FROM (
  SELECT customer_code, bit_or(1 << (list_position(?::VARCHAR[], audience) - 1)) AS regions
  FROM audience_member JOIN customer_identity USING (identity_key)
  WHERE went IS NULL AND list_contains(?::VARCHAR[], audience) GROUP BY customer_code)
GROUP BY regions"""

# `wanted` are the numbers of those who are to stand in it.
WANTED = """CREATE OR REPLACE TEMP TABLE wanted_in_audience AS
SELECT identity_key FROM customer_identity SEMI JOIN customers_found USING (customer_code)
ANTI JOIN (FROM erased WHERE dimension = 'customer') AS gone USING (identity_key)"""
COME = """INSERT INTO audience_member SELECT ?, identity_key, ?, NULL FROM wanted_in_audience
ANTI JOIN (FROM audience_member WHERE audience = ? AND went IS NULL) AS there USING (identity_key)"""
GO = """UPDATE audience_member SET went = ? WHERE audience = ? AND went IS NULL
AND identity_key NOT IN (FROM wanted_in_audience)"""


NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM publication"


class FirstWritten(NamedTuple):
    """With which publication an audience was written first, and how many customers stood in it then."""

    publication: int
    customers: int


def next_publication(rows: Rows) -> int:
    """The number of the publication that a writer's transaction will be."""
    return int(rows(NUMBER)[0][0])


def members(arrays: Arrays, id: str) -> np.ndarray:
    """The codes (int32, sorted, each once) of the customers who stand in an audience; `arrays` is a snapshot's."""
    return np.asarray(arrays(MEMBERS, [id])["code"], dtype=np.int32)


def written(rows: Rows, id: str) -> FirstWritten | None:
    """Where an audience was written first; None where it has not come into this snapshot yet."""
    found = rows("SELECT publication, customers FROM audience_written WHERE audience = ?", [id])
    return FirstWritten(*found[0]) if found else None


def trouble(rows: Rows, id: str) -> str:
    """Why a living audience could not follow the last publication, as a sentence; "" where it could."""
    found = rows("SELECT why FROM audience_trouble WHERE audience = ?", [id])
    return str(found[0][0]) if found else ""


def course(rows: Rows, id: str) -> pl.DataFrame:
    """Who came and left, the earliest first: `publication`, `published_at`, and how many customers `came`, `left` and
    stood in it then (`members`), as customers are told apart today and without those who were erased."""
    found = pl.DataFrame(
        rows(COURSE, [id]),
        schema={
            "publication": pl.Int64,
            "published_at": pl.Datetime("us"),
            "came": pl.Int64,
            "left": pl.Int64,
        },
        orient="row",
    )
    return found.with_columns(members=(pl.col("came") - pl.col("left")).cum_sum())


def overlap(rows: Rows, ids: Sequence[str]) -> pl.DataFrame:
    """How many `customers` stand in each region of two to five audiences: bit i of `regions` says that `ids[i]` is
    one of those they are in. Every region has a row. Raises BadRequest for more audiences, or fewer."""
    once = list(dict.fromkeys(ids))
    if not FEWEST_DRAWN <= len(once) <= MOST_DRAWN:
        raise BadRequest(
            f"{len(once)} audiences have no overlap that can be drawn.",
            f"Choose {FEWEST_DRAWN} to {MOST_DRAWN}.",
        )
    counted: dict[int, int] = dict(rows(REGIONS, [once, once]))
    regions = range(1, 1 << len(once))
    return pl.DataFrame({"regions": list(regions), "customers": [counted.get(each, 0) for each in regions]})


def write(connection: Connection, id: str, codes: np.ndarray, publication: int) -> bool:
    """Let these customers stand in an audience from a publication on, in the writer's transaction; whether anybody
    came or left. Who stands in it already has no other row, and nothing is written where nothing changed."""
    frame = pl.DataFrame({CUSTOMER.code: pl.Series(codes, dtype=pl.Int32)})
    with owned(connection, "wanted_in_audience"):
        connection.register("customers_found", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
        connection.execute(WANTED)
        connection.unregister("customers_found")
        (came,) = connection.execute(COME, [id, publication, id]).fetchall()[0]
        (went,) = connection.execute(GO, [publication, id]).fetchall()[0]
    _note_first(connection, id, publication)
    return bool(came or went)


def _note_first(connection: Connection, id: str, publication: int) -> None:
    connection.execute(
        f"""INSERT INTO audience_written SELECT ?, ?, count(*) FROM ({MEMBERS})
        WHERE NOT EXISTS (FROM audience_written WHERE audience = ?)""",
        [id, publication, id, id],
    )


def note_troubles(connection: Connection, troubles: dict[str, str]) -> None:
    """Keep why audiences (by id) could not follow, in place of what was kept before, where it differs."""
    before = dict(connection.execute("SELECT audience, why FROM audience_trouble").fetchall())
    if before == troubles:
        return
    connection.execute("DELETE FROM audience_trouble")
    for id, why in troubles.items():
        connection.execute("INSERT INTO audience_trouble VALUES (?, ?)", [id, why])
