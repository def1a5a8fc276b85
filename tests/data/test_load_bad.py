"""Bad input: a sentence that says what to do, and a warehouse that is as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import data.__main__ as command
from cubes.catalogue.sales import MEASURES
from data import environment
from data.errors import BadInput
from data.load import Mapping, columns, load, preview, propose
from data.load.mappings.deliveries import find
from data.load.mappings.mapping import read_mapping
from data.load.record import sale_rows as sale_module
from data.store.attribute_names import is_attribute_name
from tests.data.ended_half_way import ended, loading
from tests.data.load_files import HEADER, ROWS, ask, mapping, revenue, shop, write

HEAD = b"Day,Order,Customer,Country,Item,Qty,Price\n"
LEAST = 'source = "s"\n[order_lines.columns]\ndate = "D"\nrevenue = "R"\n'


def refused(tmp_path: Path, content: bytes, words: str, name: str = "s.csv", text: str = "") -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words):
        load(mapping(text), tmp_path / "w.duckdb", tmp_path / name)
    assert not (tmp_path / "w.duckdb").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (HEAD, "a header and no rows"),
        (b"PAR1 and then nothing", "damaged"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"%PDF-1.7", "not a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (bytes(range(256)) * 40, "not a table|not text"),
        (b"just a letter\nto nobody\n", "no column 'Day' in s.csv.*columns are: just a letter"),
        (
            b"Day,Ordr,Customer,Country,Item,Qty,Price\n1,2,3,4,5,6,7\n",
            "no column 'Order' in s.csv. Did you mean 'Ordr'",
        ),
        (
            HEAD + b"x,A,c,I,p,1,1\n",
            "No row of s.csv can be loaded. Row 1: date: 'x' is not",
        ),
        (
            HEAD + b"03/04/2024,A,c,I,p,1,1\n",
            "03/04/2024.*day or the month.*date_format",
        ),
        (
            HEAD + b"31/01/2024,A,c,I,p,1,1\n01/31/2024,A,c,I,p,1,1\n",
            "only with the month",
        ),
        (
            HEAD + b'2024-01-01,A,c,I,p,1,"1,250"\n',
            "1,250.*may mean 1250 or 1.250.*decimal",
        ),
        (b"Day,Order\n" + b"a" * (4 << 20), "a line of more than 1 MB"),
    ],
)
def test_files_that_cannot_be_loaded(tmp_path: Path, content: bytes, words: str) -> None:
    refused(tmp_path, content, words)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        load(mapping(), tmp_path / "w.duckdb", tmp_path / "none.csv")
    write(tmp_path / "sales.csv", ROWS)
    with pytest.raises(BadInput, match=r"Did you mean 'sales\.csv'"):
        load(mapping('file = "sale.csv"'), tmp_path / "w.duckdb", tmp_path)
    with pytest.raises(BadInput, match="does not name its file of order lines"):
        load(mapping(), tmp_path / "w.duckdb")
    assert load(mapping('file = "sales.parquet"'), tmp_path / "w.duckdb", tmp_path).rows_loaded == 4


BESIDE = """source = "s"
[order_lines]
file = "order-details.csv"
joins = [{ file = "orders.csv", on = "No" }]
[order_lines.columns]
date = "Day"
revenue = "Amount"
[customers]
file = "customers.csv"
[customers.columns]
customer = "Nr"
"""


@pytest.mark.parametrize(
    ("there", "part", "words"),
    [
        (
            ("order-details", "customers"),
            "order_lines",
            "Rows of [order_lines] are looked up in it: put it there.",
        ),
        (
            ("order-details", "customers", "order"),
            "order_lines",
            "If 'order.csv' is meant, name that in the joins.",
        ),
        (("order-details", "orders"), "customers", "Put it there, or take [customers] out of the mapping."),
        (("order-details", "orders", "customer"), "customers", "Did you mean 'customer.csv'?"),
    ],
)
def test_a_file_that_is_missing_is_never_one_that_is_something_else(
    tmp_path: Path, there: tuple[str, ...], part: str, words: str
) -> None:
    for name in there:
        (tmp_path / f"{name}.csv").write_text("No,Day,Amount,Nr\n")
    (waits,) = find(Mapping.from_text(BESIDE, tmp_path)).waiting
    assert waits.part == part
    assert waits.reason.endswith(words)


def test_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("sales.csv", "Day,Order")
    refused(tmp_path, (tmp_path / "a.zip").read_bytes(), "an archive, not a table")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * (5 << 20))
    monkeypatch.setattr("data.sources.workbook_scan.UNPACKED_LIMIT", 4 << 20)
    refused(tmp_path, (tmp_path / "bomb.xlsx").read_bytes(), "would unpack to 5 MB", "b.xlsx")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source =", "not TOML"),
        ("[order_lines]", "does not name its source"),
        ('source = "s"', "describes no file"),
        ('source = "s"\n[order_line]', "Did you mean 'order_lines'"),
        ('source = "s"\n[order_lines.columns]\nrevenue = "R"', "no date"),
        ('source = "s"\n[order_lines.columns]\ndate = "D"', "no amount"),
        ('source = "s"\n[order_lines.columns]\ndate = "D"\nrevenu = "R"', "Did you mean 'revenue'"),
        (LEAST + '[order_lines]\nrepeats = "dorp"', "Did you mean 'drop'"),
        (LEAST + '[order_lines]\nreturns = "positive"', "which lines are"),
        ('source = "s"\n[order_lines]\ndate_format = "dd mm"\ndecimal=";"\n', "decimal = ';' is not known"),
        ('source = "s"\n[order_lines]\ndate_format = "soon"\n', "date_format = 'soon' is not known"),
        (LEAST + '[customers.columns]\ncity = "C"', "which column is the customer"),
        *(
            (f'{LEAST}[order_lines.attributes]\n{name} = "X"', words)
            for name, words in [("country", "taken"), ("Big", "cannot be a name"), ("select", "taken"),
                                ("margin", "taken"),
                                ("x_code", "taken"), ('"a; DROP"', "cannot be a name")]
        ),
        (LEAST + '[order_lines.attributes]\na = {column="X", of="shop"}',
         "cannot belong to 'shop'"),
    ],
)  # fmt: skip
def test_mappings_that_cannot_be_used(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Mapping.from_text(text)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("quantity *", "is not an expression"),
        ("__import__('os').system('true')", "cannot stand in an expression"),
        ("open('x')", "no function 'open'"),
        ("lambda: 1", "cannot stand"),
        ("[x for x in quantity]", "cannot stand"),
        ("quantity ** 99", "cannot be computed"),
        ("quantity.real", "cannot stand"),
        ("quantity * prise", "names 'prise'"),
        ("column('Prize')", "no column 'Prize'.*Did you mean 'Price'"),
        ("starts_with(order)", "takes 2 arguments"),
        ("f'{order}'", "cannot stand"),
        ("matches(order, '(')", "could not be loaded"),
        ("(" * 300 + "1" + ")" * 300, "is not an expression"),
    ],
)
def test_expressions_that_are_refused(tmp_path: Path, expression: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        shop(tmp_path, ROWS, more=f"[order_lines.expressions]\nrevenue = {json.dumps(expression)}")
    assert not (tmp_path / "w.duckdb").exists()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("quantity * unit_price", "17.00"),
        ("quantity * column('Price') * (1 - 0.5)", "8.50"),
        ("number(column('Price')) + 1 if order == 'A1' else -abs(quantity)", "-0.25"),
        ("quantity / 4", "3"),
        ("10 if country in ('Italy', 'Spain') and not ends_with(order, '9') else max(1, 2)", "24"),
        ("coalesce(number(customer), 3)", "12"),
        ("7 if missing(customer) or lower(Country) == 'italy' else 0", "21"),
        ("number(substr(order, 2, 1)) + number(part(text(order), 'A', 2))", "14"),
        ("year(date) + month(date) + day(date)", str(4 * 2024 + 1 + 5 + 1 + 5 + 1 + 6 + 2 + 29)),
        ("round(unit_price, 0) if 1 < unit_price <= 2 else number(replace(concat('4', 'x'), 'x', ''))", "11"),
        ("number('1' + '2')", "48"),
        ("number(row())", "10"),
    ],
)
def test_expressions(tmp_path: Path, expression: str, expected: str) -> None:
    mapped = mapping(more=f"[order_lines.expressions]\nrevenue = {json.dumps(expression)}")
    seen = preview(mapped, write(tmp_path / "s.csv", ROWS))
    assert (seen.problems, seen.typed["revenue"].sum()) == ((), Decimal(expected))


def test_what_an_expression_gives_is_loaded(tmp_path: Path) -> None:
    report = shop(tmp_path, ROWS, more='[order_lines.expressions]\nrevenue = "quantity / 4"')
    assert report.revenue == 3


def test_rows_are_not_numbered_where_some_lines_are_none(tmp_path: Path) -> None:
    text = write(tmp_path / "s.csv", ROWS).read_text()
    (tmp_path / "s.csv").write_text(text + "too,few\n")
    mapped = mapping(more='[order_lines.expressions]\nrevenue = "number(row())"')
    with pytest.raises(BadInput, match=r"row\(\) numbers the rows of a file, and some lines"):
        load(mapped, tmp_path / "w.duckdb", tmp_path / "s.csv")


def test_rows_that_cannot_be_loaded_are_kept_with_their_reason(tmp_path: Path) -> None:
    text = write(tmp_path / "s.csv", ROWS).read_text().splitlines()
    text[2:2] = [
        "2024-01-05,A9,c1,Italy,pen,twelve,1.50",
        "too,few",
        ",,,,,,",
        "1999-13-45,A9,c1,Italy,pen,1,1",
    ]
    text += [
        "a,b,c,d,e,f,g,h",
        ",A9,c1,Italy,pen,1,1",
        "0024-01-01,A9,c1,Italy,pen,1,",
        '2024-01-01,"A9"x,c1,I,pen,1,1',
        "Total,,,,,,22",
    ]
    (tmp_path / "s.csv").write_text("\n".join(text))
    report = load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.csv")
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (12, 4, 8)
    assert dict(report.rejected.select("row", "reason").iter_rows()) == {
        2: "quantity: 'twelve' is not a number",
        3: "2 fields where the header has 7",
        5: "date: '1999-13-45' is not a date",
        9: "8 fields where the header has 7",
        10: "date: is empty",
        11: "date: 0024-01-01 is outside 1900 to 2199",
        12: "a quote is not closed, or stands inside a value",
        13: "date: 'Total' is not a date",
    }
    assert json.loads(report.rejected["raw"][0])["Item"] == "pen"
    assert report.revenue == revenue(ROWS)
    assert any("8 of 12 rows" in each for each in report.warnings)
    assert ask(tmp_path, "SELECT row_in_source FROM sale ORDER BY 1") == [(1,), (6,), (7,), (8,)]
    assert ask(tmp_path, "SELECT count(*) FROM rejected") == [(8,)]


def test_rows_keep_their_numbers_behind_lines_that_are_none(tmp_path: Path) -> None:
    lines = write(tmp_path / "s.csv", ROWS).read_text().splitlines()
    (tmp_path / "s.csv").write_text("\n".join([lines[0], "a", "b", lines[1], "c", "d", "e", *lines[2:], "f"]))
    report = load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.csv")
    assert report.rejected["row"].to_list() == [1, 2, 4, 5, 6, 10]
    assert ask(tmp_path, "SELECT row_in_source FROM sale ORDER BY 1") == [(3,), (7,), (8,), (9,)]


CELLS = st.sampled_from(
    [
        "",
        "1",
        "2.50",
        "-3",
        "x",
        "1e3",
        " 7 ",
        "1.2.3",
        "2024-01-05",
        "2024-02-30",
        "a;b",
        'q"',
        "l\nm",
        "é",
        "NULL",
    ]
)
GOOD = st.sampled_from(ROWS)
DIRTY = st.one_of(GOOD, st.lists(CELLS, min_size=7, max_size=7), st.tuples(GOOD, CELLS, st.integers(0, 6)).map(
    lambda each: [each[1] if at == each[2] else cell for at, cell in enumerate(each[0])]))  # fmt: skip


def naive(row: list[str]) -> Decimal | None:
    """The amount of a dirty row, if it can be loaded at all."""
    numbers = {"1": 1, "2.50": Decimal("2.5"), "-3": -3, "1e3": 1000, "7": 7}
    numbers |= {value: Decimal(value) for each in ROWS for value in each[5:]}
    if row[0].strip() not in {"2024-01-05", "2024-01-06", "2024-02-29"}:
        return None
    quantity, price = (numbers.get(cell.strip()) for cell in row[5:])
    return None if quantity is None or price is None else Decimal(quantity) * Decimal(price)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(DIRTY, min_size=1, max_size=12), drop=st.booleans())
def test_the_books_always_balance(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], drop: bool
) -> None:
    folder = tmp_path_factory.mktemp("dirty")
    kept = [list(each) for each in dict.fromkeys(map(tuple, rows))] if drop else rows
    amounts = [value for row in kept if (value := naive(row)) is not None]
    if not amounts:
        with pytest.raises(BadInput):
            shop(folder, rows, 'repeats = "drop"' if drop else "")
        return
    report = shop(folder, rows, 'repeats = "drop"' if drop else "")
    assert report.rows_read == len(rows) == report.rows_loaded + report.rows_rejected + report.repeats_dropped
    assert report.rows_loaded == len(amounts) == ask(folder, "SELECT count(*) FROM sale")[0][0]
    assert report.revenue == sum(amounts)
    assert report.rejected.height == report.rows_rejected
    assert set(report.rejected["row"]) == {at for at, row in enumerate(rows, start=1) if naive(row) is None}


def test_a_crash_leaves_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, ROWS)
    before = (tmp_path / "w.duckdb").read_bytes()
    monkeypatch.setattr(sale_module, "insert", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shop(tmp_path, ROWS[:2], name="two.csv")
    assert (tmp_path / "w.duckdb").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if ".audit." not in path.name) == [
        "s.csv",
        "two.csv",
        "w.duckdb",
        "w.duckdb.lock",
    ]
    monkeypatch.undo()
    assert shop(tmp_path, ROWS[:2], name="two.csv").batch == 2


@pytest.mark.parametrize("moment", ["Merging", "Publishing"])
def test_kill_9_leaves_the_warehouse_and_a_rerun_completes_it(tmp_path: Path, moment: str) -> None:
    shop(tmp_path, ROWS)
    before = (tmp_path / "w.duckdb").read_bytes()
    write(tmp_path / "two.csv", ROWS[:2])
    assert ended(loading, tmp_path, moment)
    assert (tmp_path / "w.duckdb").read_bytes() == before
    report = load(mapping(), tmp_path / "w.duckdb", tmp_path / "two.csv")
    assert (report.batch, report.rows_loaded) == (2, 2)
    assert ask(tmp_path, "SELECT count(*), sum(revenue) FROM sale") == [
        (6, revenue(ROWS) + revenue(ROWS[:2]))
    ]


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", ROWS)

    def meddle(fraction: float, words: str) -> None:
        if words.startswith("Understanding"):
            os.utime(path, ns=(1, 1))

    with pytest.raises(BadInput, match="changed while it was read"):
        load(mapping(), tmp_path / "w.duckdb", path, meddle)


def test_propose_and_preview(tmp_path: Path) -> None:
    header = [
        "Datum",
        "Auftrag",
        "Kunde",
        "Land",
        "Artikel",
        "Menge",
        "Einzelpreis",
        "Versandart",
        "Bemerkung",
    ]
    rows = [[*row, ["Post", "Bahn"][at % 2], f"note {at}"] for at, row in enumerate(ROWS * 3)]
    path = write(tmp_path / "Verkäufe 2024.csv", rows, header, delimiter=";", encoding="cp1252")
    found = propose(path)
    assert found.source == "verkaufe"
    assert found.check() == found
    assert found.order_lines.columns == {
        "date": "Datum",
        "order": "Auftrag",
        "customer": "Kunde",
        "country": "Land",
        "product": "Artikel",
        "quantity": "Menge",
        "unit_price": "Einzelpreis",
    }
    assert found.order_lines.expressions == {"revenue": "quantity * unit_price"}
    assert [(each.name, each.of) for each in found.attributes] == [("versandart", "line")]
    assert Mapping.from_text(found.to_toml(), found.folder) == found
    seen = preview(found, path, rows=3)
    assert seen.raw.columns == header == columns(path)
    assert seen.raw.height == 3
    assert seen.problems == ()
    assert seen.typed["revenue"].to_list() == [Decimal("3"), Decimal("7.25"), Decimal("14")]
    assert load(found, tmp_path / "w.duckdb").revenue == 3 * revenue(ROWS)
    write(path, [["x", *rows[0][1:]], *rows], header)
    assert preview(found, path).problems == ("Row 1: date: 'x' is not a date.",)
    write(path, rows, ["Tag", *header[1:]])
    assert "no column 'Datum'" in preview(found, path).problems[0]


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.toml").write_text(mapping('file = "s.csv"').to_toml())
    write(tmp_path / "s.csv", [*ROWS, ["x", *ROWS[0][1:]]])
    store = str(tmp_path / "w.duckdb")
    arguments = [
        "load",
        str(tmp_path / "m.toml"),
        "--warehouse",
        store,
        "--rejected",
        str(tmp_path / "r.csv"),
    ]
    assert command.main(arguments) == 0
    told = capsys.readouterr().out
    assert "5 rows read = 4 loaded + 1 rejected + 0 repeats dropped" in told
    assert "date: 'x' is not a date" in told
    assert pl.read_csv(tmp_path / "r.csv").select("part", "row").rows() == [("order_lines", 5)]
    assert command.main(arguments[:4]) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert command.main(["status", "--warehouse", store]) == 0
    assert "s.csv" in capsys.readouterr().out
    assert command.main(["load", str(tmp_path / "none.toml")]) == 2
    assert "none.toml is not there" in capsys.readouterr().err
    assert command.main(["status", "--warehouse", str(tmp_path / "none.duckdb")]) == 2


def test_default_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "deep" / "w.duckdb"))
    (tmp_path / "m.toml").write_text(mapping('file = "s.csv"').to_toml())
    write(tmp_path / "s.csv", ROWS, HEADER)
    load(read_mapping(tmp_path / "m.toml"))
    assert environment.warehouse().exists()


@pytest.mark.parametrize("name", [*(each.name for each in MEASURES), "grouping", "parent", "country", "day"])
def test_an_attribute_cannot_be_called_as_something_else_is(name: str) -> None:
    assert not is_attribute_name(name)


def test_a_number_that_is_too_large_is_said_to_be(tmp_path: Path) -> None:
    odd = ["-1e300", "999,999,999,999,999.00", "inf"]
    report = shop(tmp_path, [*ROWS, *([*ROWS[0][:6], value] for value in odd)])
    assert report.rejected["reason"].to_list() == [
        "unit_price: '-1e300' is too large",
        "unit_price: '999,999,999,999,999.00' is too large",
        "unit_price: 'inf' is not a number",
    ]


def test_a_name_that_the_header_says_twice_is_told(tmp_path: Path) -> None:
    rows = [[*row, "1000"] for row in ROWS]
    path = write(tmp_path / "s.csv", rows, [*HEADER, "Price"])
    report = load(mapping(), tmp_path / "w.duckdb", path)
    assert report.notes == ("s.csv has more than one column 'Price': the first is used.",)
    assert report.revenue == revenue(ROWS)
    path = write(tmp_path / "t.csv", [[*row, "x", "y"] for row in ROWS], [*HEADER, "Note", "Note"])
    assert load(mapping(), tmp_path / "u.duckdb", path).notes == ()


LOOKED_UP = """
source = "s"
[order_lines]
joins = [{ file = "orders.csv", on = "Order" }]
[order_lines.columns]
date = "Date"
revenue = "Amount"
"""


def test_a_line_whose_order_is_not_there_says_so(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", [["1", "2024-01-05"], ["2", ""]], ["Order", "Date"])
    rows = [["1", "5"], ["2", "6"], ["10253", "7"], ["", "8"]]
    path = write(tmp_path / "s.csv", rows, ["Order", "Amount"])
    report = load(Mapping.from_text(LOOKED_UP, tmp_path), tmp_path / "w.duckdb", path)
    assert report.rejected["reason"].to_list() == [
        "date: is empty",
        "date: no row of orders.csv for Order 10253",
        "date: is empty",
    ]


def test_a_warehouse_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.toml").write_text(mapping('file = "s.csv"').to_toml())
    store = write(tmp_path / "s.csv", ROWS) / "w.duckdb"
    assert command.main(["load", str(tmp_path / "m.toml"), "--warehouse", str(store)]) == 2
    assert f"The warehouse {store} cannot be written: " in capsys.readouterr().err


def test_status_may_be_cut_short(tmp_path: Path) -> None:
    shop(tmp_path, ROWS)
    called = [sys.executable, "-m", "data", "status", "--warehouse", str(tmp_path / "w.duckdb")]
    reading, writing = os.pipe()
    os.close(reading)
    root = Path(__file__).parents[2]
    ended = subprocess.run(called, cwd=root, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")
