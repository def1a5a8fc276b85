"""The page Loyalty: its address, that cells add up to the cube's own totals under every filter, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse
from mining.loyalty import cell_movement
from mining.loyalty.loyalty_cells import CELLS, TOO_NEW, TRUE_FRIENDS
from pages.ui import session
from pages.ui.style.formats import share_text
from pages.ui.style.theme import LIGHT
from pages.value import loyalty_words as words
from pages.value.found_loyalty import FoundLoyalty, found_loyalty, loyalty_customers
from pages.value.found_movement import found_movement
from pages.value.loyalty_plane import loyalty_plane
from pages.value.loyalty_view import LoyaltyView, parse_loyalty
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LAST = date(2025, 6, 30)
CUTS = (
    (),
    (Cut("country", ("Italy",)),),
    (Cut("category", ("cat 1",)),),
    (Cut("day", since="2025-01-01", until="2025-06-30"),),
    (Cut("day", since="2024-01-01", until="2024-12-31"), Cut("country", ("Italy",), exclude=True)),
)


def lines() -> list[Line]:
    """Forty customers: each bought up to eight times, the later ones more often and dearer."""
    made = [
        Line(
            day=LAST - timedelta(days=(11 * at + 67 * visit) % 900),
            order=f"o{at}-{visit}",
            customer=f"C{at:02}",
            country="Italy" if at % 3 else "Spain",
            category=f"cat {(at + visit) % 3}",
            revenue=str(20 * (at + 1) + visit),
            cost=None if at == 7 else str(10 * (at + 1)),
        )
        for at in range(40)
        for visit in range(1 + at // 5)
    ]
    lone = Line(day=LAST, order="r", customer="Sorry", units=-1, revenue="-5", cost="-3", is_return=True)
    return [*made, lone, Line(day=LAST, order="u", customer=UNKNOWN, revenue="77.70")]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    surveys = [
        {"day": LAST, "customer": f"C{at:02}", "kind": "survey", "recommendation": 10 if at > 19 else 3}
        for at in range(40)
    ]
    warehouse = with_facts(path, interaction=surveys)
    yield warehouse
    warehouse.close()


@pytest.fixture(autouse=True)
def opened(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "warehouse", lambda: firm)


def found(view: LoyaltyView = LoyaltyView()) -> FoundLoyalty:  # noqa: B008
    frame, day = loyalty_customers(view.cuts)
    assert day is not None
    return found_loyalty(view, frame, day)


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("by", ["revenue", "margin"])
def test_cells_add_up_to_the_cube_under_every_filter(firm: Warehouse, cuts: tuple[Cut, ...], by: str) -> None:
    cuts = (*cuts, Cut("customer", ("C07",), exclude=True)) if by == "margin" else cuts
    cells = found(LoyaltyView(cuts, by)).cells.cells
    asked = ask(firm, Query((by, "customers"), ("customer",), cuts=cuts)).frame
    known = asked.filter(pl.col("customer.id") != UNKNOWN)
    assert cells["customers"].sum() == known.height == known["customers"].sum()
    assert cells["profit"].sum() == pytest.approx(known[by].sum())


def test_no_period_makes_anybody_new() -> None:
    """Who has been bought from for two years is not new in a report on three months."""
    frame, day = loyalty_customers((Cut("day", since="2025-04-01", until="2025-06-30"),))
    told = dict(frame.select("customer", "first_purchase").drop_nulls().rows())
    assert told == {one: min(each.day for each in lines() if each.customer == one) for one in told}
    assert min(told.values()) < date(2025, 4, 1)
    assert day == LAST
    early, until = loyalty_customers((Cut("day", since="2024-01-01", until="2024-06-30"),))
    assert until == date(2024, 6, 30)
    assert early["last_purchase"].max() <= until


def test_margin_is_weighed_where_it_is_known_of_all() -> None:
    whole = found()
    assert (whole.by, whole.unweighed) == ("revenue", 1)
    assert "the margin of 1 customer is not known" in " ".join(words.cautions(whole))
    without = found(LoyaltyView((Cut("customer", ("C07",), exclude=True),)))
    assert (without.by, without.unweighed) == ("margin", 0)
    with pytest.raises(BadRequest, match="1 of 41 customers"):
        found(LoyaltyView(by="margin"))


def test_thresholds_move_and_are_said() -> None:
    moved = found(LoyaltyView(days=10, profit=1e9))
    assert TRUE_FRIENDS not in moved.cells.cells["cell"]
    assert "no true friends by these lines" in words.main_fact(moved)
    assert "Lines at 10.0 days and" in words.described_cells(moved, "EUR")


def test_surveys_stand_beside_the_cells_and_not_where_filters_do_not_reach() -> None:
    asked = found()
    assert asked.scores["answers"].sum() == 40
    assert "The widest gap: true friends above" in words.scores_told(asked)
    assert words.scores_table(asked)["degree"].to_list() == [
        cell for cell in CELLS if cell in asked.scores["cell"]
    ]
    cut = found(LoyaltyView(CUTS[2]))
    assert cut.scores.is_empty()
    assert "not told by these filters" in words.scores_told(cut)


def test_movement_counts_those_who_bought_before_and_knows_the_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_movement, "FEWEST", 15)
    moved = found_movement(LoyaltyView(CUTS[3]), "revenue", LAST)
    assert (moved.start, moved.end, moved.span) == (date(2024, 12, 31), LAST, 6)
    bought: dict[str, list[date]] = {}
    for each in lines():
        if not each.is_return and each.customer != UNKNOWN:
            bought.setdefault(each.customer, []).append(each.day)
    old = [one for one, days in bought.items() if min(days) < date(2024, 7, 1)]
    assert moved.movement.customers == len(old)
    assert moved.movement.newcomers == len(bought) - len(old)
    assert words.moves_table(moved)["customers"].sum() == len(old)
    assert "than on 31 Dec 2024" in words.moved_told(moved, "revenue")


def test_the_picture_names_each_cell_and_its_customers() -> None:
    asked = found()
    figure = loyalty_plane(asked.cells, "EUR", LIGHT, chosen=TOO_NEW)
    drawn = {trace.name: len(trace.x) for trace in figure.data}
    assert drawn == dict(asked.cells.cells.select("cell", "customers").rows())
    assert all(mark[0] == trace.name for trace in figure.data for mark in trace.customdata)


@pytest.mark.parametrize(
    "view", [LoyaltyView(), LoyaltyView(CUTS[4], "revenue", 92.5, -674.485, "Too new to tell", True)]
)
def test_an_address_is_read_as_it_was_written(view: LoyaltyView) -> None:
    assert parse_loyalty(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"by": ["margn"]}, "Did you mean 'margin'"),
        ({"cell": ["true-friend"]}, "Did you mean 'true-friends'"),
        ({"days": ["-1"]}, "less than no day"),
        ({"days": ["soon"]}, "is no number"),
        ({"profit": ["nan"]}, "is no number"),
        ({"profit": ["1e300"]}, "is no number"),
        ({"day": ["1"]}, "Did you mean 'days'"),
    ],
)
def test_an_address_that_cannot_be_read(parameters: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_loyalty(parameters)


def test_another_worth_forgets_a_threshold_in_the_first() -> None:
    assert LoyaltyView(days=5, profit=100).weighed("revenue") == LoyaltyView(by="revenue", days=5)


def test_who_only_returned_did_not_buy_on_one_day() -> None:
    """Who only returned is told apart from those who bought once."""
    whole = found()
    bought = whole.cells.members.drop_nulls("first_purchase")
    once = bought.filter(pl.col("first_purchase") == pl.col("last_purchase")).height
    assert bought.height == whole.cells.members.height - 1
    said = " ".join(words.cautions(whole))
    assert f"{share_text(once / whole.cells.members.height)} bought on one day alone" in said
    assert "1 customer of them only returned" in said
