"""What people wrote, as a table: a row a statement or counter-entry, what it says as JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import polars as pl

from data.operational.operational_store import OperationalStore
from data.operational.statement_erasure import CHOSEN, number_of
from data.operational.statement_log import Statement, history

COLUMNS: dict[str, Any] = {
    "id": pl.String,
    "kind": pl.String,
    "said_at": pl.Datetime("us"),
    "said_by": pl.String,
    "takes_back": pl.String,
    "erased_at": pl.Datetime("us"),
    "said": pl.String,
}


def statement_table(store: OperationalStore, salt: str) -> pl.DataFrame:
    """Every statement; with a salt without free texts, and with a made-up number where one holds an @."""
    return pl.DataFrame([_row(each, salt) for each in history(store)], COLUMNS, orient="row")


def _row(each: Statement, salt: str) -> tuple[Any, ...]:
    shown = (
        {name: _shown(each.kind, name, told, salt) for name, told in each.told.items()} if salt else each.told
    )
    said = json.dumps(shown, ensure_ascii=False)
    return each.id, each.kind, each.said_at, each.said_by, each.takes_back, each.erased_at, said


def _shown(kind: str, name: str, told: Any, salt: str) -> Any:
    if isinstance(told, list):
        return [_shown(kind, name, each, salt) for each in told]
    number = number_of(told)
    if number is not None and "@" in number.id:
        made_up = hashlib.sha256(f"{salt}{number.id}".encode()).hexdigest()[:16]
        return {**told, "customer": [number.numbering, f"made-up-{made_up}"]}
    return "" if isinstance(told, str) and (kind, name) not in CHOSEN else told
