"""Adding is what CONTRIBUTING says: a process in which the entries stand, and nothing else is other, uses them all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.additions import earlier_warehouse, everything
from tests.additions.added_text import ROOT, Entry


def told_by(scenario: ModuleType, *arguments: str) -> str:
    """What a scenario prints that runs in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", scenario.__name__, *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(told_by(everything, str(tmp_path_factory.mktemp("added"))))
    return told


ADDED: dict[str, tuple[Entry, ...]] = {
    "a fact that sources bring": (everything.FACT,),
    "a level": (everything.LEVEL,),
    "a measure": (everything.MEASURE,),
    "a cube": everything.CUBE,
    "a check of deliveries": everything.CHECK,
}


@pytest.mark.parametrize("what", ADDED)
def test_what_is_touched_is_what_contributing_says(what: str) -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {what} \| (.+) \|$", contributing, re.M)
    said = [path for path in re.findall(r"`([\w/.]+/[\w.]*)`", row) if not path.startswith("docs/")]
    files = {each.file for each in ADDED[what]}
    assert all(any(file.startswith(path) for path in said) for file in files)
    assert all(any(file.startswith(path) for file in files) for path in said)


def test_a_fact_is_loaded_and_corrected_by_one_entry(found: dict[str, Any]) -> None:
    assert found["parts"]["referrals"] == [4, 0]
    assert found["days"] == ["2024-02-01", "2024-03-09"]
    assert found["corrected"] == [["1", True], ["2", True], ["3", True], ["4", False]]


def test_a_file_of_an_added_fact_is_known_by_its_columns(found: dict[str, Any]) -> None:
    assert found["proposed"] == ["referrals"]


def test_a_cube_of_an_added_fact_is_asked_like_the_others(found: dict[str, Any]) -> None:
    assert found["by channel"] == [["Phone", 2, 1, 1, 2.0], ["Web", 2, 1, 2, 1.5], [None, 4, 2, 2, 3.5]]
    assert found["behind"] == [
        ["2024-02-03", "c2", "Web", "news", False, None],
        ["2024-02-01", "c1", "Web", "news", True, 1.5],
    ]
    assert found["loads behind"] == [[4]]
    assert found["across"] == [["(unknown)", 0.0, 1], ["c1", 30.0, 2], ["c2", 30.0, 1]]


def test_an_added_fact_is_checked_exported_told_and_forgotten(found: dict[str, Any]) -> None:
    assert found["sound"] == []
    assert {
        "each row of referral belongs to a batch",
        "each row of referral names its customer as its source does",
        "each row of referral points at a version of its channel",
        "each row of referral points at a version of its customer",
        "rows of referral are dated in its years of ordinary traffic",
    } <= set(found["checked"])
    rows, has_free_texts = found["exported"]
    assert (rows, has_free_texts) == (4, False)
    assert found["told"] == 2
    assert found["forgotten"] == [["erased"]]


def test_a_level_is_mapped_drilled_and_checked_by_one_entry(found: dict[str, Any]) -> None:
    assert found["by level"] == [["Ginori", 10.0, 1], ["Lagostina", 50.0, 1]]
    assert found["finer"] == "collection"
    assert found["drilled"] == [["Lagostina/Chef", 30.0], ["Lagostina/Home", 20.0]]
    assert {"totals by maker are the grand total", "each version of product is a member of maker"} <= set(
        found["checked"]
    )


def test_a_measure_is_counted_and_its_name_taken_by_one_entry(found: dict[str, Any]) -> None:
    assert [row[2] for row in found["by level"]] == [1, 1]
    assert found["names taken"] == [False, False, False]
    assert found["measures"]


def test_a_check_of_deliveries_is_read_made_and_written_again(found: dict[str, Any]) -> None:
    (told,) = found["check of deliveries"]
    assert "“purpose is no longer than agreed” fails: 2 longer, expected at most 4." in told
    assert "row 3 (purpose profiling), row 4 (purpose profiling)" in told
    assert found["written again"] == 1


def test_a_warehouse_made_before_a_level_and_a_fact_is_asked_by_them(tmp_path: Path) -> None:
    pytest.importorskip("data.store.older_warehouse", reason="warehouses of earlier releases are refused")
    told_by(earlier_warehouse, "make", str(tmp_path))
    found = json.loads(told_by(earlier_warehouse, "use", str(tmp_path)))
    assert found["before"] == [["(unknown)", 60.0]]
    assert found["after"] == [["Ginori", 10.0], ["Lagostina", 50.0]]
    assert found["referrals"] == [4]
    assert found["unsound"] == []
