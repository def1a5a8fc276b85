"""Random questions to random firms: the cube answers as loops over the lines do."""

from __future__ import annotations

import math
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cubes.ask.answer import Answer, ask
from cubes.query import Comparison, Cut, Period, Query
from tests import oracle
from tests.tiny import Line, tiny_warehouse

Told = dict[oracle.Key, dict[str, Any]]
MEASURES = tuple(oracle.measures([]))
SUMS = ("revenue", "units")  # are 0 where there was nothing, in a period that is held against another
FIRST = date(2010, 11, 20)
TIMES = ("year", "quarter", "month", "day", "iso_year", "week")
LEVELS = (*oracle.PATHS, *TIMES)

some_lines = st.lists(
    st.builds(
        Line,
        day=st.integers(0, 800).map(lambda days: FIRST + timedelta(days=days)),
        order=st.integers(1, 15).map(lambda number: f"o{number}"),
        customer=st.sampled_from(["Ann", "Bob", "Cy", "Di", "(unknown)"]),
        country=st.sampled_from(["France", "Italy", "A/B", "(unknown)"]),
        region=st.sampled_from(["North", "South"]),
        city=st.sampled_from(["Lille", "Rome"]),
        product=st.sampled_from(["Cup", "Pan", "Hat", "(unknown)"]),
        department=st.sampled_from(["Home", "Wear"]),
        category=st.sampled_from(["Kitchen", "Sale", "(unknown)"]),
        channel=st.sampled_from(["Web", "Shop"]),
        units=st.integers(1, 5),
        revenue=st.decimals(0, 100, places=2).map(str),
        cost=st.one_of(st.none(), st.decimals(0, 50, places=2).map(str)),
    ).flatmap(
        lambda line: st.booleans().map(
            lambda back: (
                line
                if not back
                else Line(
                    **{
                        **line.__dict__,
                        "is_return": True,
                        "units": -line.units,
                        "revenue": f"-{line.revenue}",
                    }
                )
            )
        )
    ),
    min_size=1,
    max_size=40,
)


some_measures = st.lists(st.sampled_from(MEASURES), min_size=1, max_size=4, unique=True)


@st.composite
def questions(draw: st.DrawFn) -> Query:
    levels = draw(st.lists(st.sampled_from(LEVELS), max_size=3, unique=True))
    split = draw(st.integers(0, len(levels)))
    measures = draw(some_measures)
    return Query(tuple(measures), tuple(levels[:split]), tuple(levels[split:]), totals=draw(st.booleans()))


def found_cells(answer: Answer) -> dict[oracle.Key, dict[str, float | None]]:
    ids = [f"{level}.id" for level in answer.query.by]
    rows = {}
    for row in answer.frame.iter_rows(named=True):
        key = tuple(
            None
            if row["grouping"] >> (len(ids) - 1 - at) & 1
            else ("Others" if row[name] is None else row[name])
            for at, name in enumerate(ids)
        )
        assert key not in rows
        rows[key] = {name: row[name] for name in answer.query.measures}
    return rows


def assert_same(found: dict[str, float | None], truth: dict[str, float | None]) -> None:
    for name, value in found.items():
        wanted = truth[name]
        same = value is wanted is None or (
            value is not None
            and wanted is not None
            and math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9)
        )
        assert same, f"{name}: {value} is not {wanted}"


def plain(key: oracle.Key) -> oracle.Key:
    return tuple(part and part.replace("A%2FB", "A/B") for part in key)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=some_lines, asked=st.lists(questions(), min_size=3, max_size=6), data=st.data())
def test_every_cell_equals_the_slow_answer(
    lines: list[Line], asked: list[Query], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = tiny_warehouse(Path(folder) / "w.duckdb", lines)
        for query in asked:
            level = data.draw(st.sampled_from(LEVELS))
            members = sorted({oracle.member(line, level) for line in lines})
            chosen = data.draw(st.lists(st.sampled_from(members), max_size=2, unique=True))
            exclude = data.draw(st.booleans())
            inside = lines
            if chosen:
                written = tuple(each.replace("A/B", "A%2FB") for each in chosen)
                query = query.cut(Cut(level, written, exclude=exclude))
                inside = [line for line in lines if (oracle.member(line, level) in chosen) != exclude]
            expected = oracle.cells(inside, query.rows, query.columns, query.totals)
            found = {plain(key): values for key, values in found_cells(ask(warehouse, query)).items()}
            if not inside:
                assert all(not any(values.values()) for values in found.values())
                continue
            assert found.keys() >= expected.keys()
            for key, values in found.items():
                if key in expected:
                    assert_same(values, oracle.measures(expected[key]))
                else:  # a period in which nothing happened
                    assert not any(values.values())
                    assert any(level in oracle.PERIODS or level == "quarter" for level in query.by)
        warehouse.close()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=some_lines,
    level=st.sampled_from(["country", "city", "product", "customer"]),
    column=st.sampled_from([None, "year", "channel"]),
    count=st.integers(1, 3),
    measure=st.sampled_from(["revenue", "customers", "average_order_value", "orders"]),
)
def test_others_are_asked_again_and_not_added(
    lines: list[Line], level: str, column: str | None, count: int, measure: str
) -> None:
    columns = (column,) if column else ()
    query = Query(
        (measure, "customers", "return_rate"), (level,), columns, top=((level, count),), totals=True
    )
    with tempfile.TemporaryDirectory() as folder:
        warehouse = tiny_warehouse(Path(folder) / "w.duckdb", lines)
        found = {plain(key): values for key, values in found_cells(ask(warehouse, query)).items()}
        warehouse.close()
    shown = [
        key[0] for key in found if key[0] not in (None, "Others") and all(part is None for part in key[1:])
    ]
    whole = {
        key[0]: oracle.measures(cell)[measure] for key, cell in oracle.cells(lines, (level,), ()).items()
    }
    if level == "customer":  # an unknown customer is beside every ranking, and never among Others
        assert ("(unknown)" in shown) == ("(unknown)" in whole)
        whole.pop("(unknown)", None)
    ranked = [key for key in shown if key in whole]
    assert len(ranked) == min(count, len(whole))
    least = min(
        ((whole[key] or 0) if whole[key] is not None else float("-inf") for key in ranked), default=0.0
    )
    hidden = [whole[key] for key in whole if key not in shown]
    assert all(value is None or value <= least + 1e-9 for value in hidden)
    expected = oracle.cells(lines, (level,), columns, True, {level: [key for key in shown if key]})
    assert found.keys() == expected.keys()
    for key, values in found.items():
        truth = oracle.measures(expected[key])
        assert_same(values, truth)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=some_lines,
    level=st.sampled_from((*TIMES, "fiscal_year", "fiscal_quarter")),
    beside=st.sampled_from([None, "country", "product"]),
    how=st.sampled_from(list(Comparison)),
    measures=some_measures,
    fiscal_start=st.integers(2, 12),
    week_start=st.integers(1, 7),
)
def test_comparisons_equal_sums_over_days(
    lines: list[Line],
    level: str,
    beside: str | None,
    how: Comparison,
    measures: list[str],
    fiscal_start: int,
    week_start: int,
) -> None:
    query = Query(tuple(measures), (level,), (beside,) if beside else (), compare=how)
    calendar = (fiscal_start, week_start)
    (told,) = _answered(lines, [query], calendar)
    first, last = min(line.day for line in lines), max(line.day for line in lines)
    for day in oracle.days_between(first, last):
        before = oracle.period(day - timedelta(days=1), level, *calendar)
        if day != first and before == oracle.period(day, level, *calendar):
            continue
        against = oracle.compared_days(day, level, how.value, first, last, *calendar)
        _check_bases(lines, told, query, oracle.period(day, level, *calendar), against)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=some_lines,
    level=st.sampled_from(("month", "quarter", "day")),
    beside=st.sampled_from([None, "country"]),
    measures=some_measures,
    begin=st.integers(0, 800),
    length=st.integers(0, 400),
    other=st.integers(0, 800),
    other_length=st.integers(0, 400),
)
def test_any_two_periods_equal_sums_over_days(
    lines: list[Line], level: str, beside: str | None, measures: list[str],
    begin: int, length: int, other: int, other_length: int,
) -> None:  # fmt: skip
    own = [FIRST + timedelta(days=begin), FIRST + timedelta(days=begin + length)]
    then = [FIRST + timedelta(days=other), FIRST + timedelta(days=other + other_length)]
    cut = Cut("day", since=str(own[0]), until=str(own[1]))
    against = Period(f"{then[0]}..{then[1]}")
    first, last = min(line.day for line in lines), max(line.day for line in lines)
    whole = Query(tuple(measures), (beside,) if beside else (), cuts=(cut,), compare=against)
    query = Query(tuple(measures), (level,), (beside,) if beside else (), (cut,), compare=against)
    total, told = _answered(lines, [whole, query])
    _check_bases(lines, total, whole, None, oracle.held_against(own, then, first, last))
    for name, days in oracle.held_in_turn(own, then, level, first, last).items():
        _check_bases(lines, told, query, name, days)


def _answered(lines: list[Line], queries: list[Query], calendar: tuple[int, int] = (1, 1)) -> list[Told]:
    """The rows of each answer, by the ids of its members."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        warehouse = tiny_warehouse(path, lines, fiscal_start=calendar[0], week_start=calendar[1])
        frames = [ask(warehouse, query).frame for query in queries]
        warehouse.close()
    return [
        {plain(tuple(row[f"{each}.id"] for each in query.by)): row for row in frame.iter_rows(named=True)}
        for query, frame in zip(queries, frames, strict=True)
    ]


def then_told(lines: list[Line]) -> dict[str, float | None]:
    """Every measure of a period that another one is held against."""
    found = oracle.measures(lines)
    return found | {name: found[name] or 0.0 for name in SUMS}


def _check_bases(
    lines: list[Line], told: Told, query: Query, name: str | None, days: list[date] | None
) -> None:
    """The base of the period `name` (None: the whole time), beside each member, is the truth of these days."""
    held = set(days or ())
    period = () if name is None else (name,)
    beside = query.by[len(period) :]
    for ids, cell in oracle.cells(lines, beside, ()).items():
        then = [line for line in cell if line.day in held]
        row = told.get((*period, *ids))
        if row is None:
            assert not then
            continue
        truth = dict.fromkeys(SUMS, 0) | {
            name: each for name, each in oracle.measures(then).items() if each is not None
        }
        found = {measure: row[f"{measure}:base"] for measure in query.measures}
        assert_same(found, {name: None if days is None else truth.get(name) for name in found})
