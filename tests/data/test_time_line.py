"""One time line over all systems: the same from facts as they lie and sorted, page by page, under any policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.model.canonical_tables import CUSTOMER, FACT, facts_of
from data.review import time_line
from data.review.customer_standing import campaign_arms, stage_now
from data.review.event_sql import SAID, UNTOLD
from data.review.time_line import TimeLineAsked, WrittenEvent
from data.store.warehouse import Warehouse
from tests.tiny import Line, write_tiny
from tests.tiny_facts import with_facts

DAY = date(2011, 3, 1)
EVERYTHING = TimeLineAsked()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("time-line") / "w.duckdb"
    lines = [
        Line(date(2011, 1, 1), "o1", product="Cup"),
        Line(date(2011, 1, 1), "o1", product="Plate"),
        Line(date(2011, 4, 1), "o2", customer="Bob", country="Italy"),
    ]
    write_tiny(path, lines)
    calls = [
        {"day": date(2011, 1, 1 + at % 28), "customer": "Ann", "kind": "call", "topic": f"T{at}", "number": f"n{at}",
         "note": "she sighed", "channel": "Phone"}
        for at in range(60)
    ]  # fmt: skip
    with_facts(
        path,
        interaction=[
            *calls,
            {"day": DAY, "customer": "Ann", "kind": "ticket", "topic": "Late", "status": "Open"},
            {"day": DAY, "customer": "Ann", "kind": "ticket", "status": "Closed", "closed_on": DAY},
        ],
        contact=[
            {"day": date(2011, 2, 1), "customer": "Ann", "campaign": "Spring", "arm": "treated"},
            {"day": date(2011, 2, 20), "customer": "Ann", "campaign": "Spring", "arm": "held out"},
            {"day": date(2011, 2, 2), "customer": "Ann", "campaign": "Autumn", "arm": "treated"},
            {"day": date(2010, 2, 2), "customer": "Ann", "campaign": "Old", "arm": "held out"},
        ],
        price_offer=[{"day": DAY, "customer": "Ann", "product": "Cup", "offered_price": "3.50"}],
    ).close()
    return path


def code_of(store: Warehouse, id: str) -> int:
    ((code,),) = store.rows("SELECT DISTINCT customer_code FROM customer WHERE id = ?", [id])
    return int(code)


def told(
    store: Warehouse, who: str, asked: TimeLineAsked = EVERYTHING, most: int = 1_000, after: int = 0
) -> list:
    return time_line.events(store, code_of(store, who), asked, most, after).drop("note").rows()


def test_every_fact_of_customers_is_told_or_not_on_purpose() -> None:
    assert {fact.name for fact in facts_of(CUSTOMER)} == (SAID.keys() & FACT.keys()) | UNTOLD


def test_the_sorted_copy_tells_what_the_facts_tell(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Warehouse(firm)
    time_line.prepare(plain).result()
    monkeypatch.setattr(time_line, "WORTH_SORTING", 0)
    fast = Warehouse(firm)
    assert time_line.prepare(fast).result() == "beside.main.time_line"
    for who in ("Ann", "Bob"):
        assert told(fast, who) == told(plain, who)
        assert time_line.kinds(fast, code_of(fast, who), EVERYTHING) == time_line.kinds(
            plain, code_of(plain, who), EVERYTHING
        )
    assert list(firm.parent.glob(".w.duckdb.*/beside.duckdb"))
    fast.close()
    assert not list(firm.parent.glob(".w.duckdb.*/beside.duckdb")), "it is gone with its reader"
    plain.close()


def test_pages_together_are_the_whole_newest_first(firm: Path) -> None:
    store = Warehouse(firm)
    whole = told(store, "Ann")
    assert [row for at in range(0, 100, 23) for row in told(store, "Ann", most=23, after=at)] == whole
    days = time_line.events(store, code_of(store, "Ann"), EVERYTHING, 1_000)["day"].to_list()
    assert days == sorted(days, reverse=True)
    store.close()


def test_kinds_and_periods_filter_and_lines_are_one_order(firm: Path) -> None:
    store = Warehouse(firm)
    ann = code_of(store, "Ann")
    asked = TimeLineAsked(("order", "ticket"), date(2011, 1, 1), DAY)
    found = time_line.events(store, ann, asked, 10)
    assert found.select("kind", "detail", "amount").rows() == [
        ("ticket", "Closed", None), ("ticket", "Open", None), ("order", "2 lines", 20.0)
    ]  # fmt: skip
    assert time_line.kinds(store, ann, asked)["call"] == 60
    assert "campaign" not in time_line.kinds(store, ann, TimeLineAsked(since=DAY))
    assert time_line.open_events(store, ann).select("kind", "product").rows() == [
        ("price offer", "Cup")
    ]  # fmt: skip
    without = TimeLineAsked(("call",), without=("n7", "n9"))
    assert time_line.kinds(store, ann, without) == time_line.kinds(store, ann, TimeLineAsked()) | {"call": 58}
    left = time_line.events(store, ann, without, 100)["number"]
    assert (left.len(), left.is_in(["n7", "n9"]).any()) == (58, False)
    store.close()


@pytest.mark.parametrize("most", [7, 200])
def test_what_people_wrote_stands_first_on_its_day(firm: Path, most: int) -> None:
    store = Warehouse(firm)
    ann = code_of(store, "Ann")
    written = [
        WrittenEvent(datetime(2011, 3, 1, 9), "note", "calls back", "Eva"),
        WrittenEvent(datetime(2011, 1, 2, 9), "note", "moved", "Eva"),
        WrittenEvent(datetime(2012, 1, 1), "note", "newest", "Eva"),
    ]
    pages = [time_line.with_written(store, ann, EVERYTHING, written, most, at) for at in range(0, 100, most)]
    found = pl.concat([each for each in pages if each.height], how="diagonal_relaxed")
    assert found.height == sum(time_line.kinds(store, ann, EVERYTHING, written).values())
    assert found["title"].to_list()[:2] == ["newest", "calls back"]
    at = found["title"].to_list().index("moved")
    assert (found["day"][at - 1], found["day"][at + 1]) == (date(2011, 1, 3), date(2011, 1, 2))
    only = time_line.with_written(store, ann, TimeLineAsked(("note",)), written, 10)
    assert only["title"].to_list() == ["newest", "calls back", "moved"]
    store.close()


def test_a_policy_that_cuts_rows_or_masks_a_note_never_reads_the_copy(
    firm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_line, "WORTH_SORTING", 0)
    store = Warehouse(firm)
    time_line.prepare(store).result()
    ann, bob = code_of(store, "Ann"), code_of(store, "Bob")
    italy = store.under(Policy(rows=(RowCut("country", ("Italy",)),)))
    assert time_line.events(italy, ann, EVERYTHING, 10).is_empty()
    assert time_line.events(italy, bob, EVERYTHING, 10)["kind"].to_list() == ["order", "stage", "stage"]
    masked = store.under(Policy(masked=frozenset(["interaction.note"])))
    assert time_line.events(masked, ann, EVERYTHING, 100)["note"].drop_nulls().is_empty()
    names = store.under(Policy(masked=frozenset(["customer.name"])))
    assert "she sighed" in time_line.events(names, ann, EVERYTHING, 100)["note"].to_list()
    store.close()


def test_the_arm_that_counts_is_the_last_of_campaigns_that_run(firm: Path) -> None:
    store = Warehouse(firm)
    ann = code_of(store, "Ann")
    windows = {"Autumn": (date(2011, 1, 1), date(2011, 2, 28))}
    found = campaign_arms(store, ann, windows, date(2011, 3, 5))
    assert [(each.name, each.arm, each.runs) for each in found] == [("Spring", "held out", None)]
    assert found[0].is_held_out
    planned = campaign_arms(store, ann, windows, date(2011, 2, 28))
    assert [(each.name, each.runs) for each in planned] == [("Spring", None), ("Autumn", True)]
    assert campaign_arms(store, ann, {}, date(2012, 3, 5)) == ()
    store.close()


def test_a_stage_is_the_last_one_of_several_of_a_day(firm: Path) -> None:
    store = Warehouse(firm)
    for who in ("Ann", "Bob"):
        every = store.rows(
            "SELECT to_stage, DATE '1970-01-01' + day_key FROM stage_event WHERE subject = ?"
            " ORDER BY run DESC, seq DESC",
            [code_of(store, who)],
        )
        found = stage_now(store, code_of(store, who))
        assert found is not None
        assert (found.stage, found.since) == every[0]
    assert every[0][1] == every[1][1], "two of Bob's are of one day"
    assert stage_now(store, 0) is None
    store.close()
