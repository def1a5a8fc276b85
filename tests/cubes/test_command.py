"""The command line answers as `ask` does, in three formats, and meets mistakes with words and status 2."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from cubes.__main__ import main
from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line


@pytest.fixture
def command(shop: Warehouse, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    return Command(shop.path, capfdbinary)


class Command:
    def __init__(self, path: Path, captured: pytest.CaptureFixture[bytes]) -> None:
        self.path, self.captured = path, captured

    def __call__(self, *arguments: str) -> tuple[int, bytes, str]:
        status = main([*arguments, "--warehouse", str(self.path)])
        out, err = self.captured.readouterr()
        return status, out, err.decode()


QUESTION = (
    "ask",
    "sales",
    "--measures",
    "revenue,customers",
    "--by",
    "country,category",
    "--where",
    "year=2011",
)


def test_csv_json_and_parquet_hold_the_same_cells(command: Command, shop: Warehouse) -> None:
    query = Query(("revenue", "customers"), ("country", "category"), cuts=(parse_cut("year=2011"),))
    wanted = ask(shop, query).frame.select("country", "category", "revenue", "customers")
    status, out, _ = command(*QUESTION)
    assert status == 0
    assert pl.read_csv(io.BytesIO(out)).rows() == wanted.rows()
    _, out, _ = command(*QUESTION, "--format", "json")
    assert [tuple(row.values()) for row in json.loads(out)] == wanted.rows()
    _, out, _ = command(*QUESTION, "--format", "parquet")
    assert pl.read_parquet(io.BytesIO(out)).rows() == wanted.rows()


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_disk_without_room_is_told(command: Command, form: str) -> None:
    code, _, told = command(*QUESTION, "--format", form, "--output", "/dev/full")
    assert (code, "/dev/full cannot be written: No space left" in told) == (2, True)


def test_totals_leave_rolled_up_levels_empty(command: Command) -> None:
    _, out, _ = command(*QUESTION, "--totals")
    rows = pl.read_csv(io.BytesIO(out))
    assert rows.filter(pl.col("country").is_null()).rows() == [(None, None, 3, 50.0, 1)]
    assert rows.filter(pl.col("grouping") == 1)["revenue"].to_list() == [42.5, 7.5]


def test_sql_is_printed_and_gives_the_answer(command: Command, shop: Warehouse) -> None:
    _, out, _ = command(*QUESTION, "--sql")
    statement = out.decode().strip().removesuffix(";")
    assert shop.frame(statement)["revenue"].sum() == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", "sails"), "There is no cube 'sails'. Did you mean 'sales'?"),
        (("ask", "sales", "--where", "nation=France"), "Sales has no level 'nation'."),
        (("ask", "sales", "--where", "country=Frence"), "Did you mean 'France'"),
        (("ask", "sales", "--measures", "revenu"), "Did you mean 'revenue'"),
        (("ask", "sales", "--by", "country,country"), "stands twice"),
        (("ask", "sales", "--by", "month", "--top", "month=3"), "has an order of its own"),
    ],
)
def test_mistakes_are_met_with_words(command: Command, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = command(*arguments)
    assert (status, out) == (2, b"")
    assert words in err


def test_no_warehouse_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "sales", "--warehouse", str(tmp_path / "none.duckdb")]) == 2
    assert "python -m data demo" in capsys.readouterr().err


def test_a_file_that_is_no_warehouse_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stray = tmp_path / "notes.txt"
    stray.write_text("hello")
    assert main(["ask", "sales", "--warehouse", str(stray)]) == 2
    assert "is not a warehouse of Clientela" in capsys.readouterr().err
    foreign = tmp_path / "other.duckdb"
    import duckdb

    duckdb.connect(str(foreign)).close()
    assert main(["ask", "sales", "--warehouse", str(foreign)]) == 2
    assert "is not a warehouse of Clientela" in capsys.readouterr().err


def test_show_names_measures_and_levels(command: Command) -> None:
    status, out, _ = command("show", "sales")
    assert status == 0
    assert "country > region > city > customer" in out.decode()
    assert "units_sold" not in out.decode()


def test_ids_of_leaves_are_shown_as_sources_write_them_and_found_so(
    firm: Make, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    odd = "A/1 x|100%2F"
    shop = firm(Line(customer=odd, country="B/C", region="D|E"), Line(customer="Ann", order="b", revenue="5"))
    command = Command(shop.path, capfdbinary)
    _, out, _ = command("ask", "sales", "--by", "customer,region", "--ids", "--format", "json")
    ids = {(row["customer.id"], row["region.id"]) for row in json.loads(out)}
    assert ids == {(odd, "B%2FC/D%7CE"), ("Ann", "France/North")}
    for written in (r"customer=A/1 x\|100%2F", r"region=D\|E"):
        _, out, _ = command("ask", "sales", "--where", written)
        assert pl.read_csv(io.BytesIO(out))["revenue"].to_list() == [10.0]
    for written in ("A/1 x", "A%2F1 x"):
        plain = firm(Line(customer="A/1 x"), Line(customer="Ann", order="b", revenue="5"))
        _, out, _ = Command(plain.path, capfdbinary)("ask", "sales", "--where", f"customer={written}")
        assert pl.read_csv(io.BytesIO(out))["revenue"].to_list() == [10.0]


def test_csv_holds_no_formula_and_other_formats_hold_what_is(
    firm: Make, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    names = ("=cmd()", "+1+1", "-5", "+39,50", "@sum", "\tx", "a=b")
    shop = firm(*(Line(customer=name, order=name, revenue="-2") for name in names))
    command = Command(shop.path, capfdbinary)
    _, out, _ = command("ask", "sales", "--by", "customer")
    read = pl.read_csv(io.BytesIO(out), schema_overrides={"customer": pl.String})
    assert set(read["customer"]) == {"'=cmd()", "'+1+1", "-5", "+39,50", "'@sum", "'\tx", "a=b"}
    assert set(read["revenue"]) == {-2.0}
    _, out, _ = command("ask", "sales", "--by", "customer", "--format", "json")
    assert {row["customer"] for row in json.loads(out)} == set(names)


def test_conditions_and_relative_dates_are_written_as_filters(command: Command) -> None:
    asked = ("ask", "sales", "--by", "customer", "--where", "customer by revenue >= 50 in 2010", "--where")
    status, out, err = command(*asked, "time=previous year")
    assert status == 0
    assert pl.read_csv(io.BytesIO(out)).rows() == [("Ann", 100.0), ("Bob", 50.0)]
    assert err.splitlines()[0].startswith("previous year: 2010-01-01 – 2010-12-31, as the data end on 2011-")
    assert err.splitlines()[1] == "2 customers with revenue of at least 50 in 2010."
    status, out, err = command(*asked, "customer by revenue top much")
    assert (status, out) == (2, b"")
    assert err.startswith(
        "'much' is no number to hold a measure against. Write one, such as customer by revenue"
    )
    status, _, err = command(*asked, "customer by revenu > 5")
    assert status == 2
    assert "Did you mean 'revenue'" in err
