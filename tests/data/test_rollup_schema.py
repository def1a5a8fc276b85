"""A snapshot without roll-ups is not asked for its tables."""

from __future__ import annotations

from typing import Any

from data.store import duckdb_engine as engine
from data.store import rollup_schema


def test_tables_are_asked_for_only_where_the_schema_is() -> None:
    asked: list[str] = []
    with engine.scratch() as connection:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            asked.append(sql)
            return connection.execute(sql).fetchall()

        assert rollup_schema.tables(rows) == ()
        assert asked == [rollup_schema.IS_THERE]
        connection.execute(rollup_schema.CREATE)
        connection.execute("CREATE TABLE rollup.kept (a INTEGER)")
        connection.execute("CREATE TABLE kept_elsewhere (a INTEGER)")
        assert rollup_schema.tables(rows) == ("kept",)
