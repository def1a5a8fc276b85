"""`python -m mining segments`: the same as the miners say of the same customers, and what it says to bad questions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.customer_measures import customer_measures
from cubes.ask.answer import ask
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.store.warehouse import Warehouse
from mining.__main__ import main
from mining.segments.clustered_segments import clustered
from tests.tiny import Line, tiny_warehouse

LAST = date(2025, 6, 30)


def lines() -> list[Line]:
    """Forty customers: twenty buy much and often in the shop, twenty little on the web at no known cost."""
    return [
        Line(
            day=LAST - timedelta(days=visit * 9 + at if at < 20 else 150 + 3 * at + visit),
            order=f"o{at}-{visit}",
            customer=f"C{at:02}",
            channel="Shop" if at < 20 or (visit == 1 and at % 2) else "Web",
            city="Oslo" if at == 3 else "Lille",
            revenue=str(500 + 7 * at if at < 20 else 20 + at),
            category=f"cat {visit % 4}",
            cost="9" if at < 20 else None,
        )
        for at in range(40)
        for visit in range(6 + at % 3 if at < 20 else 1 + at % 2)
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("segments") / "w.duckdb"
    tiny_warehouse(found, lines()).close()
    return found


@pytest.fixture(scope="module")
def firm(path: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(path)
    yield warehouse
    warehouse.close()


def told(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["segments", "--warehouse", str(path), "--format", "json", *arguments]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_it_tells_what_the_miner_finds(
    path: Path, firm: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(path, capsys, "--clusters", "2")
    first = rows_behind.first_purchases(firm, Query())
    measured = customer_measures(partial(ask, firm), firm.profile, Query(), first)
    own = clustered(measured.frame, LAST, 2)
    rows = pl.DataFrame(found["rows"])
    assert rows.select("segment", "customers").rows() == own.profiles.select("segment", "customers").rows()
    assert rows["customers"].to_list() == [20, 20]
    assert rows["verdict"].null_count() == 0
    assert all("are in it" in rule for rule in rows["rule"])
    members = pl.DataFrame(told(path, capsys, "--clusters", "2", "--customers")["rows"])
    assert dict(members.select("customer", "segment").iter_rows()) == dict(
        own.members.select("customer", "segment").iter_rows()
    )


def test_mixes_and_measures_are_those_of_a_loop_over_the_lines(firm: Warehouse) -> None:
    first = rows_behind.first_purchases(firm, Query())
    found = customer_measures(
        partial(ask, firm), firm.profile, Query(), first, ["channel_mix", "orders", "revenue"]
    )
    assert set(found.words.values()) == {"share of Shop", "share of Web", "orders"}
    assert len(found.features) == 4
    for row in found.frame.iter_rows(named=True):
        own = [line for line in lines() if line.customer == row["customer"]]
        shop = sum(float(line.revenue) for line in own if line.channel == "Shop")
        whole = sum(float(line.revenue) for line in own)
        share = next(name for name, word in found.words.items() if word == "share of Shop")
        assert row[share] == pytest.approx(shop / whole)
        assert row["orders"] == len({line.order for line in own})


def test_only_what_is_asked_for_counts(firm: Warehouse) -> None:
    cuts = (Cut("channel", ("Web",)),)
    asked = Query(cuts=cuts)
    first = rows_behind.first_purchases(firm, asked)
    found = customer_measures(partial(ask, firm), firm.profile, asked, first, ["orders"])
    assert found.frame.height == len({line.customer for line in lines() if line.channel == "Web"})


def test_thresholds_and_the_sweep(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = told(path, capsys, "--method", "thresholds", "--threshold", "revenue=400")
    assert [row["customers"] for row in drawn["rows"]] == [20, 20]  # type: ignore[attr-defined, index]
    swept = told(path, capsys, "--sweep")
    assert [row["k"] for row in swept["rows"]] == list(range(2, 11))  # type: ignore[attr-defined, index]
    assert swept["suggested"] in (2, 3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--features", "revenu"], "Did you mean 'revenue'"),
        (["--features", "last_purchase"], "is no number"),
        (["--features", ","], "No feature is named"),
        (["--features", "customers"], "All 40 customers are alike in customers"),
        (
            ["--features", "category_mix", "--where", "category=cat 0"],
            "in 'share of cat 0'|alike in share of cat 0",
        ),
        (["--clusters", "90"], "90 segments were asked for, but only"),
        (["--where", "city=Oslo"], "only 1 customer differs"),
        (["--method", "hdbscan", "--sweep"], "is not told how many"),
        (["--method", "thresholds"], "No threshold is drawn"),
        (["--method", "thresholds", "--threshold", "revenue=much"], "is no threshold"),
        (["--features", "margin", "--where", "channel=Web"], "Of nobody here it is known: margin"),
    ],
)
def test_bad_questions_get_a_sentence(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["segments", "--warehouse", str(path), *arguments]) == 2
    assert re.search(says, capsys.readouterr().err)
