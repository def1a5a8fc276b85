"""What checks find in a delivery, in words, with rows that fail them.

All of it reads the typed table (`typing.typed_rows`): one pass for everything that looks at a row alone, one more
for each key and each reference. Rows that are rejected anyway are not checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from statistics import median
from typing import Any

from data.connection import Connection, Row
from data.load.checking import delivery_rhythm
from data.load.checking.like_deliveries import Alike
from data.load.mappings.canonical_fields import SUBJECTS
from data.load.mappings.declared_check import DeclaredCheck, Edge
from data.load.mappings.mapping import Part
from data.load.record.source_numbers import numbering_of
from data.model.canonical_tables import DIMENSION
from data.temporary_tables import owned

HISTORY = 10
ENOUGH_HISTORY = 3
ENOUGH_REJECTED = 3
USUAL_SLACK_DAYS = 2
EXAMPLES = 3
LONGEST = 40
PRIVATE = frozenset(("customer", "customer_name", "street", "postcode", "email", "phone"))
LISTS = {subject.table.name: subject.name for subject in SUBJECTS if subject.table is not None}
SOUND = "reason IS NULL"
Examples = Callable[[], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found of a delivery, in words; `examples` are rows that fail it."""

    name: str
    severity: str
    passed: bool
    found: str
    expected: str
    examples: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The result as a sentence for a report."""
        shown = f" For example {', '.join(self.examples)}." if self.examples else ""
        return f"The check “{self.name}” fails: {self.found}, expected {self.expected}.{shown}"


@dataclass(frozen=True, slots=True)
class _Scan:
    """The aggregates that one pass is to bring, and their parameters."""

    columns: list[str] = field(
        default_factory=lambda: ["count(*) AS rows", f"count(*) FILTER ({SOUND}) AS sound"]
    )
    parameters: dict[str, object] = field(default_factory=dict)

    def mark(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def add(self, name: str, sql: str) -> None:
        self.columns.append(f"{sql} AS {name}")


class DeliveryChecks:
    """The checks of one delivery: its typed rows, and what its stream delivered before.

    `told` says that its moment `as_of` is not merely that of the load; what lies after `last_day` lies
    in the future.
    """

    def __init__(
        self,
        connection: Connection,
        part: Part,
        typed: str,
        stream: str,
        as_of: datetime,
        unreadable: int,
        told: bool = True,
        last_day: date | None = None,
        alike: Alike | None = None,
    ) -> None:
        self.last_day, self.alike = last_day or as_of.date(), alike
        self.unreadable, self.told = unreadable, told
        self.connection, self.part, self.typed, self.as_of = connection, part, typed, as_of
        self.source = stream.removesuffix(f"/{part.subject}")
        found = connection.execute(f"SELECT column_name FROM (DESCRIBE {typed})").fetchall()
        self.columns = {name for (name,) in found}
        self.seen: dict[str, Any] = {}

    def results(self, checks: Sequence[DeclaredCheck]) -> list[Result]:
        here = [each for each in checks if all(self._column(name) in self.columns for name in each.fields)]
        self._scan(here)
        made = [getattr(self, f"_{check.kind}")(check, at) for at, check in enumerate(here)]
        return [each for each in made if each is not None]

    def _column(self, name: str) -> str:
        own = {each.name for each in self.part.attributes}
        return f"a_{name}" if name in own else f"f_{name}"

    def _scan(self, checks: Sequence[DeclaredCheck]) -> None:
        """Everything that looks at a row alone, in one pass."""
        scan = _Scan()
        for at, check in enumerate(checks):
            if failing := self._failing(check, scan):
                scan.add(f"bad{at}", f"count(*) FILTER ({SOUND} AND {failing})")
            if check.fields:
                column = self._column(check.field)
                scan.add(f"of{at}", f"count({column}) FILTER ({SOUND})")
                if check.kind in ("range", "future"):
                    scan.add(f"low{at}", f"min({column}) FILTER ({SOUND})")
                    scan.add(f"high{at}", f"max({column}) FILTER ({SOUND})")
        dated = next((each for each in ("f_date", "f_modified") if each in self.columns), None)
        if dated and any(each.kind == "fresh" for each in checks):
            scan.add("newest", f"max({dated}) FILTER ({SOUND})")
        names = [each.rpartition(" AS ")[2] for each in scan.columns]
        sql = f"SELECT {', '.join(scan.columns)} FROM {self.typed}"
        row = self.connection.execute(sql, scan.parameters).fetchall()[0]
        self.seen = dict(zip(names, row, strict=True))
        self.seen["rows"] += self.unreadable

    def _failing(self, check: DeclaredCheck, scan: _Scan) -> str:
        """SQL for a row that fails a check which looks at it alone."""
        if check.kind == "filled":
            return f"{self._column(check.field)} IS NULL"
        if check.kind == "matches":
            return f"NOT regexp_full_match({self._column(check.field)}::VARCHAR, {scan.mark(check.pattern)})"
        if check.kind == "future":
            return f"{self._column(check.field)} > {scan.mark(self.last_day)}"
        if check.kind != "range":
            return ""
        column = self._column(check.field)
        low = [f"{column} < {self._edge(check.low, scan)}"] if check.low is not None else []
        high = [f"{column} > {self._edge(check.high, scan)}"] if check.high is not None else []
        return f"({' OR '.join([*low, *high])})"

    def _edge(self, edge: Edge, scan: _Scan) -> str:
        if isinstance(edge, str):
            return f"{scan.mark(date.fromisoformat(edge))}::DATE"
        return f"{scan.mark(str(edge))}::DECIMAL(28,10)"

    def _range(self, check: DeclaredCheck, at: int) -> Result:
        bad, of = self.seen[f"bad{at}"], self.seen[f"of{at}"]
        extent = f", from {_value(self.seen[f'low{at}'])} to {_value(self.seen[f'high{at}'])}" if of else ""
        return self._result(
            check,
            not bad,
            f"{_rows(bad, of)} outside{extent}",
            _span(check.low, check.high),
            lambda: self._examples(check),
        )

    def _future(self, check: DeclaredCheck, at: int) -> Result:
        bad, last = self.seen[f"bad{at}"], self.seen[f"high{at}"]
        found = f"{_rows(bad, self.seen[f'of{at}'])} later, until {last}" if bad else "none"
        return self._result(
            check, not bad, found, f"no day after {self.last_day}", lambda: self._examples(check)
        )

    def _matches(self, check: DeclaredCheck, at: int) -> Result:
        of = self.seen[f"of{at}"]
        good = of - self.seen[f"bad{at}"]
        return self._share(check, good, of, f" written as {check.pattern}", lambda: self._examples(check))

    def _filled(self, check: DeclaredCheck, at: int) -> Result:
        of = self.seen["sound"]
        return self._share(check, of - self.seen[f"bad{at}"], of, "", lambda: self._examples(check))

    def _known(self, check: DeclaredCheck, at: int) -> Result | None:
        """The share of the rows naming a member whose member a list told of; where no list is, there is none."""
        with owned(self.connection, listed := f"{self.typed}_listed"):
            if not self._list(check.field, listed):
                return None if check.history else self._no_list(check)
            return self._known_by(check, listed)

    def _known_by(self, check: DeclaredCheck, listed: str) -> Result:
        column = self._column(check.field)
        sql = f"""SELECT count(*), count(k.id) FROM {self.typed} AS t LEFT JOIN {listed} AS k ON k.id = t.{column}
            WHERE {SOUND} AND t.{column} IS NOT NULL"""
        of, good = self.connection.execute(sql).fetchall()[0]
        lacking = f"{column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {listed})"
        return self._share(check, good, of, "", lambda: self._rows_where(lacking, {}, check))

    def _list(self, dimension: str, into: str) -> int:
        """Make the table `into`: the numbers of the members that a list told of; how many they are."""
        table = DIMENSION[dimension]
        numbering = numbering_of(table, self.source, self.part.ids)
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {into} AS SELECT DISTINCT id FROM {dimension}_identity
            WHERE numbering = $numbering AND identity_key IN
                (SELECT identity_key FROM {dimension}_record WHERE ends_with(stream, $listed))""",
            {"numbering": numbering, "listed": f"/{LISTS[dimension]}"},
        )
        counted = self.connection.execute(f"SELECT count(*) FROM {into}").fetchall()
        return int(counted[0][0])

    def _no_list(self, check: DeclaredCheck) -> Result:
        found = f"no list of {LISTS[check.field]} with these numbers"
        return self._result(check, False, found, f"at least {_percent(check.limit, floor)}")

    def _unique(self, check: DeclaredCheck, at: int) -> Result:
        columns = [self._column(name) for name in check.fields]
        listed, filled = ", ".join(columns), " AND ".join(f"{each} IS NOT NULL" for each in columns)
        # Hashes are half the work of texts; where they say that rows repeat, the rows themselves are asked.
        sql = f"SELECT count(*), count(DISTINCT hash({listed})) FROM {self.typed} WHERE {SOUND} AND {filled}"
        of, different = self.connection.execute(sql).fetchall()[0]
        again = self._again(check, listed, filled) if of > different else 0
        expected = f"each {' and '.join(check.fields)} once"
        if not again:
            return self._result(check, True, "no repeats", expected)
        several = f"GROUP BY {listed} HAVING {self._rows_of_key(check)} > 1"
        many = f"SELECT {listed} FROM {self.typed} WHERE {SOUND} {several}"
        found = f"{_rows(again, of)} repeating another"
        return self._result(
            check,
            False,
            found,
            expected,
            lambda: self._rows_where(f"{filled} AND ({listed}) IN ({many})", {}, check),
        )

    def _rows_of_key(self, check: DeclaredCheck) -> str:
        """SQL for how many rows a key has; of the usual checks, how many that differ: the others are repeats."""
        every = ", ".join(sorted(self.columns - {"place", "row", "reason"}))
        return f"count(DISTINCT hash({every}))" if check.history else "count(*)"

    def _again(self, check: DeclaredCheck, listed: str, filled: str) -> int:
        """How many rows there are beyond the first of each key."""
        of_keys = f"FROM {self.typed} WHERE {SOUND} AND {filled}"
        several = f"SELECT hash({listed}) {of_keys} GROUP BY 1 HAVING count(*) > 1"
        sql = f"""SELECT sum(n - 1)::BIGINT FROM (SELECT {self._rows_of_key(check)} AS n {of_keys}
            AND hash({listed}) IN ({several}) GROUP BY {listed})"""
        return int(self.connection.execute(sql).fetchall()[0][0] or 0)

    def _fresh(self, check: DeclaredCheck, at: int) -> Result | None:
        newest = self.seen.get("newest")
        allowed = self._usual_lag() if check.history else check.limit
        if allowed is None:
            return None
        if newest is None:
            return self._result(check, True, "no rows", f"at most {_days(allowed)} old")
        day = newest.date() if isinstance(newest, datetime) else newest
        old = (self.as_of.date() - day).days
        found = f"the newest of {day}, {_days(max(old, 0))} before this delivery"
        return self._result(check, old <= allowed, found, f"at most {_days(allowed)}")

    def _usual_lag(self) -> float | None:
        """How old the newest row may be, going by the latest deliveries."""
        fact = self._fact()
        sql = f"""WITH earlier AS (SELECT DISTINCT batch, batch.as_of FROM delivery JOIN batch USING (batch)
                WHERE source = $source AND part = $part AND origin = 'load' ORDER BY batch DESC LIMIT {HISTORY}),
            newest AS (SELECT batch, max(day_key) AS day FROM {fact}
                WHERE batch IN (SELECT batch FROM earlier) GROUP BY batch)
            SELECT count(*), median(date_diff('day', DATE '1970-01-01' + day, earlier.as_of::DATE))
            FROM newest JOIN earlier USING (batch)"""
        known, lag = self.connection.execute(sql, self._stream()).fetchall()[0]
        return None if known < ENOUGH_HISTORY else float(ceil(2 * max(lag, 0) + USUAL_SLACK_DAYS))

    def _volume(self, check: DeclaredCheck, at: int) -> Result | None:
        """Held against the median of the latest deliveries, or, where nobody said how far, against their rhythm."""
        history = self._history()
        if len(history) < (ENOUGH_HISTORY if check.history else 1):
            return None
        rows = self.seen["rows"]
        if check.history:
            usual = delivery_rhythm.usual(history, self._day())
            if usual is None:
                return None
            low, high, about = ceil(usual.low), floor(usual.high), round(usual.rows)
            expected = f"{low:,} to {high:,} rows, as the deliveries before make about {about:,} likely on such a day"
            return self._result(check, low <= rows <= high, _count(rows), expected)
        latest, share = [each for _, each in history[-HISTORY:]], Fraction(str(check.limit))
        middle = Fraction(median(latest))
        low, high = max(ceil(middle * (1 - share)), 0), floor(middle * (1 + share))
        since = "the delivery before" if len(latest) == 1 else f"the last {len(latest)} deliveries"
        expected = f"{low:,} to {high:,} rows, as {since} had about {round(middle):,}"
        return self._result(check, low <= rows <= high, _count(rows), expected)

    def _history(self) -> list[tuple[date, int]]:
        """The day and rows of each delivery that came like this one, the latest last; each day's data once.

        The day of one whose moment nothing told is that of its newest row.
        """
        fact = self._fact()
        newest = f"(SELECT max(day_key) FROM {fact} WHERE {fact}.batch = batch.batch)" if fact else "NULL"
        found = self.connection.execute(
            f"""SELECT CASE WHEN as_of = loaded_at THEN coalesce(DATE '1970-01-01' + {newest}::INTEGER, as_of::DATE)
                ELSE as_of::DATE END AS day, rows_read FROM batch JOIN delivery USING (batch)
            WHERE source = $source AND part = $part AND origin = 'load'
                AND ($alike IS NULL OR list_contains($alike, batch))
            ORDER BY batch.as_of, batch.batch""",
            self._stream() | {"alike": self.alike and self.alike.batches(self.connection, self.as_of)},
        ).fetchall()
        return sorted(found, key=lambda each: each[0])

    def _day(self) -> date:
        newest = self.seen.get("newest")
        if self.told or newest is None:
            return self.as_of.date()
        return newest.date() if isinstance(newest, datetime) else newest

    def _fact(self) -> str:
        return self.part.kind.fact.name if self.part.kind.fact else ""

    def _rejected(self, check: DeclaredCheck, at: int) -> Result:
        rows = self.seen["rows"]
        bad = rows - self.seen["sound"]
        few = check.history and bad < ENOUGH_REJECTED
        passed = few or not rows or Fraction(bad, rows) <= Fraction(str(check.limit))
        share = _percent(bad / rows, ceil) if rows else "0%"
        return self._result(
            check,
            passed,
            f"{share} rejected ({bad:,} of {_count(rows)})",
            f"at most {_percent(check.limit, ceil)}",
            lambda: self._rows_where("true", {}, check, "reason IS NOT NULL"),
        )

    def _share(self, check: DeclaredCheck, good: int, of: int, how: str, examples: Examples) -> Result:
        passed = not of or Fraction(good, of) >= Fraction(str(check.limit))
        found = f"{_percent(good / of, floor)} of {_count(of)}" if of else "no rows"
        return self._result(check, passed, found, f"at least {_percent(check.limit, floor)}{how}", examples)

    def _examples(self, check: DeclaredCheck) -> tuple[str, ...]:
        scan = _Scan()
        return self._rows_where(self._failing(check, scan), scan.parameters, check)

    def _rows_where(
        self, condition: str, parameters: Mapping[str, object], check: DeclaredCheck, among: str = SOUND
    ) -> tuple[str, ...]:
        """A few rows as people find them again; what tells who somebody is stays out of it."""
        shown = [name for name in check.fields if name not in PRIVATE]
        columns = "".join(f", {self._column(name)}::VARCHAR" for name in shown)
        sql = f"SELECT row{columns} FROM {self.typed} WHERE {among} AND {condition} ORDER BY row LIMIT {EXAMPLES}"
        return tuple(_example(row, shown) for row in self.connection.execute(sql, parameters).fetchall())

    def _result(
        self, check: DeclaredCheck, passed: bool, found: str, expected: str, examples: Examples = tuple
    ) -> Result:
        return Result(check.name, check.severity, passed, found, expected, () if passed else examples())

    def _stream(self) -> dict[str, str]:
        return {"source": self.source, "part": self.part.subject}


def _example(row: Row, names: Sequence[str]) -> str:
    told = ", ".join(f"{name} {_cut(value)}" for name, value in zip(names, row[1:], strict=True))
    return f"row {row[0]}{f' ({told})' if told else ''}"


def _cut(value: str | None) -> str:
    if value is None:
        return "empty"
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _rows(some: int, of: int) -> str:
    return f"{some:,} of {_count(of)}"


def _count(rows: int) -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'}"


def _days(days: float) -> str:
    return f"{days:g} {'day' if days == 1 else 'days'}"


def _percent(share: float, towards: Callable[[float], int]) -> str:
    """A share that never looks better than it is: `towards` rounds it to a tenth of a percent."""
    tenths = towards(round(share * 1000, 6))
    return f"{tenths / 10:g}%"


def _value(value: object) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value)


def _span(low: Edge | None, high: Edge | None) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"
