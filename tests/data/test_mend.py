"""Rejected rows, mended and loaded again: nothing is lost, nothing comes twice."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data.errors import BadInput, BadRequest
from data.load.mend import dismiss, load_mended, take_back
from tests.data.load_files import HEADER, ROWS, ask, mapping, shop


def waiting(folder: Path) -> list[int]:
    return [
        row for (row,) in ask(folder, "SELECT row_in_source FROM rejected WHERE mended_in IS NULL ORDER BY 1")
    ]


def rows(*mended: list[object]) -> pl.DataFrame:
    return pl.DataFrame(list(mended), ["row", *HEADER], orient="row")


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    bad = [["someday", *ROWS[0][1:]], [*ROWS[1][:6], "dear"]]
    report = shop(tmp_path, [*ROWS[:2], *bad, *ROWS[2:]])
    assert (report.rows_loaded, report.rows_rejected) == (4, 2)
    return tmp_path


def test_mended_rows_load_and_wait_no_longer(firm: Path) -> None:
    assert waiting(firm) == [3, 4]
    report = load_mended(
        mapping(), firm / "w.duckdb", 1, "order_lines", rows([3, "2024-01-07", *ROWS[0][1:]])
    )
    assert (report.rows_read, report.rows_loaded) == (1, 1)
    assert waiting(firm) == [4]
    assert ask(firm, "SELECT mended_in FROM rejected WHERE row_in_source = 3") == [(2,)]
    assert ask(firm, "SELECT origin FROM batch ORDER BY batch") == [("load",), ("mended",)]
    assert ask(firm, "SELECT count(*) FROM sale") == [(5,)]


def test_rows_that_still_cannot_be_loaded_wait_on(firm: Path) -> None:
    frame = rows([3, "2024-01-07", *ROWS[0][1:]], [4, *ROWS[1][:6], "cheap"])
    report = load_mended(mapping(), firm / "w.duckdb", 1, "order_lines", frame)
    assert (report.rows_loaded, report.rows_rejected) == (1, 1)
    assert waiting(firm) == [4]
    assert ask(firm, "SELECT count(*) FROM rejected") == [(2,)]


def test_what_cannot_be_mended_is_said_and_changes_nothing(firm: Path) -> None:
    path = firm / "w.duckdb"
    before = path.read_bytes()
    with pytest.raises(BadInput, match="No row"):
        load_mended(mapping(), path, 1, "order_lines", rows([3, "never", *ROWS[0][1:]]))
    with pytest.raises(BadRequest, match="mended already, or were never rejected"):
        load_mended(mapping(), path, 1, "order_lines", rows([1, *ROWS[0]]))
    with pytest.raises(BadRequest, match="no row to load"):
        load_mended(mapping(), path, 1, "order_lines", rows().clear())
    with pytest.raises(BadRequest, match=r"no \[calls\]"):
        load_mended(mapping(), path, 1, "calls", rows([3, *ROWS[0]]))
    assert path.read_bytes() == before


def test_a_row_is_not_mended_twice(firm: Path) -> None:
    frame = rows([3, "2024-01-07", *ROWS[0][1:]])
    load_mended(mapping(), firm / "w.duckdb", 1, "order_lines", frame)
    with pytest.raises(BadRequest):
        load_mended(mapping(), firm / "w.duckdb", 1, "order_lines", frame)


def test_dismissed_rows_are_taken_back(firm: Path) -> None:
    path = firm / "w.duckdb"
    assert dismiss(path, 1, "order_lines", [3, 4], "tests") == 2
    assert take_back(path, 1, "order_lines", [4]) == 1
    assert waiting(firm) == [4]
    assert ask(firm, "SELECT row_in_source, reason FROM dismissal") == [(3, "tests")]
    with pytest.raises(BadRequest, match="not dismissed"):
        take_back(path, 1, "order_lines", [3, 4])
    assert waiting(firm) == [4]
