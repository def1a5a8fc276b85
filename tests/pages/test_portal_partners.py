"""What a partner reads and says at the portal: its own orders and stock, the others without a name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from data.collaborate import bid_deeds, proposal_deeds
from data.collaborate.bid_deeds import NamedPrice
from data.collaborate.proposal_deeds import NewProposal
from data.operational import operational_store
from data.operational.statement_kinds import SourceNumber
from data.people.portal_links import WHO
from data.portal.own_stock import told_stock
from data.portal.partner_suggestions import suggestions
from data.store.warehouse import Warehouse
from pages.ui import session
from tests.pages.test_cases_page import html
from tests.pages.test_unknown_cuts import opened
from tests.portal_firm import (
    ALBA,
    ANNA,
    BRENTA,
    FIRST,
    PARTNERS,
    PortalBrowser,
    link_for,
    portal_at,
    served,
)

TODAY = date.today()
PAGES = ("/portal", "/portal/orders", "/portal/stock", "/portal/questions")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with portal_at(tmp_path, monkeypatch) as path:
        yield path


def at_portal(path: Path, member: tuple[str, str]) -> PortalBrowser:
    browser = PortalBrowser(served())
    browser.open(link_for(path, "partner", member)[1])
    return browser


def figure(page: str, name: str) -> str:
    return page.split(f'data-figure="{name}"')[1].split("</section>")[0]


def test_a_partner_sees_its_own_and_the_middle_of_the_others(path: Path) -> None:
    alba, brenta = at_portal(path, ALBA), at_portal(path, BRENTA)
    pages = {each: alba.ask(each).text for each in PAGES}
    assert not any(name in page for name in PARTNERS[1:] for page in pages.values())
    assert all("Cloth of Alba" in pages[each] for each in ("/portal/orders", "/portal/stock"))
    # Alba takes 3 days of the 7 promised; Brenta 9; the others 5 to 8: of five others two are on time in most.
    told = figure(pages["/portal"], "lead_time")
    assert ">3.0 days<" in told
    assert "Others: <strong>7.0 days</strong>" in told
    assert "you do better" in told
    late = figure(brenta.ask("/portal").text, "on_time")
    assert ">0.0%<" in late
    assert "you do worse" in late
    orders = pages["/portal/orders"]
    assert orders.count("Alba-") == 10
    assert "✕ late" not in orders.split("Whole or ended")[1]
    assert brenta.ask("/portal/orders").text.count("✕ late") == 10


def test_stock_is_told_of_own_products(path: Path) -> None:
    alba = at_portal(path, ALBA)
    told = {"deed": "tell-stock", "product": "P-Alba", "pieces": "40,5", "day": str(TODAY)}
    assert alba.send("/portal/stock", **told).headers["location"].endswith("stock-told")
    assert ">40.5<" in alba.ask("/portal/stock").text
    for wrong, says in (
        ({"product": "P-Brenta"}, "none of your products"), ({"pieces": "-1"}, "cannot be"),
        ({"pieces": "nan"}, "no number"), ({"pieces": "1e99"}, "cannot be"), ({"pieces": ""}, "no number"),
        ({"day": str(TODAY + timedelta(3))}, "another day"), ({"day": "31/12/2025"}, "no day"),
    ):  # fmt: skip
        answer = alba.send("/portal/stock", **(told | wrong))
        assert (answer.status_code, says in answer.text) == (422, True), answer.text
    (said,) = told_stock(operational_store.ready(path))
    assert (said.partner, said.pieces, said.day) == (SourceNumber(*ALBA), Decimal("40.5"), TODAY)
    assert FIRST < TODAY


def test_what_customers_ask_of_own_products_is_answered_as_a_suggestion(path: Path) -> None:
    warehouse, store = Warehouse(path), operational_store.ready(path)
    anna = SourceNumber(*ANNA)
    for name in PARTNERS[:2]:
        named = NamedPrice(
            anna, SourceNumber("erp", f"P-{name}"), Decimal(9), requirements=f"For {name}, <b>soon</b>"
        )
        bid_deeds.name_price(store, named, TODAY, who=WHO)
        proposal_deeds.record_proposal(warehouse, NewProposal(f"Softer {name}", "", anna, f"P-{name}"))
    alba, brenta = at_portal(path, ALBA), at_portal(path, BRENTA)
    page = alba.ask("/portal/questions").text
    assert "Softer Alba" in page
    assert "&lt;b&gt;soon" in page
    assert not any(word in page for word in ("Anna", "K100", "Brenta"))
    numbers = {
        each: each.split('name="number" value="')[1].split('"')[0]
        for each in brenta.ask("/portal/questions").text.split("<article")[1:]
    }
    for article, number in numbers.items():
        about = "proposal" if "Softer" in article else "price offer"
        fields = {"deed": "suggest", "about": about, "number": number, "verdict": "accept", "note": "Gladly"}
        assert alba.send("/portal/questions", **fields).status_code == 422  # Brenta's
        assert brenta.send("/portal/questions", **(fields | {"verdict": "maybe"})).status_code == 422
        assert brenta.send("/portal/questions", **fields).headers["location"].endswith("suggested")
    session.renewed()
    for number in numbers.values():  # whoever decides on it sees it there
        id = number.rpartition("/")[2]
        page, name = ("proposals", "proposal") if id.startswith("W-") else ("price_offers", "offer")
        told = html(opened(f"collaborate/{page}_page.py", **{name: id}))
        assert "Gladly" in told
        assert f"{name}={id}" in told
        assert ("named at the portal" in told) == (name == "offer")
    assert {(each.partner, each.verdict) for each in suggestions(store)} == {
        (SourceNumber(*BRENTA), "accept")
    }
    assert "You would accept: Gladly" in brenta.ask("/portal/questions").text
