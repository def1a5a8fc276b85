"""What people wrote that a view shows: all of it, in one opening of the store, and the warehouse's id asked once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data.operational import notes, operational_store
from data.operational.favourite_measures import favourites, set_favourite
from data.operational.notes import NotePlace
from data.store import sqlite_file
from data.store.warehouse import Warehouse
from pages.explore.written_beside import WrittenBeside, written_beside
from tests.tiny import Line, tiny_warehouse


def test_all_is_read_at_once_and_anew_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    firm = Warehouse(path)
    assert written_beside(firm) == WrittenBeside((), ())
    set_favourite(path, "sales.orders", True)
    set_favourite(path, "sales.revenue", True)
    set_favourite(path, "sales.revenue", False)
    kept = notes.write(operational_store.ready(path), NotePlace("sales", "revenue"), "A fair", "Ann")
    gone = notes.write(operational_store.ready(path), NotePlace("sales", "revenue"), "Rain", "Ann")
    notes.delete(operational_store.of(firm), gone, "Ann")
    openings, asked = count(monkeypatch, sqlite_file, "_connected"), count(monkeypatch, firm, "rows")
    found = written_beside(firm)
    assert (len(openings), len(asked)) == (1, 0)
    assert found == WrittenBeside(favourites(firm), notes.notes(operational_store.of(firm)))
    assert (found.favourites, [each.id for each in found.notes]) == (("sales.orders",), [kept])
    firm.close()


def count(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str) -> list[str]:
    """A list that grows with each call of a function."""
    calls: list[str] = []
    own = getattr(holder, name)
    monkeypatch.setattr(holder, name, lambda *given: calls.append(name) or own(*given))  # type: ignore[func-returns-value]
    return calls
