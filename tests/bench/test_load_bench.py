"""Loading beside its rivals, small: all hold the same lines and revenue, and whoever does not is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bench import load
from bench.__main__ import main
from tests.data import postgres

pytestmark = pytest.mark.usefixtures("as_in_use")

TINY = load.Scale(lines=2_000, customers=150, rounds=1, changed=40, again=500)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(load.SCALES, "small", TINY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("load")


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contestants in this process, which is quicker."""

    def measured(job: Sequence[str], environment: dict[str, str]) -> tuple[load.Took, load.Totals]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        told = load.measure(*job)
        lines, revenue = told.pop("totals")
        return load.Took(**told), (lines, Decimal(revenue))

    monkeypatch.setattr(load, "_measured", measured)


def run(folder: Path, *only: str) -> int:
    return main(
        [
            "load",
            "--scale",
            "small",
            "--folder",
            str(folder),
            "--json",
            str(folder / "f.json"),
            "--only",
            *only,
        ]
    )


def figures(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "f.json").read_text())
    return found


def test_contestants_have_processes_of_their_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "narrow") == 0
    printed = capsys.readouterr().out
    assert "narrow: 2,000 lines" in printed
    assert "the target of 0.5 for 10,000,000 lines. Its peak of" in printed
    found = figures(folder)["narrow"]
    assert found["ratio"] == pytest.approx(found["DuckDB"]["seconds"] / found["Clientela"]["seconds"])
    assert all(
        found[name][each] > 0 for name in ("DuckDB", "Clientela") for each in ("cpu_seconds", "peak_mb")
    )
    assert str(folder) not in (folder / "f.json").read_text(), (
        "figures tell nothing of where they were measured"
    )


@pytest.mark.usefixtures("at_home")
def test_wide_exports_a_database_and_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "wide", "database", "changes") == 0
    found, printed = figures(folder), capsys.readouterr().out
    assert found["wide"]["ratio"] > 0
    assert found["database"] or "database: skipped" in printed
    assert list(found["changes"]) == [
        "2,000 keyed lines, 150 customers", "then 40 changed customers", "then 500 keyed lines again",
    ]  # fmt: skip
    assert not list(folder.glob("export-*/*.duckdb*")), "warehouses are removed"


@pytest.mark.usefixtures("at_home")
def test_a_contestant_that_holds_something_else_ends_the_bench(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load.CONTESTANTS, "duckdb", lambda *_: lambda: (1999, Decimal("0.5")))
    assert run(folder, "narrow") == 1
    assert capsys.readouterr().err.startswith("narrow, DuckDB: 1,999 lines of 0.50 in all, where 2,000 of ")


@pytest.mark.usefixtures("at_home")
def test_a_change_that_does_not_arrive_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load.Export, "_movers", load.Export._customers)
    assert run(tmp_path, "changes") == 1
    assert capsys.readouterr().err.startswith("40 customers moved to Neustadt an der Aisch, and 0 are known")


def test_without_a_server_the_database_is_skipped_with_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def none() -> Iterator[None]:
        pytest.skip("PostgreSQL is not installed")
        yield

    monkeypatch.setattr(postgres, "running", none)
    assert run(folder, "database") == 0
    assert "database: skipped. PostgreSQL is not installed" in capsys.readouterr().out
    assert figures(folder)["database"] == {}


def test_both_shapes_tell_of_the_same_lines_and_customers(tmp_path: Path) -> None:
    export = load.Export(tmp_path, TINY)
    export.files("narrow.csv", "wide.csv", "customers.csv", "again.csv")
    narrow, wide, customers, again = (
        pl.read_csv(export.home / f"{name}.csv") for name in ("narrow", "wide", "customers", "again")
    )
    assert narrow.equals(wide.select(narrow.columns))
    assert narrow["order_date"].is_sorted()
    assert narrow.group_by("order_no").agg(pl.col("order_date").n_unique())["order_date"].max() == 1
    assert (narrow["quantity"] < 0).any()
    known = wide.select(customers.columns).unique()
    assert (
        known.join(customers, on=customers.columns).height == known.height == wide["customer_id"].n_unique()
    )
    assert again["quantity"].to_list() == [2 * each for each in narrow["quantity"][-500:]]
    assert export.totals[0] == 2_000
    assert float(export.totals[1]) == pytest.approx((narrow["quantity"] * narrow["unit_price"]).sum())
    gained = (narrow["quantity"] * narrow["unit_price"])[-500:].sum()
    assert float(export.totals_again[1] - export.totals[1]) == pytest.approx(gained)


def test_an_export_is_written_once_and_an_outdated_one_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load.Export(tmp_path, TINY)
    first.files("customers.csv")
    (first.home / "customers.csv").write_text("used")
    load.Export(tmp_path, TINY).files("customers.csv")
    assert (first.home / "customers.csv").read_text() == "used"
    monkeypatch.setattr(load, "SEED", 8)
    assert load.Export(tmp_path, TINY).home != first.home
    assert not first.home.exists()
