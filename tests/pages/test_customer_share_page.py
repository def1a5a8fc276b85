"""The page Customer share: its address, that tiers add up to the cube, and that each number has its tier beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from shutil import copyfile

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model import scoring as scorings
from data.model.canonical_tables import UNKNOWN
from data.store.saved_scores import save_scores
from data.store.warehouse import Warehouse
from mining.customer_share.nbd_dirichlet import nbd_dirichlet
from mining.customer_share.share_tier import Tier
from pages.ui import session
from pages.value import share_words as words
from pages.value.found_share import FoundShare, found_share, group_levels
from pages.value.market_model import EXAMPLE, expected
from pages.value.share_scores import score_frame, scoring_of
from pages.value.share_view import PanelTotals, ShareView, parse_brands, parse_share
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LAST = date(2025, 6, 30)
ITALY = (Cut("country", ("Italy",)),)


def lines() -> list[Line]:
    """A hundred and twenty customers in two countries, of whom each buys some of four categories."""
    made = [
        Line(
            day=LAST - timedelta(days=(3 * at) % 300),
            order=f"o{at}-{category}",
            customer=f"C{at:03}",
            country="Italy" if at % 3 else "Spain",
            category=f"cat {category}",
            product=f"thing {category}",
            revenue=str(10 + (37 * at + 11 * category) % 90),
        )
        for at in range(120)
        for category in range(4)
        if (at + category) % 4
    ]
    moved = Line(day=LAST, order="m", customer="C000", country="Italy", category="cat 3", revenue="500")
    return [*made, moved, Line(day=LAST, order="u", customer=UNKNOWN, category="cat 1", revenue="7000")]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    told = {"day": LAST, "wallet_category": "cat 1", "brands": 2}
    wallets = [
        told | {"customer": "C001", "spend": 100, "own_spend": 40, "rank": 1},
        told | {"customer": "C003", "spend": 50, "own_spend": 60, "rank": 2},
        told | {"spend": 1000, "own_spend": 1, "rank": 2},
    ]
    calls = [{"day": LAST, "customer": "C003", "kind": "call"}] * 3 + [
        {"day": LAST, "customer": "C001", "kind": "call"}
    ]
    warehouse = with_facts(path, wallet=wallets, interaction=calls)
    yield warehouse
    warehouse.close()


@pytest.fixture(autouse=True)
def opened(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "warehouse", lambda: firm)


def found(tier: Tier, cuts: tuple[Cut, ...] = ()) -> FoundShare:
    return found_share(ShareView(cuts, tier, by="country"))


def test_spend_is_that_of_the_cube_and_unknown_customers_have_no_wallet(firm: Warehouse) -> None:
    share = found(Tier.ATTAINABLE)
    asked = ask(firm, Query(("revenue",), ("customer",))).frame.filter(pl.col("customer.id") != UNKNOWN)
    assert share.total.own == pytest.approx(asked["revenue"].sum())
    for part in (share.members, share.groups, share.categories):
        assert part["own"].sum() == pytest.approx(share.total.own)
        assert part["wallet"].sum() == pytest.approx(share.total.whole)
    assert share.groups["customers"].sum() == asked.height == 120
    assert group_levels()[0] == "country"


def test_what_is_saved_is_what_the_cube_of_scores_adds_up_and_tiers_never_mix(
    firm: Warehouse, tmp_path: Path
) -> None:
    """Of the same people by look-alikes, and by what some of them told."""
    share, path = found(Tier.ATTAINABLE), tmp_path / "w.duckdb"
    view = ShareView((Cut("day", since="2025-01-01", until="2025-06-30"),), by="country")
    copyfile(firm.path, path)
    assert save_scores(path, score_frame(share), scoring_of(view, share)) == 120
    with closing(Warehouse(path)) as saved:
        told = ask(
            saved, Query(("head_room", "customer_share"), ("country",), totals=True, cube="scores")
        ).frame
        (kept,) = scorings.read(saved.rows)
    whole = told.filter(pl.col("country").is_null()).row(0, named=True)
    assert float(whole["head_room"]) == pytest.approx(share.total.head_room, rel=1e-4)
    assert float(whole["customer_share"]) == pytest.approx(share.total.share, rel=1e-4)
    by_country = dict(share.groups.select("group", "share").iter_rows())
    parts = told.filter(pl.col("country").is_not_null())
    assert {row["country"]: row["customer_share"] for row in parts.to_dicts()} == pytest.approx(
        by_country, rel=1e-4
    )
    assert (kept.scoring.scored_on, kept.scoring.horizon_days) == (LAST, 181)
    assert "customer share, attainable" in kept.sentence
    other = found(Tier.OBSERVED)
    earlier = scoring_of(view.within((Cut("day", until="2025-05-31"),)), other)
    with pytest.raises(BadRequest, match="saved is attainable, and this is observed: tiers do not add up"):
        save_scores(path, score_frame(other), earlier)
    assert save_scores(path, score_frame(other), scoring_of(view, other)) == other.members.height
    with closing(Warehouse(path)) as saved:
        assert [each.scoring.model for each in scorings.read(saved.rows)] == ["customer share, observed"]


def test_breadth_is_counted_of_the_categories_offered(firm: Warehouse) -> None:
    share = found(Tier.BREADTH, ITALY)
    asked = ask(firm, Query(("categories",), ("customer",), cuts=ITALY)).frame
    assert share.total.own == asked["categories"].sum()
    assert share.total.whole == 4 * asked.height
    assert "categories" in words.main_fact(share, "EUR")
    assert "€" not in words.main_fact(share, "EUR")
    table = words.categories_table(share)
    by_category = ask(firm, Query(("customers",), ("category",), cuts=ITALY)).frame
    assert dict(table.select("category", "buyers").iter_rows()) == dict(
        by_category.select("category", "customers").iter_rows()
    )
    assert table["not_yet_buyers"].sum() == share.total.head_room
    assert words.calibrated(share) == ""
    offered = words.listed(share).select("customer", "sell").drop_nulls()
    assert offered.height == share.members.filter(pl.col("head_room") > 0).height


def test_told_wallets_are_mended_and_what_serving_takes_stands_beside() -> None:
    share = found(Tier.OBSERVED)
    assert (share.total.own, share.total.whole) == (100, 160)
    assert share.notes == (
        "Left out, of nobody known: 1 answer.",
        "A wallet below what is spent here, which stands as that: 1 answer.",
    )
    spain = share.groups.row(by_predicate=pl.col("group") == "Spain", named=True)
    assert (spain["own"], spain["wallet"], spain["share_contacts"]) == (60, 60, 0.75)
    assert "Spain (75% of contacts," in words.costly(share)
    surveyed = found(Tier.SURVEYED)
    assert surveyed.total.own == pytest.approx(100 * 2 / 3 + 60 / 3)


def test_wallets_are_not_told_by_product() -> None:
    with pytest.raises(BadRequest, match="not by these filters"):
        found(Tier.OBSERVED, (Cut("category", ("cat 1",)),))
    with pytest.raises(BadRequest, match="No customer told of a wallet"):
        found(Tier.OBSERVED, (Cut("day", until="2025-01-31"),))


@pytest.mark.parametrize("tier", [Tier.OBSERVED, Tier.SURVEYED, Tier.ATTAINABLE, Tier.BREADTH])
def test_a_tier_stands_beside_every_number(tier: Tier) -> None:
    share = found(tier)
    assert tier.value in words.main_fact(share, "EUR")
    assert all(tile.label.endswith(tier) for tile in words.tiles(share, 0.8, "EUR")[:2])
    assert ("an index, not a market share" in words.tiles(share, 0.8, "EUR")[0].note) == (
        tier is not Tier.OBSERVED
    )
    for table in (words.listed(share), words.groups_table(share, "Country"), words.categories_table(share)):
        assert set(table["tier"]) <= {tier.value}
    assert ShareView(tier=tier).to_parameters()["tier"] == [tier.value]


def test_a_group_has_the_customers_that_it_counts() -> None:
    share = found(Tier.ATTAINABLE)
    assert share.members.filter(customer="C000")["group"].to_list() == [
        "Spain"
    ]  # as described now, wherever it bought
    for group, customers in share.groups.select("group", "customers").rows():
        assert words.listed(share, group).height == customers


def test_whether_each_category_is_calibrated_is_told() -> None:
    share = found(Tier.ATTAINABLE)
    assert {"below", "doubt"} <= set(words.categories_table(share).columns)
    assert "Too few customers to calibrate each category by itself (800 are wanted): cat" in words.calibrated(
        share
    )


def test_fewer_than_a_hundred_have_no_look_alikes() -> None:
    with pytest.raises(BadRequest, match="There are 40 customers here"):
        found(Tier.ATTAINABLE, (Cut("country", ("Spain",)),))


PANEL = PanelTotals(0.56, 2.6, parse_brands(["0.25:0.2:Col: gate", "0.1:0.09:<b>"]))


@pytest.mark.parametrize(
    "view",
    [
        ShareView(),
        ShareView(ITALY, Tier.ATTAINABLE, 0.9, "country", "Italy & <b>"),
        ShareView(tier=Tier.DIRICHLET, panel=PANEL),
    ],
)
def test_an_address_is_read_as_it_was_written(view: ShareView) -> None:
    assert parse_share(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"tier": ["observd"]}, "Did you mean 'observed'"),
        ({"quantile": ["most"]}, "is no number"),
        ({"tier": ["dirichlet"], "brand": ["Colgate"]}, "is no brand"),
        ({"tier": ["dirichlet"], "brand": ["0.2:0.1:x"]}, "penetration='' is no number"),
        ({"tier": ["dirichlet"], "brand": ["a:0.1:x"]}, "share='a' is no number"),
        ({"teer": ["observed"]}, "Did you mean 'tier'"),
    ],
)
def test_an_address_that_cannot_be_read(parameters: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_share(parameters)


def test_the_example_market_is_told_brand_by_brand() -> None:
    table = expected(nbd_dirichlet(EXAMPLE.penetration, EXAMPLE.rate, EXAMPLE.brands), EXAMPLE)
    first = table.row(0, named=True)
    assert (first["brand"], first["rate"], first["tier"]) == ("Colgate", 1.77, "dirichlet")
    assert table.height == len(EXAMPLE.brands)
