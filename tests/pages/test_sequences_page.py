"""The page Sequences: its address, what it finds and says, who is due, and the same by the command."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import streamlit

from cubes.ask import answer_cache
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse
from mining.__main__ import main
from mining.patterns.mined_sequences import mine_sequences
from mining.patterns.sequences import Timing
from pages.discover import found_sequences
from pages.discover.baskets_view import Picture
from pages.discover.sequence_frames import about, bubbles, edges_and_nodes, sequence_clicked, table
from pages.discover.sequences_view import SequencesView, parse_sequences
from pages.ui import session
from pages.ui.figures import BETWEEN_IDS
from pages.ui.sought_work import forget_work
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse

FIRST, LAST = date(2011, 1, 1), date(2011, 12, 31)
PAGE = "discover/sequences_page.py"


def lines() -> list[Line]:
    """Sixty customers who buy cups, most of whom come for a pot some three weeks later; jars at any time."""
    chance = random.Random(5)
    made = [
        Line(day=LAST, order="last", customer=UNKNOWN),
        Line(day=FIRST, order="no one", customer=UNKNOWN, product="Bag"),
    ]
    for at in range(60):
        day = FIRST + timedelta(chance.randrange(300))
        bought = [(day, "Cup"), *((FIRST + timedelta(chance.randrange(360)), "Jar") for _ in range(4))]
        if at % 4:
            bought.append((day + timedelta(chance.randrange(15, 30)), "Pot"))
        made += [
            Line(day=when, order=f"o{at}-{place}", customer=f"C{at:02}", product=item,
                 country=("France", "Spain")[at % 2])
            for place, (when, item) in enumerate(bought)
        ]  # fmt: skip
    return [*made, Line(day=LAST, order="back", customer="C00", product="Pot", units=-1, is_return=True)]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm").resolve() / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    return path


@pytest.fixture
def seen(firm: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The warehouse that the page reads."""
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    return session.renewed()


def found_of(view: SequencesView, support: str) -> Any:
    return found_sequences.asked_sequences(view, Decimal(support)).found()


@pytest.mark.parametrize(
    "view",
    [
        SequencesView(),
        SequencesView(
            (Cut("country", ("Italy",)),), "category", Decimal("0.0002"), Timing(7, 30, 90), None, "wool", True,
            Picture.MATRIX,
        ),
        SequencesView(longest=2, opened=(("a, b", "> c"), ("+ d | e",))),
    ],
)  # fmt: skip
def test_the_address_holds_the_view(view: SequencesView) -> None:
    assert parse_sequences(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ({"level": ["catgory"]}, "Did you mean 'category'"),
        ({"most_gap": ["soon"]}, "no number of days"),
        ({"least_gap": ["0"]}, "no number of days"),
        ({"least_gap": ["9"], "most_gap": ["3"]}, "shorter than the shortest gap"),
        ({"items": ["9"]}, "cannot be bounded to '9'"),
        ({"support": ["much"]}, "not a number"),
        ({"step": ["+a"]}, "no step of a sequence"),
        ({"stp": [">a"]}, "Did you mean 'step'"),
        ({"order": ["no"]}, "is not known"),
        ({"picture": ["pie"]}, "no picture"),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(address: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_sequences(address)


def test_purchase_days_are_those_of_known_customers_without_returns(seen: Warehouse) -> None:
    rows = rows_behind.purchase_days(seen, Query(cuts=(parse_cut("country=Spain"),)), "product")
    asked = {
        (each.customer, each.day, each.product)
        for each in lines()
        if each.country == "Spain" and not each.is_return and each.customer != UNKNOWN
    }
    assert set(rows.select("customer", "day", "item").rows()) == asked
    assert rows.height == len(asked)


def test_who_waits_is_found_as_by_loops(seen: Warehouse) -> None:
    view = SequencesView(longest=2)
    found = found_of(view, "0.2")
    at = found_sequences.row_of(found.frame, (("Cup",), ("Pot",)))
    assert at == 0
    pace = found_sequences.pace_of(view, found, at)
    cups = {each.customer: each.day for each in lines() if each.product == "Cup" and each.customer != UNKNOWN}
    pots = {each.customer: each.day for each in lines() if each.product == "Pot" and not each.is_return}
    assert {row["customer"]: row["days"] for row in pace.waiting(30).to_dicts()} == {
        who: (LAST - day).days for who, day in cups.items() if who not in pots
    }
    assert pace.curve.finished == len(pots)
    assert 15 <= (pace.half or 0) <= 30


def test_pictures_and_table_tell_the_same_and_clicks_find_their_sequence(seen: Warehouse) -> None:
    frame = found_of(SequencesView(), "0.2").frame
    assert ("Cup", "Pot") in table(frame).select("bought", "then").rows()
    nodes, edges = edges_and_nodes(frame)
    assert {*edges["source"], *edges["target"]} == {*nodes["id"]}
    for id in (*edges["id"], *bubbles(frame)["id"]):
        assert sequence_clicked(frame, tuple(id.split(BETWEEN_IDS)))
    assert sequence_clicked(frame, ("Cup",)) is None
    assert all("Jar" in str(each) for each in about(frame, "jAR")["sequence"].to_list())


@pytest.mark.usefixtures("seen")
def test_the_page_finds_opens_and_lists_who_is_due() -> None:
    app = opened(PAGE, support="0.2", step=[">Cup", ">Pot"])
    assert not app.exception
    assert 'data-state="found"' in told(app)
    assert "Of 60 customers with Cup, 45 (75%) later bought Pot" in told(app)
    assert "15 had not by 31 Dec 2011 and are counted as waiting" in told(app)
    assert "Bought Cup, not yet Pot" in told(app)


@pytest.mark.usefixtures("seen")
def test_too_many_to_read_are_refused_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_sequences, "mine_sequences", partial(mine_sequences, budget=4))
    forget_work()
    app = opened(PAGE, support="0.2")
    forget_work()
    assert not app.exception
    assert "more than 4 sequences come out" in told(app)
    assert "Up to 2 items a sequence" in [each.label for each in app.button]


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("address", "says", "state"),
    [
        ({"where": "product=Bag"}, "No purchases here", "empty"),
        ({"support": "1", "most_gap": "1"}, "No sequence passes", "none"),
        ({"support": "1"}, "The order may be chance", "none"),
        ({"support": "0.2", "item": "lid"}, "No sequence holds “lid”", "none"),
        ({"least_gap": "0"}, "no number of days", "refused"),
    ],
)
def test_where_nothing_is_shown_it_says_why(address: dict[str, str], says: str, state: str) -> None:
    app = opened(PAGE, **address)
    assert not app.exception
    assert says in told(app)
    assert f'data-state="{state}"' in told(app)


def test_the_command_tells_what_the_page_shows(seen: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sequences", "--support", "0.2", "--format", "json", "--warehouse", str(seen.path)]
    assert main([*arguments, "--significant"]) == 0
    answer = json.loads(capsys.readouterr().out)
    found = found_of(SequencesView(), "0.2")
    assert answer["tested"] == found.frame.height
    assert [row["customers"] for row in answer["rows"]] == found.significant()["customers"].to_list()
    assert "Cup → Pot" in [row["sequence"] for row in answer["rows"]]
    assert main([*arguments, "--most-gap", "3", "--least-gap", "5"]) == 2
    assert "shorter than the shortest gap" in capsys.readouterr().err
    assert main([*arguments, "--level", "country"]) == 2
    assert "Baskets hold products" in capsys.readouterr().err
