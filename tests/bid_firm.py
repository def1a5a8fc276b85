"""A small firm whose customers name prices: offers of a source that wait, one that is answered, and odd ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from data.collaborate.bid_desk import BidDesk, bid_desk
from data.collaborate.bid_surroundings import bid_terms
from data.collaborate.bid_terms import BidTerms
from data.collaborate.price_bid import BidNumber, PriceBid
from data.connection import Connection
from data.store.warehouse import Warehouse, writing
from tests.data.small import fill
from tests.made_once import made_once

TODAY = date(2024, 3, 1)
NAMED_ON = (date(2024, 2, 20) - date(1970, 1, 1)).days
# number, identity, customer, product, price, pieces, asked, answer, expires on
OFFERS = (
    ("O1", 1, 1, 1, 80, 2, None, "waiting", None),
    ("O2", 3, 2, 1, 61, 1, None, None, None),
    ("O3", 4, 3, 2, 40, 5, 50, "open", None),
    ("O4", 4, 3, 1, 99, 1, None, "waiting", date(2024, 2, 25)),
    ("O5", 3, 2, 1, 90, 1, None, "accepted", None),
    ("O6", 5, 4, 1, 100_000, 1, None, "waiting", None),
    ("O7", 5, 4, 1, 0, 1, None, "waiting", None),
    ("O8", 5, 4, 1, 95, 0, None, "waiting", None),
)


def bid_firm(path: Path) -> Path:
    """Cups are listed at 100 and cost 60, lamps at 50 and nobody knows their cost; ten cups lie there."""
    made_once(path, "small firm with offers", lambda: _make(path))
    return path


def _make(path: Path) -> None:
    with writing(path, "load small") as connection:
        fill(connection)
        for row, (number, identity, code, product, *told) in enumerate(OFFERS, 1):
            add_offer(connection, row, number, identity, code, product, *told)
        for row, (product, price, cost) in enumerate(((1, 120, 70), (1, 100, 60), (2, 50, None)), 1):
            connection.execute(
                """INSERT INTO price BY NAME SELECT ? AS day_key, ? AS product_key, ? AS product_code,
                    0 AS channel_key, 0 AS channel_code, ? AS unit_price, ? AS unit_cost, 1 AS batch,
                    ? AS row_in_source""",
                [NAMED_ON - 100 + row, product, product, price, cost, row],
            )
        for day, on_hand in ((NAMED_ON - 7, 12), (NAMED_ON, 10)):
            connection.execute(
                """INSERT INTO stock BY NAME SELECT ? AS day_key, 1 AS product_key, 1 AS product_code,
                    0 AS partner_key, 0 AS partner_code, 'Prato' AS place, ? AS on_hand, 1 AS batch,
                    ? AS row_in_source""",
                [day, on_hand, day],
            )


def add_offer(connection: Connection, row: int, number: str, identity: int, code: int, product: int, price: Any,
              pieces: Any, asked: Any, answer: Any, expires: Any) -> None:  # fmt: skip
    connection.execute(
        """INSERT INTO price_offer BY NAME SELECT ? AS day_key, ? AS customer_key, ? AS customer_code,
            ? AS identity_key, ? AS product_key, ? AS product_code, 0 AS partner_key, 0 AS partner_code, ? AS number,
            ? AS offered_price, ? AS quantity, ? AS asked_price, ?::VARCHAR AS answer, ?::DATE AS answered_on,
            ?::DATE AS expires_on, 1 AS batch, ? AS row_in_source""",
        [NAMED_ON, code, code, identity, product, product, number, price, pieces, asked, answer,
         date(2024, 2, 22) if answer == "accepted" else None, expires, row],
    )  # fmt: skip


def desk_of(path: Path) -> BidDesk:
    """The desk as another process sees it."""
    warehouse = Warehouse(path)
    try:
        return bid_desk(warehouse)
    finally:
        warehouse.close()


def bid_on(path: Path, number: str, source: str = "small") -> PriceBid:
    found = desk_of(path).bid(BidNumber(source, number))
    assert found is not None, number
    return found


def with_terms(path: Path, number: str, source: str = "small") -> tuple[PriceBid, BidTerms]:
    """An offer, and what it is held against."""
    warehouse = Warehouse(path)
    try:
        desk = bid_desk(warehouse)
        bid = next(each for each in desk.bids if each.bid == BidNumber(source, number))
        return bid, bid_terms(warehouse, [bid], desk.rules, TODAY)[bid.bid]
    finally:
        warehouse.close()


def judged_bids(path: Path) -> tuple[tuple[PriceBid, ...], dict[BidNumber, BidTerms]]:
    """Offers that are not answered, and what they are held against."""
    warehouse = Warehouse(path)
    try:
        desk = bid_desk(warehouse)
        return desk.unanswered, bid_terms(warehouse, desk.unanswered, desk.rules, TODAY)
    finally:
        warehouse.close()
