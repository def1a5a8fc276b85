"""The share of nothing is nothing to show, and look-alikes that are everybody are called so."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from mining.customer_share.attainable_wallet import Wallet, attainable
from pages.overview.kpi_tiles import look_alikes, wallet_tile
from pages.ui.style.formats import ABSENT, format_value

KIND = ("customer_kind",)


def test_a_firm_of_returns_has_no_share() -> None:
    frame = pl.DataFrame({"customer": ["a", "b"], "spend": [-5.0, 0.0], "alike": ["x", "x"]})
    assert format_value(attainable(frame).share, "percent") == ABSENT


def asked(kinds: list[str], countries: list[str] | None = None) -> pl.DataFrame:
    """Revenue by kind, country and customer, with one line that names nobody."""
    size = len(kinds)
    frame = pl.DataFrame(
        {
            "customer_kind.id": kinds,
            "country.id": countries or ["Italy"] * size,
            "customer.id": [f"c{at}" for at in range(size)],
            "revenue": [float(at % 50) for at in range(size)],
        }
    )
    nobody = pl.DataFrame(
        {
            "customer_kind.id": ["firm"],
            "country.id": ["Italy"],
            "customer.id": ["(unknown)"],
            "revenue": [1e9],
        }
    )
    return pl.concat([frame, nobody])


def held(revenue: pl.DataFrame, told: Sequence[str]) -> Wallet:
    return attainable(look_alikes(revenue, told))


def test_look_alikes_that_are_everybody_are_called_so() -> None:
    kinds = ["firm", "home"] * 50
    tile = wallet_tile(held(asked(kinds), ()), ())
    assert tile.note == "index against all customers: neither kind nor country is known"
    assert tile.target_text == "80% quantile of all customers"
    assert "kind" not in tile.help
    rare = wallet_tile(held(asked([f"kind {at % 10}" for at in range(100)]), KIND), KIND)
    assert rare.note == "index against all customers: no kind sets 30 of them apart"
    one = wallet_tile(held(asked(["firm"] * 100), KIND), KIND)
    assert one.note == "index against all customers: no kind sets 30 of them apart"
    apart = wallet_tile(held(asked(kinds), KIND), KIND)
    assert (apart.note, apart.target_text) == (
        "index, not market share",
        "80% quantile of customers of their kind",
    )


def test_who_is_of_no_known_kind_is_held_against_all() -> None:
    kinds = ["firm"] * 40 + ["home"] * 40 + ["(unknown)"] * 40
    people = look_alikes(asked(kinds), KIND)
    assert people["customer"].to_list() == [f"c{at}" for at in range(120)]
    assert people["alike"].null_count() == 40
    wallet = attainable(people)
    assert wallet.against_everybody == 40
    assert wallet.members.filter(pl.col("alike").is_null())["wallet"].min() == people["spend"].quantile(
        0.8, "linear"
    )
    assert wallet_tile(wallet, KIND).note == "index, not market share; 33% held against all customers"


def test_too_few_customers_have_no_share() -> None:
    tile = wallet_tile(held(asked(["firm"] * 12), KIND), KIND)
    assert (tile.value, tile.target, tile.note) == (ABSENT, None, "too few customers to compare (12)")
