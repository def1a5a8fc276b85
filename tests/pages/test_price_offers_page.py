"""The page Price offers: queues, an offer opened and answered, a second person, rules, orders, what is refused."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import streamlit

from data import environment
from data.access.policies import BUILT_IN_ALONE
from data.access.policy import Policy
from data.collaborate.bid_deeds import answer_bid
from data.collaborate.bid_desk import BidDesk
from data.collaborate.bid_surroundings import BidProduct, BidSurroundings
from data.collaborate.bid_terms import BidTerms
from data.collaborate.price_bid import BidAnswer, BidNumber, PriceBid
from data.collaborate.price_rules import PriceRule, price_rules, save_rule
from data.errors import BadRequest
from data.operational import operational_store
from pages.collaborate import bid_words as words
from pages.collaborate.counter_suggestion import suggestion_words
from pages.collaborate.price_offers_view import ANSWERED, EXPIRING, OPEN, PriceOffersView, parse_price_offers
from pages.ui import export_files, session
from tests.bid_firm import TODAY, bid_firm, bid_on, desk_of, with_terms
from tests.data.small import small_warehouse
from tests.pages.test_cases_page import field, html, press
from tests.pages.test_unknown_cuts import opened

PAGE = "collaborate/price_offers_page.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bid_firm(tmp_path_factory.mktemp("offers") / "w.duckdb")


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path.resolve() / "w.duckdb"
    shutil.copy(made, path)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv(environment.USER, "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return path


def bid(id: str, **more: object) -> PriceBid:
    return PriceBid(BidNumber("", id), TODAY, Decimal(80), **more)  # type: ignore[arg-type]


def test_the_address_holds_the_view() -> None:
    for view in (PriceOffersView(), PriceOffersView("expiring", page=3), PriceOffersView("answered", "O1", "shop"),
                 PriceOffersView(of="Anna")):  # fmt: skip
        assert parse_price_offers(view.to_parameters()) == view
    for wrong, why in (
        ({"queue": ["opn"]}, "Did you mean 'open'"),
        ({"page": ["0"]}, "is no page"),
        ({"x": ["1"]}, "means nothing"),
    ):
        with pytest.raises(BadRequest, match=why):
            parse_price_offers(wrong)


def test_queues_hold_what_they_say() -> None:
    answered = bid("done", answer=BidAnswer("declined", reason="no", at=datetime(2024, 3, 1)))
    waits = bid("waits", answer=BidAnswer("accepted", Decimal(80), second="floor", said="s"))
    every = (bid("late", expires_on=date(2024, 2, 1)), bid("soon", expires_on=date(2024, 3, 3)), bid("free"), waits,
             answered, bid("told", told="refused"))  # fmt: skip
    desk = BidDesk(every)
    found = {
        each: [one.bid.id for one in words.in_queue(desk, each, TODAY)] for each in (OPEN, EXPIRING, ANSWERED)
    }
    assert found == {OPEN: ["soon", "free"], EXPIRING: ["soon"], ANSWERED: ["done"]}
    assert words.queue_name(desk, "approval", TODAY) == "For a second person 1"
    assert [each.state(TODAY) for each in every[:2]] == ["expired", "open"]


def test_one_customer_who_floods_the_queue_is_one_person() -> None:
    flood = [bid(f"O{at}", shown="K1") for at in range(10_000)]
    told = words.flood_words([*flood, bid("other", shown="K2")])
    assert told == "10,000 of these 10,001 offers are of one customer, K1: one person."
    assert words.flood_words(flood[:9]) == ""


def test_what_stands_beside_is_told_with_how_sure_it_is() -> None:
    beside = BidSurroundings(BidProduct("P1", "Cup", {}), BidTerms(), lead_days=(2, 4, 9),
                             lead_done=(True, True, False), persons=4, as_much=1)  # fmt: skip
    assert words.lead_words(beside) == ("Half within 4 days", "2 orders received, 1 open and counted")
    assert words.as_much_words(beside) == (
        "1 of 4 persons (25%)", "95% 5% to 70%, few persons; the highest price of each",
    )  # fmt: skip
    assert words.answer_time_words(words.waits_of([1, 9], [True, False])) == (
        "Half of the offers are answered within 1 day: 1 offer answered, 1 waiting counted."
    )
    assert words.answer_time_words(None) == ""
    refused = BadRequest("3 persons named 80.00 or more: too few.", "It takes 10.")
    assert suggestion_words(refused, "EUR")[0] == "No suggestion. 3 persons named 80.00 or more: too few."


def test_below_the_floor_it_waits_for_somebody_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_rule(operational_store.ready(path), PriceRule(least_margin=Decimal(12)), "carla")
    app = opened(PAGE)
    assert not app.exception
    assert 'data-open="6"' in html(app)
    assert ">O6<" in html(app)
    app = opened(PAGE, offer="O2", source="small")
    assert "Offers €61.00 a piece for 1 piece, 61% of the price asked. It is open." in html(app)
    assert "€67.20 (cost and 12%, rule of everything)" in html(app)
    press(app, "Accept the offer")
    assert "a second person decides. Write a reason for them." in html(app)
    field(app, "text_area", "Reason (needed below the floor)").set_value("20 years")
    press(app, "Accept the offer")
    assert "Saved: accepted." in html(app)
    assert "Its answer waits for a second person." in html(app)
    assert "You answered it: somebody else" in html(app)
    assert bid_on(path, "O2").waits
    monkeypatch.setenv(environment.USER, "bob")
    app = opened(PAGE, offer="O2", source="small")
    press(app, "Approve it")
    assert "Saved: approved. The answer stands from now on." in html(app)
    assert "It is accepted." in html(app)
    press(app, "Take the answer back")
    assert bid_on(path, "O2").state(TODAY) == "open"


def test_of_two_who_answer_the_second_sees_both(path: Path) -> None:
    app = opened(PAGE, offer="O1", source="small")
    held, terms = with_terms(path, "O1")
    answer_bid(
        operational_store.ready(path), held, terms, BidAnswer("declined", reason="sold out"), TODAY, "bob"
    )
    field(app, "number_input", "Price of one piece, EUR").set_value(95.0)
    press(app, "Save the counter-offer")
    assert "bob changed Offer O1" in html(app)
    assert "declined: sold out" in html(app)
    press(app, "Put mine in its place")
    assert bid_on(path, "O1").state(TODAY) == "countered"
    press(app, "The customer takes it")
    assert "Saved: the counter-offer is taken. It can be ordered." in html(app)
    assert [each.bid.id for each in words.to_order(desk_of(path))] == ["O1"]


def test_rules_are_declared_tried_and_undone_and_what_is_accepted_is_ordered(path: Path) -> None:
    app = opened(PAGE, queue="rules")
    assert "No rule is declared" in html(app)
    field(app, "number_input", "Accept from, % of the price asked").set_value(75.0)
    press(app, "Save the rule")
    assert "6 open offers: 1 accepted, 0 countered, 0 declined, 5 handed over." in html(app)
    press(app, "Answer 1 offer by rule")
    assert "Saved: 1 offer answered by rule." in html(app)
    answer = bid_on(path, "O1").answer
    assert answer is not None
    assert (answer.answer, answer.version) == ("accepted", 1)
    press(app, "Undo")
    assert bid_on(path, "O1").state(TODAY) == "open"
    press(app, "Answer 1 offer by rule")
    app = opened(PAGE, queue="orders")
    press(app, "Put 1 offer into a file")
    assert "Order file 1" in html(app)
    assert [line.bid.id for line in desk_of(path).files[1]] == ["O1"]
    assert [each.accept_at for each in price_rules(operational_store.ready(path))] == [Decimal(75)]


def test_an_order_file_is_the_same_whenever_it_is_taken() -> None:
    frame, at = pl.DataFrame({"offer": ["O1"], "price": [80.0]}), datetime(2024, 3, 1, 9)
    made = [export_files.xlsx(frame, "orders", {"price": "money"}, at) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0] != export_files.xlsx(frame, "orders", {"price": "money"}, datetime(2024, 3, 2))


def test_an_offer_is_written_down_or_refused_in_a_sentence(path: Path) -> None:
    app = opened(PAGE)
    field(app, "text_input", "Customer’s number").set_value("K100")
    field(app, "text_input", "Product’s number or name").set_value("teapot")
    press(app, "Save the offer")
    assert "No product is called &#x27;teapot&#x27;" in html(app)
    field(app, "text_input", "Product’s number or name").set_value("cup")
    press(app, "Save the offer")
    assert "An offer names a price above 0." in html(app)
    field(app, "number_input", "Price of one piece, EUR").set_value(45.5)
    press(app, "Save the offer")
    assert "Saved: the offer stands in the queue." in html(app)
    (mine,) = (each for each in desk_of(path).bids if not each.bid.source)
    assert (mine.called, mine.price, mine.asked, mine.by) == ("Anna Bellini", Decimal("45.5"), 100, "ann")
    assert "There is no offer" in html(opened(PAGE, offer="O99"))


def test_a_firm_without_offers_is_told_what_to_do(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(small_warehouse(tmp_path.resolve() / "small.duckdb")))
    session.renewed()
    app = opened(PAGE)
    assert not app.exception
    assert "No offer waits for an answer." in html(app)
    assert "Write one down below, or bring price offers as a file under Data." in html(app)


def test_the_page_is_closed_to_whom_small_counts_are_withheld() -> None:
    assert BUILT_IN_ALONE.of("maria", roles=["marketing"]).sees("price-offers")
    assert "counts of fewer than 5 are withheld" in Policy("maria", smallest=5).closes("price-offers")
