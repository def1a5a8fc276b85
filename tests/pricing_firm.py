"""A firm to which thirty customers named prices of a cup and a pot, and answered when asked, in plain words."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

FIRST = date(2024, 1, 1)
COUNTRIES = ("France", "Italy")
CUSTOMERS = tuple(f"c{at:02}" for at in range(30))


def pricing_firm(path: Path) -> Warehouse:
    """Customer n names 1 + n for the cup, of 40 asked, which costs 8 (12 from day 100 on): what is 10 or more was
    accepted. Half of them name 5 for the pot, twice, of 10 asked; nobody says what that costs."""
    tiny_warehouse(path, [_line(at) for at in range(len(CUSTOMERS))]).close()
    return with_facts(path, price=_prices(), price_offer=_offers(), price_survey=_surveys())


def _line(at: int) -> Line:
    country = COUNTRIES[at % 2]
    return Line(FIRST + timedelta(at), f"o{at}", CUSTOMERS[at], country, country, country)


def _prices() -> list[dict[str, Any]]:
    return [
        {"day": FIRST - timedelta(1), "product": "Cup", "unit_price": 40, "unit_cost": 8},
        {"day": FIRST + timedelta(100), "product": "Cup", "unit_price": 40, "unit_cost": 12},
    ]


def _offers() -> list[dict[str, Any]]:
    found = []
    for at, who in enumerate(CUSTOMERS):
        answer = "Accepted" if at + 1 >= 10 else "refused"
        day = FIRST + timedelta(3 * at)
        found.append(
            {
                "day": day,
                "customer": who,
                "product": "Cup",
                "offered_price": at + 1,
                "asked_price": 40,
                "answer": answer,
            }
        )
        if at % 2:
            pot = {"day": day, "customer": who, "product": "Pot", "offered_price": 5, "asked_price": 10}
            found += [pot, pot | {"offered_price": 4}]
    bad = {"day": FIRST, "customer": "c00", "product": "Cup", "asked_price": 40}
    found += [
        bad | {"offered_price": 0},
        bad | {"offered_price": -3},
        bad | {"offered_price": 40_000},
        bad | {"offered_price": 9, "quantity": 0},
        bad,
        bad | {"customer": "(unknown)", "offered_price": 9},
    ]
    return found


LIMITS = (
    (20, 25, 30, 35, 40, 30, 25, 45, 50, 30), (40, 50, 45, 60, 70, 55, 50, 80, 75, 60),
    (70, 80, 75, 90, 100, 85, 95, 120, 110, 90), (100, 110, 95, 120, 150, 115, 130, 160, 140, 60),
)  # fmt: skip
ASKED = (10, 20, 30)


def _surveys() -> list[dict[str, Any]]:
    """Ten persons with the limits that R's pricesensitivitymeter was asked, and ten who were asked three prices."""
    found: list[dict[str, Any]] = []
    for at, (too_cheap, cheap, expensive, too_expensive) in enumerate(zip(*LIMITS, strict=True)):
        own = {"day": FIRST, "customer": CUSTOMERS[at], "product": "Cup"}
        found.append(
            own
            | {"too_cheap": too_cheap, "cheap": cheap, "expensive": expensive, "too_expensive": too_expensive}
        )
        found += [own | {"asked_price": price, "would_buy": price <= 3 * at + 5} for price in ASKED]
    return found
