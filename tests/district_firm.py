"""A tiny district: three partners, four products, stock in places, orders to suppliers; its figures worked out by hand.

The last day is 30 June 2025. Cup lies with Alba (Prato 60, of which 10 are reserved; Lucca 20), Bora (40) and, not
counted for long, Cima. Mug is supplied by Alba alone; Jar lies dead with Bora and sells at Alba; Pot was ordered of
Cima and never counted.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.store.warehouse import Warehouse
from tests.tiny import Line, write_tiny
from tests.tiny_facts import with_facts

LAST = date(2025, 6, 30)
PARTNERS = ("Alba", "Bora", "Cima")


def ago(days: int) -> date:
    """So many days before the last one."""
    return LAST - timedelta(days)


def count(
    days: int, product: str, partner: str, place: str, on_hand: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "day": ago(days),
        "product": product,
        "partner": partner,
        "place": place,
        "on_hand": on_hand,
    } | more


def order(
    days: int, took: int | None, product: str, partner: str, pieces: int, **more: Any
) -> dict[str, Any]:
    """An order made so many days ago, which took so long (None: it is open)."""
    received = None if took is None else ago(days - took)
    told = {"day": ago(days), "product": product, "partner": partner, "quantity_ordered": pieces}
    return told | {"received_on": received, "quantity_received": pieces if took is not None else None} | more


STOCK = [
    count(60, "Cup", "Alba", "Prato", 90),
    count(30, "Cup", "Alba", "Prato", 70),
    count(2, "Cup", "Alba", "Prato", 60, reserved=10),
    count(40, "Cup", "Alba", "Lucca", 20),
    count(5, "Cup", "Bora", "", 40),
    count(93, "Cup", "Cima", "", 500),  # too long ago to be carried
    count(1, "Mug", "Alba", "Prato", 7),
    count(0, "Mug", "Alba", "Prato", None),  # nobody counted: the one before holds
    count(0, "Mug", "Alba", "Lucca", -3),
    count(70, "Jar", "Bora", "", 50),
    count(3, "Jar", "Bora", "", 50),
    count(60, "Jar", "Alba", "Prato", 60),
    count(4, "Jar", "Alba", "Prato", 4),
]
ORDERS = [
    *(
        order(100 - at, 5, "Cup", "Alba", 10, unit_cost=3) for at in range(8)
    ),  # 8 of 10 came in 5 days, two in 20
    *(order(90 - at, 20, "Cup", "Alba", 10, unit_cost=4) for at in range(2)),
    *(order(80 - at, 10, "Cup", "Bora", 15, unit_cost=2) for at in range(4)),
    order(10, None, "Cup", "Bora", 30, number="S1", promised_on=LAST + timedelta(6)),
    order(50, 4, "Mug", "Alba", 9),
    order(
        70, 7, "Mug", "Alba", 9, quantity_received=8, ended_on=ago(60)
    ),  # ended short: there when the rest came
    order(300, None, "Mug", "Alba", 9, ended_on=ago(200)),  # ended without coming: never there
    order(20, None, "Pot", "Cima", 25),  # open, and Cima never delivered: nobody can say
    order(5, -2, "Pot", "Bora", 5),  # received before it was made
]
RECEIPTS = [{"day": ago(1), "product": "Cup", "partner": "Bora", "supply_order": "S1", "quantity": 12}]
SALES = [
    Line(ago(at), f"c{at}", "Ann" if at % 2 else "Bob", product="Cup", units=4, revenue="40.00")
    for at in range(0, 28, 2)
] + [
    Line(ago(3), "m1", "Ann", product="Mug", units=2, revenue="30.00"),
    Line(ago(9), "m2", "Cid", product="Mug", units=1, revenue="15.00"),
    Line(ago(9), "m3", "Cid", product="Mug", units=-1, revenue="-15.00", is_return=True),
    Line(ago(8), "j1", "Dan", product="Jar", units=3, revenue="9.00"),
    Line(ago(400), "p1", "Eve", product="Pot", units=3, revenue="9.00"),
]


def write_district(path: Path) -> None:
    """The firm, which nobody opens yet."""
    write_tiny(path, SALES)
    with_facts(path, stock=STOCK, lead_time=ORDERS, receipt=RECEIPTS).close()


def district_firm(path: Path) -> Warehouse:
    write_district(path)
    return Warehouse(path)
