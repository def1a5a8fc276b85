"""One's own files take the place of the demonstration firm, unless they are to be added to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.__main__ import main
from data.demo import Firm, simulate
from data.store.warehouse import Warehouse
from tests.made_once import folder_once

pytestmark = pytest.mark.usefixtures("as_in_use")

MAPPING = """
source = "own"
[order_lines]
file = "own.csv"
[order_lines.columns]
date = "day"
revenue = "amount"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return folder_once(tmp_path, demonstrated)


def demonstrated(folder: Path) -> None:
    simulate(folder / "w.duckdb", Firm(lines=4_000, customers=200, products=200))
    (folder / "own.csv").write_text("day,amount\n2024-01-05,12.50\n2024-01-06,7.50\n")
    (folder / "own.toml").write_text(MAPPING)


def lines_in(path: Path) -> int:
    store = Warehouse(path)
    try:
        return store.profile.lines
    finally:
        store.close()


def load(shop: Path, *options: str) -> int:
    return main(["load", str(shop / "own.toml"), "--warehouse", str(shop / "w.duckdb"), *options])


def test_the_first_own_file_takes_the_place_of_the_firm(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated = lines_in(shop / "w.duckdb")
    assert load(shop) == 0
    assert "The demonstration firm made room" in capsys.readouterr().out
    assert (lines_in(shop / "w.duckdb"), lines_in(shop / "w.duckdb.versions" / "1.duckdb")) == (2, simulated)
    assert load(shop) == 0
    assert "made room" not in capsys.readouterr().out
    assert lines_in(shop / "w.duckdb") == 2


def test_it_can_be_added_to_the_firm(shop: Path) -> None:
    simulated = lines_in(shop / "w.duckdb")
    assert load(shop, "--keep-demo") == 0
    assert lines_in(shop / "w.duckdb") == simulated + 2


def test_a_bad_file_leaves_the_firm(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated = lines_in(shop / "w.duckdb")
    (shop / "own.csv").write_text("day,amount\n")
    assert load(shop) == 2
    assert capsys.readouterr().err
    assert lines_in(shop / "w.duckdb") == simulated
    assert not (shop / "w.duckdb.versions").exists()
