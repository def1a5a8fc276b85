"""What journeys are made of: touches by channel, purchases by day, within cuts and policies, or a sentence."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.journey_events import journey_events
from cubes.query import Query, parse_cut
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.errors import BadRequest, NotAllowed
from data.store.warehouse import Warehouse
from tests.journey_firm import day, journey_firm
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return journey_firm(tmp_path_factory.mktemp("firm") / "w.duckdb")


def asked(*cuts: str) -> Query:
    return Query(cuts=tuple(map(parse_cut, cuts)))


def counted(touches: pl.DataFrame) -> dict[str, int]:
    return dict(touches.group_by("channel").len().iter_rows())


def test_touches_have_channels_and_surveys_and_held_out_are_none(firm: Warehouse) -> None:
    found = journey_events(firm, asked(), 30, 30)
    assert counted(found.touches) == {"E-mail": 16, "Web": 16, "Phone": 15, "Tasting": 1, "Post": 1}
    assert found.unknown == 15  # the first came before the first sale, when the slice begins
    assert found.span == (day(3), day(780))
    assert found.known_until == day(780)
    assert found.purchases.height == 19


def test_returns_of_a_day_are_netted_and_no_day_is_below_zero(firm: Warehouse) -> None:
    bought = journey_events(firm, asked("customer=Ann"), 30, 30).purchases
    assert bought["revenue"].to_list() == [20.0, 0.0, *[20.0] * 14]


def test_a_period_reaches_the_window_before_and_after(firm: Warehouse) -> None:
    found = journey_events(firm, asked(f"day={day(100)}..{day(199)}", "customer=Ann|Bob"), 10, 45)
    days = found.touches["day"] - found.days[0]
    assert (found.span, days.min(), days.max()) == ((day(100), day(199)), -10, 140)
    assert (found.purchases["day"] - found.days[0]).to_list() == [3, 53, 103]
    assert found.unknown == 0  # nobody who is unknown is Ann or Bob
    assert journey_events(firm, asked(f"day={day(100)}..{day(199)}"), 10, 45).unknown == 2


def test_cuts_on_customers_choose_journeys_and_others_purchases_alone(firm: Warehouse) -> None:
    within = journey_events(firm, asked("country=Italy"), 30, 30)
    assert counted(within.touches) == {"Phone": 15}
    assert within.purchases.height == 2
    by_rule = journey_events(firm, asked("customer by revenue > 100"), 30, 30)
    assert counted(by_rule.touches) == {"E-mail": 16, "Web": 16, "Post": 1}
    none = journey_events(firm, asked("channel!=Web"), 30, 30)
    assert (none.touches.height, none.purchases.height) == (49, 0)
    assert "chooses purchases alone: channel!=Web" in " ".join(none.notes)


def test_what_cannot_be_told_is_a_sentence(firm: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="There is no country 'Atlantis'"):
        journey_events(firm, asked("country=Atlantis"), 30, 30)
    bare = tiny_warehouse(tmp_path / "bare.duckdb", [Line()])
    with pytest.raises(BadRequest, match="No touch of a customer is known"):
        journey_events(bare, asked(), 30, 30)


def test_a_policy_shows_its_rows_and_small_counts_no_journeys(firm: Warehouse) -> None:
    limited = firm.under(Policy("Ida", rows=(RowCut("country", ("Italy",)),)))
    assert counted(journey_events(limited, asked(), 30, 30).touches) == {"Phone": 15}
    with pytest.raises(NotAllowed, match="Journeys show single customers"):
        journey_events(firm.under(Policy("Ida", smallest=5)), asked(), 30, 30)
