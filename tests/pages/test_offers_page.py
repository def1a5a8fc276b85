"""The page Offers: its address, a customer looked up, the rules that are chosen, and what it says to bad questions."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit

from cubes.ask import answer_cache
from cubes.query import Cut
from data.errors import BadRequest
from mining.offers.scoreboard import OfferList
from pages.discover.found_offers import found_offers
from pages.discover.offers_view import OffersView, parse_offers
from pages.ui import session
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LAST = date(2011, 12, 9)


def lines() -> list[Line]:
    """Forty customers who buy tea each month, half of them pots, and of these again half cups."""
    made = []
    for at in range(40):
        goods = ["Tea"] * 10 + ["Pot"] * (at % 2) + ["Cup"] * (at % 4 == 1) + [f"Thing {at % 5}"]
        for visit, name in enumerate(goods):
            made.append(
                Line(
                    day=LAST - timedelta(days=at % 7 + 25 * visit),
                    order=f"o{at}-{visit}",
                    customer=f"C{at:02}",
                    country="Italy" if at % 3 else "Spain",
                    customer_kind="firm" if at % 2 else "home",
                    product=name,
                )
            )
    return made


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    with_facts(
        path,
        stock=[
            {"day": LAST, "product": "Cup", "on_hand": 0, "place": "Here"},
            {"day": LAST, "product": "Tea", "on_hand": 4, "place": "Here"},
            {"day": LAST, "product": "Nobody's", "on_hand": 0, "place": "Here"},
        ],
        contact=[{"day": LAST, "customer": "C01", "arm": "treated"} for _ in range(2)],
    ).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()
    return path


def test_a_customer_is_looked_up_and_has_both_lists() -> None:
    app = opened("discover/offers_page.py")
    assert not app.exception
    assert "Offers for 40 customers" in told(app)
    assert "Propensity is not incrementality" in told(app)
    app.text_input(key="offers-find").set_value("c03").run()
    next(each for each in app.button if each.label == "C03").click().run()
    assert not app.exception
    assert app.query_params["who"] == "C03"
    assert 'data-who="C03"' in told(app)
    again = next(
        each.value for each in app.dataframe if "why" in each.value and each.value["product_name"][0] == "Tea"
    )
    assert str(again["why"][0]).startswith("Bought on 10 days, last")


def test_consent_is_written_on_the_page_and_a_slip_is_told() -> None:
    app = opened("discover/offers_page.py", who="C02")
    app.text_input(key="offers-consent").set_value("customer_kind=firm").run()
    assert app.query_params["consent"] == "customer_kind=firm"
    assert "0 of 5: no consent." in " ".join(each.value for each in app.caption)
    app.text_input(key="offers-consent").set_value("customer_kind").run()
    assert not app.exception
    assert 'data-state="refused"' in told(app)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"offers": "0"}, "0 offers are no list"),
        ({"horizon": "soon"}, "is no number"),
        ({"cnsent": "x"}, "consent"),
        ({"consent": "product=Tea"}, "Consent is told by what describes customers"),
        ({"horizon": "365"}, "Nothing was bought before the last 365 days"),
    ],
)
def test_what_cannot_be_offered_is_told(parameters: dict[str, str], says: str) -> None:
    app = opened("discover/offers_page.py", **parameters)
    assert not app.exception
    assert says in told(app)
    assert 'data-state="refused"' in told(app)


def test_stock_cap_and_consent_leave_out_and_filters_hold() -> None:
    found = found_offers(OffersView(cap=2, consent=Cut("customer_kind", ("firm",))))
    new = found.told(OfferList.NEW)
    assert "Cup" not in new["product"].to_list()
    assert "C01" not in new["customer"].to_list()
    assert found.why_fewer(OfferList.NEW, "C01") == "contacted as often as the cap allows"
    assert found.why_fewer(OfferList.AGAIN, "C02") == "no consent"
    for which in OfferList:
        for product, _, customers in found.products_of(which).iter_rows():
            assert len(found.offered_to(which, product)) == customers
    italy = found_offers(OffersView((Cut("country", ("Italy",)),)))
    assert set(italy.told(OfferList.AGAIN)["customer"]) == {f"C{at:02}" for at in range(40) if at % 3}
    assert italy.code("Nobody") == -1


@pytest.mark.parametrize(
    "view",
    [
        OffersView(),
        OffersView((Cut("country", ("Italy",)),), 7, 60, Cut("customer_kind", ("firm",)), 3, "C01"),
    ],
)
def test_an_address_is_read_as_it_was_written(view: OffersView) -> None:
    assert parse_offers(view.to_parameters()) == view


def test_a_day_needs_a_history() -> None:
    with pytest.raises(BadRequest, match="No chance is told over 366 days"):
        parse_offers({"horizon": ["366"]})
