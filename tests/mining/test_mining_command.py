"""`python -m mining`: what it prints of a small firm and of published data, and what it says to bad questions."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.load import load, read_mapping
from mining.__main__ import main
from tests.data.load_files import REAL
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse

EXAMPLES = ROOT / "docs" / "examples"
JANUARY, FEBRUARY, MARCH = date(2011, 1, 1), date(2011, 2, 5), date(2011, 3, 9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lines = [
        Line(day=JANUARY),
        Line(day=FEBRUARY, order="2", channel="Shop", revenue="4.00"),
        Line(day=FEBRUARY, order="3", customer="=Bob"),
        Line(day=MARCH, order="4", customer="=Bob"),
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    return tmp_path / "w.duckdb"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_retention_of_a_small_firm(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["retention", "--warehouse", str(path)]) == 0
    rows = pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    assert rows.select("cohort", "period", "customers", "total", "is_partial").rows() == [
        ("2011-01", "2011-01", 1, 1, False),
        ("2011-01", "2011-02", 1, 1, False),
        ("2011-01", "2011-03", 1, 0, True),
        ("2011-02", "2011-02", 1, 1, False),
        ("2011-02", "2011-03", 1, 1, True),
    ]


def test_json_has_the_curve_and_the_notes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(
        told(
            capsys,
            *(
                "retention",
                "--warehouse",
                str(path),
                "--format",
                "json",
                "--by",
                "quarter",
                "--measure",
                "revenue",
            ),
            *(
                "--split",
                "channel",
                "--where",
                "customer=Ann",
                "--where",
                "year=2011",
                "--until",
                "2011-03-09",
            ),
        )
    )
    assert [(row["channel"], row["total"]) for row in found["rows"]] == [("Web", 14.0)]
    assert found["until"] == "2011-03-09"
    assert len(found["notes"]) == 2
    assert found["curve"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--until", "2030-01-01"], "is not known: sales end on 2011-03-09"),
        (["--until", "1999-01-01"], "sales begin on 2011-01-01"),
        (["--where", "channel=Wbe"], "Did you mean 'Web'"),
        (["--where", "channel=Web", "--where", "customer=Bob"], "Bob"),
        (["--split", "customer"], "not split by customer"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["retention", "--warehouse", str(path), *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(not REAL.exists(), reason=f"no real data at {REAL}")
def test_month_cohorts_of_online_retail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Known figures of the lines with a customer, a quantity and a price above zero; here those that are no return."""
    path = tmp_path / "w.duckdb"
    load(read_mapping(EXAMPLES / "online_retail.toml"), path, REAL / "online_retail")
    found = json.loads(told(capsys, "retention", "--warehouse", str(path), "--format", "json"))
    rows = {(row["cohort"], row["age"]): row for row in found["rows"]}
    assert [rows["2010-12", age]["total"] for age in (0, 1, 2, 11, 12)] == [885, 324, 286, 445, 235]
    assert [rows["2011-01", age]["total"] for age in (0, 1)] == [417, 92]
    assert rows["2011-12", 0]["total"] == 41
    assert {key for key, row in rows.items() if row["is_partial"]} == {
        (row["cohort"], row["age"]) for row in found["rows"] if row["period"] == "2011-12"
    }


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not REAL.exists():
        pytest.skip(f"no real data at {REAL}")
    path = tmp_path_factory.mktemp("cdnow") / "w.duckdb"
    load(read_mapping(EXAMPLES / "cdnow.toml"), path, REAL / "cdnow")
    return path


@pytest.mark.parametrize(
    ("model", "parameters", "likelihood"),
    [
        ("bgnbd", {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, -9582.43),
        ("pareto_nbd", {"r": 0.5533, "alpha": 10.578, "s": 0.6062, "beta": 11.669}, -9594.98),
    ],
)
def test_published_lifetime_models_of_cdnow_from_its_orders(
    cdnow: Path,
    capsys: pytest.CaptureFixture[str],
    model: str,
    parameters: dict[str, float],
    likelihood: float,
) -> None:
    """Fader, Hardie & Lee 2005 and Fader & Hardie's note of 2005, from order lines through cube and command."""
    asked = ("--model", model, "--unit", "weeks", "--until", "1997-09-30", "--format", "json")
    found = json.loads(told(capsys, "lifetime", "--warehouse", str(cdnow), *asked))
    assert found["parameters"] == pytest.approx(parameters, rel=2e-4)
    assert found["log_likelihood"] == pytest.approx(likelihood, abs=0.006)
    assert len(found["rows"]) == found["customers"] == 2_357
    assert all(0 <= row["buys_low"] <= row["buys"] <= row["buys_high"] <= 1 for row in found["rows"])


def test_a_lifetime_model_of_too_few_is_refused_in_words(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lifetime", "--warehouse", str(path), "--model", "mbgnbd"]) == 2
    assert "Only 2 of 2 customers bought on two days or more" in capsys.readouterr().err
