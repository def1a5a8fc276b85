"""Instances that serve again hold nothing of whom they served."""

from __future__ import annotations

from pathlib import Path

from data.store import duckdb_engine
from tests import spare_engines
from tests.tiny import Line, write_tiny


def test_nothing_is_left_to_the_next() -> None:
    held = "SELECT count(*), current_setting('max_vacuum_tasks') FROM duckdb_tables()"
    seen, found = [], set()
    for at in range(2 * spare_engines.KEPT + 2):
        with duckdb_engine.scratch() as connection:
            found |= set(connection.execute(held).fetchall())
            seen.append(connection._own)
            if at % 2:
                connection.execute("CREATE TABLE left_here AS SELECT 1")
            connection.execute("SET max_vacuum_tasks = 7").execute("ATTACH ':memory:' AS beside")
    assert len(found) == 1
    assert next(iter(found))[0] == 0
    assert len({id(each) for each in seen}) < len(seen)


def test_each_reader_sees_its_own_file(tmp_path: Path) -> None:
    paths = [tmp_path / f"{at}.duckdb" for at in range(2)]
    for at, path in enumerate(paths):
        write_tiny(path, [Line(order=f"o{at}")])
    for _ in range(spare_engines.KEPT):
        for at, path in enumerate(paths):
            reader = duckdb_engine.Reader(path)
            assert reader.rows("SELECT number FROM sales_order") == [(f"o{at}",)]
            reader.close()
