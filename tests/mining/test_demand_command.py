"""`python -m mining demand`: published figures of eBay's bids through the loader, a small firm, and bad questions."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.load import load, read_mapping
from mining.__main__ import main
from tests.data.load_files import REAL
from tests.pricing_firm import pricing_firm
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse

EBAY = ROOT / "docs" / "examples" / "ebay.toml"


def told(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> dict[str, Any]:
    assert main(["demand", *arguments, "--warehouse", str(path), "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture(scope="module")
def ebay(as_in_use: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    bids = REAL / "auctions" / "ebay_xbox.parquet"
    if not bids.exists():
        pytest.skip(f"no real data at {bids}")
    folder = tmp_path_factory.mktemp("ebay")
    pl.read_parquet(bids).write_csv(folder / "ebay_xbox.csv")
    load(read_mapping(EBAY), folder / "w.duckdb", folder)
    return folder / "w.duckdb"


def test_demand_of_ebays_bids_is_the_published_one(ebay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, ebay, "--at", "50,100,150")
    assert (found["people"], found["rows_counted"], found["products"]) == (958, 2_811, 1)
    assert [round(each["share"], 4) for each in found["rows"]] == [0.7808, 0.4322, 0.1315]
    assert [round(each["share_over_rows"], 4) for each in found["rows"]] == [0.7307, 0.3547, 0.1057]
    assert all(each["band_low"] < each["low"] < each["share"] < each["high"] for each in found["rows"])
    said = " ".join(found["notes"])
    for words in ("A lower bound: bids are shaded", "5.6 times the median", "what an auction closed at",
                  "553 persons named more than one price, one of them 33"):  # fmt: skip
        assert words in said


@pytest.mark.parametrize(
    ("cost", "price", "share", "profit", "over_rows"),
    [(0, 80, 0.6033, 48.27, 74.99), (50, 99, 0.4415, 21.64, 100), (100, 150, 0.1315, 6.58, 149.99)],
)
def test_the_best_price_of_ebays_bids_is_the_published_one(
    ebay: Path,
    capsys: pytest.CaptureFixture[str],
    cost: int,
    price: float,
    share: float,
    profit: float,
    over_rows: float,
) -> None:
    found = told(capsys, ebay, "--cost", str(cost))
    assert (found["best_price"], found["best_price_over_rows"]) == (price, over_rows)
    assert round(found["best_share"], 4) == share
    assert round(found["best_profit"], 2) == profit
    assert found["best_profit_low"] < found["best_profit"] < found["best_profit_high"]
    if cost == 50:
        assert (found["best_price_low"], found["best_price_high"]) == (98.88, 100)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    pricing_firm(path).close()
    return path


def test_a_small_firm_by_hand(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Thirty persons named 1 to 30 for the cup, which costs 8: (p - 8) (31 - p) / 30 is greatest at 19 and 20."""
    found = told(capsys, firm, "--product", "Cup", "--at", "10.5,20", "--by", "country")
    assert [each["share"] for each in found["rows"]] == [pytest.approx(20 / 30), pytest.approx(11 / 30)]
    assert (found["people"], found["cost"], found["best_price"]) == (30, 8, 19)
    assert found["best_profit"] == pytest.approx(11 * 12 / 30)
    assert {each["reason"]: each["rows"] for each in found["left_out"]} == {
        "price of 0 or less": 2, "no price named": 1, "0 pieces or fewer": 1, "customer not known": 1,
        "suspected slip of the decimal point": 1,
    }  # fmt: skip
    assert [(each["group"], each["people"]) for each in found["groups"]] == [("France", 15), ("Italy", 15)]
    assert (found["answers_given"], found["accepted"], found["acceptance_of"]) == (30, 21, "asked")
    points = {each["point"]: each["price"] for each in found["limits"]}
    assert points == {"lowest": 45, "optimal": 50, "indifference": 75, "highest": 100}
    assert [each["price"] for each in found["buying"]] == [10, 20, 30]
    assert "9 persons named four limits that rise; 1 more did not" in " ".join(found["notes"])


def test_each_table_is_told(firm: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    own = ["demand", "--warehouse", str(firm), "--product", "Cup", "--by", "country"]
    heads = {"groups": "group", "acceptance": "price", "limits": "point"}
    for table, first in heads.items():
        assert main([*own, "--table", table]) == 0
        assert pl.read_csv(io.BytesIO(capfdbinary.readouterr().out)).columns[0] == first
    assert main([*own, "--table", "answers"]) == 2
    assert b"30 prices were answered whose cost is known: too few" in capfdbinary.readouterr().err
    assert main(["demand", "--warehouse", str(firm), "--table", "groups"]) == 2
    assert b"--by country" in capfdbinary.readouterr().err


def test_shares_of_what_was_asked_hold_all_products(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, firm, "--unit", "asked", "--at", "0.5,0.6")
    assert (found["products"], found["people"]) == (2, 30)
    half = sum((at + 1 >= 20) * (0.5 if at % 2 else 1) + (0.5 if at % 2 else 0) for at in range(30))
    assert found["rows"][0]["persons"] == pytest.approx(half)
    assert found["cost"] == pytest.approx(8 / 40)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--product", "Cap"], "Did you mean 'Cup'"),
        (["--by", "contry"], "Did you mean 'country'"),
        (["--where", "country=Spain"], "Spain"),
        (["--until", "2020-01-01"], "No named price is left to count"),
        (["--slip", "0.01", "--product", "Pot"], "suspected slip of the decimal point: 30"),
    ],
)
def test_what_cannot_be_told_is_a_sentence(
    firm: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["demand", *arguments, "--warehouse", str(firm)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--at", "0"], ["--at", "x"], ["--cost", "-1"], ["--shading", "0"], ["--shading", "1.5"]]
)
def test_options_that_cannot_be_are_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demand", *arguments])
    assert "error: argument --" in capsys.readouterr().err


def test_costs_above_every_price_earn_nothing(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, firm, "--product", "Cup", "--cost", "31")
    assert "best_price" not in found
    assert "no price earns anything" in " ".join(found["notes"])


def test_without_offers_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [Line()]).close()
    assert main(["demand", "--warehouse", str(tmp_path / "w.duckdb")]) == 2
    assert "Load price offers" in capsys.readouterr().err


def test_prices_in_two_currencies_are_not_added(tmp_path: Path) -> None:
    """Without a rate the rows of another currency are rejected with their reason, and the others load."""
    (tmp_path / "offers.csv").write_text(
        "id,day,who,what,bid,currency\n1,2024-01-05,a,Cup,9.5,EUR\n2,2024-01-05,b,Cup,12,USD\n3,2024-01-06,c,Cup,8,EUR\n"
    )
    columns = {"number": "id", "date": "day", "customer": "who", "product": "what", "offered_price": "bid"}
    mapping = (
        'source = "desk"\ncurrency = "EUR"\n\n[price_offers]\nfile = "offers.csv"\n\n[price_offers.columns]\n'
    )
    mapping += "".join(
        f'{name} = "{column}"\n' for name, column in {**columns, "currency": "currency"}.items()
    )
    (tmp_path / "desk.toml").write_text(mapping)
    report = load(read_mapping(tmp_path / "desk.toml"), tmp_path / "w.duckdb", tmp_path)
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (3, 2, 1)
    assert "USD" in " ".join(report.sentences())
