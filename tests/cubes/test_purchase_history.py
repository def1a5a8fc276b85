"""Purchase histories and cohorts equal loops over the lines; what they leave out is counted."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.cohort_cells import CohortCells, cohort_cells
from cubes.analysis.purchase_history import purchase_histories
from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests import oracle
from tests.cubes.conftest import Make
from tests.cubes.test_bitmaps import store
from tests.tiny import Line, tiny_warehouse, write_tiny

FIRST, UNTIL = date(2010, 11, 20), date(2011, 4, 10)


def some_lines(seed: int) -> list[Line]:
    chance = random.Random(seed)
    return [
        Line(
            day=FIRST + timedelta(days=chance.randrange(180)),
            order=f"o{at}",
            customer=chance.choice(["Ann", "Bob", "Cy", "Di", "Ed", "(unknown)"]),
            country=chance.choice(["France", "Italy"]),
            category=chance.choice(["Kitchen", "Sale"]),
            channel=chance.choice(["Web", "Shop"]),
            revenue=str(chance.randrange(-5, 60)),
            cost=chance.choice([None, "3.00"]),
            is_return=chance.random() < 0.3,
        )
        for at in range(70)
    ]


def within(lines: list[Line], **cut: str) -> list[Line]:
    return [x for x in lines if x.day <= UNTIL and all(getattr(x, name) == cut[name] for name in cut)]


def money(lines: list[Line]) -> float:
    return float(sum(Decimal(line.revenue) for line in lines))


def margin(lines: list[Line]) -> float | None:
    return oracle.measures(lines)["margin"]


def of_customers(lines: list[Line]) -> dict[str, dict[date, list[Line]]]:
    """The lines of each known customer and day, only those customers who bought."""
    found: dict[str, dict[date, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.customer != "(unknown)":
            found[line.customer][line.day].append(line)
    return {who: days for who, days in found.items() if bought(days)}


def bought(days: dict[date, list[Line]]) -> list[date]:
    return sorted(day for day, lines in days.items() if any(not line.is_return for line in lines))


def history(days: dict[date, list[Line]]) -> dict[str, object]:
    first, *rest = bought(days)
    margins = [each for day in rest if (each := margin(days[day])) is not None]
    return {
        "first_day": first,
        "second_day": rest[0] if rest else None,
        "third_day": rest[1] if len(rest) > 1 else None,
        "last_day": rest[-1] if rest else first,
        "purchase_days": len(rest) + 1,
        "repeats": len(rest),
        "first_spend": money(days[first]),
        "repeat_spend": sum(money(days[day]) for day in rest) / len(rest) if rest else None,
        "first_margin": margin(days[first]),
        "repeat_margin": sum(margins) / len(margins) if margins else None,
        "returned_spend": sum(money(days[day]) for day in days if day not in (first, *rest)),
    }


@pytest.mark.parametrize("cut", [{}, {"channel": "Web"}, {"category": "Sale", "country": "Italy"}], ids=str)
def test_histories_are_those_of_a_loop_over_lines(firm: Make, cut: dict[str, str]) -> None:
    lines = some_lines(len(cut))
    cuts = tuple(parse_cut(f"{name}={'Home/' * (name == 'category')}{value}") for name, value in cut.items())
    timed = (*cuts, parse_cut("month=2011-02"))
    found = purchase_histories(firm(*lines), Query(cuts=timed), UNTIL)
    told = {row.pop("customer"): row for row in found.frame.drop("customer_code", "customer_name").to_dicts()}
    wanted = {who: history(days) for who, days in of_customers(within(lines, **cut)).items()}
    assert told.keys() == wanted.keys()
    for who, row in wanted.items():
        assert told[who] == pytest.approx(row), who
    unknown = [line for line in within(lines, **cut) if line.customer == "(unknown)"]
    assert (found.unknown_lines, found.unknown_spend) == (len(unknown), pytest.approx(money(unknown)))
    assert "filter on time is passed over" in found.notes[0]


def test_histories_add_up_to_the_revenue_of_the_cube(firm: Make) -> None:
    warehouse = firm(*some_lines(7), Line(order="r", customer="Fay", revenue="-9", is_return=True))
    found = purchase_histories(warehouse, Query())
    repeats = (pl.col("repeats") * pl.col("repeat_spend")).fill_null(0)
    money = found.frame.select((pl.col("first_spend", "returned_spend").sum()), repeats.sum().alias("r")).row(
        0
    )
    assert found.only_returned_spend == -9
    assert found.only_returned == 1
    whole = ask(warehouse, Query(("revenue",))).frame["revenue"][0]
    assert sum(money) + found.unknown_spend + found.only_returned_spend == pytest.approx(whole)
    run = warehouse.frame(found.sql.rstrip(";"))
    assert run.height == found.frame.height + found.only_returned + 1


def cohorts(lines: list[Line], level: str, split: str = "") -> dict[tuple[str, str, str], tuple[object, ...]]:
    """Customers, orders, revenue and margin of each member, cohort and period, one customer after another."""
    cells: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for days in of_customers(lines).values():
        first = bought(days)[0]
        member = first_member(days[first], split)
        for day, found in days.items():
            if oracle.period(day, level) >= oracle.period(first, level):
                cells[member, oracle.period(first, level), oracle.period(day, level)] += found
    return {key: told(found) for key, found in cells.items()}


def first_member(lines: list[Line], split: str) -> str:
    sums: dict[str, float] = defaultdict(float)
    for line in lines:
        sums[getattr(line, split) if split else ""] += float(line.revenue)
    having = {getattr(line, split) if split else "" for line in lines if not line.is_return}
    return max(having, key=lambda each: sums[each])


def told(lines: list[Line]) -> tuple[object, ...]:
    buyers = {line.customer for line in lines if not line.is_return}
    return len(buyers), oracle.measures(lines)["orders"], money(lines), margin(lines)


@pytest.mark.parametrize("split", ["", "channel"])
def test_cohorts_are_those_of_a_loop_over_lines(firm: Make, split: str) -> None:
    lines = some_lines(3)
    warehouse = firm(*lines)
    for grain in ("week", "month", "quarter", "year"):
        check(cohort_cells(warehouse, Query(cuts=(parse_cut("year=2011"),)), grain, UNTIL, split), lines)


def check(found: CohortCells, lines: list[Line]) -> None:
    names = {each.code: each.name for each in found.periods}
    rows = {
        (found.members[row[0]][1], names[row[1]], names[row[2]]): row[3:] for row in found.frame.iter_rows()
    }
    wanted = cohorts(within(lines), found.grain, found.split)
    assert rows.keys() == wanted.keys()
    for key, row in wanted.items():
        assert rows[key] == pytest.approx(row), key
    assert found.outside_revenue is not None
    whole = found.frame["revenue"].sum() + sum(found.outside_revenue.values())
    assert whole == pytest.approx(money(within(lines)))


def test_the_last_period_is_whole_only_where_the_data_reach_its_end(firm: Make) -> None:
    warehouse = firm(*some_lines(3))
    found = cohort_cells(warehouse, Query(), "month", UNTIL).periods
    assert [each.name for each in found] == ["2010-11", "2010-12", *(f"2011-0{at}" for at in range(1, 5))]
    assert [each.is_whole for each in found] == [False, True, True, True, True, False]
    assert cohort_cells(warehouse, Query(), "month", date(2011, 3, 31)).periods[-1].is_whole


def test_cohorts_from_stored_sets_equal_those_from_lines(tmp_path: Path, firm: Make) -> None:
    path, lines = tmp_path / "w.duckdb", [*some_lines(5), *only_returns()]
    write_tiny(path, lines)
    store(path, [("true", True)])
    stored, plain = Warehouse(path), firm(*lines)
    for text in ("", "country=Italy", "channel=Web"):
        query = Query(cuts=(parse_cut(text),) if text else ())
        for grain in ("month", "quarter", "year"):
            quick = cohort_cells(stored, query, grain, UNTIL, measures=("customers",))
            whole, slow = (cohort_cells(each, query, grain, UNTIL) for each in (stored, plain))
            assert quick.source == "the stored sets of customers, a bit each", (text, grain)
            assert whole.source.endswith("customers from the stored sets of customers, a bit each")
            assert "stored sets" not in slow.source
            assert whole.frame.equals(slow.frame), (text, grain)
            assert whole.outside_revenue == pytest.approx(slow.outside_revenue), (text, grain)
            bought = slow.frame.filter(pl.col("customers") > 0)
            assert quick.frame.equals(bought.select(quick.frame.columns)), (text, grain)
    stored.close()


def only_returns() -> list[Line]:
    """A customer who returned in a later month than that of the purchase, and one who never bought."""
    back = {"revenue": "-9", "is_return": True}
    return [
        Line(day=date(2010, 12, 1), order="b", customer="Gil", country="Italy", channel="Web"),
        Line(day=date(2011, 2, 1), order="r", customer="Gil", country="Italy", channel="Web", **back),
        Line(day=date(2011, 2, 2), order="s", customer="Hal", country="Italy", channel="Web", **back),
    ]


@pytest.mark.parametrize(
    ("until", "grain", "split", "said"),
    [
        (date(2030, 1, 1), "month", "", "is not known: sales end on"),
        (date(2001, 1, 1), "month", "", "nobody had bought anything: sales begin on"),
        (None, "day", "", "There are no cohorts by 'day'"),
        (None, "month", "customer", "Cohorts are not split by customer"),
        (None, "month", "year", "Cohorts are not split by year"),
    ],
)
def test_refusals(firm: Make, until: date | None, grain: str, split: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        cohort_cells(firm(*some_lines(1)), Query(), grain, until, split)


def test_nobody_and_other_cubes(tmp_path: Path) -> None:
    empty = tiny_warehouse(tmp_path / "w.duckdb", [])
    with pytest.raises(BadRequest, match="Nobody has bought anything yet"):
        purchase_histories(empty, Query())
    with pytest.raises(BadRequest, match="are no purchases"):
        purchase_histories(empty, Query(("interactions",), cube="interactions"))
    empty.close()


def test_a_cohort_is_a_question_as_well(firm: Make) -> None:
    lines = some_lines(4)
    cohort = "customer by first_purchase between 2010-12-01 and 2010-12-31 within day=..2011-04-10"
    found = ask(
        firm(*lines), Query(("buyers",), ("month",), cuts=(parse_cut(cohort), parse_cut(f"day=..{UNTIL}")))
    )
    wanted = {key[2]: row[0] for key, row in cohorts(within(lines), "month").items() if key[1] == "2010-12"}
    rows = dict(found.frame.select("month", "buyers").iter_rows())
    assert {month: rows.get(month, 0) for month in wanted} == wanted
