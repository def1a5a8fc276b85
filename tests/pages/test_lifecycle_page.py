"""The page Life cycle: its address, a book that balances, who is due, and what it says where little is known."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import of
from cubes.query import parse_cut
from data.errors import BadRequest
from data.lifecycle import stage_history
from data.store.warehouse import Warehouse, writing
from mining.__main__ import main
from mining.lifecycle.stage_dwell import StageDwell
from mining.retention.kaplan_meier import kaplan_meier
from pages.ui import session
from pages.ui.figures import flow_diagram, heatmap
from pages.ui.style.theme import LIGHT
from pages.value import flow_words
from pages.value import lifecycle_words as words
from pages.value.found_lifecycle import (
    due_customers,
    found_lifecycle,
    known_then,
    moved_customers,
    stage_question,
)
from pages.value.lifecycle_view import FlowPicture, LifecycleView, parse_lifecycle
from tests.tiny import Line, tiny_warehouse

FIRST, LAST = date(2009, 1, 1), date(2011, 12, 31)


def lines() -> list[Line]:
    chance = random.Random(4)
    made = [
        Line(
            day=FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1)),
            order=f"o{at}",
            customer=f"C{chance.randrange(40):02}",
            city=chance.choice(["Lille", "Rome"]),
        )
        for at in range(110)
    ]
    return [*made, Line(day=FIRST, order="first"), Line(day=LAST, order="last")]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A firm of three years; a late order of Ann came after its first load."""
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    with writing(path) as connection:
        connection.execute(
            """INSERT INTO sale SELECT * REPLACE (day_key + 100 AS day_key, 9999 AS order_key)
            FROM sale WHERE day_key = (SELECT min(day_key) FROM sale) LIMIT 1"""
        )
    store = Warehouse(path)
    yield store
    store.close()


@pytest.fixture
def seen(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The warehouse that the page reads."""
    monkeypatch.setattr(session, "warehouse", lambda: firm)
    return firm


@pytest.mark.parametrize(
    "view",
    [
        LifecycleView(),
        LifecycleView(
            (parse_cut("city=France/North/Lille"),), date(2010, 6, 30), 3, FlowPicture.CELLS, "Lost", "city"
        ),
        LifecycleView(months=0),
    ],
)
def test_the_address_holds_the_view(view: LifecycleView) -> None:
    assert parse_lifecycle(view.to_parameters()) == view


@pytest.mark.parametrize(
    "address", [{"months": ["7"]}, {"until": ["soon"]}, {"stge": ["Lost"]}, {"picture": ["pie"]}]
)
def test_an_address_that_means_nothing_is_refused_in_words(address: dict[str, list[str]]) -> None:
    with pytest.raises(BadRequest):
        parse_lifecycle(address)


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (LifecycleView(until=date.max), "stages begin on 2009-01-01 and end on 2011-12-31"),
        (LifecycleView(until=date.min), "is not known"),
        (LifecycleView(stage="Lst"), "There is no stage 'Lst'"),
    ],
)
def test_days_and_stages_that_there_are_not_are_refused(
    seen: Warehouse, view: LifecycleView, says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        found_lifecycle(view)


@pytest.mark.parametrize("until", [None, date(2010, 5, 31), date(2009, 2, 28)])
@pytest.mark.parametrize("months", [12, 1, 0])
@pytest.mark.parametrize("where", ["", "city=France/North/Lille"])
def test_the_book_balances_and_ends_with_who_stands(
    seen: Warehouse, until: date | None, months: int, where: str
) -> None:
    view = LifecycleView((parse_cut(where),) if where else (), until, months)
    found = found_lifecycle(view)
    for row in found.book.to_dicts():
        assert row["opening"] + row["entered"] - row["left"] + row["described_anew"] == row["closing"]
    if not where:
        counted = stage_history.standing(seen.frame, "customer", found.until).group_by("stage").len()
        assert dict(counted.rows()) == {
            row["stage"]: row["closing"] for row in found.book.to_dicts() if row["closing"]
        }
        standing = found.spells.frame.filter("is_open")
        assert standing.height == found.known
        assert int(found.flow["moves"].sum()) == int(found.book["left"].sum())
    for stage, customers in found.book.select("stage", "closing").iter_rows():
        assert len(audience_customers(seen, of(stage_question(view, stage)))) == customers


def test_who_moved_is_whoever_has_such_a_move(seen: Warehouse) -> None:
    view = LifecycleView(until=date(2011, 5, 31), months=3)
    found = found_lifecycle(view)
    events = stage_history.named_events(seen.frame, "customer").sort("subject", "seq").to_dicts()
    for row in found.flow.to_dicts():
        wanted = {
            after["id"]
            for before, after in pairwise(events)
            if before["subject"] == after["subject"]
            and (before["to_stage"], after["to_stage"]) == (row["from"], row["to"])
            and found.since <= after["day"] <= found.until
        }
        assert set(moved_customers(found, row["from"], row["to"])) == wanted
        assert 0 < len(wanted) <= row["moves"]


def test_who_is_due_is_named_and_has_stood_for_longer_than_half_do(seen: Warehouse) -> None:
    found = found_lifecycle(LifecycleView())
    every = due_customers(LifecycleView(), found)
    assert every.columns == [
        "customer",
        "name",
        "stage",
        "since",
        "days_in_stage",
        "half_leave_within",
        "of_stays",
    ]
    assert every.filter(pl.col("days_in_stage") <= pl.col("half_leave_within")).is_empty()
    assert set(every["customer"]) <= {f"C{at:02}" for at in range(40)} | {"Ann"}
    for stage in set(every["stage"]):
        assert due_customers(LifecycleView(stage=stage), found).equals(every.filter(pl.col("stage") == stage))


def test_what_was_known_then_is_what_stood_before_the_late_order(seen: Warehouse) -> None:
    found = found_lifecycle(LifecycleView(until=date(2009, 6, 30)))
    first, last = found.runs
    assert (last.touched, last.changed) == (1, 1)
    told = {
        row["stage"]: row["difference"] for row in known_then(found, first).to_dicts() if row["difference"]
    }
    assert told == {"Acquire": -1, "Develop": 1}


def test_what_the_page_says_where_half_have_not_left() -> None:
    """The mean of those finished is 10 days: what many print."""
    curve = kaplan_meier([6, 10, 14, 8, 20, 25, 30], [True] * 3 + [False] * 4)
    assert words.stay_words(StageDwell("Try", curve, 10.0)) == "more than 30 days"
    assert words.stay_words(StageDwell("Try", kaplan_meier([0, 0, 5], [True] * 3), 2.0)) == "the same day"


def test_what_the_page_says(seen: Warehouse) -> None:
    found = found_lifecycle(LifecycleView((parse_cut("channel=Web"),)))
    said = words.cautions(found)
    assert "Passed over, as the life cycle knows customers alone: channel=Web." in said
    assert "Nobody ever stood in Select: nothing that was loaded leads there." in said
    assert f"{found.known} customers known on 31 Dec 2011" in words.main_fact(found)
    rules = words.rule_words(found.rules)
    assert "Develop: from Acquire or Won back, on purchase 2 to 3." in rules
    assert (
        "Lost: from Acquire or Develop or Retain or Won back, when 365 days passed without a purchase."
        in rules
    )
    assert "Customers were lost" in flow_words.move_words(found)
    curves = words.dwell_curves(found)
    assert curves["value"].is_between(0, 1).all()
    assert set(words.dwell_table(found)["stage"]) == set(found.spells.frame["stage"])


def test_both_pictures_of_the_moves_mark_what_skips_a_stage_by_sign_and_colour(seen: Warehouse) -> None:
    found = found_lifecycle(LifecycleView(months=0))
    skipped = found.flow.filter(kind="skipping")
    assert {("Identify", "Acquire")} == {*skipped.select("from", "to").rows()}  # no campaign leads to Select
    tints = flow_words.tints(LIGHT)
    (bands,) = flow_diagram(flow_words.flow_bands(found), LIGHT, tints, flow_words.SIGNS).to_dict()["data"]
    at = bands["node"]["label"].index(f"» Acquire {skipped['moves'].sum()}")
    assert bands["node"]["color"][at] == tints["skipping"] != tints["on"]
    assert sum(bands["link"]["value"]) == found.flow["moves"].sum()
    cells, edges = flow_words.flow_cells(found), flow_words.flow_edges(found, LIGHT)
    heat = heatmap(cells, LIGHT, room=900, edges=edges).to_dict()
    assert edges == {("Identify", "Acquire"): tints["skipping"]}
    assert [each["line"]["color"] for each in heat["layout"]["shapes"]] == [tints["skipping"]]
    assert f"» {skipped['moves'].sum()}" in heat["data"][-1]["text"]
    said = f"Identify to Acquire {skipped['moves'].sum()} (skipping a stage or more)"
    assert said in flow_words.flow_words(found)
    assert "skipping a stage or more" in flow_words.flow_legend(found, LIGHT)


@pytest.mark.parametrize("by", ["city", "before"])
def test_who_is_due_is_held_against_a_segment_that_is_named(seen: Warehouse, by: str) -> None:
    view = LifecycleView(by=by)
    found = found_lifecycle(view)
    frame, halves = due_customers(view, found), words.half_table(view, found)
    assert {*frame["segment"]} <= {*halves["segment"]}
    assert found.halves.filter("is_whole_stage").height
    assert {*frame["held_against"]} <= {"the whole stage", *frame["segment"]}
    assert {"Lille", "Rome"} <= {*halves["segment"]} if by == "city" else {"Acquire"} <= {*halves["segment"]}
    assert "held against the whole stage" in words.due_words(view)


def test_a_level_that_tells_no_customers_apart_is_refused_in_words(seen: Warehouse) -> None:
    with pytest.raises(BadRequest, match="not told apart by 'cty'\\. Did you mean 'city'"):
        found_lifecycle(LifecycleView(by="cty"))


def test_a_firm_without_customers_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tiny_warehouse(tmp_path / "w.duckdb", [])
    monkeypatch.setattr(session, "warehouse", lambda: empty)
    with pytest.raises(BadRequest, match="No customer is known yet"):
        found_lifecycle(LifecycleView())


def test_the_command_tells_what_the_page_shows(seen: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    found = found_lifecycle(LifecycleView((parse_cut("city=France/North/Lille"),)))
    arguments = [
        "lifecycle",
        "--format",
        "json",
        "--where",
        "city=France/North/Lille",
        "--warehouse",
        str(seen.path),
    ]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["standing"] for row in told["rows"]] == [
        found.spells.of(row["stage"]).filter("is_open").height for row in told["rows"]
    ]
    assert len(told["due"]) == found.due.height
    assert main([*arguments, "--due-by", "before"]) == 0
    apart = json.loads(capsys.readouterr().out)
    found = found_lifecycle(LifecycleView((parse_cut("city=France/North/Lille"),), by="before"))
    assert len(apart["half_stays"]) == found.halves.height > found.rules.stages.index("Develop")
    assert [row["segment"] for row in apart["due"]] == found.due["segment"].to_list()
    assert main([*arguments, "--due-by", "cty"]) == 2
    assert "not described by 'cty'. Did you mean 'city'" in capsys.readouterr().err
