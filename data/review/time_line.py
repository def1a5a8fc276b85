"""One customer's time line over all systems: newest first, by kind and period, a page at a time.

Facts lie as they were loaded. To find the few rows of one customer among many millions, all events are kept sorted by
customer in a file of this process, made once for each snapshot beside what goes on; until it is there, the facts
themselves are read. Whose policy cuts rows or masks what events say reads the facts through it, always.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from data.model.calendar import day_key, to_date
from data.model.canonical_tables import DIMENSION
from data.review.event_sql import COLUMNS, NEWEST_FIRST, RELATION, SCHEMA
from data.store.warehouse import Warehouse

WORTH_SORTING = 1_000_000  # rows of all facts: fewer are read in no time as they lie
KEPT, NAME, SOURCES = "time line", "time_line", "sources of batches"
_lock = threading.Lock()
# Of the newest rows the engine would look for the others' columns anew: for the few of one customer that is dearer.
AT_ONCE = "LIMIT 1000000000"
NAMED = ("channel", "campaign", "product")
NAMES = {"day": pl.Date, **dict.fromkeys((*NAMED, "source"), pl.String)}


@dataclass(frozen=True, slots=True)
class TimeLineAsked:
    """Which events: of these kinds (all where none is named), from a day to a day (None: as far as they go), `without`
    those of some numbers, which the front office took back."""

    kinds: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    without: tuple[str, ...] = ()

    @property
    def condition(self) -> tuple[str, list[object]]:
        """SQL and its values."""
        told, values = ["customer_code = ?"], list[object]()
        if self.kinds:
            told.append(f"kind IN ({', '.join('?' * len(self.kinds))})")
            values += self.kinds
        for day, sign in ((self.since, ">="), (self.until, "<=")):
            if day is not None:
                told.append(f"day_key {sign} ?")
                values.append(day_key(day))
        if self.without:
            gone = f"number IN ({', '.join('?' * len(self.without))})"
            told.append(f"NOT coalesce(fact IN ('interaction', 'case_event') AND {gone}, false)")
            values += self.without
        return " AND ".join(told), values

    def tells(self, event: WrittenEvent) -> bool:
        """Whether what somebody wrote is among them."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and (self.since is None or self.since <= event.day)
            and (self.until is None or event.day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """What a person wrote of a customer, at a moment on the reader's clock."""

    at: datetime
    kind: str
    title: str
    by: str
    note: str = ""

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def row(self) -> tuple[object, ...]:
        second = self.at.hour * 3600 + self.at.minute * 60 + self.at.second
        return ("written", self.day, second, self.kind, self.title, self.note, self.by, False)


WRITTEN = {
    "fact": pl.String, "day": pl.Date, "at_second": pl.Int64, "kind": pl.String, "title": pl.String,
    "note": pl.String, "source": pl.String, "is_open": pl.Boolean,
}  # fmt: skip


def prepare(warehouse: Warehouse) -> Future[str]:
    """Let all events be sorted by customer, if nobody did yet and there are many: how SQL reads them then."""
    whole = warehouse.whole
    with _lock:
        made: Future[str] | None = whole.beside.get(KEPT)
        if made is None:
            made = whole.beside[KEPT] = Future()
            threading.Thread(target=_sort, args=(whole, made), name="time-line", daemon=True).start()
    return made


def _sort(whole: Warehouse, made: Future[str]) -> None:
    try:
        lines = sum(each.lines for each in whole.profile.extents.values())
        sql = f"SELECT * FROM ({RELATION}) WHERE customer_code > 0 ORDER BY customer_code, {NEWEST_FIRST}"
        made.set_result(whole.keep_beside(NAME, sql) if lines >= WORTH_SORTING else f"({RELATION})")
    except Exception:  # no room, or the snapshot was let go of: the facts are read as they lie
        made.set_result(f"({RELATION})")


def events(warehouse: Warehouse, code: int, asked: TimeLineAsked, most: int, after: int = 0) -> pl.DataFrame:
    """At most so many events of a customer, newest first, `after` so many newer ones: the columns of `event_sql`, with
    `day`, and the names `channel`, `campaign`, `product` and `source` (null of none)."""
    store, relation = _read(warehouse)
    condition, values = asked.condition
    own = f"SELECT {COLUMNS} FROM {relation} WHERE {condition} {AT_ONCE}"
    told = f"SELECT * FROM ({own}) ORDER BY {NEWEST_FIRST} LIMIT {most:d} OFFSET {after:d}"
    return _named(warehouse, store.rows(told, [code, *values]))


def plain(warehouse: Warehouse, code: int, kind: str, columns: str, most: int) -> list[tuple[Any, ...]]:
    """Some columns of a customer's newest events of one kind."""
    store, relation = _read(warehouse)
    own = f"SELECT * FROM {relation} WHERE customer_code = ? AND kind = ? {AT_ONCE}"
    sql = f"SELECT {columns} FROM ({own}) ORDER BY {NEWEST_FIRST} LIMIT {most:d}"
    return store.rows(sql, [code, kind])


def with_written(
    warehouse: Warehouse,
    code: int,
    asked: TimeLineAsked,
    written: Sequence[WrittenEvent],
    most: int,
    after: int = 0,
) -> pl.DataFrame:
    """As `events`, with what people wrote of the customer and no source knows yet: it stands first on its day."""
    own = sorted((each for each in written if asked.tells(each)), key=lambda each: each.at, reverse=True)
    newer = _newer(warehouse, code, asked, [each.day for each in own])
    places = [before + at for at, before in enumerate(newer)]
    here = [(place, each) for place, each in zip(places, own, strict=True) if after <= place < after + most]
    earlier = sum(place < after for place in places)
    found = events(warehouse, code, asked, most - len(here), after - earlier)
    told = pl.DataFrame([each.row for _, each in here], schema=WRITTEN, orient="row")
    at = pl.Series([place for place, _ in here], dtype=pl.Int64)
    free = pl.Series(
        [each for each in range(after, after + most) if each not in set(at)][: found.height], dtype=pl.Int64
    )
    return (
        pl.concat([found.with_columns(at=free), told.with_columns(at=at)], how="diagonal_relaxed")
        .sort("at")
        .drop("at")
    )


def _newer(warehouse: Warehouse, code: int, asked: TimeLineAsked, days: Sequence[date]) -> list[int]:
    """How many events are of a later day than each of these."""
    if not days:
        return []
    store, relation = _read(warehouse)
    condition, values = asked.condition
    counts = ", ".join("count(*) FILTER (day_key > ?)" for _ in days)
    sql = f"SELECT {counts} FROM {relation} WHERE {condition}"
    return [int(each) for each in store.rows(sql, [*map(day_key, days), code, *values])[0]]


def kinds(
    warehouse: Warehouse, code: int, asked: TimeLineAsked, written: Sequence[WrittenEvent] = ()
) -> dict[str, int]:
    """How many events a customer has of each kind within the period, the most first."""
    store, relation = _read(warehouse)
    every = replace(asked, kinds=())
    condition, values = every.condition
    sql = f"SELECT kind, count(*) FROM {relation} WHERE {condition} GROUP BY kind"
    counts = Counter(dict(store.rows(sql, [code, *values])))
    counts.update(each.kind for each in written if every.tells(each))
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def open_events(warehouse: Warehouse, code: int, most: int = 20) -> pl.DataFrame:
    """What nobody has answered, decided or paid yet, tickets aside, which are cases; the oldest first, as `events`."""
    store, relation = _read(warehouse)
    sql = f"""SELECT {COLUMNS} FROM {relation} WHERE customer_code = ? AND is_open AND fact <> 'interaction'
    ORDER BY day_key, fact, number LIMIT {most:d}"""
    return _named(warehouse, store.rows(sql, [code]))


def _read(warehouse: Warehouse) -> tuple[Warehouse, str]:
    """Where the events are read that a policy shows, and how."""
    made, policy = prepare(warehouse), warehouse.policy
    if policy.rows or not _is_of_members(policy.masked):
        return warehouse, f"({RELATION})"
    return warehouse.whole, made.result() if made.done() else f"({RELATION})"


def _is_of_members(masked: Iterable[str]) -> bool:
    """Whether masked columns, written `customer.email`, are all of members: events hold none of theirs but by codes."""
    return {each.partition(".")[0] for each in masked} <= DIMENSION.keys()


def _named(warehouse: Warehouse, rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """The events with the day, and the names of what they point at."""
    at = {name: place for place, name in enumerate(SCHEMA)}
    known = [
        (_names(warehouse, each, {row[at[f"{each}_code"]] for row in rows}), at[f"{each}_code"])
        for each in NAMED
    ]
    known.append((_sources(warehouse), at["batch"]))
    told = [
        (*row, to_date(row[at["day_key"]]), *(names.get(row[place]) for names, place in known))
        for row in rows
    ]
    return pl.DataFrame(told, schema=SCHEMA | NAMES, orient="row")


def _sources(warehouse: Warehouse) -> Mapping[int, str]:
    """The source of each batch."""
    if SOURCES not in warehouse.beside:
        warehouse.beside[SOURCES] = dict(warehouse.rows("SELECT batch, source FROM batch"))
    found: dict[int, str] = warehouse.beside[SOURCES]
    return found


def _names(warehouse: Warehouse, table: str, codes: Collection[int]) -> Mapping[int, str]:
    """The name now of each member. What was looked up once is kept."""
    known: dict[int, str] = warehouse.beside.setdefault(f"names on time lines: {table}", {})
    wanted = [code for code in codes if code and code not in known]
    sql = f"""SELECT {table}_code, arg_max(name, valid_to) FROM {table}
    WHERE {table}_code IN (SELECT unnest(?::INTEGER[])) GROUP BY {table}_code"""
    known.update(warehouse.rows(sql, [wanted]) if wanted else ())
    return known


def orders_by_number(warehouse: Warehouse, code: int) -> dict[int, tuple[int, float, date]]:
    """Of each number (identity_key) of a customer: orders and returns, revenue, and the last day of any."""
    store, relation = _read(warehouse)
    sql = f"""SELECT identity_key, count(DISTINCT order_key), sum(amount), (DATE '1970-01-01' + max(day_key))::DATE
    FROM {relation} WHERE customer_code = ? AND fact = 'sale' GROUP BY identity_key"""
    return {int(key): told for key, *told in store.rows(sql, [code])}  # type: ignore[misc]
