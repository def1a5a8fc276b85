"""Stock: a level a series, taken at its last count, whatever is filtered; random counts against a slow oracle."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cubes.ask.answer import Answer, ask
from cubes.query import Cut, Query, parse_cut
from data.store.warehouse import Warehouse
from tests import oracle
from tests.stock_oracle import Count, cells
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

MEASURES = {"on_hand": "last", "on_hand_at_first": "first", "average_on_hand": "average"}
LEVELS = ("year", "quarter", "month", "week", "day", "category", "product", "partner")
FIRST = date(2024, 1, 10)
# Order lines begin before the counts do and end after them: nothing of stock hangs on them.
LINES = [
    Line(day=day, order=f"{product}{category}", product=product, category=category)
    for product, day in (("Cup", date(2023, 12, 1)), ("Pan", date(2024, 12, 1)))
    for category in ("Kitchen", "Sale")
]


@contextmanager
def counted(*counts: Count) -> Iterator[Warehouse]:
    """A warehouse with these counts of stock."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        tiny_warehouse(path, LINES).close()
        rows = [
            {"day": each.day, "product": (each.product, each.category), "partner": each.partner,
             "place": each.place, "on_hand": each.on_hand}
            for each in counts
        ]  # fmt: skip
        warehouse = with_facts(path, stock=rows)
        yield warehouse
        warehouse.close()


def found(answer: Answer) -> dict[tuple[str | None, ...], float]:
    (measure,) = answer.query.measures
    ids = [f"{level}.id" for level in answer.query.by]
    rows = answer.frame.select(*ids, measure).rows()
    return {row[:-1]: row[-1] for row in rows if row[-1] is not None}


def of(place: str, day: date, on_hand: int, product: str = "Cup", category: str = "Kitchen") -> Count:
    return Count(day, product, category, "Weaver", place, on_hand)


MOVED = (of("Rome", date(2024, 1, 10), 10), of("Rome", date(2024, 1, 31), 4, category="Sale"))


@pytest.mark.parametrize(
    ("measure", "cut", "right"),
    [
        ("on_hand", "category=Home/Kitchen", None),
        ("on_hand", "category!=Home/Sale", None),
        ("on_hand", "category=Home/Sale", 4),
        ("on_hand_at_first", "category=Home/Sale", None),
        ("on_hand_at_first", "category=Home/Kitchen", 10),
        ("average_on_hand", "category=Home/Kitchen", 5),
        ("average_on_hand", "category=Home/Sale", 2),
        ("average_on_hand", "product=Cup", 7),
        ("to_reorder", "category=Home/Kitchen", None),
    ],
)
def test_a_filter_on_members_leaves_the_last_count_where_it_is(
    measure: str, cut: str, right: float | None
) -> None:
    with counted(*MOVED) as warehouse:
        answer = ask(warehouse, Query((measure,), cuts=(parse_cut(cut),), cube="stock"))
        assert answer.frame[measure].to_list() == [right]


def test_a_filter_on_time_says_which_count_is_the_last() -> None:
    with counted(*MOVED) as warehouse:
        cuts = (parse_cut("day=2024-01-01..2024-01-15"), parse_cut("category=Home/Kitchen"))
        assert ask(warehouse, Query(("on_hand",), cuts=cuts, cube="stock")).frame["on_hand"].to_list() == [10]


# What stood in a public report: places that count on different days of the month, and not everything every month.
PLACES = (
    of("North", date(2024, 1, 31), 10),
    of("South", date(2024, 1, 28), 5),
    of("South", date(2024, 1, 28), 7, "Pan"),
    of("North", date(2024, 2, 29), 12),
    of("South", date(2024, 2, 26), 4),
    of("North", date(2024, 3, 31), 9),
)


def test_what_was_not_counted_in_a_month_stands_with_its_last_count_and_is_told() -> None:
    with counted(*PLACES) as warehouse:
        answer = ask(warehouse, Query(("on_hand",), ("month",), totals=True, cube="stock"))
        assert found(answer) == {("2024-01",): 22, ("2024-02",): 23, ("2024-03",): 20, (None,): 20}
        assert answer.notes == (
            "Not counted in 2024-03: 2 of 3 (product, partner, place); in 2024-02: 1 of 3; "
            "their last count of the 92 days before its end stands.",
        )
        march = ask(warehouse, Query(("on_hand",), cuts=(Cut("month", ("2024-03",)),), cube="stock"))
        assert march.frame["on_hand"].to_list() == [20]
        assert march.notes[0].startswith("Not counted in the period: 2 of 3 (product, partner, place);")
        average = ask(warehouse, Query(("average_on_hand",), ("month",), cube="stock"))
        assert found(average) == {("2024-01",): 22, ("2024-02",): 16, ("2024-03",): 9}
        assert average.notes[0].endswith("they are left out of the average.")
        assert not ask(warehouse, Query(("stock_counts",), ("month",), cube="stock")).notes


def test_a_comparison_holds_what_stood_against_what_stood() -> None:
    with counted(*PLACES) as warehouse:
        growth = ask(warehouse, Query(("on_hand:growth_previous",), ("month",), cube="stock")).frame
    # Counts begin within January, which is therefore no whole month to compare with.
    assert growth["on_hand:growth_previous"].to_list() == [None, None, pytest.approx(20 / 23 - 1)]


def test_a_series_that_ended_stands_for_92_days() -> None:
    days = [date(2024, 1, 31), *(date(2024, month, 28) for month in range(2, 7))]
    ended = of("North", date(2024, 1, 31), 5, "Pan")
    with counted(ended, *(of("North", day, 1) for day in days)) as warehouse:
        months = found(ask(warehouse, Query(("on_hand",), ("month",), cube="stock")))
    # 2 May is 92 days after 31 January: it stands at the end of April, no longer at that of May.
    assert list(months.values()) == [6, 6, 6, 6, 1, 1]


def test_a_count_dated_years_ahead_is_not_the_last() -> None:
    days = [date(2024, 1, 1) + timedelta(days=at) for at in range(40)]
    typo = of("North", date(2062, 1, 20), 99)
    with counted(typo, *(of("North", day, at) for at, day in enumerate(days))) as warehouse:
        assert ask(warehouse, Query(("on_hand",), cube="stock")).frame["on_hand"].to_list() == [39]
        years = found(ask(warehouse, Query(("on_hand",), ("year",), cube="stock")))
        assert years == {("2024",): 39, ("2062",): 99}
        cut = Query(("on_hand",), cuts=(Cut("year", ("2062",)),), cube="stock")
        assert ask(warehouse, cut).frame["on_hand"].to_list() == [99]


def test_others_hold_what_the_shown_do_not() -> None:
    with counted(*PLACES) as warehouse:
        query = Query(("on_hand",), ("product", "month"), top=(("product", 1),), totals=True, cube="stock")
        rows = {
            row[:2]: row[2]
            for row in ask(warehouse, query).frame.select("product", "month", "on_hand").rows()
        }
    # At the end Cup has 13, Pan 7.
    assert rows["Cup", None] == 13
    assert {key: value for key, value in rows.items() if key[0] == "Others (1)"} == {
        ("Others (1)", "2024-01"): 7, ("Others (1)", "2024-02"): 7, ("Others (1)", "2024-03"): 7,
        ("Others (1)", None): 7,
    }  # fmt: skip


some_counts = st.lists(
    st.builds(
        Count,
        day=st.integers(0, 260).map(lambda at: FIRST + timedelta(days=at)),
        product=st.sampled_from(["Cup", "Pan"]),
        category=st.sampled_from(["Kitchen", "Sale"]),
        partner=st.sampled_from(["Weaver", "Dyer"]),
        place=st.sampled_from(["Prato", "Lucca"]),
        on_hand=st.one_of(st.integers(0, 50), st.integers(0, 50), st.none()),
    ),
    min_size=1,
    max_size=25,
)
CellQuery = Callable[[date], bool]


@st.composite
def cuts_of_time(draw: st.DrawFn) -> tuple[tuple[Cut, ...], CellQuery]:
    kind = draw(st.sampled_from(["none", "range", "months", "all but"]))
    if kind == "none":
        return (), lambda day: True
    if kind == "range":
        first, length = draw(st.integers(0, 260)), draw(st.integers(0, 200))
        since, until = FIRST + timedelta(days=first), FIRST + timedelta(days=first + length)
        return (Cut("day", since=str(since), until=str(until)),), lambda day: since <= day <= until
    at = draw(st.lists(st.integers(0, 260), min_size=1, max_size=3))
    months = tuple(dict.fromkeys(oracle.period(FIRST + timedelta(days=each), "month") for each in at))
    without = kind == "all but"
    return (
        Cut("month", months, exclude=without),
    ), lambda day: (oracle.period(day, "month") in months) != without


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    counts=some_counts,
    rows=st.lists(st.sampled_from(LEVELS), max_size=3, unique=True),
    time=cuts_of_time(),
    member=st.sampled_from([None, ("category", "Kitchen"), ("product", "Cup"), ("partner", "Dyer")]),
    exclude=st.booleans(),
)
def test_every_cell_equals_the_slow_answer(
    counts: list[Count],
    rows: list[str],
    time: tuple[tuple[Cut, ...], CellQuery],
    member: tuple[str, str] | None,
    exclude: bool,
) -> None:
    cuts, asked = time
    met: Callable[[Count], bool] = lambda count: True  # noqa: E731
    if member:
        level, name = member
        if name not in {getattr(each, level) for each in counts}:
            return
        written = f"Home/{name}" if level == "category" else name
        cuts = (*cuts, Cut(level, (written,), exclude=exclude))
        met = lambda count: (getattr(count, level) == name) != exclude  # noqa: E731
    with counted(*counts) as warehouse:
        for measure, how in MEASURES.items():
            answer = ask(warehouse, Query((measure,), tuple(rows), cuts=cuts, totals=True, cube="stock"))
            wanted = cells(counts, tuple(rows), how, asked, met)
            assert found(answer) == pytest.approx(wanted), measure
