"""What a delivery takes the place of: keys, full exports, mended rows, and what a source says again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from data.errors import BadInput
from data.load import Mapping, Report, load
from data.load.mend_rows import load_mended
from data.privacy import rights
from data.quality.integrity import examine
from data.store.warehouse import Warehouse
from tests.data.load_files import ask

LINES = """source = "s"
[order_lines]
file = "l.csv"
{settings}
[order_lines.columns]
order = "o"
line = "n"
date = "d"
customer = "c"
revenue = "r"
"""
BOTH, ORDER, FULL = 'key = ["order", "line"]', 'key = ["order"]', 'changes = "full"'
ONE, TWO, THREE = "1,1,2024-01-01,A,10", "2,1,2024-01-02,B,20", "3,1,2024-01-03,C,5"


def deliver(folder: Path, settings: str, *rows: str, day: int = 0) -> Report:
    (folder / "l.csv").write_text("\n".join(["o,n,d,c,r", *rows]) + "\n")
    as_of = datetime(2024, 2, day) if day else None
    return load(Mapping.from_text(LINES.format(settings=settings), folder), folder / "w.duckdb", as_of=as_of)


def total(folder: Path) -> int:
    return int(ask(folder, "SELECT coalesce(sum(revenue), 0) FROM sale")[0][0])


def is_sound(folder: Path) -> bool:
    store = Warehouse(folder / "w.duckdb")
    found = [each for each in examine(store) if not each.is_sound]
    store.close()
    assert not found, found
    return True


def test_a_full_export_takes_the_place_of_all_that_was_added(tmp_path: Path) -> None:
    deliver(tmp_path, "", ONE, day=1)
    deliver(tmp_path, "", TWO, day=2)
    report = deliver(tmp_path, FULL, ONE, TWO, THREE, day=3)
    assert (total(tmp_path), report.lines.rows_replaced) == (35, 2)
    assert is_sound(tmp_path)


def test_orders_are_recognised_though_no_key_was_named_before(tmp_path: Path) -> None:
    """What the note of a doubtful load advises works for what is there already."""
    deliver(tmp_path, "", ONE, TWO, day=1)
    report = deliver(tmp_path, ORDER, "1,1,2024-01-01,A,11", TWO, THREE, day=2)
    assert (total(tmp_path), report.lines.rows_replaced) == (36, 2)


@pytest.mark.parametrize(("before", "after"), [("", BOTH), (BOTH, ORDER), (FULL, BOTH), (ORDER, BOTH)])
def test_another_key_is_refused_where_rows_do_not_bear_it(tmp_path: Path, before: str, after: str) -> None:
    deliver(tmp_path, before, ONE, TWO, day=1)
    if after == ORDER:
        deliver(tmp_path, after, ONE, TWO, THREE, day=2)
        assert total(tmp_path) == 35
        return
    with pytest.raises(BadInput, match=r'without this key.*changes = "full"'):
        deliver(tmp_path, after, ONE, TWO, THREE, day=2)
    deliver(tmp_path, f"{FULL}\n{after}", ONE, TWO, THREE, day=3)
    assert total(tmp_path) == 35, "as it advises"
    deliver(tmp_path, after, "1,1,2024-01-01,A,11", day=4)
    assert total(tmp_path) == 36


def test_mended_rows_of_a_full_export_go_with_it(tmp_path: Path) -> None:
    deliver(tmp_path, FULL, ONE, "2,1,xx,B,20", day=1)
    frame = pl.DataFrame(
        [[2, "2", "1", "2024-01-02", "B", "20"]], ["row", "o", "n", "d", "c", "r"], orient="row"
    )
    load_mended(
        Mapping.from_text(LINES.format(settings=FULL), tmp_path),
        tmp_path / "w.duckdb",
        1,
        "order_lines",
        frame,
    )
    assert total(tmp_path) == 30
    deliver(tmp_path, FULL, ONE, TWO, day=2)
    assert total(tmp_path) == 30
    deliver(tmp_path, FULL, ONE, day=3)
    assert total(tmp_path) == 10
    assert is_sound(tmp_path)


def test_a_row_without_its_key_is_rejected_and_takes_nobodys_place(tmp_path: Path) -> None:
    report = deliver(tmp_path, BOTH, ONE, ",,2024-01-01,A,100", ",,2024-01-01,B,200", day=1)
    assert (report.rows_rejected, total(tmp_path)) == (2, 10)
    assert "order: is empty" in report.rejected["reason"][0]


@pytest.mark.parametrize("settings", [FULL, BOTH])
def test_a_source_may_go_back_to_what_it_said(tmp_path: Path, settings: str) -> None:
    deliver(tmp_path, settings, ONE)
    deliver(tmp_path, settings, "1,1,2024-01-01,A,15")
    assert total(tmp_path) == 15
    assert not deliver(tmp_path, settings, ONE).unchanged
    assert total(tmp_path) == 10
    assert deliver(tmp_path, settings, ONE).unchanged


def test_an_export_of_the_future_is_refused(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(f"o,n,d,c,r\n{ONE}\n")
    mapping = Mapping.from_text(LINES.format(settings=FULL), tmp_path)
    with pytest.raises(BadInput, match="in the future"):
        load(mapping, tmp_path / "w.duckdb", as_of=datetime(2062, 1, 1))


def test_older_exports_say_so(tmp_path: Path) -> None:
    deliver(tmp_path, FULL, ONE, TWO, day=5)
    report = deliver(tmp_path, FULL, ONE, day=1)
    assert "1 rows are older than what is known: they change nothing." in report.notes
    assert total(tmp_path) == 30


def test_full_exports_in_several_files_need_their_day(tmp_path: Path) -> None:
    for name, row in (("l_20240101", ONE), ("l_20240102", TWO)):
        (tmp_path / f"{name}.csv").write_text(f"o,n,d,c,r\n{row}\n")
    text = LINES.format(settings=FULL).replace("l.csv", "l_*.csv")
    with pytest.raises(BadInput, match="nothing tells which is the later"):
        load(Mapping.from_text(text, tmp_path), tmp_path / "w.duckdb")
    dated = text.replace('changes = "full"', 'changes = "full"\nas_of = "l_%Y%m%d"')
    load(Mapping.from_text(dated, tmp_path), tmp_path / "w.duckdb", as_of=datetime(2024, 3, 1))
    assert total(tmp_path) == 20
    assert ask(tmp_path, "SELECT as_of FROM batch ORDER BY 1") == [
        (datetime(2024, 1, 1),),
        (datetime(2024, 1, 2),),
    ]


def test_a_full_list_with_a_moment_of_its_own_is_refused() -> None:
    text = 'source = "s"\n[customers]\nchanges = "full"\n[customers.columns]\ncustomer = "c"\nmodified = "m"'
    with pytest.raises(BadInput, match="which of them is the moment"):
        Mapping.from_text(text)


def test_what_comes_of_an_erased_customer_again_says_nothing(tmp_path: Path) -> None:
    deliver(tmp_path, "", ONE, TWO)
    rights.forget(tmp_path / "w.duckdb", "A", "me")
    tickets = 'source = "s"\n[tickets]\nfile = "t.csv"\n[tickets.columns]\nnumber = "k"\ndate = "d"'
    tickets += '\ncustomer = "c"\nnote = "n"'
    (tmp_path / "t.csv").write_text(
        "k,d,c,n\n1,2024-02-02,A,again Zebedee\n2,xx,A,Zebedee\n3,2024-02-02,B,fine\n"
    )
    load(Mapping.from_text(tickets, tmp_path), tmp_path / "w.duckdb")
    assert ask(tmp_path, "SELECT number, note FROM interaction ORDER BY 1") == [("1", None), ("3", "fine")]
    assert ask(tmp_path, "SELECT raw FROM rejected") == [("{}",)]
    both = "SELECT customer_code FROM sale UNION SELECT customer_code FROM interaction"
    code = f"SELECT count(DISTINCT customer_code) FROM ({both})"
    assert ask(tmp_path, code) == [(2,)]
