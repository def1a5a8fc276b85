"""`python -m mining audience`: making, listing, showing and deleting, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data.__main__ import main as bring_back
from mining.__main__ import main
from tests.data.small import small_warehouse


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = small_warehouse(tmp_path_factory.mktemp("audience") / "w.duckdb")
    assert main(["audience", "Rich", "--make", "--living", "--measure", "customers",
                 "--where", "customer by revenue > 120", "--warehouse", str(path)]) == 0  # fmt: skip
    return path


def told(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["audience", *arguments, "--warehouse", str(path), "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_makes_and_shows_and_lists_and_deletes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, path, "rich")
    assert (shown["mode"], shown["customers"], shown["counted"]) == ("living", 3, 3)
    assert shown["question"] == "customers of sales where customer by revenue > 120"
    assert [(row["came"], row["left"], row["members"]) for row in shown["rows"]] == [(3, 0, 3)]
    members = told(capsys, path, "Rich", "--members")["rows"]
    assert [row["customer"] for row in members] == ["K100", "K300", "K400"]
    made = told(capsys, path, "Italian", "--make", "--where", "country=Italy", "--and", "Rich", "--members")
    assert [row["customer"] for row in made["rows"]] == ["K100", "K300"]
    assert made["question"] == "known customers where country=Italy, and “Rich”"
    listed = told(capsys, path)
    assert [(row["name"], row["customers"]) for row in listed["rows"]] == [("Italian", 2), ("Rich", 3)]
    told(capsys, path, "Others", "--make", "--living", "--but-not", "Italian")
    gone = told(capsys, path, "Italian", "--delete")
    assert "take-back" in gone["notes"][0]
    assert gone["notes"][1] == "“Others” leans on it, and stays as it is until it comes back."
    assert len(told(capsys, path, "Others", "--delete")["notes"]) == 1
    assert [row["name"] for row in told(capsys, path)["rows"]] == ["Rich"]
    told(capsys, path, "Italian", "--make", "--where", "country=Italy")
    assert bring_back(["take-back", gone["statement"], "--warehouse", str(path)]) == 2
    assert "There is an audience called “Italian” already" in capsys.readouterr().err
    told(capsys, path, "Italian", "--delete")


def test_it_makes_one_of_a_file_and_says_nobody_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, file = small_warehouse(tmp_path / "w.duckdb"), tmp_path / "ids.txt"
    assert "There is no audience yet" in told(capsys, path)["notes"][0]
    file.write_text("K400\n\nK200\nK200\n")
    made = told(capsys, path, "Two", "--make", "--ids", str(file), "--members")
    assert [row["customer"] for row in made["rows"]] == ["K200", "K400"]
    assert made["question"] == "the list “ids.txt”"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Rch"], "Did you mean 'Rich'"),
        (["--make"], "Which audience is not said"),
        (["rich", "--make"], "called “Rich” already"),
        (["Poor", "--make", "--measure", "custmers"], "Did you mean 'customers'"),
        (["Poor", "--make", "--where", "customer by revenue > 1000000"], "Nobody"),
        (["Poor", "--make", "--but-not", "Rch"], "Did you mean 'Rich'"),
        (["Rich", "--where", "country=Italy"], "Write --make as well"),
        (["--living"], "--living says whom a new audience is of"),
        (["Rich", "--but-not", "Rich"], "--but-not says whom"),
        (["Rich", "--until", "2024-03-04"], "has no last day"),
        (["List", "--make", "--ids", "nowhere.txt"], "cannot be read"),
        (["List", "--make", "--ids", "nowhere.txt", "--living"], "stands alone"),
    ],
)
def test_bad_questions(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["audience", *arguments, "--warehouse", str(path)]) == 2
    assert says in capsys.readouterr().err
