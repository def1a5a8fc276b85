"""Warehouses that hold a ledger and little else, for tests of what is told of sources: no loader needed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.store.warehouse import Warehouse, writing


@dataclass(frozen=True)
class Failed:
    """A check that a delivery failed, or passed."""

    name: str = "city is filled"
    severity: str = "warn"
    passed: bool = False
    found: str = "50% of 10 rows"
    expected: str = "at least 80%"


@dataclass(frozen=True)
class Came:
    """One delivery: `rejected` are reasons with the row as it stood in the file."""

    source: str = "erp"
    part: str = "order_lines"
    as_of: datetime = datetime(2024, 1, 1, 6)
    rows: int = 10
    file: str = "lines.csv"
    origin: str = "load"
    rejected: tuple[tuple[str, dict[str, Any] | str], ...] = ()
    checks: tuple[Failed, ...] = field(default_factory=tuple)


def ledger_warehouse(path: Path, came: Iterable[Came]) -> Warehouse:
    """Each delivery is a batch of its own, numbered from 1."""
    for delivery in came:
        with writing(path, f"load {delivery.source}") as connection:
            _write(connection, delivery)
    return Warehouse(path)


def _write(connection: Connection, came: Came) -> None:
    batch = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM batch").fetchall()[0][0]
    header = json.dumps([[name, "text"] for name in _columns(came)])
    bad = len(came.rejected)
    connection.execute(
        "INSERT INTO batch VALUES (?, ?, ?, ?, ?)",
        [batch, came.source, came.as_of, came.as_of, came.origin],
    )
    connection.execute(
        "INSERT INTO delivery VALUES (?, ?, ?, 'hash', 'mapped', ?, ?, ?, ?, 0, 0, 0, NULL, NULL)",
        [batch, came.part, came.file, header, came.rows, came.rows - bad, bad],
    )
    for at, (reason, raw) in enumerate(came.rejected, 1):
        kept = raw if isinstance(raw, str) else json.dumps(raw)
        connection.execute(
            "INSERT INTO rejected VALUES (?, ?, ?, ?, ?, NULL)", [batch, came.part, at, reason, kept]
        )
    for each in came.checks:
        connection.execute(
            "INSERT INTO quality VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [batch, came.part, each.name, each.severity, each.passed, each.found, each.expected, came.as_of],
        )


def _columns(came: Came) -> list[str]:
    return list(dict.fromkeys(name for _, raw in came.rejected if isinstance(raw, dict) for name in raw))
