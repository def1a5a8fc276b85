"""Passes over lines in memory: whatever is asked, they come to what the engine's own scan of the lines comes to."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from cubes import catalogue
from cubes.aggregates.aggregate import NOTHING
from cubes.aggregates.bitmaps import bitmap_plan
from cubes.ask import line_coverage
from cubes.ask.answer import ask
from cubes.ask.execute_plan import engine_of
from cubes.lines import line_pass, line_store, stretches
from cubes.lines.customers_of_days import CustomersOfDays
from cubes.lines.line_pass import LinePass
from cubes.lines.line_store import LineStore, store_of
from cubes.lines.line_tables import LEFT_OUT, CellTable
from cubes.lines.stretches import Run, Stretches, by_group, of_runs
from cubes.query import Cut, Query
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.store.warehouse import Warehouse
from tests.cubes.test_bitmaps import store as stored_sets
from tests.cubes.test_rollups import PLACES, changed, question, some_lines
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passes over the fewest lines, three threads share them, and few customers are looked at together."""
    monkeypatch.setattr(line_store, "LEAST_LINES", 1)
    monkeypatch.setattr(line_coverage, "A_PASS", 0)
    monkeypatch.setattr(line_pass, "ALONE", 1)
    monkeypatch.setattr(stretches, "LEAST", 0)
    monkeypatch.setattr(line_pass, "SEEN_BYTES", 64)
    monkeypatch.setattr(line_pass, "_threads", lambda: 3)
    monkeypatch.setattr(line_store, "HOLDS", True)
    monkeypatch.setattr(line_store, "WAITS", True)


def passed(warehouse: Warehouse) -> Warehouse:
    """The snapshot with nothing counted beforehand: what passes tell is told by them."""
    engine_of(warehouse, catalogue.load("sales", warehouse.profile)).planner.aggregates = []
    return warehouse


def scanned(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The snapshot as the engine's own scans answer."""
    planner = engine_of(warehouse, catalogue.load("sales", warehouse.profile)).planner
    planner.aggregates = []
    monkeypatch.setattr(planner.lines, "offer", lambda *_: NOTHING)
    return warehouse


def compared(one: Warehouse, other: Warehouse, queries: list[Query]) -> int:
    """See that both say the same; in how many answers a pass took part."""
    told = 0
    for query in queries:
        ours, theirs = ask(one, query), ask(other, query)
        keys = [*(f"{level}.id" for level in query.by), *query.by, "grouping"]
        assert_frame_equal(ours.frame.sort(keys), theirs.frame.sort(keys), abs_tol=1e-9)
        assert "in memory" not in theirs.source
        told += "in memory" in ours.source
    return told


@pytest.mark.parametrize("deed", [None, "added", "continued", "deleted", "moved"])
def test_a_pass_says_what_a_scan_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str | None
) -> None:
    chance, path = random.Random(7), tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 240)).close()
    if deed:
        changed(path, chance, deed)
    one, other = passed(Warehouse(path)), scanned(Warehouse(path), monkeypatch)
    told = compared(one, other, [question(chance, one) for _ in range(25)])
    assert told > 14


def test_a_pass_keeps_to_what_a_policy_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, path = random.Random(3), tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 240)).close()
    for cut in (RowCut("country", ("Italy",)), RowCut("city", ("France/North/Lille",), exclude=True)):
        policy = Policy(rows=(cut,))
        one = passed(Warehouse(path).under(policy))
        other = scanned(Warehouse(path).under(policy), monkeypatch)
        assert compared(one, other, [question(chance, one) for _ in range(10)]) > 3


def test_several_customers_of_one_name_are_counted_once_wherever_they_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who moved are one customer of each place they lived in, and of what both lie in."""
    chance, path = random.Random(5), tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 120)).close()
    one, other = passed(Warehouse(path)), scanned(Warehouse(path), monkeypatch)
    levels = (
        (),
        ("country",),
        ("city", "category"),
        ("customer",),
        ("country", "month"),
        ("city", "week"),
        ("product", "day"),
    )
    queries = [Query(("customers",), by[:1], by[1:]) for by in levels]
    queries += [
        Query(("customers",), ("city",), cuts=(Cut("city", ("France/South/Nice", "Italy/Tuscany/Prato")),))
    ]
    assert compared(one, other, queries) == len(queries)
    assert ask(one, Query(("customers",))).frame["customers"].to_list() == [3]


@pytest.mark.parametrize(
    "lines",
    [
        [replace(each, is_return=True, units=-1) for each in some_lines(random.Random(4), 30)],
        [replace(each, day=each.day.replace(year=1969, day=1)) for each in some_lines(random.Random(4), 30)],
        [*some_lines(random.Random(4), 30), Line(order="x", day=date(1900, 1, 1))],
        [replace(each, revenue=f"{each.revenue[:1]}14748364.8") for each in some_lines(random.Random(4), 30)],
    ],
    ids=["all returned", "before 1970", "a placeholder for a day", "amounts of more than four bytes"],
)
def test_odd_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[Line]) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, lines).close()
    one, other = passed(Warehouse(path)), scanned(Warehouse(path), monkeypatch)
    queries = [
        Query((measure,), (level,), cuts=cuts)
        for measure, level in (("orders", "category"), ("revenue", "week"), ("customers", "iso_year"))
        for cuts in ((), (Cut("day", since="", until="2011-05-07"),))
    ]
    assert compared(one, other, queries) == len(queries)


def test_a_question_about_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(2), 30)).close()
    one, other = passed(Warehouse(path)), scanned(Warehouse(path), monkeypatch)
    countries = tuple(each for (each,) in one.rows("SELECT DISTINCT country FROM customer"))
    for cut in (Cut("country", countries, exclude=True), Cut("year", ("2010", "2011"), exclude=True)):
        for measure in ("customers", "orders", "revenue"):
            compared(
                one, other, [Query((measure,), ("category",), cuts=(cut,)), Query((measure,), cuts=(cut,))]
            )


def test_lines_of_one_fact_are_not_taken_for_those_of_another_of_as_many() -> None:
    customer = CellTable(("told by",), (1, 2), np.array([LEFT_OUT, 0, 1], np.int32), 2, {})
    (lines,) = of_runs([Run(0, 200, 0, False)], by_customer=True)

    def stops(fact: str, first: int) -> list[list[int]]:
        key = np.repeat([1, 2], [first, 200 - first])
        return [each.stops.tolist() for each in by_group(fact, lines, key, np.arange(3), customer, 1)]

    assert (stops("sale", 150), stops("invoice", 50)) == ([[150, 200]], [[50, 200]])


def settled(lines: list[Line]) -> list[Line]:
    """The same lines by thirty customers who stay where they live, but for three of them."""
    found = []
    for number, line in enumerate(lines):
        customer = number // 3 % 33  # an order is three lines
        place = PLACES[(customer if customer < 30 else number // 99) % len(PLACES)]
        where = dict(zip(("country", "region", "city"), place, strict=True))
        found.append(replace(line, customer=f"c{customer:02}", **where))
    return found


def test_lines_of_customers_of_one_place_are_passed_over_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who moved are looked up beside them, and whoever is not asked for is passed by."""
    chance, path = random.Random(4), tmp_path / "w.duckdb"
    tiny_warehouse(path, settled(some_lines(chance, 600))).close()
    one, other = passed(Warehouse(path)), scanned(Warehouse(path), monkeypatch)
    cut_in = Counter[bool]()
    cut = line_pass.by_group

    def told(*asked: Any) -> list[Stretches]:
        found = cut(*asked)
        cut_in.update(each.by_customer for each in found)
        return found

    monkeypatch.setattr(line_pass, "by_group", told)
    cities = [
        row[0] for row in one.rows("SELECT id FROM member WHERE level = 'city' AND code > 0 ORDER BY id")
    ]
    cuts = [Cut("city", some) for some in (*combinations(cities, 1), *combinations(cities, 2))]
    cuts += [Cut("city", (each,), exclude=True) for each in cities]
    queries = [Query(("revenue", "orders"), ("month",), cuts=(each,)) for each in cuts]
    queries += [Query(("revenue", "order_lines"), (level,)) for level in ("country", "region", "city")]
    assert compared(one, other, queries) == len(queries)
    assert compared(one, other, [question(chance, one) for _ in range(25)]) > 9
    assert min(cut_in[True], cut_in[False]) > len(queries)


@pytest.mark.parametrize("deed", [None, "moved"])
def test_days_that_no_stored_period_makes_up_are_told_by_lines_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str | None
) -> None:
    chance, path = random.Random(8), tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 240)).close()
    if deed:
        changed(path, chance, deed)
    stored_sets(path, [("true", False)])
    one, other = Warehouse(path), scanned(Warehouse(path), monkeypatch)
    planner = engine_of(one, catalogue.load("sales", one.profile)).planner
    monkeypatch.setattr(planner.lines, "offer", lambda *_: NOTHING)
    monkeypatch.setattr(bitmap_plan, "EDGE_DAYS", 400)
    told = list[CustomersOfDays]()  # which were asked for their customers
    sets = CustomersOfDays.sets
    monkeypatch.setattr(CustomersOfDays, "sets", lambda own: (told.append(own), sets(own))[1])
    odd = Cut("day", since="2011-01-05", until="2011-07-20")
    levels = ((), ("category",), ("country", "category"), ("month", "channel"), ("week", "city"))
    queries = [Query(("customers",), by[:1], by[1:], (odd,), totals=True) for by in levels]
    queries += [Query(("customers",), ("city",), (), (odd, Cut("channel", ("Web",)))),
                Query(("customers",), ("product",), (), (odd, Cut("country", ("Italy",))))]  # fmt: skip
    for query in queries:
        ask(one, query)  # the loops are compiled
        compared(one, other, [query])
    assert len(told) > len(queries)


def test_an_order_is_never_shared_by_two_threads(tmp_path: Path) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    ask(warehouse, Query(("orders",), ("category",)))
    store = _store(warehouse)
    held = store.held({})
    assert held
    begins = held.columns[line_store.BEGINS]
    assert isinstance(begins, np.ndarray)
    whole = LinePass(store, held, (Run(0, store.lines, 0, False),), None, None, {}, 1)
    shares = whole._shares(begins)
    assert len(shares) == 3
    starts = [each.starts[0] for share in shares for each in share]
    assert sum(each.lines for share in shares for each in share) == store.lines
    assert starts == sorted(starts)
    assert begins[starts].all()


def test_lines_without_room_are_scanned_and_those_that_went_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Query(("revenue", "orders"), ("city",), ("category",))
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    assert "in memory" in ask(warehouse, query).source
    line_store.make_room(_store(warehouse), 1 << 40)
    assert not _store(warehouse).bytes
    again = ask(warehouse, query)
    assert "in memory" in again.source
    monkeypatch.setenv("CLIENTELA_LINES_MB", "0")
    without = ask(warehouse, query)
    assert "in memory" not in without.source
    assert_frame_equal(again.frame, without.frame)


def test_lines_that_were_not_asked_for_longest_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (
        passed(tiny_warehouse(tmp_path / f"{name}.duckdb", some_lines(random.Random(2), 90))) for name in "ab"
    )
    query = Query(("revenue",), ("city",), ("category",))
    for warehouse in (one, other):
        ask(warehouse, query)
    monkeypatch.setattr(line_store, "MEGABYTE", 1)
    monkeypatch.setenv("CLIENTELA_LINES_MB", str(_store(one).bytes + _store(other).bytes))
    line_store.make_room(_store(other), 1)
    assert (_store(one).bytes, _store(other).bytes > 0) == (0, True)


def test_columns_that_were_not_asked_for_longest_make_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    for measure in ("revenue", "units", "revenue"):
        ask(warehouse, Query((measure,), ("country",)))
    store = _store(warehouse)
    monkeypatch.setattr(line_store, "MEGABYTE", 1)
    monkeypatch.setenv("CLIENTELA_LINES_MB", str(store.bytes))
    line_store.make_room(store, 4)
    held = store._held
    assert held
    assert ("revenue" in held.columns, "units" in held.columns) == (True, False)


def test_columns_that_go_meanwhile_are_read_again_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    ask(warehouse, Query(("revenue",), ("country",)))
    monkeypatch.setattr(line_store, "make_room", lambda store, _: store.let_go())
    assert "in memory" in ask(warehouse, Query(("revenue", "order_lines", "margin"), ("country",))).source


def test_what_is_held_and_more_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    ask(warehouse, Query(("revenue",), ("country",)))
    monkeypatch.setattr(warehouse, "arrays", lambda *_: (_ for _ in ()).throw(RuntimeError("read")))
    done = list[str]()
    _store(warehouse).behind({}, lambda: done.append("done"))
    assert done == ["done"]


def _store(warehouse: Warehouse) -> LineStore:
    return store_of(warehouse, catalogue.load("sales", warehouse.profile))


def test_lines_are_read_and_loops_compiled_behind_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_store, "WAITS", False)
    monkeypatch.setattr(line_store, "REHEARSED", set())
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    query = Query(("revenue",), ("city",), ("category",))
    answers = []
    for _ in range(3):
        answers.append(ask(warehouse, query))
        _store(warehouse).wait()
    assert ["in memory" in each.source for each in answers] == [False, False, True]
    assert_frame_equal(answers[0].frame, answers[2].frame)


def test_a_snapshot_that_was_closed_is_read_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    monkeypatch.setattr(warehouse, "arrays", lambda *_: (_ for _ in ()).throw(RuntimeError("closed")))
    assert _store(warehouse).held({"order_lines": "1"}) is None


def test_a_process_that_holds_no_lines_scans_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_store, "HOLDS", False)
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    assert "in memory" not in ask(warehouse, Query(("revenue",), ("country",))).source
    assert not _store(warehouse).bytes


def test_a_process_that_ends_reads_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_store, "WAITS", False)
    store = _store(passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90))))
    store._is_stopped = True
    store.behind({"order_lines": "1"})
    store.stop()
    assert not store.bytes


def test_a_snapshot_is_closed_while_its_lines_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_store, "WAITS", False)
    monkeypatch.setattr(line_store, "PIECE", 1)
    monkeypatch.setattr("data.store.duckdb_engine.ATTEMPTS_TO_CLOSE", 1)
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 300)))
    ask(warehouse, Query(("revenue",), ("country",)))
    warehouse.close()
    assert not _store(warehouse).bytes


def test_what_a_pass_does_not_tell_is_scanned(tmp_path: Path) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    for measure in ("median_line_value", "first_purchase", "products", "categories"):
        assert "in memory" not in ask(warehouse, Query((measure,), ("country",))).source


def test_days_too_far_apart_make_no_table_of_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_store, "MOST_DAYS", 10)
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    assert "in memory" not in ask(warehouse, Query(("revenue",), ("week",))).source


def test_a_pass_has_the_sql_that_says_the_same(tmp_path: Path) -> None:
    warehouse = passed(tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(2), 90)))
    answer = ask(warehouse, Query(("revenue",), ("country",)))
    assert "in memory" in answer.source
    rows = warehouse.rows(answer.sql.removesuffix(";"))
    assert {row[0]: row[-1] for row in rows} == pytest.approx(
        dict(zip(answer.frame["country"], answer.frame["revenue"], strict=True))
    )
