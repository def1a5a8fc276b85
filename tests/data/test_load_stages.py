"""The stages of a load: each hands on a frozen result, and whoever made a temporary table drops it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path

import pytest

from data.connection import Connection
from data.errors import BadInput
from data.load import (
    Mapping,
    check_columns,
    check_delivery,
    identify_members,
    load,
    merge_rows,
    record_delivery,
    settle_delivery,
    shape_delivery,
    stage_delivery,
    take_delivery,
    type_delivery,
)
from data.load.load_context import LoadContext
from data.load.mappings.deliveries import find
from data.load.preview import preview
from data.store import duckdb_engine as engine
from data.store import end_of_write
from data.store.warehouse import save_attribute, writing
from data.temporary_tables import drop, owned
from tests.data.load_files import ask

pytestmark = pytest.mark.usefixtures("as_in_use")

FIRM = """
source = "shop"
currency = "EUR"
[customers]
file = "customers_*.csv"
as_of = "customers_%Y%m%d"
changes = "full"
[customers.columns]
customer = "Nr"
customer_name = "Name"
email = "Mail"
city = "Town"
[rates]
file = "rates.csv"
[rates.columns]
currency = "Code"
date = "Day"
rate = "Rate"
[order_lines]
file = "sales_*.csv"
as_of = "sales_%Y%m%d"
key = ["order"]
{settings}
[[order_lines.joins]]
file = "items.csv"
on = "Item"
to = "Nr"
[order_lines.columns]
date = "Day"
order = "Order"
customer = "Customer"
product = "Item"
department = "Group"
revenue = "Amount"
currency = "Code"
[order_lines.attributes]
occasion = {{ column = "Why", of = "line" }}
[[order_lines.checks]]
field = "customer"
known = 0.1
"""
PLAN = """
source = "plan"
[order_lines]
file = "plan.csv"
unpivot = { columns = ["1", "2"], name = "Month", value = "Amount" }
[order_lines.columns]
customer = "Customer"
revenue = "Amount"
[order_lines.expressions]
date = "'2024-0' + Month + '-01'"
"""
STAGES = {
    stage_delivery: "StagedDelivery",
    check_columns: "CheckedColumns",
    shape_delivery: "ShapedDelivery",
    type_delivery: "TypedDelivery",
    check_delivery: "CheckedDelivery",
    settle_delivery: "SettledDelivery",
    identify_members: "IdentifiedDelivery",
    merge_rows: "MergedDelivery",
    record_delivery: "RecordedDelivery",
}


def firm(folder: Path, settings: str = "") -> Mapping:
    """A folder with a list, rates, a look-up, and order lines of which some cannot be loaded."""
    write(
        folder / "customers_20240101.csv",
        "Nr,Name,Mail,Town",
        "1,Ann Gray,ann@x.it,Rome",
        "2,Bob,b@x.it,Lille",
    )
    write(folder / "rates.csv", "Code,Day,Rate", "USD,2024-01-01,0.9")
    write(folder / "items.csv", "Nr,Group", "pen,Desk", "cup,Home", "cup,Bar")
    sold(folder, "20240110", "A1,pen,1,10", "A1,cup,1,20", "A2,cup,2,many", "A3,pen,9,5")
    return Mapping.from_text(FIRM.format(settings=settings), folder)


def sold(folder: Path, day: str, *lines: str) -> None:
    rows = [f"{day[:4]}-{day[4:6]}-05,{line},{'USD' if at else 'EUR'},gift" for at, line in enumerate(lines)]
    write(folder / f"sales_{day}.csv", "Day,Order,Item,Customer,Amount,Code,Why", *rows)


def write(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n")


def temporary(connection: Connection) -> set[str]:
    """All but the two in which DuckDB itself lists the lines that are no rows."""
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    return {name for (name,) in rows} - {"reject_errors", "reject_scans"}


@pytest.fixture
def left_behind(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The temporary tables that are there when a load has told all and its snapshot is completed."""
    found: list[set[str]] = []
    complete = end_of_write.complete

    def watched(connection: Connection) -> None:
        found.append(temporary(connection))
        complete(connection)

    monkeypatch.setattr(end_of_write, "complete", watched)
    return found


def test_a_load_leaves_no_temporary_table_behind(tmp_path: Path, left_behind: list[set[str]]) -> None:
    mapping, path = firm(tmp_path), tmp_path / "w.duckdb"
    report = load(mapping, path)
    assert report.rows_rejected == 1
    assert report.stages == ("Life cycle as of 2024-01-05: the stages of 3 were derived for the first time.",)
    assert not report.waiting
    save_attribute(path, "customer", "liked", "Liked", {"1": "yes"})
    left_behind.pop()
    # The same file corrected, without what it named before; a member described otherwise; one known by another number;
    # and a file that cannot be read, half-way through its stages.
    sold(tmp_path, "20240110", "A1,pen,1,11", "A4,cup,3,1", "A4,cup,3,1")
    sold(tmp_path, "20240111", "A5,pen,1,nothing")
    write(
        tmp_path / "customers_20240201.csv",
        "Nr,Name,Mail,Town",
        "1,Ann Gray,ann@x.it,Milan",
        "3,Ann Gray,ann@x.it,Milan",
    )
    report = load(mapping, path, accepted=True)
    assert [each.file for each in report.waiting] == ["sales_20240111.csv"]
    assert "1 records turned out to be customers known by another number." in report.notes
    assert report.stages[0].startswith("Life cycle as of 2024-01-05: ")
    assert {*report.stages} <= {*report.sentences()}
    assert any("are not in it any longer" in each for each in report.warnings)
    assert left_behind == [set(), set()]


def test_a_shape_leaves_no_temporary_table_behind(tmp_path: Path, left_behind: list[set[str]]) -> None:
    mapping = Mapping.from_text(PLAN, tmp_path)
    write(tmp_path / "plan.csv", "Customer,1,2", "1,10,20", "2,,30")
    assert load(mapping, tmp_path / "w.duckdb").rows_loaded == 3
    assert left_behind == [set()]


def test_what_each_stage_makes_is_gone_when_it_is_left(tmp_path: Path) -> None:
    mapping = firm(tmp_path)
    with writing(tmp_path / "w.duckdb") as connection:
        context = LoadContext(connection, mapping, datetime(2024, 3, 1))
        delivery = find(mapping).deliveries[-1]
        before = temporary(connection)
        with stage_delivery.stage_delivery(context, delivery) as staged:
            of_stage = temporary(connection)
            assert staged.rows.table in of_stage
            with type_delivery.type_delivery(context, staged, None) as typed:
                assert {typed.table, *(each.staged.table for each in typed.shaped.look_ups)} < temporary(
                    connection
                )
                assert (typed.sound, typed.faulty) == (1, 3)  # one amount is no number, two wait for a rate
            assert temporary(connection) == of_stage
        assert temporary(connection) == before


def test_a_stage_that_fails_leaves_nothing(tmp_path: Path) -> None:
    mapping = firm(tmp_path, 'only = "nowhere == 1"')
    with writing(tmp_path / "w.duckdb") as connection:
        context = LoadContext(connection, mapping, datetime(2024, 3, 1))
        before = temporary(connection)
        with (
            pytest.raises(BadInput, match="nowhere"),
            stage_delivery.stage_delivery(context, find(mapping).deliveries[-1]) as staged,
            type_delivery.type_delivery(context, staged, None),
        ):
            pass
        assert temporary(connection) == before


def test_results_are_frozen_and_hold_the_stage_before() -> None:
    for module, name in STAGES.items():
        result = getattr(module, name)
        assert is_dataclass(result)
        assert result.__dataclass_params__.frozen, name  # type: ignore[attr-defined]
    told = {each.name for each in fields(record_delivery.RecordedDelivery)}
    assert {"notes", "warnings", "books"} <= told


def test_preview_and_load_type_alike(tmp_path: Path) -> None:
    mapping = firm(tmp_path)
    seen = preview(mapping)
    assert seen.typed["department"].to_list() == ["Desk", "Home", "Home", "Desk"]
    assert seen.problems[0].startswith("Row 3: revenue: 'many' is not a number")
    report = load(mapping, tmp_path / "w.duckdb")
    of_lines = report.rejected.filter(report.rejected["part"] == "order_lines")
    assert of_lines["row"].to_list() == [3]
    assert of_lines["reason"].to_list() == ["revenue: 'many' is not a number"]
    assert ask(tmp_path, "SELECT DISTINCT department FROM product WHERE id <> '(unknown)' ORDER BY 1") == [
        ("Desk",),
        ("Home",),
    ]


def test_tables_are_dropped_by_name_alone() -> None:
    with engine.scratch() as connection:
        connection.execute("CREATE TABLE stays (a INTEGER); CREATE TEMP TABLE goes (a INTEGER)")
        drop(connection)
        drop(connection, "", "goes", "stays", "never_there")
        assert not temporary(connection)
        assert connection.execute("SELECT count(*) FROM stays").fetchall() == [(0,)]
        with pytest.raises(engine.EngineError), owned(connection, "goes"):
            connection.execute("BEGIN; CREATE TEMP TABLE goes (a INTEGER)")
            connection.execute("SELECT nowhere")


def test_the_way_of_a_delivery_reads_in_order() -> None:
    """The stages stand in `take_delivery` as docs/house.md tells them."""
    text = Path(take_delivery.__file__).read_text()
    calls = [f"{name}(" for name in ("stage_delivery", "check_columns", "type_delivery", "check_delivery")]
    calls += [f"{name}(" for name in ("settle_delivery", "identify_members", "record_delivery")]
    body = text[text.index("def take_delivery") :]
    places = [body.index(each) for each in calls]
    assert places == sorted(places)
