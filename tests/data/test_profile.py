"""What a cube must know of a snapshot is what a naive count says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data.connection import Connection
from data.model import warehouse_profile
from data.model.warehouse_profile import Profile
from data.store.warehouse import writing
from tests.data.small import small_warehouse


def profile_after(path: Path, sql: str) -> Profile:
    with writing(small_warehouse(path / "w.duckdb")) as connection:
        connection.execute(sql)
    with writing(path / "w.duckdb") as connection:
        found = warehouse_profile.read(lambda sql, values=(): connection.execute(sql, values).fetchall(), "")
        naive(connection, found)
    return found


def naive(connection: Connection, found: Profile) -> None:
    def one(sql: str) -> Any:
        return connection.execute(sql).fetchall()[0][0]

    assert found.customers == one(
        "SELECT count(DISTINCT customer_code) FROM customer WHERE customer_code > 0"
    )
    for level, count in found.members.items():
        unknown = f"level = '{level}' AND label = '(unknown)'"
        assert count == one(f"SELECT count(*) FROM member WHERE level = '{level}'")
        assert found.known[level] == count - one(f"SELECT count(*) FROM member WHERE {unknown}")
    assert found.has_history == any(
        one(
            f"""SELECT count(*) FROM (SELECT {name}_code FROM {name} WHERE valid_from < valid_to
            GROUP BY ALL HAVING count(*) > 1)"""
        )
        for name in ("customer", "product", "channel")
    )


def version(since: str, until: str) -> str:
    """Another version of the first customer, or of the first product."""
    return (
        f"INSERT INTO {{0}} SELECT * REPLACE (9 AS {{0}}_key, TIMESTAMP '{since}' AS valid_from,"
        f" TIMESTAMP '{until}' AS valid_to) FROM {{0}} WHERE {{0}}_code = 1 LIMIT 1"
    )


@pytest.mark.parametrize("table", ["customer", "product"])
def test_a_version_after_another_is_history(tmp_path: Path, table: str) -> None:
    ends = f"UPDATE {table} SET valid_to = TIMESTAMP '2024-01-05' WHERE {table}_code = 1; "
    assert profile_after(tmp_path, ends + version("2024-01-05", "9999-12-31").format(table)).has_history


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "UPDATE customer SET valid_to = TIMESTAMP '2024-01-05' WHERE customer_code = 1",
        version("1900-01-01", "1900-01-01").format("customer"),
        "UPDATE customer SET name = '(unknown)' WHERE customer_code = 3",
        "DELETE FROM customer WHERE customer_code = 3",
    ],
)
def test_one_version_each_is_none_whoever_left_or_was_only_named_by_a_line(tmp_path: Path, sql: str) -> None:
    assert not profile_after(tmp_path, sql).has_history


def test_customers_who_left_and_came_back_have_history(tmp_path: Path) -> None:
    ends = "UPDATE customer SET valid_to = TIMESTAMP '2024-01-05' WHERE customer_code = 1; "
    assert profile_after(tmp_path, ends + version("2024-02-01", "2024-03-01").format("customer")).has_history
