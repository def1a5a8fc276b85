"""Periods told from where the data end: the days meant, by walking over a calendar; and a link that keeps the words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cubes.ask.answer import ask
from cubes.ask.relative_dates import dated_cuts
from cubes.drill_through.rows_behind import order_lines
from cubes.query import Comparison, Cut, Query, parse_cut, parse_query
from cubes.relative_period import parse_relative
from data.errors import BadRequest
from data.model.calendar import Calendar, day_key, to_date
from data.store.warehouse import Warehouse
from tests import oracle
from tests.cubes.conftest import Make
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

END = date(2011, 5, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("last 1 day", "2011-05-18", "2011-05-18"),
        ("last 90 days", "2011-02-18", "2011-05-18"),
        ("Last 2  Weeks", "2011-05-09", "2011-05-18"),
        ("last 12 months", "2010-06-01", "2011-05-18"),
        ("last 12 complete months", "2010-05-01", "2011-04-30"),
        ("last complete month", "2011-04-01", "2011-04-30"),
        ("last complete day", "2011-05-18", "2011-05-18"),
        ("last month", "2011-04-01", "2011-04-30"),
        ("the last 12 months", "2010-06-01", "2011-05-18"),
        ("previous quarter", "2011-01-01", "2011-03-31"),
        ("this month", "2011-05-01", "2011-05-31"),
        ("this month to date", "2011-05-01", "2011-05-18"),
        ("month to date", "2011-05-01", "2011-05-18"),
        ("this year to date", "2011-01-01", "2011-05-18"),
        ("fiscal year to date", "2010-07-01", "2011-05-18"),
        ("last 3 fiscal quarters", "2010-10-01", "2011-05-18"),
        ("previous fiscal year", "2009-07-01", "2010-06-30"),
        ("last complete iso year", "2010-01-04", "2011-01-02"),
    ],
)
def test_the_days_that_words_mean(words: str, first: str, last: str) -> None:
    period = parse_relative(words)
    assert period
    days = period.days(Calendar(fiscal_start=7), day_key(END))
    assert (str(to_date(days.first)), str(to_date(days.last))) == (first, last)


@pytest.mark.parametrize(
    "unit", ["day", "month", "quarter", "fiscal quarter", "year", "fiscal year", "iso year"]
)
def test_more_periods_than_there_were_begin_before_all_data(unit: str, tmp_path: Path) -> None:
    firm = tiny_warehouse(tmp_path / "w.duckdb", [Line(revenue="7.00")], fiscal_start=7)
    for compare in (None, *Comparison):
        asked = Query(cuts=(parse_cut(f"day=last 9999 {unit}s"),), compare=compare)
        assert ask(firm, asked).total("revenue") == 7


@pytest.mark.parametrize("level", ["day", "week", "month", "quarter", "year", "iso_year"])
@pytest.mark.parametrize("end", [date(2012, 2, 29), date(2012, 3, 31), date(2012, 12, 31), date(2012, 7, 1)])
def test_periods_are_those_that_a_walk_back_finds(level: str, end: date) -> None:
    unit = level.replace("_", " ")
    walked = [oracle.period_days(end, level)]
    while len(walked) < 4:
        walked.append(oracle.period_days(date.fromordinal(walked[-1][0].toordinal() - 1), level))
    complete = walked[0:3] if walked[0][-1] == end else walked[1:4]

    def days(words: str) -> tuple[date, date]:
        period = parse_relative(words)
        assert period
        found = period.days(Calendar(), day_key(end))
        return to_date(found.first), to_date(found.last)

    assert days(f"this {unit}") == (walked[0][0], walked[0][-1])
    assert days(f"{unit} to date") == (walked[0][0], end)
    assert days(f"previous {unit}") == (walked[1][0], walked[1][-1])
    assert days(f"last 3 {unit}s") == (walked[2][0], end)
    assert days(f"last complete {unit}") == (complete[0][0], complete[0][-1])
    assert days(f"last 3 complete {unit}s") == (complete[2][0], complete[0][-1])


@pytest.mark.parametrize("text", ["month", "2011", "France", "last", "the 90 days", "90 days"])
def test_other_words_are_no_such_period(text: str) -> None:
    assert parse_relative(text) is None


@pytest.mark.parametrize(
    "text", ["last 9 dys", "last 0 days", "this moth", "yaer to date", "last year to date"]
)
def test_words_that_only_look_like_a_period_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match=r"is no period\. Write last 90 days, last 12 months"):
        parse_relative(text)


LINES = [
    Line(day=date(2010, 4, 2), order="o1", revenue="1"),
    Line(day=date(2010, 5, 18), order="o2", revenue="2"),
    Line(day=date(2011, 3, 31), order="o3", revenue="4"),
    Line(day=date(2011, 4, 1), order="o4", revenue="8"),
    Line(day=date(2011, 5, 2), order="o5", revenue="16"),
    Line(day=END, order="o6", revenue="32"),
]


def revenue(warehouse: Warehouse, *texts: str) -> float | None:
    found: float | None = ask(warehouse, Query(cuts=tuple(map(parse_cut, texts)))).frame["revenue"][0]
    return found


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("day=last 17 days", 48),
        ("day=last 16 days", 32),
        ("month=last 2 months", 56),
        ("month=last 3 days", 32),
        ("month!=last complete month", 55),
        ("month=last complete month|2010-05|this month", 58),
        ("day!=last 17 days", 15),
        ("day!=last 9999 days", None),
        ("time=this year to date", 60),
        ("time!=this year", 3),
        ("time=2010-05", 2),
        ("time=2010-05..2011-03", 6),
        ("year=previous year", 3),
        ("customer by revenue > 0 in last 90 days", 63),
    ],
)
def test_lines_of_a_relative_period(firm: Make, text: str, worth: float | None) -> None:
    warehouse = firm(*LINES)
    assert revenue(warehouse, text) == worth
    assert order_lines(warehouse, Query(cuts=(parse_cut(text),)))["revenue"].sum() == (worth or 0)


def test_an_answer_tells_the_dates_and_the_link_keeps_the_words(firm: Make) -> None:
    warehouse = firm(*LINES)
    query = Query(cuts=(parse_cut("month=last 2 months"), parse_cut("day!=last 3 days")))
    answer = ask(warehouse, query)
    assert answer.notes == (
        "last 2 months: 2011-04-01 – 2011-05-18, as the data end on 2011-05-18.",
        "last 3 days: 2011-05-16 – 2011-05-18, as the data end on 2011-05-18.",
    )
    assert answer.query.cuts == (
        Cut("month", since="2011-04", until="2011-05"),
        Cut("day", ("2011-05-16", "2011-05-17", "2011-05-18"), exclude=True),
    )
    assert query.to_parameters()["where"] == ["month=last 2 months", "day!=last 3 days"]
    assert parse_query(query.to_parameters()) == query
    later = firm(*LINES, Line(day=date(2011, 6, 1), order="o7", revenue="64"))
    assert (revenue(warehouse, "month=last 2 months"), revenue(later, "month=last 2 months")) == (56, 112)


def test_the_same_part_of_the_year_before_is_compared(firm: Make) -> None:
    query = Query(cuts=(parse_cut("time=this year to date"),), compare=Comparison.YEAR)
    early = Line(day=date(2009, 12, 1), order="o0")
    assert ask(firm(early, *LINES), query).frame["revenue:base"].to_list() == [3]


def test_every_fact_ends_on_its_own_day_and_outlying_dates_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    days = [date(2010, 1, 1 + at) for at in range(28)]
    usual = [Line(day=day, order=f"d{day}", revenue="0") for day in days]
    tiny_warehouse(path, [*usual, *LINES, Line(day=date(2031, 5, 18), order="o9")]).close()
    warehouse = with_facts(path, interaction=[{"day": date(2011, 4, 1), "customer": "Ann"}])
    (sales,) = dated_cuts((parse_cut("day=last 2 days"),), warehouse.profile, "sale")
    (calls,) = dated_cuts((parse_cut("day=last 2 days"),), warehouse.profile, "interaction")
    assert (str(sales), str(calls)) == ("day=2011-05-17..2011-05-18", "day=2011-03-31..2011-04-01")
    own = Query(("interactions",), cuts=(parse_cut("day=last 2 days"),), cube="interactions")
    assert ask(warehouse, own).frame["interactions"].to_list() == [1]
    across = Query(("revenue", "interactions.interactions"), cuts=(parse_cut("day=last 50 days"),))
    assert ask(warehouse, across).frame.row(0)[1:] == (60.0, 1)
    warehouse.close()


def test_what_cannot_be_told_is_said(firm: Make) -> None:
    warehouse = firm(*LINES)
    with pytest.raises(BadRequest, match="'last 9 dys' is no period"):
        revenue(warehouse, "day=last 9 dys")
    with pytest.raises(BadRequest, match=r"is not made of whole months\. Write 'day!=previous week'"):
        revenue(warehouse, "month!=previous week")
    with pytest.raises(BadRequest, match="There is no sale yet, and so no last 3 days"):
        revenue(firm(), "day=last 3 days")
