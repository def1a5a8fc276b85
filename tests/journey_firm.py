"""A firm of a few customers whose touches and purchases are told in plain words, for tests of journeys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

FIRST = date(2023, 1, 1)
COUNTRIES = {"Ann": "France", "Bob": "Italy", "Cem": "Italy", "Dee": "Spain"}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def journey_firm(path: Path) -> Warehouse:
    """Every 50 days Ann is mailed, looks at the web and buys; Bob is called and does not buy, but for once without a
    touch; Cem, who is held out, and Dee are met once."""
    tiny_warehouse(path, lines()).close()
    return with_facts(path, interaction=interactions(), contact=contacts())


def lines() -> list[Line]:
    bought = [("Ann", each + 3) for each in range(0, 800, 50)] + [("Bob", 25), ("Cem", 780), ("Dee", 10)]
    made = [
        Line(
            day(at),
            f"{who}{at}",
            who,
            COUNTRIES[who],
            COUNTRIES[who],
            COUNTRIES[who],
            channel="Web",
            revenue="20.00",
        )
        for who, at in bought
    ]
    back = Line(
        day(53), "back", "Ann", "France", "France", "France", revenue="-90.00", units=-1, is_return=True
    )
    return [*made, back]


def interactions() -> Iterator[dict[str, Any]]:
    for each in range(0, 800, 50):
        yield {"day": day(each), "customer": "Ann", "kind": "e-mail", "direction": "Out"}
        yield {"day": day(each + 1), "customer": "Ann", "kind": "web session", "channel": "Web"}
        yield {"day": day(each + 1), "customer": "Ann", "kind": "survey"}
        yield {"day": day(each + 40), "customer": "Bob", "kind": "Phone call"}
        yield {"day": day(each + 2), "kind": "web session", "channel": "Web"}
    yield {"day": day(8), "customer": "Dee", "kind": "tasting"}


def contacts() -> Iterator[dict[str, Any]]:
    yield {"day": day(700), "customer": "Cem", "campaign": "K", "channel": "Post", "arm": "Held out"}
    yield {"day": day(700), "customer": "Ann", "campaign": "K", "channel": "Post", "arm": "Treated"}
