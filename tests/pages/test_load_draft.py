"""A draft of somebody's file: proposed, mended step by step, and back to the same TOML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BadInput
from data.load import Mapping, Options, load
from pages.manage.files.change_role import take
from pages.manage.files.file_roles import NOT_USED, FileEntry, FileRole
from pages.manage.files.first_draft import begin, with_more
from pages.manage.files.lacking_fields import lacking
from pages.manage.files.mapping_draft import COLUMN, CONSTANT, EXPRESSION, Draft, Filling, attribute_name
from tests.data.load_files import HEADER, ROWS, write

TOML = """
source = "shop"
[order_lines]
file = "lines.csv"
[order_lines.columns]
date = "Day"
revenue = "Price"
"""


def draft(tmp_path: Path, header: list[str] = HEADER) -> Draft:
    return begin([write(tmp_path / "sales.csv", ROWS, header)], (tmp_path,), True)


def test_what_is_proposed_is_whole_and_shows_a_value_of_each_column(tmp_path: Path) -> None:
    found = draft(tmp_path)
    assert found.filling("date") == Filling(COLUMN, "Day")
    assert found.filling("revenue") == Filling(EXPRESSION, "quantity * unit_price")
    assert found.filling("city") == Filling()
    assert found.samples["Item"] == "pen"
    assert lacking(found) is None


def test_only_columns_that_are_there_are_offered(tmp_path: Path) -> None:
    offered = draft(tmp_path).choices("city")
    assert [each.text for each in offered if each.kind == COLUMN] == HEADER
    assert Filling() in offered
    assert {EXPRESSION, CONSTANT} <= {each.kind for each in offered}


def test_fields_are_filled_emptied_and_awaited(tmp_path: Path) -> None:
    found = draft(tmp_path).fill("channel", Filling(CONSTANT, "web")).fill("date", Filling())
    assert found.part.constants == {"channel": "web"}
    assert "date" not in found.part.filled
    assert lacking(found) == (
        "No column is chosen for the date.",
        "Choose above the one that says when each line was sold.",
    )
    waiting = found.fill("date", Filling(CONSTANT))
    assert waiting.filling("date") == Filling(CONSTANT)
    assert lacking(waiting) is not None
    assert lacking(waiting.fill("date", Filling(CONSTANT, "2024-01-01"))) is None


def test_without_an_amount_nothing_can_be_loaded(tmp_path: Path) -> None:
    found = draft(tmp_path).fill("revenue", Filling()).fill("quantity", Filling())
    assert "No amount" in str(lacking(found))


def test_a_formula_starts_from_what_was_there(tmp_path: Path) -> None:
    found = draft(tmp_path, ["Day", "Order", "Customer", "Country", "Item no.", "Qty", "Price"])
    found = found.fill("product", Filling(COLUMN, "Item no."))
    assert found.first_text("product", EXPRESSION) == "column('Item no.')"
    assert found.first_text("country", EXPRESSION) == "Country"
    assert found.first_text("cost", EXPRESSION) == "quantity * unit_cost"
    assert found.first_text("city", CONSTANT) == ""


def test_columns_left_over_can_be_kept_and_assigned(tmp_path: Path) -> None:
    found = draft(tmp_path).fill("country", Filling())
    (name,) = found.attribute_choices()
    assert name == "own_country"
    kept = found.keep([name]).assign(name, "customer")
    assert [(each.column, each.of) for each in kept.part.attributes] == [("Country", "customer")]
    assert kept.keep([]).part.attributes == ()
    assert kept.fill("region", Filling(COLUMN, "Country")).part.attributes == ()


@pytest.mark.parametrize("column", ["region", "", "!!!", "9 lives", "revenue", "select", "x" * 60])
def test_names_of_attributes_can_always_be_used(column: str) -> None:
    name = attribute_name(column, [])
    assert not name or Mapping.from_text(f'{TOML}\n[order_lines.attributes]\n{name} = "C"').check()


def test_what_is_mended_reads_back_the_same(tmp_path: Path) -> None:
    found = (
        draft(tmp_path)
        .fill("channel", Filling(CONSTANT, "web"))
        .fill("is_return", Filling(EXPRESSION, "quantity < 0"))
    )
    assert found.mapped_as(found.mapping.to_toml()).mapping == found.mapping
    with pytest.raises(BadInput, match="not TOML"):
        found.mapped_as("source = ")


def test_read_in_another_way_the_columns_are_proposed_anew(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    text = "Report of January\nDay~Net\n2024-01-05~3.50\n"
    path.write_text(text, encoding="utf-8")
    found = begin([path], (tmp_path,), True)
    assert lacking(found)
    mended = found.read_as(Options(delimiter="~", skip=1))
    assert mended.columns == ("Day", "Net")
    assert mended.filling("date") == Filling(COLUMN, "Day")


def test_an_impossible_way_of_reading_can_be_taken_back(tmp_path: Path) -> None:
    found = draft(tmp_path)
    odd = found.read_as(Options(encoding="no-such"))
    assert odd.columns == found.columns
    assert odd.read_as(Options()).mapping == found.mapping


def test_a_mapping_that_came_along_is_used(tmp_path: Path) -> None:
    toml = tmp_path / "m.toml"
    toml.write_text(TOML, encoding="utf-8")
    path = write(tmp_path / "january.csv", ROWS)
    found = begin([toml, path], (tmp_path,), True)
    assert (found.seen.path, found.part.file, found.filling("revenue")) == (
        path,
        "january.csv",
        Filling(COLUMN, "Price"),
    )
    with pytest.raises(BadInput, match=r"without lines\.csv"):
        begin([toml], (tmp_path,), True)
    with pytest.raises(BadInput, match="two mappings"):
        begin([toml, toml, path], (tmp_path,), True)


def test_of_several_tables_the_one_that_maps_best_holds_the_lines(tmp_path: Path) -> None:
    people = write(tmp_path / "a_people.csv", [["c1", "Ann"]], ["Customer", "Customer name"])
    lines = write(tmp_path / "sales.csv", ROWS)
    assert begin([people, lines], (tmp_path,), True).seen == FileEntry(lines, FileRole("order_lines"))


def test_columns_of_a_look_up_are_offered_too(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", [["pen", "Office"]], ["Item", "Shelf"])
    write(tmp_path / "lines.csv", ROWS)
    toml = tmp_path / "m.toml"
    toml.write_text(
        TOML.replace(
            'file = "lines.csv"', 'file = "lines.csv"\njoins = [{ file = "items.csv", on = "Item" }]'
        )
    )
    found = begin(sorted(tmp_path.iterdir()), (tmp_path,), True)
    assert found.columns[-2:] == ("items.Item", "Shelf")
    assert lacking(found) is None
    (tmp_path / "items.csv").unlink()
    assert "items.csv" in str(lacking(found))


PEOPLE = [["c1", "Ann"], ["c2", "Bob"]]
SEVERAL = """
source = "shop"
[order_lines]
file = "a*.csv"
[order_lines.columns]
date = "Day"
revenue = "Price"
"""


def several(tmp_path: Path, *texts: str) -> Draft:
    """Two files of order lines, one of customers, and perhaps a mapping."""
    write(tmp_path / "a1.csv", ROWS[:1])
    write(tmp_path / "a2.csv", ROWS[1:])
    write(tmp_path / "people.csv", PEOPLE, ["Customer", "Customer name"])
    for text in texts:
        (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    return begin(sorted(tmp_path.iterdir()), (tmp_path,), True)


def roles(found: Draft) -> dict[str, str]:
    return {entry.path.name: entry.role.label for entry in found.entries}


def test_files_of_one_header_are_one_stream_and_lists_lie_beside_it(tmp_path: Path) -> None:
    found = several(tmp_path)
    assert roles(found) == {"a1.csv": "Order lines", "a2.csv": "Order lines", "people.csv": "Customers"}
    assert found.part.file == "a*.csv"
    assert lacking(found) is None
    report = load(found.mapping, tmp_path / "w.duckdb")
    assert [(books.part, books.rows_loaded) for books in report.parts] == [
        ("customers", 2), ("order_lines", 1), ("order_lines", 3),
    ]  # fmt: skip
    assert (report.rows_read, report.rows_loaded) == (4, 4)


def test_a_pattern_in_a_mapping_reads_all_its_files(tmp_path: Path) -> None:
    brought = several(tmp_path, SEVERAL)
    assert roles(brought) == {"a1.csv": "Order lines", "a2.csv": "Order lines", "people.csv": "Not used"}
    (tmp_path / "m.toml").unlink()
    one = begin([tmp_path / "a1.csv"], (tmp_path,), True)
    typed = one.mapped_as(SEVERAL)
    assert (len(typed.entries), typed.seen, typed.part.file) == (2, one.seen, "a*.csv")
    assert load(typed.mapping, tmp_path / "w.duckdb").rows_loaded == 4


def test_what_a_file_is_taken_for_can_be_changed(tmp_path: Path) -> None:
    found = several(tmp_path)
    people = FileEntry(tmp_path / "people.csv", FileRole("customers"))
    second = FileEntry(tmp_path / "a2.csv", FileRole("order_lines"))
    less = take(found, second, NOT_USED)
    assert (less.mapping.order_lines.file, less.seen) == ("a1.csv", FileEntry(second.path))
    assert take(less, less.seen, second.role).mapping.order_lines.file == "a*.csv"
    beside = take(found, people, FileRole("order_lines", look_up=True))
    assert beside.mapping.part("customers") is None
    assert [(join.file, join.on, join.to) for join in beside.part.joins] == [
        ("people.csv", "Customer", "Customer")
    ]
    assert "Customer name" in beside.look(second).columns
    other = take(found, people, FileRole("order_lines"))
    assert other.reasons["a1.csv"] == "people.csv brings the order lines, with other columns"
    assert lacking(other) == (
        "No column is chosen for the date.",
        "Choose above the one that says when each line was sold.",
    )


def test_a_list_alone_is_shown_by_its_own_fields(tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", PEOPLE, ["Code", "Customer name"])
    found = begin([path], (tmp_path,), True)
    found = take(found, found.seen, FileRole("customers"))
    assert lacking(found.fill("customer", Filling())) == (
        "No column is chosen for the customer number.",
        "Choose above the one that tells one customer from another.",
    )
    whole = found.fill("customer", Filling(COLUMN, "Code"))
    assert lacking(whole) is None
    assert load(whole.mapping, tmp_path / "w.duckdb").rows_loaded == 2


def test_one_bad_file_keeps_no_other_out(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", ROWS)
    (tmp_path / "b.csv").touch()
    found = begin(sorted(tmp_path.iterdir()), (tmp_path,), True)
    assert roles(found) == {"a.csv": "Order lines", "b.csv": "Not used"}
    assert found.reasons["b.csv"] == "b.csv is empty"
    assert lacking(found) is None


def test_files_that_come_later_join_those_that_are_there(tmp_path: Path) -> None:
    first = write(tmp_path / "a1.csv", ROWS)
    found = begin([first], (tmp_path,), True)
    later = [write(tmp_path / "a2.csv", ROWS), write(tmp_path / "x.csv", [["1", "2"]], ["p", "q"])]
    more = with_more(found, later)
    assert roles(more) == {"a1.csv": "Order lines", "a2.csv": "Order lines", "x.csv": "Not used"}
    assert (more.seen, more.part.file) == (found.seen, "a*.csv")


def test_names_that_no_pattern_tells_apart_are_told(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write(tmp_path / name, ROWS)
    for name in ("ab.csv", "c.csv"):
        write(tmp_path / name, PEOPLE, ["Customer", "Customer name"])
    found = begin([tmp_path / "a.csv", tmp_path / "ab.csv"], (tmp_path,), True)
    found = replace(found, files=(*found.files, tmp_path / "b.csv"))
    with pytest.raises(BadInput, match="No pattern tells"):
        take(found, FileEntry(tmp_path / "b.csv"), FileRole("order_lines"))


def test_what_has_the_columns_of_an_earlier_load_is_read_as_it_was(tmp_path: Path) -> None:
    known = Mapping.from_text(
        'source = "shop"\nfirm = "Rossi"\n[order_lines.columns]\ndate = "Day"\nproduct = "Item"\nrevenue = "Price"\n'
    )
    lists = Mapping.from_text(
        'source = "crm"\n[customers.columns]\ncustomer = "Id"\ncustomer_name = "Name"\n'
    )
    paths = [write(tmp_path / f"{at}.csv", ROWS) for at in (7, 8)]
    people = write(tmp_path / "people.csv", PEOPLE, ["Customer", "Customer name"])
    found = begin([*paths, people], (tmp_path,), True, (known, lists))
    assert (found.mapping.source, found.mapping.firm, found.part.file) == ("shop", "Rossi", "[78]*.csv")
    assert found.part.columns == known.order_lines.columns
    assert found.mapping.part("customers") is not None
    assert "Read as shop was loaded before" in found.answers[-1].words
    assert found.unanswered().filling("revenue") == Filling(EXPRESSION, "quantity * unit_price")
    others = write(tmp_path / "others.csv", [["2024-01-01", "1"]], ["Day", "Price"])
    assert begin([others], (tmp_path,), True, (known, lists)).answers == ()
