"""A draft of somebody's file: proposed, mended step by step, and back to the same TOML."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BadInput
from data.load import Mapping, Options
from pages.manage.draft import COLUMN, CONSTANT, EXPRESSION, Draft, Filling, attribute_name, begin
from pages.manage.preview_card import lacking
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
    assert (found.lines, found.part.file, found.filling("revenue")) == (
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
    assert begin([people, lines], (tmp_path,), True).lines == lines


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
