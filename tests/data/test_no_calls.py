"""The engine fetches nothing: neither files that lie elsewhere nor what it would need to read them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import TRACE, environment, outside
from tests.tiny import tiny_warehouse

READS = """
import shutil
import sys
from pathlib import Path
from data.store import duckdb_engine as engine
import duckdb

path = Path(sys.argv[1])
with engine.transaction(Path(shutil.copy(path, path.with_name("draft.duckdb")))) as draft:
    for connection in (draft.cursor(), engine.scratch(), engine.Reader(path).cursor()):
        for sql in (
            "FROM read_csv('https://192.0.2.1/orders.csv')",
            "FROM read_parquet('s3://orders/orders.parquet')",
            "FROM 'https://192.0.2.1/orders.json'",
            "ATTACH 'postgres:host=192.0.2.1' AS erp",
            "SELECT * FROM st_read('orders.xlsx')",
        ):
            try:
                connection.execute(sql).fetchall()
            except duckdb.Error:
                continue
            sys.exit(sql)
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_the_engine_fetches_nothing(tmp_path: Path) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [])
    trace = ["strace", *TRACE, "-o", str(tmp_path / "trace")]
    command = [*trace, sys.executable, "-c", READS, str(tmp_path / "w.duckdb")]
    subprocess.run(command, env=environment(tmp_path, {}), check=True, timeout=120)
    assert not outside(tmp_path)
