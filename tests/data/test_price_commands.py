"""The commands of the bid desk: what waits for an answer, and how far a role goes; refused to whom no role lets."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from data.__main__ import main
from data.collaborate.price_limits import price_limits
from data.operational import operational_store
from tests.bid_firm import bid_firm

POLICIES = '[people.ann]\nroles = ["marketing"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made, path = tmp_path / "made.duckdb", tmp_path / "w.duckdb"
    bid_firm(made)
    shutil.copy(made, path)
    return path


def test_offers_are_listed_with_what_they_are_held_against(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["price-offers", "--warehouse", str(path), "--format", "json"]) == 0
    told = {each["offer"]: each for each in json.loads(capsys.readouterr().out)}
    assert set(told) == {"O1", "O2", "O3", "O6", "O7", "O8"}
    cup = told["O1"]
    assert (cup["price"], cup["asked"], cup["floor"], cup["persons"], cup["as_much"]) == (80, 100, 60, 4, 4)
    assert told["O6"]["doubts"] == ["It is 1,000 times the price asked: a decimal may have slipped."]
    assert told["O7"]["doubts"] == ["It names no price."]
    assert main(["price-offers", "--warehouse", str(path)]) == 0
    assert "O3" in capsys.readouterr().out


def test_a_limit_is_set_by_whoever_looks_after_people(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.with_name("policies.toml").write_text(POLICIES, "utf-8")
    where = ["--warehouse", str(path)]
    assert main(["price-limit", "marketing", "10", *where, "--person", "ann"]) != 0
    assert "ann may not look after people" in capsys.readouterr().err
    assert price_limits(operational_store.ready(path)) == {}
    assert main(["price-limit", "marketing", "10%", *where]) == 0
    assert price_limits(operational_store.ready(path)) == {"marketing": Decimal(10)}
    assert main(["price-limit", "marketing", "much", *where]) != 0
    assert "is no percentage" in capsys.readouterr().err
    assert main(["price-limit", "marketng", "5", *where]) != 0
    assert "There is no role 'marketng'" in capsys.readouterr().err
    assert main(["price-limit", "marketing", "none", *where]) == 0
    assert price_limits(operational_store.ready(path)) == {}
