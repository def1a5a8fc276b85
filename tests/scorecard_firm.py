"""A firm of a few partners whose orders, sales, contacts and answers are told in plain words, for tests of partners."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.store.warehouse import Warehouse, writing
from tests.made_once import made_once
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

FIRST = date(2024, 1, 1)
NAMES = {
    "F1": ("Prompt", "Weaver", "Active"),
    "F2": ("Slack", "Weaver", "Active"),
    "F3": ("Hopeful", "Dyer", "Candidate"),
}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def scorecard_firm(path: Path) -> Warehouse:
    """See `_make`, which is done once and copied then."""
    made_once(path, "a firm of partners", lambda: _make(path))
    return Warehouse(path)


def _make(path: Path) -> None:
    """F1 brings twelve orders in time, F2 every second one of twelve late and half; F3 is a candidate. F1 supplied what
    Ann and Bob bought, F2 what Bob did and sent back; F2 sold what Cem bought, F1 its own."""
    lines = [
        Line(day(5), "o1", "Ann", product="Cloth", revenue="30.00", cost="10.00"),
        Line(day(70), "o2", "Bob", product="Cloth", revenue="30.00", cost="20.00", units=3),
        Line(day(80), "o3", "Bob", product="Yarn", revenue="8.00", cost=None, units=4),
        Line(day(82), "o3", "Bob", product="Yarn", revenue="-2.00", cost=None, units=-1, is_return=True),
        Line(day(200), "o4", "Cem", country="Italy", product="Other"),
    ]
    tiny_warehouse(path, lines).close()
    with_facts(path, lead_time=orders(), interaction=contacts(), price_offer=offers(), proposal=[
        {"day": day(9), "partner": "F3", "title": "Cloth in blue"},
    ]).close()  # fmt: skip
    with writing(path) as connection:
        for number, told in NAMES.items():
            connection.execute(
                "UPDATE partner SET name = ?, partner_type = ?, partner_stage = ? WHERE id = ?",
                [*told, number],
            )
        for product, number in (("Cloth", "F1"), ("Yarn", "F2")):
            connection.execute(
                """UPDATE sale SET partner_key = (SELECT partner_key FROM partner WHERE id = ?)
                WHERE product_code = (SELECT product_code FROM product WHERE id = ?)""",
                [number, product],
            )
        for product, number in (("Other", "F2"), ("Cloth", "F1")):
            connection.execute(
                """UPDATE sale SET seller_key = (SELECT partner_key FROM partner WHERE id = ?)
                WHERE product_code = (SELECT product_code FROM product WHERE id = ?)""",
                [number, product],
            )


def orders() -> Iterator[dict[str, Any]]:
    for at in range(12):
        both = {"day": day(2 * at), "promised_on": day(2 * at + 7), "quantity_ordered": 10}
        yield both | {"number": f"a{at}", "partner": "F1", "product": "Cloth", "unit_cost": 12,
                      "received_on": day(2 * at + 5)}  # fmt: skip
        late = {"received_on": day(2 * at + 9), "quantity_received": 5, "ended_on": day(2 * at + 9)}
        yield both | {"number": f"b{at}", "partner": "F2", "product": "Cloth", "unit_cost": 8} | (
            late if at % 2 else {"received_on": day(2 * at + 6)}
        )  # fmt: skip


def contacts() -> Iterator[dict[str, Any]]:
    for at, given in enumerate((9, 8, 9, 4)):
        who, partner = ("Ann", "F1") if at < 2 else ("Bob", "F1" if at == 2 else "F2")
        yield {
            "day": day(60 + at),
            "customer": who,
            "partner": partner,
            "kind": "call",
            "satisfaction": given,
        }
    yield {"day": day(60), "customer": "Ann", "kind": "call", "satisfaction": 1}


def offers() -> Iterator[dict[str, Any]]:
    for at, waited in enumerate((1, 3, None)):
        told = {} if waited is None else {"answered_on": day(20 + at + waited)}
        yield {
            "day": day(20 + at),
            "customer": "Ann",
            "partner": "F2",
            "product": "Cloth",
            "offered_price": 9,
        } | told
