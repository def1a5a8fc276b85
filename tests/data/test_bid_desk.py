"""The bid desk shows what was said at once, beside what is known of product and customer, as far as one may see it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data import operational_extension
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.collaborate import bid_deeds
from data.collaborate.bid_deeds import NamedPrice, SaidBid, answer_bid, approve, name_price
from data.collaborate.bid_desk import bid_desk
from data.collaborate.bid_surroundings import answer_times, bid_surroundings
from data.collaborate.price_bid import OWN, BidAnswer, BidNumber
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import PRICE_OFFER_SAID, SourceNumber, Values
from data.privacy.rights import forget
from data.store import extension, publication
from data.store.warehouse import Warehouse, writing
from tests.bid_firm import NAMED_ON, TODAY, add_offer, bid_firm, with_terms

operational_extension.register()
ANNA, BRUNO = SourceNumber("crm", "K100"), SourceNumber("crm", "K200")
CUP = SourceNumber("", "P1")
ROWS = """SELECT number, customer_code, product_code, offered_price::DOUBLE, asked_price::DOUBLE, quantity::INTEGER,
    answer, answered_on IS NOT NULL, countered_price::DOUBLE, expires_on, reason, requirements
FROM price_offer JOIN batch USING (batch) WHERE origin = 'service' ORDER BY number"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bid_firm(tmp_path_factory.mktemp("desk") / "w.duckdb")


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    shutil.copy(made, path)
    return path


@pytest.fixture
def looker(path: Path) -> Iterator[Warehouse]:
    found = Warehouse(path)
    yield found
    found.close()


def rows(path: Path) -> list[tuple[Any, ...]]:
    warehouse = Warehouse(path)
    try:
        return warehouse.rows(ROWS)
    finally:
        warehouse.close()


def publish(path: Path) -> None:
    with publication.publishing(path, "anything") as connection:
        extension.take_in(connection, path)


def named(path: Path, customer: SourceNumber = ANNA, **more: Any) -> SaidBid:
    said = NamedPrice(customer, CUP, Decimal(50), Decimal(3), asked=Decimal(100), **more)
    return name_price(operational_store.ready(path), said, TODAY, "EUR", "ann")


def say(path: Path, id: str, new: BidAnswer, source: str = OWN) -> str:
    bid, terms = with_terms(path, id, source)
    return answer_bid(operational_store.ready(path), bid, terms, new, TODAY, "ann")


def test_what_is_said_is_seen_at_once_beside_what_sources_tell(path: Path, looker: Warehouse) -> None:
    assert [each.bid.id for each in bid_desk(looker).bids] == ["O8", "O7", "O6", "O4", "O3", "O2", "O1"]
    said = named(path, requirements="in blue", expires_on=TODAY + timedelta(9))
    first = bid_desk(looker).bids[0]
    assert (first.bid, first.called, first.product, first.price, first.requirements, first.by) == (
        said.bid, "Anna Bellini", 1, Decimal(50), "in blue", "ann",
    )  # fmt: skip
    say(path, "O1", BidAnswer("accepted"), "small")
    desk = bid_desk(looker)
    assert [each.bid.id for each in desk.bids if each.is_answered] == ["O1"]
    bid_deeds.take_back(operational_store.ready(path), said.said)
    assert len(bid_desk(looker).bids) == 7


def test_what_was_said_here_is_a_row_with_the_answer_that_takes_effect(path: Path) -> None:
    until = TODAY + timedelta(9)
    one, other = named(path, requirements="in blue", expires_on=until), named(path, BRUNO)
    publish(path)
    plain = (50.0, 100.0, 3, None, False, None, until, None, "in blue")
    assert {each[0]: each[1:] for each in rows(path)} == {
        one.bid.id: (1, 1, *plain), other.bid.id: (2, 1, *plain[:6], None, None, None),
    }  # fmt: skip
    say(path, other.bid.id, BidAnswer("countered", Decimal(90), until, "a fair price"))
    waits = say(path, one.bid.id, BidAnswer("accepted", reason="below the floor of 60"))
    publish(path)
    told = {each[0]: each[6:11] for each in rows(path)}
    assert told[other.bid.id] == ("countered", True, 90.0, None, "a fair price")
    assert told[one.bid.id][:2] == (None, False), "it waits for a second person"
    bid, _ = with_terms(path, one.bid.id, OWN)
    approve(operational_store.ready(path), bid, "approved", "", TODAY, "bob")
    for _ in range(2):
        publish(path)
        assert {each[0]: each[6:8] for each in rows(path)}[one.bid.id] == ("accepted", True)
    bid_deeds.take_back(operational_store.ready(path), waits)
    bid_deeds.take_back(operational_store.ready(path), one.said)
    publish(path)
    assert [each[0] for each in rows(path)] == [other.bid.id]
    assert len({each.bid.id for each in bid_desk_now(path)}) == 8, (
        "rows of what was said here are not told twice"
    )


def bid_desk_now(path: Path) -> tuple[Any, ...]:
    warehouse = Warehouse(path)
    try:
        return bid_desk(warehouse).bids
    finally:
        warehouse.close()


def test_another_currency_is_no_row(path: Path) -> None:
    values: Values = {"offer": "P-OLD", "customer": ANNA, "product": CUP, "quantity": Decimal(1), "price": Decimal(50),
              "currency": "USD"}  # fmt: skip
    statement_log.say(operational_store.ready(path), PRICE_OFFER_SAID, values)
    publish(path)
    assert rows(path) == []
    assert "P-OLD" in {each.bid.id for each in bid_desk_now(path)}


def test_what_stands_beside_an_offer(looker: Warehouse) -> None:
    bids = bid_desk(looker).bids
    found = {each.id: beside for each, beside in bid_surroundings(looker, bids, (), TODAY).items()}
    cup, lamp = found["O1"], found["O3"]
    known = [Decimal(100), Decimal(60), Decimal("60.00"), Decimal(10)]
    assert [cup.terms.listed, cup.terms.cost, cup.terms.floor, cup.on_hand] == known
    assert [lamp.terms.listed, lamp.terms.asked, lamp.terms.floor, lamp.on_hand] == [Decimal(50)] * 2 + [
        None
    ] * 2
    assert cup.terms.places == {
        "everything": "", "product": "P1", "category": "Home > Kitchen", "customer_kind": "person",
    }  # fmt: skip
    by_person: dict[int, Decimal] = {}
    for person, price in looker.rows(
        "SELECT customer_code, offered_price FROM price_offer WHERE product_code = 1 AND offered_price > 0"
    ):
        by_person[person] = max(price, by_person.get(person, Decimal(0)))
    assert (cup.persons, cup.as_much) == (4, sum(best >= 80 for best in by_person.values())) == (4, 4)
    assert (found["O4"].as_much, found["O2"].offers, found["O2"].accepted) == (2, 2, 1)
    times = answer_times(looker, bid_desk(looker), TODAY)
    assert (times.filter("ended")["days"].to_list(), times.height) == ([2], 8)


def test_a_source_that_answers_takes_its_offer_off_the_desk(path: Path) -> None:
    say(path, "O2", BidAnswer("accepted"), "small")
    with writing(path, "load") as connection:
        connection.execute(
            "INSERT INTO batch SELECT 2, source, as_of, loaded_at, origin FROM batch WHERE batch = 1"
        )
        add_offer(connection, 20, "O1", 1, 1, 1, 80, 2, None, "accepted", None)
        add_offer(connection, 21, "O2", 3, 2, 1, 61, 1, None, "refused", None)
        connection.execute("UPDATE price_offer SET batch = 2 WHERE row_in_source >= 20")
    found = {each.bid.id: each for each in bid_desk_now(path)}
    assert "O1" not in found
    assert found["O2"].told == "refused", "what was answered here stays, and what the source says is told"


def test_one_sees_offers_of_ones_own_rows_without_what_is_masked(path: Path, looker: Warehouse) -> None:
    named(path, requirements="in blue")
    named(path, SourceNumber("crm", "K400"))
    french = looker.under(Policy("ann", rows=(RowCut("country", ("France",)),)))
    assert {each.shown for each in bid_desk(french).bids} == {"K400"}
    masked = frozenset(["customer.name", "price_offer.requirements"])
    hidden = bid_desk(looker.under(Policy("ann", masked=masked))).bids
    assert {each.requirements for each in hidden} == {""}
    assert not any("Bellini" in each.called for each in hidden)


def test_who_is_forgotten_is_gone_from_the_desk(path: Path) -> None:
    said = named(path, requirements="Anna Bellini wants it in blue")
    say(path, said.bid.id, BidAnswer("declined", reason="Anna Bellini asks too much"))
    publish(path)
    forget(path, "K100", "me")
    publish(path)
    store = operational_store.ready(path)
    assert "Bellini" not in str([each.told for each in statement_log.history(store)])
    assert said.bid not in {each.bid for each in bid_desk_now(path)}
    (row,) = rows(path)
    assert "Bellini" not in str(row), "the row stays, as those of loads do"


def test_ten_thousand_offers_of_one_customer_are_listed_fast(path: Path) -> None:
    with writing(path, "load") as connection:
        add_offer(connection, 50, "flood", 1, 1, 1, 80, 2, None, "waiting", None)
        connection.execute(
            """INSERT INTO price_offer BY NAME SELECT price_offer.*
                REPLACE ('F' || i AS number, 100 + i AS row_in_source)
            FROM price_offer, range(10000) AS many(i) WHERE number = 'flood'"""
        )
    found = bid_desk_now(path)
    assert len(found) == 10_008
    assert BidNumber("small", "F9999") in {each.bid for each in found}
    assert date(1970, 1, 1) + timedelta(NAMED_ON) == found[0].day
