"""Rejected rows, mended and loaded again: nothing is lost, nothing comes twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.errors import BadInput, BadRequest
from data.load import Mapping, Report, load
from data.load.mend_rows import dismiss, load_mended, settled, take_back
from data.quality import source_health
from data.quality.integrity import examine
from data.store.warehouse import Warehouse
from tests.data.load_files import HEADER, ROWS, ask, mapping, shop
from tests.made_once import folder_once


def waiting(folder: Path) -> list[int]:
    return [
        row for (row,) in ask(folder, "SELECT row_in_source FROM rejected WHERE mended_in IS NULL ORDER BY 1")
    ]


def rows(*mended: list[object]) -> pl.DataFrame:
    return pl.DataFrame(list(mended), ["row", *HEADER], orient="row")


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    return folder_once(tmp_path, loaded)


def loaded(folder: Path) -> None:
    bad = [["someday", *ROWS[0][1:]], [*ROWS[1][:6], "dear"]]
    report = shop(folder, [*ROWS[:2], *bad, *ROWS[2:]])
    assert (report.rows_loaded, report.rows_rejected) == (4, 2)


def test_mended_rows_load_and_wait_no_longer(firm: Path) -> None:
    assert waiting(firm) == [3, 4]
    report = load_mended(
        mapping(), firm / "w.duckdb", 1, "order_lines", rows([3, "2024-01-07", *ROWS[0][1:]])
    )
    assert (report.rows_read, report.rows_loaded) == (1, 1)
    assert waiting(firm) == [4]
    assert ask(firm, "SELECT mended_in FROM rejected WHERE row_in_source = 3") == [(2,)]
    assert ask(firm, "SELECT origin FROM batch ORDER BY batch") == [("load",), ("mended",)]
    assert ask(firm, "SELECT count(*) FROM sale") == [(5,)]


def test_rows_that_still_cannot_be_loaded_wait_on(firm: Path) -> None:
    frame = rows([3, "2024-01-07", *ROWS[0][1:]], [4, *ROWS[1][:6], "cheap"])
    report = load_mended(mapping(), firm / "w.duckdb", 1, "order_lines", frame)
    assert (report.rows_loaded, report.rows_rejected) == (1, 1)
    assert waiting(firm) == [4]
    assert ask(firm, "SELECT count(*) FROM rejected") == [(2,)]


def test_what_cannot_be_mended_is_said_and_changes_nothing(firm: Path) -> None:
    path = firm / "w.duckdb"
    before = path.read_bytes()
    with pytest.raises(BadInput, match="No row"):
        load_mended(mapping(), path, 1, "order_lines", rows([3, "never", *ROWS[0][1:]]))
    with pytest.raises(BadRequest, match="mended already, or were never rejected"):
        load_mended(mapping(), path, 1, "order_lines", rows([1, *ROWS[0]]))
    with pytest.raises(BadRequest, match="no row to load"):
        load_mended(mapping(), path, 1, "order_lines", rows().clear())
    with pytest.raises(BadRequest, match=r"no \[calls\]"):
        load_mended(mapping(), path, 1, "calls", rows([3, *ROWS[0]]))
    assert path.read_bytes() == before


def test_a_row_is_not_mended_twice(firm: Path) -> None:
    frame = rows([3, "2024-01-07", *ROWS[0][1:]])
    load_mended(mapping(), firm / "w.duckdb", 1, "order_lines", frame)
    with pytest.raises(BadRequest):
        load_mended(mapping(), firm / "w.duckdb", 1, "order_lines", frame)


def test_dismissed_rows_are_taken_back(firm: Path) -> None:
    path = firm / "w.duckdb"
    assert dismiss(path, 1, "order_lines", [3, 4], "tests") == 2
    assert take_back(path, 1, "order_lines", [4]) == 1
    assert waiting(firm) == [4]
    assert ask(firm, "SELECT row_in_source, reason FROM dismissal") == [(3, "tests")]
    with pytest.raises(BadRequest, match="not dismissed"):
        take_back(path, 1, "order_lines", [3, 4])
    assert waiting(firm) == [4]


KEYED = """
source = "shop"
[order_lines]
file = "s.csv"
{settings}
[order_lines.columns]
order = "Order"
date = "Day"
quantity = "Pieces"
revenue = "Amount"
"""
LINES = "SELECT number, units::INT, revenue::DOUBLE FROM sale JOIN sales_order USING (order_key) ORDER BY ALL"


class Shop:
    """A file of orders and its warehouse."""

    def __init__(self, folder: Path, settings: str = 'key = ["order"]') -> None:
        self.folder, self.path = folder, folder / "w.duckdb"
        self.mapping = Mapping.from_text(KEYED.format(settings=settings), folder)
        self.columns = ["row", "Order", "Day", "Pieces", "Amount"]

    def deliver(
        self, *lines: str, header: str = "Order,Day,Pieces,Amount", as_of: str = "2026-09-02"
    ) -> Report:
        (self.folder / "s.csv").write_text("\n".join([header, *lines]) + "\n")
        return load(self.mapping, self.path, as_of=datetime.fromisoformat(as_of))

    def mend(self, *row: Any, batch: int = 1) -> Report:
        return load_mended(
            self.mapping,
            self.path,
            batch,
            "order_lines",
            pl.DataFrame([list(row)], self.columns, orient="row"),
        )

    def lines(self) -> list[Any]:
        return ask(self.folder, LINES)

    def settled(self, batch: int = 1) -> dict[int, int]:
        store = Warehouse(self.path)
        try:
            return settled(store, batch, "order_lines")
        finally:
            store.close()


BAD = ("A,2026-09-01,1,100", "A,2026-09-01,2 pcs,50", "A,2026-09-01,3 pcs,7", "B,2026-09-01,1,10")


@pytest.mark.parametrize("settings", ['key = ["order"]', 'key = ["order"]\nchanges = "full"', ""])
def test_a_mended_row_joins_the_other_lines_of_its_order(tmp_path: Path, settings: str) -> None:
    shop = Shop(tmp_path, settings)
    shop.deliver(*BAD)
    shop.mend(2, "A", "2026-09-01", "2", "50")
    shop.mend(3, "A", "2026-09-01", "3", "7")
    assert shop.lines() == [("A", 1, 100), ("A", 2, 50), ("A", 3, 7), ("B", 1, 10)]
    assert (
        ask(tmp_path, "SELECT order_key, count(*) FROM sale WHERE is_order GROUP BY 1 HAVING count(*) <> 1")
        == []
    )
    assert waiting(tmp_path) == []


def test_a_mended_row_of_an_order_that_was_delivered_again_changes_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver(*BAD)
    shop.deliver("A,2026-09-01,4,200", as_of="2026-09-03")
    assert shop.settled() == {2: 2, 3: 2}
    report = shop.mend(2, "A", "2026-09-01", "2", "50")
    assert (report.rows_loaded, report.repeats_dropped) == (0, 1)
    assert shop.lines() == [("A", 4, 200), ("B", 1, 10)]


def test_a_row_of_an_export_whose_place_another_took_is_not_mended_but_dismissed(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 'changes = "full"')
    shop.deliver(*BAD)
    assert shop.settled() == {}
    shop.deliver("A,2026-09-01,4,200", as_of="2026-09-03")
    assert shop.settled() == {2: 2, 3: 2}
    with pytest.raises(BadRequest, match="A later export took the place"):
        shop.mend(2, "A", "2026-09-01", "2", "50")
    assert dismiss(shop.path, 1, "order_lines", [2, 3], "came in batch 2") == 2
    assert (waiting(tmp_path), shop.settled()) == ([], {})


@pytest.mark.parametrize(
    ("header", "lines", "row", "found"),
    [
        ("Order;Day;Pieces;Amount", ["A;2026-09-01;1;1.100,50", "B;2026-09-01;2 pcs;1.250"], "1.250", 1250),
        ("Order;Day;Pieces;Amount", ["A;2026-09-01;1;1,100.50", "B;2026-09-01;2 pcs;1,250"], "1,250", 1250),
        ("Order,Day,Pieces,Amount", ["A,25/09/2026,1,100", "B,03/04/2026,2 pcs,50"], "50", 50),
    ],
)
def test_a_mended_row_is_read_as_its_file_was(
    tmp_path: Path, header: str, lines: list[str], row: str, found: int
) -> None:
    shop = Shop(tmp_path)
    shop.deliver(*lines, header=header)
    day = "03/04/2026" if "/" in lines[0] else "2026-09-01"
    shop.mend(2, "B", day, "2", row)
    assert shop.lines()[-1] == ("B", 2, found)
    if "/" in day:
        assert (
            ask(tmp_path, "SELECT DATE '1970-01-01' + min(day_key) FROM sale")[0][0].isoformat()[:10]
            == "2026-04-03"
        )


def test_dismissed_rows_wait_no_longer_and_say_why(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver(*BAD)
    with pytest.raises(BadRequest, match="Nobody said why"):
        dismiss(shop.path, 1, "order_lines", [2], " ")
    assert dismiss(shop.path, 1, "order_lines", [2], "a  test order") == 1
    assert waiting(tmp_path) == [3]
    with pytest.raises(BadRequest, match="mended already"):
        dismiss(shop.path, 1, "order_lines", [2], "again")
    store = Warehouse(shop.path)
    told = source_health.rejected(store, 1, "order_lines").select("row", "mended_in", "dismissed").rows()
    sound = [str(each) for each in examine(store) if not each.is_sound]
    store.close()
    assert told == [(2, 0, "a test order"), (3, None, None)]
    assert sound == []


@pytest.mark.parametrize("settings", ['key = ["order"]', ""])
def test_what_was_mended_stays_so_when_the_file_is_loaded_in_another_way(
    tmp_path: Path, settings: str
) -> None:
    shop = Shop(tmp_path, settings)
    shop.deliver(*BAD)
    shop.mend(2, "A", "2026-09-01", "2", "50")
    dismiss(shop.path, 1, "order_lines", [3], "no order")
    shop.mapping = Mapping.from_text(KEYED.format(settings=f'{settings}\nnull = ["2 pcs"]'), tmp_path)
    report = shop.deliver(*BAD)
    assert not any("in an earlier batch" in each for each in report.warnings)
    assert shop.lines() == [("A", 1, 100), ("A", 2, 50), ("B", 1, 10)]
    assert waiting(tmp_path) == []
    assert ask(tmp_path, "SELECT row_in_source, reason FROM dismissal") == [(3, "no order")]


NUMBERED = KEYED.replace("quantity", 'line = "Nr"\nquantity')


def test_a_mistyped_line_number_is_not_put_beside_the_line_that_has_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.mapping = Mapping.from_text(NUMBERED.format(settings='key = ["order", "line"]'), tmp_path)
    shop.columns = ["row", "Order", "Nr", "Day", "Pieces", "Amount"]
    day = "2026-09-01"
    lines = [f"A,1,{day},1,100", f"A,,{day},2,50", f"A,3,{day},1,7", f"A,3,{day},2 pcs,9"]
    shop.deliver(*lines, header="Order,Nr,Day,Pieces,Amount")
    with pytest.raises(BadInput, match="order A, line 1 has a row already"):
        shop.mend(2, "A", "1", day, "2", "50")
    shop.mend(2, "A", "2", day, "2", "50")
    shop.mend(4, "A", "3", day, "2", "9")  # the file itself has two rows of line 3
    assert shop.lines() == [("A", 1, 7), ("A", 1, 100), ("A", 2, 9), ("A", 2, 50)]


def test_mended_rows_of_a_file_without_a_key_go_with_it_when_it_is_corrected(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    text = KEYED.format(settings="").replace("s.csv", "*.csv")
    shop.mapping = Mapping.from_text(text, tmp_path)
    shop.deliver(*BAD)
    shop.mend(2, "A", "2026-09-01", "2", "50")
    report = shop.deliver(*(each.replace(" pcs", "") for each in BAD))
    assert (report.lines.rows_replaced, report.lines.rows_rejected) == (3, 0)
    assert shop.lines() == [("A", 1, 100), ("A", 2, 50), ("A", 3, 7), ("B", 1, 10)]


FILLED = """
source = "shop"
[order_lines]
file = "s.csv"
fill = "down"
only = "column('Status') == 'paid'"
key = ["order"]
[order_lines.columns]
order = "Order"
date = "Day"
customer = "Mail"
quantity = "Pieces"
revenue = "Amount"
[order_lines.attributes]
vendor = "Vendor"
"""


def test_mended_rows_have_what_their_orders_first_line_says(tmp_path: Path) -> None:
    """And nothing of other mended rows: a line's own vendor that is empty stays so."""
    shop = Shop(tmp_path)
    shop.mapping = Mapping.from_text(FILLED, tmp_path)
    shop.columns = ["row", "Order", "Day", "Status", "Mail", "Vendor", "Pieces", "Amount"]
    day = "2026-09-01"
    lines = [f"A,{day},paid,a@x.it,v,1,100", "A,,,,w,2 pcs,50", ",,,,,3 pcs,7", ",,,,,2,9,x"]
    shop.deliver(*lines, header=",".join(shop.columns[1:]))
    frame = pl.DataFrame(
        [[2, "A", day, "paid", "a@x.it", "w", "2", "50"], [3, "A", day, "paid", "a@x.it", "", "3", "7"]],
        shop.columns,
        orient="row",
    )
    raws = ask(tmp_path, "SELECT raw FROM rejected WHERE row_in_source = 3")
    assert '"Order":"A","Day":"2026-09-01","Status":"paid","Mail":"a@x.it"' in raws[0][0]
    load_mended(shop.mapping, shop.path, 1, "order_lines", frame)
    found = ask(
        tmp_path,
        """SELECT units::INT, i.id, vendor FROM sale JOIN customer_identity AS i USING (identity_key)
        JOIN line USING (line_key) ORDER BY 1""",
    )
    assert found == [(1, "a@x.it", "v"), (2, "a@x.it", "w"), (3, "a@x.it", "(unknown)")]
    with pytest.raises(BadInput, match="would be left out by only"):
        shop.mend(4, "A", day, "", "", "", "2", "9")
    assert waiting(tmp_path) == [4]
