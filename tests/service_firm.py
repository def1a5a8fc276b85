"""A tiny firm with a call centre: calls by the hour, tickets and their events, of customers of two countries."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import Row, with_facts

FIRST, DAYS = date(2025, 1, 6), 90  # a Monday
CUSTOMERS = {"Ann": "France", "Bea": "France", "Carl": "Italy", "Dora": "Italy"}


def calls() -> list[Row]:
    """A call a day at 9, 10 or 14 o'clock, one of eight hung up; the firm itself calls once."""
    chance, rows = random.Random(4), []
    for at in range(DAYS):
        left = chance.random() < 1 / 8
        row: dict[str, Any] = {
            "day": FIRST + timedelta(at), "at_second": (9, 10, 14)[at % 3] * 3600 + chance.randrange(3600),
            "customer": chance.choice([*CUSTOMERS]), "kind": "Call", "direction": "In",
            "topic": chance.choice(["Bill", "bill", "Parcel", None]), "outcome": "Hung up" if left else "Solved",
            "waited_seconds": chance.randrange(5, 60), "duration_seconds": 0 if left else 240,
            "satisfaction": None if left else chance.randrange(11),
        }  # fmt: skip
        rows.append(row)
    return [*rows, {"day": FIRST, "customer": "Ann", "kind": "call", "direction": "Out"}]


def tickets() -> list[Row]:
    """Twelve tickets a week apart, closed two days later but for the last three."""
    return [
        {"day": FIRST + timedelta(7 * at), "customer": [*CUSTOMERS][at % 4], "kind": "ticket", "topic": "Parcel",
         "case_id": f"T{at}", "status": "closed" if at < 9 else "open",
         "closed_on": FIRST + timedelta(7 * at + 2) if at < 9 else None}
        for at in range(12)
    ]  # fmt: skip


def ticket_events() -> list[Row]:
    """Opened on a Monday at 10, answered at noon, closed on Wednesday; every third was opened again that evening."""
    rows: list[Row] = []
    for at, ticket in enumerate(tickets()):
        own = {"customer": ticket["customer"], "case_id": ticket["case_id"], "topic": "Parcel"}
        day = ticket["day"]
        told = [("opened", 0, 10)] + [("answered", 0, 12), ("closed", 2, 12)] * (at < 9)
        told += [("reopened", 2, 20)] * (at < 9 and at % 3 == 0)
        rows += [
            own | {"event": event, "day": day + timedelta(after), "at_second": hour * 3600}
            for event, after, hour in told
        ]
    return rows


def silent_firm(path: Path) -> Warehouse:
    """The firm, whom nobody ever called."""
    return tiny_warehouse(
        path, [Line(customer=name, order=name, country=country) for name, country in CUSTOMERS.items()]
    )


def service_firm(path: Path) -> Warehouse:
    """The firm with all of its calls, tickets and their events."""
    silent_firm(path).close()
    return with_facts(path, interaction=[*calls(), *tickets()], case_event=ticket_events())
