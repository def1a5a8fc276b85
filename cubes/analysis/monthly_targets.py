"""Targets as a fact: what each month is to reach, by the rules of `due_target`, written at the end of every write.

What was set for a year or a quarter falls to its months as it does on the page KPIs, whose rules these are; so Explore
and the page tell the same of a month. The last year's shape is measured in the warehouse that is being written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cubes import catalogue
from cubes.analysis.due_target import TargetPeriod, Worth, due_target
from cubes.analysis.target_status import known_days
from cubes.catalogue.kpis import KPIS, DeclaredKpi
from cubes.catalogue.target_measures import WHOLE_FIRM
from cubes.model import Kind
from data.connection import Connection
from data.model import warehouse_profile
from data.model.calendar import Calendar, Days, day_key, level_written
from data.model.canonical_tables import FACT, DimensionTable
from data.model.warehouse_profile import Profile
from data.store.member_codes import encoded

AHEAD_DAYS = 5 * 366  # how far from the days of order lines targets are written as rows
HELD = """SELECT kpi, level, member, period, value::DOUBLE FROM target_said
WHERE held_until IS NULL AND state = 'set' ORDER BY ALL"""
HELD_ROWS = """SELECT target_kpi, target_level, target_member, day_key, value::DOUBLE, number, phasing
FROM target JOIN target_place USING (target_place_key) ORDER BY ALL"""


@dataclass(frozen=True, slots=True, order=True)
class MonthlyTarget:
    """What a key figure, by its title, of a member of a level or of the whole firm (which stands for both then) is to
    reach in the month that begins on a day; `of` is the period for which that was set."""

    kpi: str
    level: str
    member: str
    day: int
    value: float
    of: str
    phasing: str


def write_monthly_targets(connection: Connection) -> None:
    """Make the rows of `target` those that follow from what is set; nothing is written where they do already."""
    held: dict[tuple[str, str, str], dict[str, float]] = {}
    for kpi, level, member, period, value in connection.execute(HELD).fetchall():
        held.setdefault((kpi, level, member), {})[period] = value
    there = [MonthlyTarget(*row) for row in connection.execute(HELD_ROWS).fetchall()]
    wanted = sorted(_wanted(connection, held)) if held else []
    if wanted != there:
        _name_places(connection, wanted)
        _replace(connection, wanted)


def _wanted(
    connection: Connection, held: Mapping[tuple[str, str, str], Mapping[str, float]]
) -> Iterator[MonthlyTarget]:
    profile = warehouse_profile.read(lambda sql, values=(): connection.execute(sql, values).fetchall(), "")
    kpis = {each.name: each for each in KPIS}
    for (name, level, member), targets in held.items():
        if kpi := kpis.get(name):
            worth = _worth(connection, kpi, level, member, profile)
            yield from _months(kpi, level, member, targets, worth, profile)


def _months(
    kpi: DeclaredKpi, level: str, member: str, targets: Mapping[str, float], worth: Worth, profile: Profile
) -> Iterator[MonthlyTarget]:
    """The months of all periods that a target is set for."""
    calendar = profile.calendar
    for code in _codes(targets, profile):
        days = calendar.days_of("month", code)
        found = due_target(TargetPeriod("month", code, days, days), targets, kpi.declared, worth, calendar)
        if found:
            value = round(found.whole, 4)
            place = (level, member) if level else (WHOLE_FIRM, WHOLE_FIRM)
            yield MonthlyTarget(kpi.title, *place, days.first, value, found.of, str(found.phasing))


def _codes(targets: Mapping[str, float], profile: Profile) -> list[int]:
    """The months of these periods, as far as they lie near the days of order lines."""
    if profile.first_day is None or profile.last_day is None:
        return []
    near = Days(day_key(profile.first_day) - AHEAD_DAYS, day_key(profile.last_day) + AHEAD_DAYS)
    found = (days.meet(near) for days in (_days_of(profile.calendar, each) for each in targets) if days)
    months = {code for days in found if days for code, _ in profile.calendar.periods("month", days)}
    return sorted(months)


def _days_of(calendar: Calendar, period: str) -> Days | None:
    level = level_written(period)
    return calendar.days_of(level, calendar.parse_period(level, period)) if level else None


def _worth(connection: Connection, kpi: DeclaredKpi, level: str, member: str, profile: Profile) -> Worth:
    """What a figure that falls to months by a shape had over any days; None where these are not all known.

    Of sums, counts and distinct counts; others have the same target in each part, and need none.
    """
    known, sql = known_days(kpi, profile), _sum_of(kpi, level, profile)

    @cache
    def worth(days: Days) -> float | None:
        if known is None or sql is None or days.first < known.first or days.last > known.last:
            return None
        values = [days.first, days.last, *([member] if level else [])]
        found = connection.execute(sql, values).fetchall()[0][0]
        return (0.0 if kpi.declared.zero_when_empty else None) if found is None else float(found)

    return worth


def _sum_of(kpi: DeclaredKpi, level: str, profile: Profile) -> str | None:
    """SQL for a figure over days, of one member of a level: days and member are values."""
    measure = kpi.declared
    if measure.kind not in (Kind.ADDITIVE, Kind.DISTINCT):
        return None
    fact = FACT[catalogue.CUBES[kpi.cube].fact]
    own = _dimension_of(fact.dimensions, level, profile)
    if level and own is None:
        return None
    joined = "".join(
        f" JOIN {name} ON {name}.{name}_key = {fact.name}.{name}_key"
        for name in dict.fromkeys([*measure.joins, *([own.name] if own else [])])
    )
    counted = {"count": "count(*)"}.get(measure.aggregate, f"{measure.aggregate}({measure.column})")
    if measure.kind is Kind.DISTINCT:
        counted = f"count(DISTINCT {measure.column})"
    of_member = f" AND {encoded(f'{own.name}.{level}')} = ?" if own else ""
    condition = f" AND ({measure.condition})" if measure.condition else ""
    return f"SELECT {counted} FROM {fact.name}{joined} WHERE day_key BETWEEN ? AND ?{of_member}{condition}"


def _dimension_of(
    dimensions: Sequence[DimensionTable], level: str, profile: Profile
) -> DimensionTable | None:
    """The dimension in which a level stands above all others, so that its text tells the member."""
    attributes = {(each.dimension, each.name) for each in profile.attributes}
    for table in dimensions:
        tops = {names[0] for names in table.hierarchies if names[0] != table.leaf}
        if level in tops or (table.name, level) in attributes:
            return table
    return None


def _name_places(connection: Connection, wanted: Sequence[MonthlyTarget]) -> None:
    """Make sure that each place of targets is a member; one that has none any longer stays."""
    held = {
        *connection.execute("SELECT target_kpi, target_level, target_member FROM target_place").fetchall()
    }
    for place in dict.fromkeys((each.kpi, each.level, each.member) for each in wanted):
        if place not in held:
            connection.execute(
                """INSERT INTO target_place (target_place_key, target_place_code, id, name, target_kpi, target_level,
                    target_member)
                SELECT max(target_place_key) + 1, max(target_place_key) + 1, $id, $id, $kpi, $level, $member
                FROM target_place""",
                {"id": " / ".join(place), **dict(zip(("kpi", "level", "member"), place, strict=True))},
            )


def _replace(connection: Connection, wanted: Sequence[MonthlyTarget]) -> None:
    connection.execute("DELETE FROM target")
    columns = [[getattr(each, name) for each in wanted] for name in MonthlyTarget.__slots__]
    connection.execute(
        """INSERT INTO target BY NAME
        SELECT day_key, target_place_key, number, value, phasing, (SELECT coalesce(max(batch), 0) FROM batch) AS batch,
            0 AS row_in_source
        FROM (SELECT unnest(?::VARCHAR[]) AS target_kpi, unnest(?::VARCHAR[]) AS target_level,
                unnest(?::VARCHAR[]) AS target_member, unnest(?::INTEGER[]) AS day_key, unnest(?::DOUBLE[]) AS value,
                unnest(?::VARCHAR[]) AS number, unnest(?::VARCHAR[]) AS phasing)
            JOIN target_place USING (target_kpi, target_level, target_member)
        ORDER BY day_key, target_place_key""",
        columns,
    )
