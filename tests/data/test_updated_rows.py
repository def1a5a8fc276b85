"""What could have updated rows is told by the statements of a connection; the engine's segments are asked only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.added_rows import OWN_ROWS, untouched_but_for
from data.store.duckdb_engine import database
from data.store.parsed_statements import ParsingConnection

UPDATING = (
    "UPDATE sale SET units = 2 WHERE line = 1",
    'update main."sale" SET units = 2',
    "INSERT OR REPLACE INTO sale VALUES (1, 2)",
    "INSERT INTO sale VALUES (1, 2) ON CONFLICT (line) DO UPDATE SET units = 2",
    "MERGE INTO sale USING (SELECT 1 AS line) AS came USING (line) WHEN MATCHED THEN UPDATE SET units = 2",
)
OTHERS = (
    "CREATE OR REPLACE TEMP TABLE print_of_sale AS FROM sale",
    "UPDATE sale_of_others SET units = 2",
    "INSERT INTO sale_of_others SELECT line + 5, replace(units::VARCHAR, '1', '2')::INTEGER FROM sale",
    "INSERT INTO sale VALUES (7, 1)",
)


@pytest.mark.parametrize("sql", [*UPDATING, *OTHERS])
def test_statements_that_update_are_told(tmp_path: Path, sql: str) -> None:
    connection = database(str(tmp_path / "w.duckdb"))
    with connection:
        for table in ("sale", "sale_of_others"):
            connection.execute(f"CREATE TABLE {table} (line INTEGER PRIMARY KEY, units INTEGER)")
            connection.execute(f"INSERT INTO {table} VALUES (1, 1), (2, 1)")
        connection.execute("CHECKPOINT")
        connection.execute("BEGIN")
        connection.execute(sql)
        found = untouched_but_for(connection, "sale", ["line", "units"], 2)
        assert isinstance(connection, ParsingConnection)
        assert connection.may_have_updated("sale") == (sql in UPDATING)
        if sql in UPDATING[:2]:  # the others replace rows that are keys of an index
            assert found is None
        if sql in OTHERS:
            assert found == f"rowid >= {OWN_ROWS}"
