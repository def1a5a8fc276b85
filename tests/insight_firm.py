"""A firm of 48 customers who buy alike until they call: half are treated badly, and buy no more for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

FIRST = date(2024, 1, 1)
CUSTOMERS, LAST = 48, 600
CALLS_ON = 430


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def called_on(customer: int) -> int:
    return CALLS_ON + customer % 4


def is_bad(customer: int) -> bool:
    return customer % 2 == 0


def insight_firm(path: Path) -> Warehouse:
    tiny_warehouse(path, [*lines()]).close()
    return with_facts(path, interaction=interactions(), case_event=events())


def lines() -> Iterator[Line]:
    """An order every 30 days; who was treated badly leaves out 60 days."""
    for customer in range(CUSTOMERS):
        country = "Italy" if customer < 12 else "France"
        for at in range(customer % 7, LAST + 1, 30):
            if not (is_bad(customer) and 0 <= at - called_on(customer) <= 60):
                yield Line(
                    day(at), f"{customer}/{at}", f"C{customer}", country, country, country, revenue="20.00",
                    cost="12.00",
                )  # fmt: skip
    yield Line(day(LAST), "last", "Z", "Spain", "Spain", "Spain", cost="12.00")


def interactions() -> Iterator[dict[str, Any]]:
    for customer in range(CUSTOMERS):
        yield {
            "day": day(called_on(customer)), "customer": f"C{customer}", "kind": "Call", "direction": "In",
            "topic": "Bill" if customer % 3 else None, "outcome": "Solved", "duration_seconds": 600,
            "satisfaction": 2 if is_bad(customer) else 9,
        }  # fmt: skip
    yield {"day": day(500), "customer": "C1", "kind": "visit", "direction": "Out", "topic": "Bill"}
    yield {"day": day(500), "customer": "C1", "kind": "e-mail", "outcome": "opened", "topic": "Spring"}
    yield {"day": day(500), "customer": "C1", "kind": "web session"}
    yield {"day": day(500), "kind": "call", "topic": "Bill"}
    yield {"day": day(20), "customer": "C2", "kind": "letter", "topic": "Bill"}
    yield {"day": day(LAST), "customer": "C3", "kind": "ticket", "topic": "Bill", "case_id": "T"}


def events() -> Iterator[dict[str, Any]]:
    yield {"day": day(LAST), "customer": "C3", "case_id": "T", "event": "opened"}
    yield {"day": day(LAST), "customer": "C3", "case_id": "T", "event": "reopened"}
