"""A tiny firm in which nearly everything moves: customers between countries, products between categories."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cubes.aggregates import follow_publication, space_budget
from cubes.aggregates.rollups import rollup_advisor
from cubes.cells.grain import Grain
from cubes.model import Cube
from data.model.scoring import Scoring
from data.operational import member_sets, operational_store
from data.store.saved_scores import save_scores
from data.store.warehouse import save_attribute
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

FIRST = date(2023, 10, 20)
DAYS = 480
PLACES = (
    ("France", "North", "Lille"),
    ("France", "South", "Nice"),
    ("Italy", "South", "Rome"),
    ("Italy", "South", "Nice"),
    ("Spain", "(unknown)", "A/B"),
    ("(unknown)", "(unknown)", "(unknown)"),
)
GOODS = (
    ("Home", "Kitchen", "Mugs"),
    ("Home", "Kitchen", "Pans"),
    ("Wear", "Hats", "Straw"),
    ("Wear", "Sale", "Odd"),
)
CHANNELS = (("Web", "Online"), ("App", "Online"), ("Lyon", "Store"), ("Rome shop", "Store"))
CUSTOMERS = (*(f"C{at}" for at in range(24)), "(unknown)")
GRAINS = (
    Grain("day", ("city", "subcategory", "channel_type")),
    Grain("month", ("country", "category", "channel")),
    Grain("month", ("customer_kind", "department")),
    Grain("year", ("region",)),
    Grain("day", ()),
)
SETS = ("customer in set Some", "customer not in set Some", "country in set South")


def moving_firm(path: Path, lines: int = 330, seed: int = 1) -> None:
    """Order lines, most other facts, roll-ups, sets of customers, a saved attribute and named sets."""
    draw = random.Random(seed)
    with counted_beforehand():
        tiny_warehouse(path, _lines(draw, lines)).close()
        with_facts(path, **_facts(draw)).close()
        tiers = {each: draw.choice(["gold", "silver"]) for each in CUSTOMERS[:20]}
        save_attribute(path, "customer", "tier", "Tier", tiers)
        scores = {"customer": list(CUSTOMERS[:16]), "value": [float(draw.randrange(90)) for _ in range(16)]}
        save_scores(path, pl.DataFrame(scores), Scoring(FIRST + timedelta(days=DAYS - 90), "BG/NBD", 365))
        follow_publication.build(path, lambda *_: None, 5.0)
    store = operational_store.ready(path)
    member_sets.save(store, "Some", "customer", ("C1", "C4", "C6", "C9", "C12"), member_sets.SHARED, "tester")
    member_sets.save(store, "South", "country", ("Italy", "Spain"), member_sets.SHARED, "tester")


@contextmanager
def counted_beforehand() -> Iterator[None]:
    """Roll-ups of a few grains from the first line on."""

    def advise(cube: Cube, *_: object) -> list[rollup_advisor.Advised]:
        return [rollup_advisor.Advised(each, None, 0, 0, 0) for each in GRAINS if cube.has_orders]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
        patch.setattr(rollup_advisor, "advise", advise)
        yield


def _lines(draw: random.Random, count: int) -> list[Line]:
    """Orders of three lines; a customer lives in one of two places, a good is in one of two categories."""
    homes = {each: draw.sample(PLACES, 2) for each in CUSTOMERS}
    found = []
    for order in range(count // 3):
        customer = draw.choice(CUSTOMERS)
        country, region, city = draw.choice(homes[customer])
        channel, channel_type = draw.choice(CHANNELS)
        head = Line(
            day=FIRST + timedelta(days=draw.randrange(DAYS)), order=f"o{order}", customer=customer, country=country,
            region=region, city=city, customer_kind=draw.choice(["firm", "firm", "person"]), channel=channel,
            channel_type=channel_type,
        )  # fmt: skip
        for _ in range(3):
            department, category, subcategory = draw.choice(GOODS)
            back = draw.random() < 0.15
            found.append(
                replace(
                    head, product=f"{draw.choice('PQR')}{draw.randrange(3)}", department=department, category=category,
                    subcategory=subcategory, units=-1 if back else draw.randrange(1, 5),
                    revenue=str((-1 if back else 1) * draw.randrange(100, 9999) / 100),
                    cost=draw.choice((None, "1.25")), is_return=back,
                )
            )  # fmt: skip
    return found


def _facts(draw: random.Random) -> dict[str, list[Mapping[str, Any]]]:
    def rows(count: int, *members: str, **columns: Any) -> list[Mapping[str, Any]]:
        drawn = {"customer": CUSTOMERS, "product": [f"{a}{b}" for a in "PQR" for b in range(3)],
                 "channel": [name for name, _ in CHANNELS], "partner": ["Mill", "Dyer", "Weaver"],
                 "campaign": ["Spring", "Autumn"]}  # fmt: skip
        return [
            {"day": FIRST + timedelta(days=draw.randrange(DAYS))}
            | {each: draw.choice(drawn[each]) for each in members}
            | {name: draw.choice(values) for name, values in columns.items()}
            for _ in range(count)
        ]

    return {
        "interaction": rows(60, "customer", "channel", "campaign", "partner", kind=["call", "ticket", "e-mail"],
                            topic=["late", "lost", None], direction=["in", "out"], satisfaction=[1, 7, 10, None]),
        "invoice": rows(40, "customer", amount=[10, 250], paid=[0, 10]),
        "contact": rows(40, "customer", "campaign", "channel", arm=["treated", "held out"], cost=[1, 2]),
        "response": rows(20, "customer", "campaign", "channel", kind=["opened", "bought"], amount=[5, None]),
        "consent": rows(30, "customer", "channel", purpose=["news", None], verdict=["given", "withdrawn"]),
        "stock": rows(40, "product", "partner", place=["here", "there"], on_hand=[0, 5, 9]),
        "price_offer": rows(20, "customer", "product", "partner", offered_price=[8, 9], asked_price=[10]),
        "proposal": rows(15, "customer", "product", "partner", status=["open", "done"]),
        "wallet": rows(15, "customer", wallet_category=["Kitchen"], spend=[50, 80], own_spend=[10, 40]),
        "case_event": rows(40, "customer", "channel", case_id=["T1", "T2", "T3"], agent=["Eva", None],
                           event=["opened", "closed", "reopened", "painted"], at_second=[None, 0, 36_000]),
    }  # fmt: skip
