"""When, how and of whom a saved finding was formed: one statement for each day on which it was formed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from data.connection import Connection

NOT_YET = "(not yet formed)"
TABLE = """CREATE TABLE IF NOT EXISTS segmentation (
    attribute VARCHAR NOT NULL, formed_on DATE NOT NULL, method VARCHAR NOT NULL, frame VARCHAR NOT NULL,
    recipe VARCHAR NOT NULL, saved_at TIMESTAMP NOT NULL)"""
IS_THERE = """SELECT 1 FROM duckdb_tables() WHERE table_name = 'segmentation' AND schema_name = 'main'
    AND database_name = current_database()"""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One forming of segments, from what was known at the close of the day `formed_on`.

    `method` and `frame` say in words how, and of which customers by which of their purchases; `recipe` is what is
    needed to form them again alike, as JSON.
    """

    formed_on: date
    method: str
    frame: str
    recipe: str = ""

    @property
    def since(self) -> datetime:
        """From when its segments stand: the day's close, so that none of the facts it rests on reads it."""
        return close_of(self.formed_on)


def close_of(day: date) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day, time.max)


def read(rows: Callable[..., list[tuple[Any, ...]]]) -> dict[str, tuple[Segmentation, ...]]:
    """The segmentations of each saved finding, the earliest first; none of what earlier releases saved."""
    found: dict[str, tuple[Segmentation, ...]] = {}
    if rows(IS_THERE):
        sql = "SELECT attribute, formed_on, method, frame, recipe FROM segmentation ORDER BY attribute, formed_on"
        for attribute, *row in rows(sql):
            found[attribute] = (*found.get(attribute, ()), Segmentation(*row))
    return found


def keep(connection: Connection, attribute: str, segmentations: Iterable[Segmentation]) -> None:
    """Write down segmentations; those of the first one's day and later give way."""
    every = sorted(segmentations, key=lambda each: each.formed_on)
    connection.execute(TABLE)
    connection.execute(
        "DELETE FROM segmentation WHERE attribute = ? AND formed_on >= ?", [attribute, every[0].formed_on]
    )
    connection.executemany(
        "INSERT INTO segmentation VALUES (?, ?, ?, ?, ?, current_localtimestamp())",
        [[attribute, each.formed_on, each.method, each.frame, each.recipe] for each in every],
    )


def first_days(connection: Connection) -> dict[str, date]:
    """The day on which each saved finding was formed first, where that is known."""
    connection.execute(TABLE)
    sql = "SELECT attribute, min(formed_on) FROM segmentation GROUP BY attribute"
    return dict(connection.execute(sql).fetchall())


def let_go(connection: Connection, attribute: str) -> None:
    """Forget when a finding was formed."""
    connection.execute(TABLE)
    connection.execute("DELETE FROM segmentation WHERE attribute = ?", [attribute])


def outdate(connection: Connection, attributes: Sequence[str]) -> None:
    """Forget from what findings were formed, for they are to be formed anew."""
    connection.execute(TABLE)
    connection.execute(
        "UPDATE segmentation SET recipe = '' WHERE attribute IN (SELECT unnest(?::VARCHAR[]))", [attributes]
    )
