"""Derived facts are what a loop over their sources finds, after every kind of write."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from data.connection import Connection
from data.derived_facts.service_requests import WITHIN_DAYS
from data.review.identity_decisions import decide
from data.store.warehouse import Warehouse, asking, writing
from tests.data.test_findings import told_and_sold
from tests.made_once import folder_once
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import Row, with_facts

FIRST = date(2022, 11, 20)  # whole from December on
DAYS = 500
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def key(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def lines() -> Iterator[Line]:
    chance = random.Random(4)
    for at in range(160):
        day = FIRST + timedelta(chance.choice([0, DAYS, *range(DAYS)]))
        who, back = chance.choice(["(unknown)", *(f"c{each}" for each in range(12))]), chance.random() < 0.1
        yield Line(day, f"o{at}", who, is_return=back, city=chance.choice(["Lille", "Lyon"]))
        if chance.random() < 0.3:
            yield Line(day, f"o{at}", who, product="Pan", is_return=back)
    yield Line(date(2099, 12, 31), "slip", "c1")


def requests() -> Iterator[Row]:
    chance = random.Random(5)
    for _ in range(120):
        yield {
            "day": date(2024, 1, 1) + timedelta(chance.randrange(60)),
            "customer": chance.choice(["(unknown)", "c1", "c2", "c3"]),
            "kind": chance.choice(["call", "Ticket", "survey"]),
            "topic": chance.choice(["Late", "late", "Broken", None]),
            "direction": chance.choice([None, "In", "Out"]),
        }


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    with_facts(path, interaction=requests()).close()
    return path


def _load_late(connection: Connection) -> None:
    """An order of a day long ago, a request of the first days, and a customer's move."""
    connection.execute(
        f"""INSERT INTO sale SELECT * REPLACE ({key(date(2022, 12, 5))} AS day_key, 7 AS batch)
        FROM sale WHERE is_order AND customer_code > 0 ORDER BY row_in_source LIMIT 3"""
    )
    connection.execute(
        "INSERT INTO interaction SELECT * REPLACE (7 AS batch, day_key + 3 AS day_key) FROM interaction"
    )
    connection.execute(
        "UPDATE sale SET customer_key = (SELECT max(customer_key) FROM customer) WHERE customer_code = 2"
    )


def _merge(connection: Connection) -> None:
    for fact in ("sale", "interaction"):
        connection.execute(f"UPDATE {fact} SET customer_code = 1 WHERE customer_code = 3")


def _undo(connection: Connection) -> None:
    connection.execute("DELETE FROM sale WHERE batch = 7 OR row_in_source % 3 = 0")
    connection.execute("DELETE FROM interaction WHERE day_key > (SELECT max(day_key) - 20 FROM interaction)")


def _lose_all(connection: Connection) -> None:
    connection.execute("DELETE FROM sale; DELETE FROM interaction")


def test_a_write_that_changes_nothing_of_theirs_leaves_their_rows(
    firm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data.derived_facts import kept_customers, mirrored_rows

    def refuse(*_: object) -> None:
        raise AssertionError("rows were written")

    for module in (mirrored_rows, kept_customers):
        monkeypatch.setattr(module, "put_in_place", refuse)
    with writing(firm, "nothing"):
        pass


def test_they_follow_whatever_is_written(firm: Path) -> None:
    check(firm)
    for deed in (_load_late, _merge, _undo, _lose_all):
        with writing(firm, deed.__name__) as connection:
            deed(connection)
        check(firm)


def test_they_follow_customers_who_are_put_together_and_told_apart(tmp_path: Path) -> None:
    path = folder_once(tmp_path, told_and_sold) / "w.duckdb"
    with asking(path) as rows:
        keys = dict(rows("SELECT id, identity_key FROM customer_identity WHERE id IN ('1', '3')"))
    for verdict in ("together", "apart"):
        decide(path, keys["1"], keys["3"], verdict, "steward")
        with asking(path) as rows:
            (many,) = rows("SELECT count(DISTINCT customer_code) FROM purchase")[0]
        assert many == {"together": 1, "apart": 2}[verdict]
        check(path)


def check(path: Path) -> None:
    warehouse = Warehouse(path)
    orders, asked = own_rows(warehouse)
    assert stored(warehouse, "purchase", "day_key, customer_key, nth::INT, days_since::INT") == sorted(
        purchases(orders), key=repr
    )
    assert stored(warehouse, "kept_customer", "day_key, customer_code, grain, stayed::INT") == sorted(
        kept(orders), key=repr
    )
    assert stored(
        warehouse, "service_request", "day_key, customer_code, is_first::INT, solved::INT"
    ) == sorted(solved(asked, warehouse), key=repr)
    warehouse.close()


def stored(warehouse: Warehouse, fact: str, columns: str) -> list[tuple[object, ...]]:
    return sorted(warehouse.rows(f"SELECT {columns} FROM {fact}"), key=repr)


Orders = dict[int, list[tuple[int, int]]]


def own_rows(warehouse: Warehouse) -> tuple[Orders, dict[tuple[int, str], list[int]]]:
    orders: Orders = defaultdict(list)
    for who, *order in warehouse.rows(
        f"""SELECT customer_code, day_key, customer_key FROM sale WHERE is_order AND customer_code > 0
        AND day_key < {key(date(2090, 1, 1))} ORDER BY day_key, order_key, batch, row_in_source"""
    ):
        orders[who].append((order[0], order[1]))
    asked = defaultdict(list)
    for who, topic, day in warehouse.rows(
        """SELECT customer_code, lower(topic), day_key FROM interaction WHERE customer_code > 0
        AND kind <> 'survey' AND topic IS NOT NULL AND direction IS DISTINCT FROM 'Out' ORDER BY day_key"""
    ):
        asked[who, topic].append(day)
    return orders, asked


def purchases(orders: Orders) -> Iterator[tuple[object, ...]]:
    for own in orders.values():
        for at, (day, version) in enumerate(own):
            yield day, version, at + 1, day - own[at - 1][0] if at else None


def kept(orders: Orders) -> Iterator[tuple[object, ...]]:
    """Period by period: months count from year 0, the first whole one is that after the first week that has orders."""
    days = [date.fromordinal(day + date(1970, 1, 1).toordinal()) for own in orders.values() for day, _ in own]
    if not days:
        return
    begun = min(days) - timedelta(7)
    first = begun.year * 12 + begun.month - 1 + (begun.day > 1)
    after = max(days) + timedelta(1)
    last = after.year * 12 + after.month - 2
    for grain, many in MONTHS.items():
        for period in range(-(-first // many), (last + 1) // many - 1):
            end = (period + 2) * many
            day = key(date(end // 12, end % 12 + 1, 1)) - 1
            for who, own in orders.items():
                bought = {month(at) // many for at, _ in own}
                if period in bought:
                    yield day, who, grain, int(period + 1 in bought)


def month(day: int) -> int:
    found = date(1970, 1, 1) + timedelta(day)
    return found.year * 12 + found.month - 1


def solved(asked: dict[tuple[int, str], list[int]], warehouse: Warehouse) -> Iterator[tuple[object, ...]]:
    last = warehouse.rows("SELECT max(day_key) FROM interaction")[0][0]
    for (who, _), days in asked.items():
        for at, day in enumerate(days):
            is_first = at == 0 or day - days[at - 1] > WITHIN_DAYS
            alone = at + 1 == len(days) or days[at + 1] - day > WITHIN_DAYS
            told = is_first and day <= last - WITHIN_DAYS
            yield day, who, int(is_first), int(alone) if told else None
