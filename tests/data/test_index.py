"""Codes and members are what a naive derivation says, after whatever was done, and only what differs is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.connection import Connection
from data.model.calendar import GRAINS, Calendar, Days
from data.model.canonical_tables import DIMENSIONS, MASTERS, DimensionTable
from data.store import changed_days, member_codes
from data.store.changed_days import Partitions
from data.store.warehouse import writing
from tests.data.small import small_warehouse

Members = dict[tuple[str, int], tuple[str, str]]
ALWAYS = "TIMESTAMP '1900-01-01', TIMESTAMP '9999-12-31'"
CHANGES_MEMBERS = ("DELETE FROM member", "INSERT INTO member", "UPDATE member")


class Spy:
    """A connection that keeps what it was asked."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.asked = connection, list[str]()

    def execute(self, query: str, parameters: object = (), /) -> Any:
        self.asked.append(query.strip())
        return self.connection.execute(query, parameters)

    def count(self, *beginnings: str) -> int:
        return sum(query.startswith(beginnings) for query in self.asked)


@pytest.fixture(params=[0, 10**9], ids=["by shares", "whole"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small firm with customers in several shares of codes."""
    monkeypatch.setattr(changed_days, "MANY", request.param)
    found = small_warehouse(tmp_path / "w.duckdb")
    with writing(found) as connection:
        for code in range(5, 4000, 100):
            bring(connection, code, code, f"N{code}", "Siena")
    return found


def bring(connection: Connection, key: int, code: int, name: str, city: str, tier: str = "gold") -> None:
    connection.execute(
        f"""INSERT INTO customer (customer_key, customer_code, id, name, valid_from, valid_to, country, region, city,
            customer_kind, tier) VALUES (?, ?, ?, ?, {ALWAYS}, 'Italy', 'Tuscany', ?, 'person', ?)""",
        [key, code, f"K{code}", name, city, tier],
    )


def encoded(text: str) -> str:
    return text.replace("%", "%25").replace("/", "%2F").replace("|", "%7C")


def members(connection: Connection) -> Members:
    rows = connection.execute("FROM member").fetchall()
    found = {(level, code): (id_, label) for level, code, id_, label in rows}
    assert len(found) == len(rows)
    return found


def wanted(connection: Connection, before: Members) -> Members:
    """What the members should be, where these were those before."""
    codes = {(level, id_): code for (level, code), (id_, _) in before.items()}
    found = dict(of_time(connection))
    for table in DIMENSIONS:
        own = connection.execute("SELECT name FROM attribute WHERE dimension = ?", [table.name]).fetchall()
        for level in (*table.descriptors, *table.derived_levels, *(name for (name,) in own)):
            found |= of_level(connection, table, level, codes)
        if table.leaf:
            versions = f"SELECT {table.code}, id, name FROM {table.name} ORDER BY {table.key}"
            for code, id_, name in connection.execute(versions).fetchall():
                found[table.leaf, code] = (encoded(id_), name)
    return found


def of_level(
    connection: Connection, table: DimensionTable, level: str, codes: dict[tuple[str, str], int]
) -> Members:
    paths = f"SELECT DISTINCT {', '.join(table.path(level))} FROM {table.name} ORDER BY ALL"
    last = max((code for (each, _), code in codes.items() if each == level), default=0)
    found: Members = {}
    for path in connection.execute(paths).fetchall():
        id_ = "/".join(map(encoded, path))
        code = codes.get((level, id_))
        if code is None:
            last += 1
            code = last
        found[level, code] = (id_, path[-1])
    return found


def of_time(connection: Connection) -> Iterator[tuple[tuple[str, int], tuple[str, str]]]:
    calendar = Calendar.of(dict(connection.execute("SELECT name, value FROM setting").fetchall()))
    days = "SELECT day_key FROM sale UNION SELECT day_key FROM interaction UNION SELECT day_key FROM proposal"
    first, last = connection.execute(f"SELECT min(day_key), max(day_key) FROM ({days})").fetchall()[0]
    for level in GRAINS:
        for code, _ in calendar.periods(level, Days(first, last)):
            name = calendar.period_id(level, code)
            yield (level, code), (name, name)


def coded_rightly(connection: Connection) -> bool:
    """Whether each version stands under the codes of its own texts."""
    return all(
        not connection.execute(
            f"""SELECT count(*) FROM {table.name} LEFT JOIN (FROM member WHERE level = '{level}') AS m
            ON m.code = {level}_code WHERE m.label IS DISTINCT FROM {level}"""
        ).fetchall()[0][0]
        for table in DIMENSIONS
        for level in table.descriptors
    )


def rename(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("UPDATE customer SET name = ? WHERE customer_code = ?", [word, code])


def renumber(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("UPDATE customer SET id = ? WHERE customer_code = ?", [f"{word}%25/{code}|", code])


def move(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("UPDATE customer SET city = ? WHERE customer_code = ?", [word, code])


def let_go(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("DELETE FROM customer WHERE customer_code = ? AND customer_code > 0", [code])


def change_version(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run(
        "INSERT INTO customer SELECT * REPLACE (? AS customer_key, ? AS name, ? AS tier) FROM customer"
        " WHERE customer_code = ? LIMIT 1",
        [key, word, word, code],
    )


def merge(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("UPDATE customer SET customer_code = customer_code + 1, id = 'K0' WHERE customer_code = ?", [code])
    run("UPDATE customer SET id = 'K0' WHERE customer_code = ? + 1", [code])


def forget_codes(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("UPDATE customer SET city_code = NULL, tier_code = 99 WHERE customer_code = ?", [code])


def rename_product(run: Callable[..., Any], code: int, key: int, word: str) -> None:
    run("UPDATE product SET category = ?, name = ? WHERE product_code = 1", [word, word])


DEEDS = (rename, renumber, move, let_go, change_version, merge, forget_codes, rename_product)


@pytest.mark.parametrize("seed", range(1))
def test_members_are_those_of_a_naive_derivation_whatever_was_done(path: Path, seed: int) -> None:
    draw = Random(seed)
    for at in range(8):
        with writing(path) as connection:
            before = members(connection)
            codes = [
                code
                for (code,) in connection.execute("SELECT DISTINCT customer_code FROM customer").fetchall()
            ]
            for nth, deed in enumerate(draw.choices(DEEDS, k=3)):
                word = draw.choice(("Siena", "Rome", "a/b", "a|b", "50%", f"new {at}"))
                deed(connection.execute, draw.choice(codes), 10_000 + 10 * at + nth, word)
            if draw.random() < 0.5:
                bring(connection, 20_000 + at, 5000 + 700 * at, "New", f"Town {at}")
            expected = wanted(connection, before)
        with writing(path) as connection:
            assert members(connection) == expected
            assert coded_rightly(connection)


def test_nothing_is_written_where_nothing_changed(path: Path) -> None:
    with writing(path) as connection:
        member_codes.rebuild(Spy(connection), Partitions(connection))
        spy = Spy(connection)
        member_codes.rebuild(spy, Partitions(connection))
        assert spy.count(*CHANGES_MEMBERS, "UPDATE customer", "INSERT INTO recoded") == 0


def test_a_small_write_asks_little(tmp_path: Path) -> None:
    """A statement a column of codes, two a dimension, and a few: every small load, and nearly every test, pays them."""
    with writing(small_warehouse(tmp_path / "w.duckdb")) as connection:
        spy = Spy(connection)
        member_codes.rebuild(spy, Partitions(spy))
        assert len(spy.asked) <= spy.count("ALTER TABLE") + 2 * len(MASTERS) + 25


def test_only_what_differs_is_written(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("UPDATE customer SET name = 'Other' WHERE customer_code IN (105, 3905)")
        places = "SELECT code, rowid FROM member WHERE level = 'customer'"
        before = dict(connection.execute(places).fetchall())
        member_codes.rebuild(connection, Partitions(connection))
        after = dict(connection.execute(places).fetchall())
        assert {code for code, place in after.items() if before[code] != place} == {105, 3905}


def test_an_attribute_taken_away_leaves_no_members(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("DELETE FROM attribute WHERE name = 'tier'")
        connection.execute("ALTER TABLE customer DROP COLUMN tier")
    with writing(path) as connection:
        assert not [level for level, _ in members(connection) if level == "tier"]


def test_recoded_versions_are_noted(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("UPDATE customer SET city = 'Pisa' WHERE customer_code = 105")
        member_codes.rebuild(connection, Partitions(connection))
        assert connection.execute("FROM recoded").fetchall() == [("customer", "city", 105)]


def test_members_are_right_though_prints_were_kept_only_before_and_after(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for many, name in ((0, "One"), (10**9, "Other"), (0, "One")):
        monkeypatch.setattr(changed_days, "MANY", many)
        with writing(path) as connection:
            connection.execute("UPDATE customer SET name = ? WHERE customer_code = 105", [name])
        with writing(path) as connection:
            assert members(connection)["customer", 105] == ("K105", name)


def whole(path: Path, sql: str) -> tuple[str, int]:
    """What the setting says afterwards, and how often orders were looked at."""
    with writing(path) as connection:
        connection.execute(sql)
        spy = Spy(connection)
        member_codes.rebuild(spy, Partitions(connection))
        value = connection.execute("SELECT value FROM setting WHERE name = 'orders_are_whole'").fetchall()[0][
            0
        ]
        return value, spy.count("SELECT count(*) FROM (SELECT order_key")


LATE = "INSERT INTO sale SELECT * REPLACE ({} AS day_key, {} AS order_key, 2 AS batch) FROM sale WHERE order_key = 3"


@pytest.mark.parametrize(
    ("sql", "says", "looks"),
    [
        ("SELECT 1", "yes", 0),
        (LATE.format("day_key", 99), "yes", 1),
        (LATE.format("day_key", 3), "yes", 1),
        (LATE.format("day_key - 1", 3), "no", 1),
        ("UPDATE sale SET order_key = 4 WHERE order_key = 3", "no", 1),
        ("DELETE FROM sale WHERE order_key = 3", "yes", 1),
    ],
)
def test_orders_are_looked_at_again_where_lines_came_or_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str, says: str, looks: int
) -> None:
    monkeypatch.setattr(member_codes, "LONG", 1)
    path = small_warehouse(tmp_path / "w.duckdb")
    with writing(path) as connection:
        seen = Partitions(connection)
        seen.touched("sale")
        seen.note("sale")
    assert whole(path, sql) == (says, looks)
