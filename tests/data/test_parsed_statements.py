"""A statement that was asked before is not parsed again, and answers as if it were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from data.store import parsed_statements
from data.store.parsed_statements import ParsingConnection


@pytest.fixture
def connection() -> Iterator[ParsingConnection]:
    with ParsingConnection(duckdb.connect(":memory:")) as opened:
        yield opened


class Counting:
    """A connection that counts what it parses."""

    def __init__(self) -> None:
        self.opened, self.parsed = duckdb.connect(":memory:"), 0

    def extract_statements(self, query: str) -> list[duckdb.Statement]:
        self.parsed += 1
        return self.opened.extract_statements(query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.opened, name)


def test_a_statement_is_parsed_once_for_all_connections() -> None:
    counting = [Counting(), Counting()]
    for number in range(4):
        connection = ParsingConnection(counting[number % 2])
        assert connection.execute("SELECT ? + 40_000", [number]).fetchall() == [(40_000 + number,)]
    assert [each.parsed for each in counting] == [1, 0]
    for each in counting:
        each.close()


def test_it_means_the_tables_as_they_are_now(connection: ParsingConnection) -> None:
    for columns in ("1 AS a", "1 AS a, 'x' AS b"):
        connection.execute(f"CREATE OR REPLACE TABLE t AS SELECT {columns}")
        assert connection.execute("FROM t").fetchall() == connection.sql("FROM t").fetchall()


def test_parameters_are_those_of_the_last_of_several_statements(connection: ParsingConnection) -> None:
    found = connection.execute("CREATE TABLE t AS SELECT 1 AS a; SELECT a + $more FROM t", {"more": 2})
    assert found.fetchall() == [(3,)]


def test_no_more_are_kept_than_there_is_room_for(
    connection: ParsingConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsed_statements, "_PARSED", {})
    monkeypatch.setattr(parsed_statements, "KEPT", 3)
    for number in range(8):
        assert connection.execute(f"SELECT {number}").fetchall() == [(number,)]
        assert len(parsed_statements._PARSED) <= 3


def test_what_cannot_be_parsed_is_refused_each_time(connection: ParsingConnection) -> None:
    for _ in range(2):
        with pytest.raises(duckdb.ParserException):
            connection.execute("SELEKT 1")


def test_arrays_of_the_function_that_asks_are_found_by_sql(connection: ParsingConnection) -> None:
    given = {"a": np.arange(3)}  # noqa: F841 found by its name
    connection.sql("CREATE TABLE t AS FROM given")
    assert connection.execute("SELECT sum(a) FROM t").fetchall() == [(3,)]
