"""What the virtual warehouse reads of a snapshot: counts as the cube of stock carries them, orders, demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cubes.ask.answer import ask
from cubes.catalogue.stock import CARRIED_DAYS as CARRIED_BY_THE_CUBE
from cubes.query import Cut, Query
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.collaborate.district_frames import CARRIED_DAYS, buyers_of, district_frames, stock_course
from data.errors import BadRequest
from data.model.calendar import day_key
from data.store.warehouse import Warehouse
from tests.district_firm import LAST, ago, district_firm
from tests.tiny import Line, tiny_warehouse


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    return district_firm(tmp_path / "w.duckdb")


def codes(firm: Warehouse, level: str) -> dict[str, int]:
    return dict(firm.rows("SELECT label, code FROM member WHERE level = ?", [level]))


def test_counts_are_those_that_the_cube_carries(firm: Warehouse) -> None:
    frames = district_frames(firm)
    assert (frames.as_of, CARRIED_DAYS) == (LAST, CARRIED_BY_THE_CUBE)
    names = {code: label for label, code in codes(firm, "product").items()}
    own: dict[str, float] = {}
    for product, pieces in frames.counts.select("product", "on_hand").iter_rows():
        own[names[product]] = own.get(names[product], 0) + pieces
    asked = Query(
        ("on_hand",), ("product",), cuts=(Cut("day", since=str(LAST), until=str(LAST)),), cube="stock"
    )
    cube = ask(firm, asked).plain()
    assert own == {
        row["product"]: float(row["on_hand"]) for row in cube.to_dicts() if row["on_hand"] is not None
    }
    assert own == {"Cup": 120.0, "Mug": 4.0, "Jar": 54.0}


def test_falls_are_those_within_the_watch(firm: Warehouse) -> None:
    names, partners = codes(firm, "product"), codes(firm, "partner")
    rows = {
        (row["product"], row["partner"], row["place"]): row
        for row in district_frames(firm, idle_days=56).counts.to_dicts()
    }
    cup = rows[names["Cup"], partners["Alba"], "Prato"]
    assert (cup["fallen"], cup["reserved"], cup["first_day"]) == (30.0, 10.0, day_key(ago(60)))
    assert rows[names["Jar"], partners["Bora"], ""]["fallen"] == 0
    assert district_frames(firm, idle_days=10).counts["fallen"].sum() == 10.0 + 56.0


def test_demand_is_what_was_sold_of_late_by_the_day(firm: Warehouse) -> None:
    frames, names = district_frames(firm, weeks=4), codes(firm, "product")
    demand = {row[0]: row[1:] for row in frames.demand.iter_rows()}
    assert frames.demand_days == 28
    assert demand[names["Cup"]] == (56.0, 14 * 16.0)
    assert demand[names["Mug"]] == (3.0, 5.0)  # what came back was asked for all the same
    assert dict(frames.sold.iter_rows()) == {names["Cup"]: 560.0, names["Mug"]: 30.0, names["Jar"]: 9.0}


def test_buyers_and_the_course_of_a_product(firm: Warehouse) -> None:
    names = codes(firm, "product")
    found = buyers_of(firm, [names["Mug"]], LAST)
    customers = {code: label for label, code in codes(firm, "customer").items()}
    assert {customers[row["code"]]: (row["revenue"], row["products"]) for row in found.to_dicts()} == {
        "Ann": (30.0, 1), "Cid": (0.0, 1),
    }  # fmt: skip
    assert stock_course(firm, names["Jar"], LAST).height == 4


def test_without_stock_and_orders_a_sentence_says_what_to_load(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="Load counts of stock"):
        district_frames(tiny_warehouse(tmp_path / "w.duckdb", [Line()]))


def test_who_sees_one_partner_sees_its_orders_as_they_came(firm: Warehouse) -> None:
    seen = firm.under(Policy(person="maria", rows=(RowCut("partner", ("Bora",)),)))
    frames, bora = district_frames(seen), codes(firm, "partner")["Bora"]
    assert frames.orders.height == 6
    for each in (frames.counts, frames.orders):
        assert each["partner"].unique().to_list() == [bora]
    whole = district_frames(firm).orders.filter(partner=bora)
    assert frames.orders.equals(whole)
