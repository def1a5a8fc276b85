"""Files as reports and old programs write them: read, or refused in our own words; a head of them is read alone."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from data.errors import BadInput
from data.sources import plain_text, workbook, workbook_head
from data.sources.file import AS_FOUND, Options, Reading, Staged, stage
from data.store import duckdb_engine as engine
from tests.data.readings import lines, read_text

TABLE = "Day;Order;Amount\n" + "".join(f"2024-01-0{n};A{n};{n},5\n" for n in range(1, 6))
ROWS = [(f"2024-01-0{n}", f"A{n}", f"{n},5") for n in range(1, 6)]
PASSED = "s.csv: the first {} lines were passed over; they stand above the header."
NO_HEADER = "s.csv has no header: its columns are called column 1, column 2 and so on."


def staged(
    tmp_path: Path, text: str | bytes, options: Options = AS_FOUND
) -> tuple[Staged, list[Any], list[Any]]:
    path = tmp_path / "s.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with engine.scratch() as connection:
        found = stage(connection, path, "raw", options)
        rows = connection.execute("FROM raw ORDER BY rowid").fetchall()
        return found, rows, connection.execute("SELECT row, reason FROM raw_bad ORDER BY row").fetchall()


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("Sales of the firm\nprinted on 5 Jan\n", 2),
        ("Sales of the firm;;\n;;\nFrom;2024-01-01;\n", 3),
        ("# exported by the shop\n# columns; as; follow\n", 2),
        ("# exported by the shop\n\n\n", 3),
    ],
)
def test_what_stands_above_the_header_is_passed_over(tmp_path: Path, above: str, lines: int) -> None:
    found, rows, bad = staged(tmp_path, above + TABLE + "2024;1;2;3\n")
    assert (found.columns, rows) == (("Day", "Order", "Amount"), ROWS)
    assert bad == [(6, "4 fields where the header has 3")]
    assert found.notes == (PASSED.format(lines),)


@pytest.mark.parametrize(("above", "notes"), [
    ("sep=;\n", ()),
    ("Sales of the firm\n", ("s.csv: the first line was passed over; it stands above the header.",)),
])  # fmt: skip
def test_one_line_above_the_header(tmp_path: Path, above: str, notes: tuple[str, ...]) -> None:
    found, rows, _ = staged(tmp_path, above + TABLE)
    assert (rows, found.notes) == (ROWS, notes)


def test_rows_without_a_value_are_passed_over_and_counted(tmp_path: Path) -> None:
    text = 'Day;Order;Amount\n;;\n2024-01-01;A1;1,5\na;b;c;d\n ;;\n;"";\n2024-01-02;A2;x\n'
    found, rows, bad = staged(tmp_path, text)
    assert ([row[1] for row in rows], bad) == (["A1", "A2"], [(3, "4 fields where the header has 3")])
    assert found.notes == ("s.csv: 3 rows without a value in any column were passed over.",)
    read = read_text(tmp_path, text, lines(date="Day", order="Order", revenue="Amount"))
    assert [(row["row"], "reason" in row) for row in read.rows] == [(2, False), (6, True)]


@pytest.mark.parametrize(
    "text",
    [
        "#,Name\n1,a\n2,b\n",
        "Code,,\nx,y,z\nu,v,w\n".replace("Code,,", "Code,Name,"),
        "Product,2021,2022\na,1,2\nb,3,4\n",
        "Name\nMario Rossi\nAnna  Bianchi\n",
        "Day,Amount\n2024-01-01,5\n",
        "Day,Amount\nMonday,some\nTuesday,more\n",
        "Day;Order;Amount\n2024-01-01;A;1;\n2024-01-01;B;1;\n",
    ],
)
def test_a_header_on_the_first_line_stays_the_header(tmp_path: Path, text: str) -> None:
    found, rows, _ = staged(tmp_path, text)
    assert (len(rows), found.notes) == (text.count("\n") - 1, ())
    assert found.columns[0] == text.replace(";", ",").split("\n")[0].split(",")[0]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("  00001  19970101 1  11.77\n  00001  19970102 2  12.00\n", ("00001", "19970101", "1", "11.77")),
        ("1,2024-01-01,5.5\n2,2024-01-02,6.5\n", ("1", "2024-01-01", "5.5")),
    ],
)
def test_a_file_without_header_keeps_its_first_row(tmp_path: Path, text: str, first: tuple[str, ...]) -> None:
    found, rows, _ = staged(tmp_path, text)
    assert (rows[0], len(rows)) == (first, 2)
    assert (found.columns[0], found.notes) == ("column 1", (NO_HEADER,))


def test_runs_of_blanks_part_fields(tmp_path: Path) -> None:
    row = "Mario Rossi     2024-01-01   12,50\n"
    text = "Customer Name   Day         Amount\n" + row * 12 + "Bianchi         2024-01-02\n" + row
    found, rows, bad = staged(tmp_path, text)
    assert found.columns == ("Customer Name", "Day", "Amount")
    assert rows == [("Mario Rossi", "2024-01-01", "12,50")] * 13
    assert bad == [(13, "2 fields where the header has 3")]
    assert staged(tmp_path, "Day Amount\n2024-01-01  1\n", Options(delimiter=" "))[1] == [("2024-01-01", "1")]


@pytest.mark.parametrize("first", ["\n", "\r\n"])
def test_lines_that_end_in_two_ways(tmp_path: Path, first: str) -> None:
    lines = TABLE.splitlines()
    text = first.join(lines[:3]) + "\r\n" + "\n".join(lines[3:]) + "\n"
    assert staged(tmp_path, text)[1] == ROWS


@pytest.mark.parametrize("size", [7, 1 << 20])
def test_line_ends_inside_of_quotes_are_no_ends_of_rows(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_text, "CHUNK", size)
    (tmp_path / "s.csv").write_bytes(b'a,b\r\n1,"x\ny ""z"""\r\n2,"u\n"\r\n')
    assert plain_text.check_lines(tmp_path / "s.csv", "s.csv").plain
    (tmp_path / "s.csv").write_bytes(b'a,b\r\n1,"x\ny ""z"""\r\n2,"u\n"\n')
    assert not plain_text.check_lines(tmp_path / "s.csv", "s.csv").plain


def test_nul_bytes_are_left_out(tmp_path: Path) -> None:
    found, rows, _ = staged(tmp_path, TABLE.replace("A3", "A\x003").encode())
    assert (rows, found.notes) == (ROWS, ("s.csv holds NUL bytes, which are no text: they were left out.",))


def test_deserts_of_blank_lines_hide_no_row(tmp_path: Path) -> None:
    lines = TABLE.splitlines(keepends=True)
    assert staged(tmp_path, "".join(lines[:3]) + "\n" * 3_000_000 + "".join(lines[3:]))[1] == ROWS


def test_cells_of_a_megabyte(tmp_path: Path) -> None:
    long = "x," * 500_000
    _, rows, _ = staged(tmp_path, f'Day,Note\n2024-01-01,"{long}"\n2024-01-02,y\n')
    assert rows == [("2024-01-01", long), ("2024-01-02", "y")]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("a,b\n1,2\n", Options(skip=10**9), "has 2 lines, and skip = 1000000000 passes over all of them"),
        (
            ",".join(f"c{n}" for n in range(10_000)) + "\n1\n",
            AS_FOUND,
            "has 10,000 columns, more than the 2,000",
        ),
        ("<html><table><tr><td>1</td></tr></table></html>", AS_FOUND, "is a web page or XML"),
        ('{"rows": [1, 2]}', AS_FOUND, "is JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, text: str, options: Options, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        staged(tmp_path, text, options)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_head_is_read_without_the_rest(
    tmp_path: Path, encoding: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_text, "CHUNK", 4096)
    monkeypatch.setattr(plain_text, "HEAD_LINES", 10)
    lines = ["Tag;Ort", *(f"{n};Köln" for n in range(5000))]
    (tmp_path / "s.csv").write_bytes((end.join(lines) + end).encode(encoding))
    read: list[int] = []
    check = plain_text.check_lines
    monkeypatch.setattr(
        plain_text, "check_lines", lambda path, name: (read.append(path.stat().st_size), check(path, name))[1]
    )
    with engine.scratch() as connection:
        found = stage(connection, tmp_path / "s.csv", "raw", AS_FOUND, limit=20)
        assert connection.execute("FROM raw").fetchall() == [(str(n), "Köln") for n in range(20)]
    assert found.bad_rows == 0
    assert read[0] <= 2 * 4096


def test_the_head_of_a_workbook_is_read_without_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_head, "WORTH_IT", 1)
    monkeypatch.setattr(workbook_head, "PIECE", 1000)
    monkeypatch.setattr(workbook_head, "FIRST_ROWS", 5)
    book = xlsxwriter.Workbook(str(tmp_path / "s.xlsx"))
    page = book.add_worksheet()
    for at in range(2000):
        page.write_row(at, 0, ["Name", "Number"] if not at else [f"n{at}", at])
    book.close()
    heads: list[int] = []
    head = workbook_head.head

    def watched(reading: Reading) -> Path:
        path = head(reading)
        heads.append(zipfile.ZipFile(path).getinfo("xl/worksheets/sheet1.xml").file_size)
        return path

    monkeypatch.setattr(workbook, "head", watched)
    with engine.scratch() as connection:
        stage(connection, tmp_path / "s.xlsx", "raw", AS_FOUND, limit=3)
        assert connection.execute("FROM raw").fetchall() == [(f"n{n}", str(n)) for n in (1, 2, 3)]
    assert heads[0] < 2000


def test_a_bit_that_turned_over_is_told_in_words(tmp_path: Path) -> None:
    pl.DataFrame({"a": range(300), "b": [f"x{n % 17}" for n in range(300)]}).write_parquet(
        tmp_path / "s.parquet"
    )
    good, chance = (tmp_path / "s.parquet").read_bytes(), random.Random(7)
    refused = 0
    for _ in range(60):
        bad = bytearray(good)
        bad[chance.randrange(4, len(good) - 8)] ^= 1 << chance.randrange(8)
        (tmp_path / "s.parquet").write_bytes(bad)
        with engine.scratch() as connection:
            try:
                stage(connection, tmp_path / "s.parquet", "raw", AS_FOUND)
            except BadInput as error:
                refused += "is damaged" in str(error)
    assert refused


@pytest.mark.parametrize("entry", ["mimetype", "xl/workbook.bin"])
def test_other_workbooks_are_called_so(tmp_path: Path, entry: str) -> None:
    with zipfile.ZipFile(tmp_path / "s.ods", "w") as book:
        book.writestr(entry, "x")
    with engine.scratch() as connection, pytest.raises(BadInput, match="workbook of another kind than XLSX"):
        stage(connection, tmp_path / "s.ods", "raw", AS_FOUND)
