"""`python -m mining rules`: published counts of Groceries, levels, filters, a second slice, bad questions in words."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest

from data.load import load, read_mapping
from mining.__main__ import main
from tests.data.load_files import REAL
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse

KINDS = {"Cup": "Kitchen", "Pot": "Kitchen", "Lamp": "Living", "Rug": "Living", "Bed": "Sleep"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred orders; a cup draws a rug, more so in Italy; one order came back."""
    chance, lines = Random(2), []
    for at in range(300):
        country = "Italy" if at % 2 else "France"
        wanted = {product for product in KINDS if chance.random() < 0.3} or {"Bed"}
        if "Cup" in wanted and chance.random() < (0.9 if country == "Italy" else 0.5):
            wanted.add("Rug")
        lines += [
            Line(day=date(2011, 1 + at % 12, 5), order=f"o{at}", country=country, product=product,
                 category=KINDS[product])
            for product in sorted(wanted)
        ]  # fmt: skip
    path = tmp_path_factory.mktemp("rules") / "w.duckdb"
    tiny_warehouse(path, [*lines, Line(order="back", product="Ham", units=-1, is_return=True)]).close()
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:  # type: ignore[type-arg]
    assert main(["rules", *arguments, "--format", "json"]) == 0
    found: dict = json.loads(capsys.readouterr().out, parse_constant=no_json)
    return found


def no_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.usefixtures("as_in_use")
def test_rules_of_groceries(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    if not REAL.exists():
        pytest.skip(f"no real data at {REAL}")
    warehouse = tmp_path / "w.duckdb"
    report = load(read_mapping(ROOT / "docs/examples/groceries.toml"), warehouse, REAL / "groceries")
    assert report.rows_loaded == report.rows_read == 43_367
    asked = ["rules", "--warehouse", str(warehouse), "--support", ".001", "--confidence", ".5"]
    assert main(asked) == 0
    out, err = capfdbinary.readouterr()
    rows = pl.read_csv(io.BytesIO(out))
    assert rows.height == 5_668
    assert rows.row(0)[:2] == ("Instant food products + soda", "hamburger meat")
    assert b"itemsets: 13492" in err
    assert b"12 of 169 items, each in fewer than 10 baskets" in err
    assert main([*asked, "--significant", "--productive"]) == 0
    out, err = capfdbinary.readouterr()
    assert pl.read_csv(io.BytesIO(out)).height == 1_541
    assert b"Of 40,943 rules above the support, all of them tested, 34,419 are more than chance" in err


def test_rules_of_a_level_of_several_and_of_a_slice(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = ("--warehouse", str(path), "--support", "0.02", "--confidence", "0.2")
    plain = told(capsys, *of, "--significant")
    assert ("Cup", "Rug") in {(row["antecedent"], row["consequent"]) for row in plain["rows"]}
    assert (plain["baskets"], plain["items"], plain["tests"]) == (300, 5, plain["candidates"])
    assert {row["items"][0] for row in told(capsys, *of, "--level", "category")["itemsets"]} == set(
        KINDS.values()
    )
    across = told(capsys, *of, "--level", "across")
    sides = [{*row["antecedent"].split(" + "), row["consequent"]} for row in across["rows"]]
    assert {"Cup", "Living [category]"} in sides
    assert not [each for each in sides if {"Cup", "Kitchen [category]"} <= each]
    assert "Nor rules of an item beside a level that holds it." in across["notes"][1]
    slices = told(capsys, *of, "--where", "country=Italy", "--versus", "country=France")
    rug = next(row for row in slices["rows"] if (row["antecedent"], row["consequent"]) == ("Cup", "Rug"))
    assert 0 < rug["low"] < rug["difference"] < rug["high"]
    assert slices["baskets"] == 150


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--support", "2"], "The support 2 is out of range."),
        (["--level", "shelf"], "Baskets cannot be looked at by 'shelf'."),
        (["--items", "0"], "Itemsets of at most 0 items do not exist."),
        (["--consequents", "0"], "A rule needs an item on the right."),
        (["--where", "product=Ham"], "There are no baskets to look into."),
        (["--where", "product=Cup", "--versus", "product=Rug"], "baskets stand in both slices"),
    ],
)
def test_bad_questions_are_told_in_words(
    path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    support = [] if "--support" in arguments else ["--support", "0.02"]
    assert main(["rules", "--warehouse", str(path), *support, *arguments]) == 2
    assert words in capsys.readouterr().err


def test_nothing_found_says_why(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "--warehouse", str(path), "--support", "0.02", "--confidence", "1", "--significant")
    assert not found["rows"]
    assert found["notes"][-1].startswith("No rule reaches confidence 1. The surest one: In ")
