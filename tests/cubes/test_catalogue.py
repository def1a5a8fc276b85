"""Every cube is well declared: its measures answer, their names are kept, its levels are the conformed ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.catalogue import CUBES, MEASURE_NAMES, load
from cubes.catalogue.ratios import BETWEEN
from cubes.model import Kind, Measure
from cubes.query import Query
from data.errors import BadRequest
from data.store.attribute_names import is_attribute_name
from data.store.warehouse import Warehouse, save_attribute
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

DAY = date(2011, 3, 1)
SERVICE = (
    {"day": DAY, "customer": "Ann", "satisfaction": 9, "recommendation": 9, "waited_seconds": 10,
     "duration_seconds": 100},
    {"day": DAY, "customer": "Ann", "satisfaction": 4, "recommendation": 6, "waited_seconds": 30,
     "status": "Open"},
    {"day": DAY, "customer": "Bob", "recommendation": 8, "waited_seconds": 80, "status": "Closed",
     "closed_on": date(2011, 3, 5)},
    {"day": DAY, "recommendation": 0, "status": "Closed", "closed_on": date(2011, 3, 2)},
    {"day": DAY},
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("shop") / "w.duckdb"
    tiny_warehouse(path, [Line(), Line(order="o2", customer="Bob")]).close()
    warehouse = with_facts(
        path,
        interaction=SERVICE,
        invoice=[
            {"day": DAY, "customer": "Ann", "amount": 10, "paid": 10, "paid_on": date(2011, 3, 11)},
            {"day": DAY, "customer": "Ann", "amount": 20, "paid": 5},
            {"day": DAY, "customer": "Bob", "amount": -6, "paid_on": date(2011, 3, 21)},
            {"day": DAY, "customer": "Bob"},
        ],
        proposal=[
            {"day": DAY, "customer": "Ann", "decided_on": date(2011, 3, 31)},
            {"day": DAY, "customer": "Ann"},
        ],
        price_offer=[
            {"day": DAY, "customer": "Ann", "offered_price": 8, "asked_price": 10, "quantity": 3},
            {"day": DAY, "customer": "Bob", "offered_price": 5, "asked_price": 10, "answered_on": DAY},
            {"day": DAY, "customer": "Bob", "offered_price": 99},
        ],
        consent=[
            {"day": DAY, "customer": "Ann", "channel": "Web", "verdict": "given"},
            {"day": DAY, "customer": "Ann", "channel": "Web", "verdict": "withdrawn"},
            {"day": DAY, "customer": "Ann", "channel": "Phone", "verdict": "given"},
            {"day": DAY, "verdict": "given"},
        ],
        case_event=[
            {"day": DAY, "customer": "Ann", "case_id": "T1", "event": "opened"},
            {"day": DAY, "customer": "Ann", "case_id": "T1", "event": "closed"},
            {"day": DAY, "customer": "Ann", "case_id": "T1", "event": "reopened"},
            {"day": DAY, "customer": "Bob", "case_id": "T2", "event": "handed over"},
            {"day": DAY, "customer": "Bob", "case_id": "T2", "event": "closed"},
            {"day": DAY, "case_id": "T3", "event": "photographed"},
        ],
        lead_time=[
            {
                "day": date(2011, 1, 10),
                "promised_on": date(2011, 1, 20),
                "received_on": date(2011, 1, 18),
                "quantity_ordered": 10,
            },
            {
                "day": date(2011, 1, 10),
                "promised_on": date(2011, 1, 14),
                "received_on": date(2011, 1, 30),
                "quantity_ordered": 30,
                "quantity_received": 40,
            },
            {"day": date(2011, 1, 10), "promised_on": date(2011, 1, 22), "quantity_ordered": 10},
        ],
        wallet=[
            {"day": DAY, "customer": "Ann", "spend": 100, "own_spend": 40},
            {"day": DAY, "customer": "Bob", "spend": 50, "own_spend": 60},
            {"day": DAY, "customer": "Bob", "spend": -5, "own_spend": 1},
            {"day": DAY, "spend": 40, "rank": 1},
        ],
    )
    yield warehouse
    warehouse.close()


WANTED = {
    "interactions": {
        "interactions": 5,
        "customers_interacted": 2,
        "satisfaction": 6.5,
        "satisfaction_answers": 2,
        "net_promoter_score": (100 - 200) / 4,
        "recommendation_answers": 4,
        "average_waiting": 40.0,
        "average_duration": 100.0,
        "cases": 3,
        "cases_closed": 2,
        "closed_share": 2 / 3,
        "days_to_close": 2.5,
    },
    "invoices": {
        "invoices": 4,
        "invoiced": 24.0,
        "paid": 15.0,
        "customers_invoiced": 2,
        "average_invoice": 8.0,
        "days_to_pay": 15.0,
    },
    "proposals": {
        "proposals": 2,
        "proposals_decided": 1,
        "customers_proposing": 1,
        "decided_share": 0.5,
        "days_to_decide": 30.0,
    },
    "price_offers": {
        "price_offers": 3,
        "customers_offering": 2,
        "offers_answered": 1,
        "offered_to_asked": (24 + 5) / (30 + 10),
    },
    "consents": {
        "consents_given": 3,
        "consents_withdrawn": 1,
        "customers_giving_consent": 1,
        "customers_withdrawing": 1,
    },
    "case_events": {
        "case_events": 6,
        "customers_with_cases": 2,
        "openings": 1,
        "closings": 2,
        "reopenings": 1,
        "handovers": 1,
        "case_answers": 0,
        "reopening_rate": 0.5,
    },
    "supply": {
        "supply_orders": 3,
        "units_ordered": 50.0,
        "units_received": 40.0,
        "surplus_received": 10.0,
        "fill_rate": 10 / 50,
        "received_in_time_share": 1 / 3,
        "received_in_full_share": 1.0,
        "on_time_in_full_share": 1 / 3,
        "days_promised": (10 + 4 + 12) / 3,
        "orders_due": 3,
        "open_supply_orders": 1,
    },
    "wallets": {
        "wallet_answers": 4,
        "customers_asked": 2,
        "told_wallet": 160.0,
        "told_own_spend": 100.0,
        "observed_share": 100 / 160,
    },
}
MEDIANS = {
    ("interactions", "median_waiting"): 30.0,
    ("invoices", "median_invoice"): 15.0,
    ("price_offers", "median_offer"): 8.0,
    ("supply", "median_lead_time"): (8 + 20) / 2,
    ("supply", "p90_lead_time"): 8 + 0.9 * 12,
    ("sales", "median_line_value"): 10.0,
}


@pytest.mark.parametrize("cube", WANTED)
def test_measures_are_what_their_sentences_say(shop: Warehouse, cube: str) -> None:
    found = ask(shop, Query(tuple(WANTED[cube]), cube=cube)).frame.row(0, named=True)
    assert {name: found[name] for name in WANTED[cube]} == WANTED[cube]


@pytest.mark.parametrize(("cube", "name"), MEDIANS)
def test_medians_are_those_of_the_rows_that_tell(shop: Warehouse, cube: str, name: str) -> None:
    assert ask(shop, Query((name,), cube=cube)).frame[name][0] == MEDIANS[cube, name]


def every_measure(warehouse: Warehouse) -> list[Measure]:
    return [measure for name in CUBES for measure in load(name, warehouse.profile).measures]


def test_names_of_measures_are_reserved_and_mean_one_thing(shop: Warehouse) -> None:
    names = [measure.name for measure in (*every_measure(shop), *BETWEEN)]
    assert len(names) == len(set(names))
    assert set(names) == MEASURE_NAMES
    assert not any(is_attribute_name(name) for name in names)


@pytest.mark.parametrize("cube", CUBES)
def test_every_measure_answers_with_and_without_rows(tmp_path: Path, shop: Warehouse, cube: str) -> None:
    tiny_warehouse(tmp_path / "empty.duckdb", []).close()
    empty = Warehouse(tmp_path / "empty.duckdb")
    names = tuple(measure.name for measure in load(cube, shop.profile).measures)
    for warehouse in (shop, empty):
        frame = ask(warehouse, Query(names, ("year",), totals=True, cube=cube)).frame
        assert frame.columns[3:] == list(names)
    empty.close()


def test_levels_are_the_same_in_all_cubes(shop: Warehouse) -> None:
    seen: dict[str, tuple[str, str, bool]] = {}
    for name in CUBES:
        for level in load(name, shop.profile).levels:
            told = (level.label, level.dimension, level.is_time)
            assert seen.setdefault(level.name, told) == told
    assert {"country", "channel_type", "campaign", "partner_stage", "month", "category"} <= set(seen)


def test_an_attribute_is_a_level_of_every_cube_around_its_dimension(tmp_path: Path, shop: Warehouse) -> None:
    shutil.copy(shop.path, tmp_path / "w.duckdb")
    save_attribute(tmp_path / "w.duckdb", "customer", "tier", "Tier", {"Ann": "gold"})
    store = Warehouse(tmp_path / "w.duckdb")
    for cube, measure in (("sales", "orders"), ("interactions", "interactions"), ("invoices", "invoices")):
        frame = ask(store, Query((measure,), ("tier",), cube=cube)).frame
        assert frame["tier.id"].sort().to_list() == ["(unknown)", "gold"]
    assert "tier" not in {level.name for level in load("stock", store.profile).levels}
    store.close()


def test_a_cube_is_made_once_a_snapshot(shop: Warehouse) -> None:
    cube = load("sales", shop.profile)
    assert load("sales", shop.profile) is cube
    assert load("sales", Warehouse(shop.path).profile) is not cube
    with pytest.raises(BadRequest, match=r"no cube .sale.\. Did you mean .sales."):
        load("sale", shop.profile)


def test_counts_are_whole_numbers_but_what_is_expected_or_aimed_at(shop: Warehouse) -> None:
    """Every cube's, in frames as in the files made of them."""
    for name in CUBES:
        cube = load(name, shop.profile)
        counts = [each for each in cube.measures if each.unit == "count" and each.kind is not Kind.RATIO]
        aimed_at = ("_target", "_targets")
        broken = {each.name for each in counts if not each.whole and not each.name.endswith(aimed_at)}
        assert broken <= {"purchases_expected", "chances"}
        asked = [each.name for each in counts if each.whole]
        frame = ask(shop, Query(tuple(asked), cube=name)).frame
        assert {frame.schema[each] for each in asked} == {pl.Int64}
        assert not any(number.endswith(".0") for number in frame.select(asked).write_csv().split(","))


def test_kinds_stand_where_they_must(shop: Warehouse) -> None:
    kinds = {measure.name: measure.kind for measure in every_measure(shop)}
    assert {name for name, kind in kinds.items() if kind is Kind.SEMI_ADDITIVE} == {
        "customers_alive",
        "customer_value",
        "value_at_risk",
        "purchases_expected",
        "head_room",
        "spend_here",
        "wallet",
        "chances",
        "customers_with_chance",
        "customers_valued",
        "customers_in_stage",
        "on_hand",
        "on_hand_at_first",
        "average_on_hand",
        "on_order",
        "to_reorder",
    }
    assert {name for name, kind in kinds.items() if kind is Kind.HOLISTIC} == {name for _, name in MEDIANS}
