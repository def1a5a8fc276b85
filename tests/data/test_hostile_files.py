"""Files that are odd, broken or meant to do harm: read right, rejected by line, or refused in words; never a crash."""

from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from data.connection import Connection
from data.errors import BadInput
from data.load import load
from data.sources import delimited, plain_text, workbook_scan
from data.sources.file import AS_FOUND, Options, Staged, stage
from data.store import duckdb_engine as engine
from tests.data.load_files import REAL, mapping, write
from tests.data.load_files import ROWS as ROWS_OF_SHOP

pytestmark = pytest.mark.usefixtures("as_in_use")

HEAD = "a,b,c\n"
LINES = [f"{n},x{n},{n}.5\n" for n in range(1, 9)]
ROWS = [(f"{n}", f"x{n}", f"{n}.5") for n in range(1, 9)]
NORTHWIND = REAL / "northwind"
real = pytest.mark.skipif(not NORTHWIND.is_dir(), reason=f"no real data at {NORTHWIND}")


@pytest.fixture
def here() -> Iterator[Any]:
    with engine.scratch() as connection:
        yield connection


def staged(connection: Connection, path: Path, content: str | bytes, options: Options = AS_FOUND) -> Staged:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return stage(connection, path, "raw", options)


def rows(connection: Connection) -> list[tuple[Any, ...]]:
    return list(connection.execute("FROM raw ORDER BY rowid").fetchall())


def bad(connection: Connection) -> dict[int, str]:
    return dict(connection.execute("SELECT row, reason FROM raw_bad ORDER BY row").fetchall())


def refused(connection: Connection, path: Path, match: str, options: Options = AS_FOUND) -> None:
    with pytest.raises(BadInput, match=match):
        stage(connection, path, "raw", options)


# Quotes

UNCLOSED = delimited.UNCLOSED


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("end", [None, 'x{}"', '"x{}"', 'x"{}'])
def test_an_unclosed_quote_swallows_no_line(here: Any, tmp_path: Path, at: int, end: str | None) -> None:
    lines = list(LINES)
    lines[at - 1] = lines[at - 1].replace("x", '"x')
    expected = [row for row in ROWS if row[0] != str(at)]
    if end and at < 8:
        lines[7] = lines[7].replace("x8", end.format(8))
        expected[-1] = ("8", end.format(8).strip('"') if end.startswith('"') else end.format(8), "8.5")
    found = staged(here, tmp_path / "s.csv", HEAD + "".join(lines))
    assert rows(here) == expected
    assert (found.rows, found.bad_rows) == (7, 1)
    assert bad(here) == {at: UNCLOSED}
    raw = here.execute("SELECT raw FROM raw_bad").fetchall()[0][0]
    assert json.loads(raw) == {"line": lines[at - 1].rstrip()}


def test_many_unclosed_quotes_and_every_other_fault(here: Any, tmp_path: Path) -> None:
    chance = random.Random(5)
    lines, expected, faults = [], [], {}
    for number in range(1, 3001):
        match chance.choice(["good"] * 6 + ["text", "unclosed", "short", "inside", "blank"]):
            case "good":
                lines.append(f"{number},x,y\n")
                expected.append((str(number), "x", "y"))
            case "text":
                lines.append(f'{number},"two\nlines, ""here""",y\n')
                expected.append((str(number), 'two\nlines, "here"', "y"))
            case "unclosed":
                lines.append(f'{number},"x,y\n')
                faults[number] = UNCLOSED
            case "short":
                lines.append(f"{number},x\n")
                faults[number] = "2 fields where the header has 3"
            case "inside":
                lines.append(f'{number},"x"x,y\n')
                faults[number] = "a quote is not closed, or stands inside a value"
            case "blank":
                lines.append(f"\n{number},x,y\n")
                expected.append((str(number), "x", "y"))
    staged(here, tmp_path / "s.csv", HEAD + "".join(lines))
    assert rows(here) == expected
    assert bad(here) == faults
    raws = here.execute("SELECT row, raw FROM raw_bad").fetchall()
    assert all(json.loads(raw)["line"].startswith(f"{row},") for row, raw in raws)


def test_values_of_several_lines_are_left_alone(here: Any, tmp_path: Path) -> None:
    text = [
        ('"', "x\n\ny"),
        ("b", "one, two\nthree, four, five\n"),
        ("c", 'he said\n"no", and went'),
        ("d", "\r\n"),
    ]
    lines = "".join(
        f'{key.replace(chr(34), chr(34) * 4)},"{value.replace(chr(34), chr(34) * 2)}",z\n'
        for key, value in text
    )
    found = staged(here, tmp_path / "s.csv", HEAD + lines)
    assert rows(here) == [(key, value, "z") for key, value in text]
    assert found.bad_rows == 0


def test_an_unclosed_quote_far_from_the_end_of_a_large_file(here: Any, tmp_path: Path) -> None:
    lines = [f"{n},some text of the line,{n}\n" for n in range(1, 150_001)]
    lines[9] = '10,"some text of the line,10\n'
    lines[149_000] = '149001,"some text of the line,149001\n'
    started = time.process_time()
    found = staged(here, tmp_path / "s.csv", HEAD + "".join(lines))
    assert (found.rows, bad(here)) == (149_998, {10: UNCLOSED, 149_001: UNCLOSED})
    assert here.execute("SELECT count(*), count(DISTINCT c0) FROM raw WHERE c0 = c2").fetchall() == [
        (149_998, 149_998)
    ]
    assert time.process_time() - started < 20


# Encodings and dialects


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("text", ["Иван Петров", "Ольга", "Щёлково-Ёлкино"])
def test_cyrillic(here: Any, tmp_path: Path, encoding: str, text: str) -> None:
    lines = "клиент;имя;город\n" + "".join(f"аб{n};{text};Москва\n" for n in range(5))
    found = staged(here, tmp_path / "s.csv", lines.encode(encoding))
    assert found.columns == ("клиент", "имя", "город")
    assert rows(here) == [(f"аб{n}", text, "Москва") for n in range(5)]


def test_bytes_that_are_no_text_in_any_order(here: Any, tmp_path: Path) -> None:
    for seed in range(20):
        (tmp_path / "s.csv").write_bytes(b"\x00" + random.Random(seed).randbytes(5000))
        refused(here, tmp_path / "s.csv", "is not a table|not text|is empty|cannot be read as a table")


def test_one_line_in_another_encoding_is_rejected_and_spoils_no_other(here: Any, tmp_path: Path) -> None:
    content = "a,b,c\n1,é,1\n2,è,2\n".encode() + "3,ù,3\n".encode("cp1252") + b"4,x,4\n"
    staged(here, tmp_path / "s.csv", content)
    assert rows(here) == [("1", "é", "1"), ("2", "è", "2"), ("4", "x", "4")]
    assert bad(here) == {3: "it holds bytes that are no text"}


def test_files_put_behind_each_other_with_their_marks_and_headers(here: Any, tmp_path: Path) -> None:
    staged(here, tmp_path / "s.csv", ("\ufeff" + HEAD + LINES[0]) * 2)
    assert rows(here) == [ROWS[0], ("\ufeffa", "b", "c"), ROWS[0]]


@pytest.mark.parametrize("delimiter", ["~", "^", "§", "¬", " "])
def test_other_delimiters_by_the_mapping(here: Any, tmp_path: Path, delimiter: str) -> None:
    text = (HEAD + "".join(LINES)).replace(",", delimiter)
    found = staged(here, tmp_path / "s.csv", text, Options(delimiter=delimiter))
    assert rows(here) == ROWS
    assert found.bad_rows == 0


def test_lines_that_end_in_every_way(here: Any, tmp_path: Path) -> None:
    ends = ["\n", "\r\n", "\r", "\n"]
    text = HEAD + "".join(line.rstrip() + ends[at % 4] for at, line in enumerate(LINES))
    staged(here, tmp_path / "s.csv", text)
    assert rows(here) == ROWS


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_that_end_in_one_way_need_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(plain_text, "CHUNK", 7)
    (tmp_path / "s.csv").write_text((HEAD + "".join(LINES)).replace("\n", end), newline="")
    assert plain_text.check_lines(tmp_path / "s.csv", "s.csv").plain
    (tmp_path / "s.csv").write_text(
        (HEAD + "".join(LINES)).replace("4.5\n", "4.5\r").replace("\n", end), newline=""
    )
    assert not plain_text.check_lines(tmp_path / "s.csv", "s.csv").plain


def test_lines_that_end_in_every_way_in_the_middle_of_a_load(tmp_path: Path) -> None:
    """A statement that fails would end the transaction of the load."""
    rows = write(tmp_path / "s.csv", ROWS_OF_SHOP).read_text().splitlines()
    (tmp_path / "s.csv").write_text("\n".join(rows[:3]) + "\r" + "\r\n".join(rows[3:]), newline="")
    assert load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.csv").rows_loaded == 4


def test_titles_above_and_totals_below(here: Any, tmp_path: Path) -> None:
    text = "Vendite 2024;;\nstampato il 5/1;;\n\n" + HEAD + "".join(LINES) + "Totale,,36\n,,\nPagina 1\n"
    staged(here, tmp_path / "s.csv", text, Options(skip=3))
    assert rows(here) == [*ROWS, ("Totale", None, "36")]
    assert bad(here) == {11: "1 field where the header has 3"}


# Northwind, whose values with commas were written without quotes


@real
@pytest.mark.parametrize("name", ["orders", "customers", "suppliers"])
def test_every_line_of_malformed_northwind_is_right_or_rejected(here: Any, name: str) -> None:
    path = NORTHWIND / f"{name}_raw_malformed.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    found = stage(here, path, "raw", AS_FOUND)
    width = len(lines[0].split(","))
    good = {at: line for at, line in enumerate(lines) if at and len(line.split(",")) == width}
    assert [",".join(value or "" for value in row) for row in rows(here)] == list(good.values())
    assert set(bad(here)) == set(range(1, len(lines))) - set(good)
    assert all(reason.endswith(f"fields where the header has {width}") for reason in bad(here).values())
    for row, raw in here.execute("SELECT row, raw FROM raw_bad").fetchall():
        assert json.loads(raw)["line"] == lines[row]
    assert found.rows + found.bad_rows == len(lines) - 1


@real
def test_what_is_left_of_northwind_is_what_the_clean_file_says(here: Any) -> None:
    stage(here, NORTHWIND / "orders_raw_malformed.csv", "raw", AS_FOUND)
    clean = pl.read_parquet(NORTHWIND / "orders.parquet").with_columns(pl.all().cast(pl.String))
    known = {row[0]: row for row in clean.iter_rows()}
    kept = rows(here)
    assert len(kept) == 830 - 176
    for row in kept:
        assert [row[0], row[1], row[8], row[10]] == [known[row[0]][at] for at in (0, 1, 8, 10)]


# Size


def sparse(path: Path, head: bytes, size: int) -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


CONSTANT = """
import resource, sys
from pathlib import Path
from data.store import duckdb_engine as engine
from data.errors import BadInput
from data.sources.file import AS_FOUND, stage
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with engine.scratch() as connection:
        stage(connection, Path(sys.argv[1]), "raw", AS_FOUND)
except BadInput as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


@pytest.mark.parametrize("head", [b"", b"a,b,c\n1,2,3\n", b'a,b\n1,"'])
def test_a_line_of_five_gigabytes_is_refused_at_once_and_in_little_memory(
    tmp_path: Path, head: bytes
) -> None:
    path = sparse(tmp_path / "s.csv", head, 5 << 30)
    started = os.times().children_user
    told = subprocess.run([sys.executable, "-c", CONSTANT, path], capture_output=True, text=True, timeout=240)
    assert "holds a line of more than 1 MB" in told.stdout, told
    assert int(told.stdout.split()[0]) < 50_000
    assert os.times().children_user - started < 10


def test_an_endless_line_behind_good_ones(here: Any, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEAD + "".join(LINES) * 50_000 + '9,"' + "x" * (3 << 20) + '",9\n')
    refused(here, tmp_path / "s.csv", "holds a line of more than 1 MB")


def test_a_parquet_file_of_a_million_rows_a_kilobyte(here: Any, tmp_path: Path) -> None:
    many = "SELECT 1 AS a, 'x' AS b FROM range(20_000_000)"
    here.execute(f"COPY ({many}) TO '{tmp_path / 's.parquet'}' (ROW_GROUP_SIZE 5_000_000)")
    assert (tmp_path / "s.parquet").stat().st_size < 20_000
    refused(here, tmp_path / "s.parquet", "unpacks to 20,000,000 rows, more than a file of its size")
    frame = pl.DataFrame({"a": range(300_000), "b": 1})
    frame.write_parquet(tmp_path / "t.parquet")
    assert stage(here, tmp_path / "t.parquet", "raw", AS_FOUND).rows == 300_000


def archive(path: Path, sheet: str | bytes, book: str = "", entries: dict[str, bytes] | None = None) -> Path:
    """A workbook of one sheet `Sheet` with that XML."""
    plain = path.with_suffix(".plain")
    page = openpyxl.Workbook()
    page.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content: str | bytes = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = sheet
            if name == "xl/workbook.xml":
                content = old.read(name).replace(b' fullCalcOnLoad="1"', book.encode())
            new.writestr(name, content)
        for name, content in (entries or {}).items():
            new.writestr(name, content)
    return path


def cells(*rows: str) -> str:
    listed = "".join(f'<row r="{at}">{row}</row>' for at, row in enumerate(rows, start=1))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{listed}</sheetData></worksheet>'


NAMES = '<c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c>'


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (1048576, "XFD", "row 1,048,576 and column XFD"),
        (1048576, "BZ", "column BZ"),
        (90000, "WWW", "column WWW"),
    ],
)
def test_stray_cells_far_away_do_not_end_the_process(
    here: Any, tmp_path: Path, row: int, column: str, said: str
) -> None:
    far = cells(NAMES).replace(
        "</sheetData>", f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row></sheetData>'
    )
    refused(here, archive(tmp_path / "s.xlsx", far), said)


def test_a_tall_sheet_is_no_stray_cell(here: Any, tmp_path: Path) -> None:
    tall = cells(NAMES).replace(
        "</sheetData>", '<row r="100000"><c r="B100000"><v>7</v></c></row></sheetData>'
    )
    assert stage(here, archive(tmp_path / "s.xlsx", tall), "raw", AS_FOUND).columns == ("a", "b")
    assert here.execute("SELECT c1 FROM raw WHERE c1 IS NOT NULL").fetchall() == [("7",)]


def test_a_zip_bomb(here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_scan, "UNPACKED_LIMIT", 4 << 20)
    path = archive(tmp_path / "s.xlsx", cells(NAMES), entries={"xl/sharedStrings.xml": b"0" * (9 << 20)})
    assert path.stat().st_size < 50_000
    refused(here, path, "would unpack to 9 MB, more than the 4 MB allowed")


def test_a_zip_bomb_that_says_it_is_small(here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "s.xlsx", cells(NAMES), entries={"xl/bomb.xml": b"0" * (99 << 20)})
    true, said = struct.pack("<I", 99 << 20), struct.pack("<I", 999)
    content = path.read_bytes()
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, said))
    monkeypatch.setattr(workbook_scan, "UNPACKED_LIMIT", 30 << 20)
    refused(here, path, r"would unpack to [34]\d MB, more than the 30 MB")


def test_a_workbook_names_nothing_beyond_itself(here: Any, tmp_path: Path) -> None:
    """Entities of its XML stand for nothing: neither for a text of its own, nor for a file of this machine."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    named = f'<!DOCTYPE s [<!ENTITY a "mine"><!ENTITY b SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    row = '<c r="A2" t="inlineStr"><is><t>1</t></is></c><c r="B2" t="inlineStr"><is><t>[&a;&b;]</t></is></c>'
    path = archive(tmp_path / "s.xlsx", named + cells(NAMES, row))
    with suppress(BadInput):
        stage(here, path, "raw", AS_FOUND)
        read = str(here.execute("SELECT * FROM raw").fetchall())
        assert "mine" not in read
        assert "secret" not in read


def test_damaged_archives_are_refused(here: Any, tmp_path: Path) -> None:
    whole = archive(tmp_path / "s.xlsx", cells(NAMES, '<c r="A2"><v>1</v></c>' * 400)).read_bytes()
    chance = random.Random(11)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(4, len(content))] = chance.randrange(256)
        (tmp_path / "t.xlsx").write_bytes(
            content[: chance.choice([len(content), chance.randrange(30, len(content))])]
        )
        with suppress(BadInput):  # some faults do no harm
            stage(here, tmp_path / "t.xlsx", "raw", AS_FOUND)


# Formulas


def formula(cached: str, book: str = "") -> tuple[str, str]:
    rows_ = [f'<c r="A{at}"><v>{at}</v></c><c r="B{at}"><f>A{at}*2</f>{cached}</c>' for at in range(2, 6)]
    return cells(NAMES, *rows_), book


@pytest.mark.parametrize("cached", ["", "<v/>", "<v />"])
def test_formulas_that_nobody_computed_are_refused(here: Any, tmp_path: Path, cached: str) -> None:
    path = archive(tmp_path / "s.xlsx", *formula(cached))
    refused(here, path, r"s\.xlsx has 4 formulas without a computed value on the sheet 'Sheet'.*save it")


def test_formulas_with_values_are_used_and_noted(here: Any, tmp_path: Path) -> None:
    found = stage(here, archive(tmp_path / "s.xlsx", *formula("<v>6</v>")), "raw", AS_FOUND)
    assert [row[1] for row in rows(here)] == ["6"] * 4
    assert found.notes == ("s.xlsx has 4 formulas: their values are those of its last saving.",)
    text = '<c r="B1" t="str"><f>""</f><v></v></c>'
    found = stage(
        here, archive(tmp_path / "t.xlsx", cells(NAMES.split('<c r="B1')[0] + text)), "raw", AS_FOUND
    )
    assert len(found.notes) == 1


def test_formulas_as_programs_write_them(here: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for at in range(1, 5):
        book.active.append([at, f"=A{at}*2"])
    book.save(tmp_path / "o.xlsx")
    refused(here, tmp_path / "o.xlsx", "4 formulas without a computed value")
    for value, name in ((0, "zero"), (5, "five")):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as other:
            page = other.add_worksheet()
            page.write_row(0, 0, ["a", "b"])
            for at in range(1, 5):
                page.write(at, 0, at)
                page.write_formula(at, 1, f"=A{at}*2", None, value)
    refused(here, tmp_path / "zero.xlsx", "4 formulas without a computed value")
    assert len(stage(here, tmp_path / "five.xlsx", "raw", AS_FOUND).notes) == 1


def test_formulas_on_another_sheet_do_not_matter(here: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.create_sheet("Sums & more").append(["=1+1"])
    book.save(tmp_path / "s.xlsx")
    assert stage(here, tmp_path / "s.xlsx", "raw", AS_FOUND).notes == ()
    refused(here, tmp_path / "s.xlsx", "'Sums & more'", Options(sheet="Sums & more"))


def test_formulas_across_the_pieces_of_a_large_sheet(
    here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_ = [f'<c r="A{at}"><v>{at}</v></c><c r="B{at}"><f>A{at}</f><v>{at}</v></c>' for at in range(2, 2000)]
    rows_[1500] = (
        rows_[1500].replace("<v>1502</v></c>", "<v>1502</v></c>", 1).replace("</f><v>1502</v>", "</f>")
    )
    path = archive(tmp_path / "s.xlsx", cells(NAMES, *rows_))
    for size in (97, 1000, 1 << 20):
        monkeypatch.setattr(workbook_scan, "PIECE", size)
        refused(here, path, "has 1 formulas without")


# Files that move, and files that are none


def test_a_file_that_changes_while_it_is_read(
    here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.csv"
    read = delimited._dialect

    def meddle(plain: Path, reading: Any) -> Any:
        with path.open("a") as file:
            file.write("9,x9,9.5\n")
        return read(plain, reading)

    monkeypatch.setattr(delimited, "_dialect", meddle)
    with pytest.raises(BadInput, match=r"s\.csv changed while it was read"):
        staged(here, path, HEAD + "".join(LINES))


def test_a_file_that_is_taken_away_or_put_in_place_of_another(
    here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "s.csv", delimited._read
    for deed in (lambda: path.unlink(), lambda: os.replace(tmp_path / "new.csv", path)):
        (tmp_path / "new.csv").write_text(HEAD + "".join(LINES))

        def meddle(*given: Any, deed: Any = deed, **more: Any) -> None:
            read(*given, **more)
            deed()

        monkeypatch.setattr(delimited, "_read", meddle)
        with pytest.raises(BadInput, match="changed while it was read"):
            staged(here, path, HEAD + "".join(LINES))


def test_what_is_no_file(here: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv", Path("/dev/zero")):
        refused(here, path, "is no file")
