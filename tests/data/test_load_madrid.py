"""Madrid's proposals of 2024 load as they are found, and the board tells their published totals."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import polars as pl
import pytest

from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.load import load, read_mapping
from data.store.warehouse import Warehouse
from tests.data.load_files import REAL

MAPPING = Path(__file__).parents[2] / "docs" / "examples" / "madrid.toml"
FOLDER = REAL / "proposals"
pytestmark = [
    pytest.mark.skipif(not FOLDER.exists(), reason=f"no real data at {FOLDER}"),
    pytest.mark.usefixtures("as_in_use"),
]


def loaded(path: Path, file: Path) -> ProposalBoard:
    report = load(read_mapping(MAPPING), path, file)
    assert (report.rows_read, report.rows_loaded) == (1_437, 1_437)
    warehouse = Warehouse(path)
    try:
        return proposal_board(warehouse)
    finally:
        warehouse.close()


def check(board: ProposalBoard) -> None:
    every = board.standing
    supports = sorted(int(each.told_supports or 0) for each in every)
    assert (len(every), sum(supports), median(supports), supports[-1], supports.count(0)) == (
        1_437,
        12_247,
        5,
        321,
        300,
    )
    assert round(100 * sum(supports[-10:]) / sum(supports), 2) == 10.97
    assert sum(each.status == "withdrawn" for each in every) == 16
    assert sum(each.persons for each in every) == 0  # a total tells no voters
    assert not any("<p>" in each.text or "<li>" in each.text or "&nbsp;" in each.text for each in every)
    languages = [each.language for each in every]
    assert languages.count("es") > 1_200
    assert languages.count("es") + languages.count("") > 1_430


def test_madrid_loads_with_its_totals(tmp_path: Path) -> None:
    check(loaded(tmp_path / "w.duckdb", FOLDER / "madrid_2024.parquet"))


def test_madrid_loads_from_csv_as_well(tmp_path: Path) -> None:
    pl.read_parquet(FOLDER / "madrid_2024.parquet").write_csv(tmp_path / "madrid_2024.csv")
    check(loaded(tmp_path / "w.duckdb", tmp_path / "madrid_2024.csv"))
