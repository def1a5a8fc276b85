"""The same questions answered the slow, obvious way: loops over lines, no SQL, nothing shared with `cubes`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import product as pairs

from tests.tiny import Line

Key = tuple[str | None, ...]
PATHS = {
    "country": ("country",),
    "region": ("country", "region"),
    "city": ("country", "region", "city"),
    "customer_kind": ("customer_kind",),
    "department": ("department",),
    "category": ("department", "category"),
    "subcategory": ("department", "category", "subcategory"),
    "channel_type": ("channel_type",),
    "customer": ("customer",),
    "product": ("product",),
    "channel": ("channel",),
}
PERIODS = {
    "year": "%Y",
    "month": "%Y-%m",
    "day": "%Y-%m-%d",
    "iso_year": "%G",
    "week": "%G-W%V",
}


def member(line: Line, level: str) -> str:
    """The id of the member of `level` that a line belongs to."""
    if level in PATHS:
        return "/".join(getattr(line, column) for column in PATHS[level])
    return period(line.day, level)


@cache
def period(day: date, level: str, fiscal_start: int = 1, week_start: int = 1) -> str:
    """How the period of `level` that holds a day is called, found by walking to its first day."""
    if level == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if level in ("fiscal_year", "fiscal_quarter"):
        return fiscal_period(day, level, fiscal_start)
    if level in ("iso_year", "week") and week_start != 1:
        first = day
        while first.isoweekday() != week_start:
            first -= timedelta(days=1)
        return f"W{first}" if level == "week" else str((first + timedelta(days=3)).year)
    return day.strftime(PERIODS[level])


def fiscal_period(day: date, level: str, fiscal_start: int) -> str:
    """FY2012 or FY2012-Q1: the months from the fiscal year's first one counted off, one by one."""
    year, month, passed = day.year, day.month, 0
    while month != fiscal_start:
        year, month, passed = (year - 1, 12, passed + 1) if month == 1 else (year, month - 1, passed + 1)
    ends_in = year if fiscal_start == 1 else year + 1
    return f"FY{ends_in}" if level == "fiscal_year" else f"FY{ends_in}-Q{passed // 3 + 1}"


def measures(lines: list[Line]) -> dict[str, float | None]:
    """Every measure of some lines; None where it is not defined."""
    revenue = float(sum(Decimal(line.revenue) for line in lines))
    orders = len({line.order for line in lines if not line.is_return})
    customers = len({line.customer for line in lines} - {"(unknown)"})
    known_cost = [line for line in lines if line.cost is not None]
    sold = [line.units for line in lines if not line.is_return]
    returned = [-line.units for line in lines if line.is_return]
    return {
        "revenue": revenue if lines else None,
        "units": sum(line.units for line in lines) if lines else None,
        "order_lines": len(lines),
        "orders": orders,
        "customers": customers,
        "margin": float(sum(Decimal(x.revenue) - Decimal(x.cost or 0) for x in known_cost))
        if known_cost
        else None,
        "average_order_value": revenue / orders if orders and lines else None,
        "revenue_per_customer": revenue / customers if customers and lines else None,
        "return_rate": sum(returned) / sum(sold) if sold and sum(sold) else None,
        "products": len({line.product for line in lines if not line.is_return} - {"(unknown)"}),
        "categories": len(
            {(x.department, x.category) for x in lines if not x.is_return and x.category != "(unknown)"}
        ),
        "purchase_days": len({line.day for line in lines if not line.is_return}),
    }


def cells(
    lines: Iterable[Line],
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    totals: bool = False,
    top: dict[str, list[str]] | None = None,
) -> dict[Key, list[Line]]:
    """The lines of every cell; a key holds member ids, None for what is rolled up, 'Others' beyond the top."""
    found: dict[Key, list[Line]] = {}
    for line in lines:
        ids = [_grouped(member(line, level), (top or {}).get(level)) for level in (*rows, *columns)]
        kept = range(len(rows) + 1) if totals else (len(rows),)
        across = range(len(columns) + 1) if totals else (len(columns),)
        for r, c in pairs(kept, across):
            key = tuple(
                value if (at < r if at < len(rows) else at - len(rows) < c) else None
                for at, value in enumerate(ids)
            )
            found.setdefault(key, []).append(line)
    return found


def _grouped(value: str, top: list[str] | None) -> str:
    return value if top is None or value in top else "Others"


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def period_days(day: date, level: str, fiscal_start: int = 1, week_start: int = 1) -> list[date]:
    """All days of the period that a day falls in, found by walking."""
    own = period(day, level, fiscal_start, week_start)
    first = last = day
    while period(first - timedelta(days=1), level, fiscal_start, week_start) == own:
        first -= timedelta(days=1)
    while period(last + timedelta(days=1), level, fiscal_start, week_start) == own:
        last += timedelta(days=1)
    return days_between(first, last)


def same_date(day: date, months: int) -> date:
    """The date so many months before, found month by month; the last of a month that lacks it."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    last = first
    while last.month == first.month and last.day < day.day:
        last += timedelta(days=1)
    return last if last.month == first.month else last - timedelta(days=1)


def dates_before(own: list[date], months: int) -> list[date]:
    """The days from date to date so many months before; the end of a month answers to the end of a month."""
    after = own[-1] + timedelta(days=1)
    end = same_date(after, months) - timedelta(days=1) if after.day == 1 else same_date(own[-1], months)
    return days_between(same_date(own[0], months), end)


MONTHS = {"year": 12, "fiscal_year": 12, "quarter": 3, "fiscal_quarter": 3, "month": 1}


def days_before(
    own: list[date], level: str, how: str, fiscal_start: int = 1, week_start: int = 1
) -> list[date]:
    """The days that an unbroken run of days, all in one period of `level`, is held against."""
    if how == "weekdays":
        return [day - timedelta(days=364) for day in own]
    if level in MONTHS:
        return dates_before(own, MONTHS[level] if how == "previous" else 12)
    if level == "day":
        return [own[0] - timedelta(days=1) if how == "previous" else same_date(own[0], 12)]
    if level == "week":
        return [day - timedelta(days=7 if how == "previous" else 364) for day in own]
    whole = period_days(own[0], level, fiscal_start, week_start)
    other = period_days(whole[0] - timedelta(days=1), level, fiscal_start, week_start)
    begin = (own[0] - whole[0]).days
    return other[begin:] if own[-1] == whole[-1] else other[begin : begin + len(own)]


def compared_days(
    day: date,
    level: str,
    how: str,
    first_day: date,
    last_day: date,
    fiscal_start: int = 1,
    week_start: int = 1,
) -> list[date] | None:
    """The days that the period of `day` is held against; None where the data begin after them.

    Each day that the data hold of the period is held against one of the other.
    """
    own = [each for each in period_days(day, level, fiscal_start, week_start) if each <= last_day]
    other = days_before(own, level, how, fiscal_start, week_start)
    return None if not other or other[0] < first_day else other


def held_against(own: list[date], then: list[date], first_day: date, last_day: date) -> list[date] | None:
    """The days of the span `then` (first and last day) that the whole span `own` is held against."""
    reached = [day for day in days_between(*own) if first_day <= day <= last_day]
    other = days_between(*then)
    if own[1] > last_day and reached:
        begin = max(own[0], first_day)
        months = (begin.year - then[0].year) * 12 + begin.month - then[0].month
        whole = days_between(begin, last_day)
        passed = other[: len(whole)]
        if begin.day == then[0].day and months >= 0:
            passed = [each for each in dates_before(whole, months) if each in other]
        other = passed
    inside = [day for day in other if day <= last_day]
    return inside if reached and inside and then[0] >= first_day else None


def _part(days: list[date], held: list[date]) -> timedelta:
    """How far into the period `held` those days go that the other begins with: from date to date."""
    months = (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month
    first = held[0]
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    end = first
    while (end + timedelta(days=1)).month == first.month and end.day < days[-1].day:
        end += timedelta(days=1)
    after = days[-1] + timedelta(days=1)
    if after.day == 1:
        end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return end - held[0]


def held_in_turn(
    own: list[date], then: list[date], level: str, first_day: date, last_day: date
) -> dict[str, list[date] | None]:
    """The days that each period of the span `own` is held against: the first of it against the first of `then`."""
    reached = [day for day in days_between(*own) if first_day <= day <= last_day]
    if not reached:
        return {}
    inside = {day for day in days_between(*then) if first_day <= day <= last_day}
    names = list(dict.fromkeys(period(day, level) for day in reached))
    opening = max(own[0], period_days(reached[0], level)[0])
    whole = opening == period_days(opening, level)[0] and then[0] == period_days(then[0], level)[0]
    found: dict[str, list[date] | None] = {}
    base = then[0]
    for name in names:
        days = [day for day in days_between(opening, reached[-1]) if period(day, level) == name]
        if whole:
            held = period_days(base, level)
            base = held[-1] + timedelta(days=1)
            if days[-1] != period_days(days[0], level)[-1]:
                held = [each for each in held if (each - held[0]) <= _part(days, held)]
        else:
            held = [day - (opening - then[0]) for day in days]
        found[name] = held if inside.issuperset(held) else None
    return found
