"""Columns that come, go, change their names or kinds: noticed, explained, and decided by the mapping's policy."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.errors import BadInput
from data.load import Mapping
from data.load.checking.column_drift import Header, compare, decide, header
from data.load.mappings.mapping import Part
from data.sources.file import AS_FOUND, stage
from data.store import duckdb_engine as engine

TEXT = """source = "shop"
[order_lines]
joins = [{ file = "stores.csv", on = "Store" }]
[order_lines.columns]
date = "Date"
customer = "Customer"
quantity = "Qty"
[order_lines.expressions]
revenue = "quantity * Price * (1 - column('Off %'))"
[order_lines.attributes]
brand = "Brand"
size = { expression = "'big' if Weight > 3 else 'small'" }
"""
PART = Mapping.from_text(TEXT).order_lines
BEFORE: Header = (
    ("Date", "date", "9-9-9~10"), ("Customer", "text", "a9~8"), ("Qty", "number", "9~1"), ("Price", "number", "9.9~5"),
    ("Off %", "number", "9.9~4"), ("Brand", "text", "a~6"), ("Store", "text", "a9~3"), ("Weight", "number", "9~1"),
    ("Note", "text", "a a~20"),
)  # fmt: skip


def changed(**to: tuple[str, ...] | None) -> Header:
    """BEFORE with columns by place (c0, c1 ...) replaced, or taken out where None."""
    found = [to.get(f"c{at}", column) for at, column in enumerate(BEFORE)]
    return tuple(column for column in found if column is not None)


def said(now: Header, part: Part = PART, before: Header = BEFORE) -> list[tuple[str, str, str | None, bool]]:
    return [(each.change, each.column, each.now, each.stops) for each in compare(before, now, part)]


def test_nothing_before_and_nothing_changed() -> None:
    assert compare((), BEFORE, PART) == ()
    assert compare(BEFORE, BEFORE, PART) == ()
    assert decide((), "stop") == ()


@pytest.mark.parametrize(
    ("now", "remedy"),
    [
        (changed(c0=("Invoice date", "date", "9-9-9~10")), 'Say date = "Invoice date" under [order_lines.columns].'),
        (changed(c0=("DATE ", "date", "9-9-9~10")), 'Say date = "DATE " under [order_lines.columns].'),
        (changed(c0=("Giorno", "date", "9-9-9~10")), 'Say date = "Giorno" under [order_lines.columns].'),
        (changed(c5=('The "brand"', "text", "a~6")), 'Say brand = "The \\"brand\\"" under [order_lines.attributes].'),
        (changed(c6=("Store no", "text", "a9~3")), 'Say on = "Store no" in the joins of [order_lines].'),
        (changed(c3=("Unit price", "number", "9.9~5")),
         'Write column("Unit price") in the expression of revenue of [order_lines].'),
        (changed(c4=("Off", "number", "9.9~4")), 'Write column("Off") in the expression of revenue of [order_lines].'),
        (changed(c7=("Weight kg", "number", "9~1")),
         'Write column("Weight kg") in the expression of size of [order_lines].'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("policy", ["warn", "stop", "accept"])
def test_a_mapped_column_under_another_name_stops_always(now: Header, remedy: str, policy: str) -> None:
    drifts = compare(BEFORE, now, PART)
    assert [(each.change, each.stops) for each in drifts] == [("renamed", True)]
    with pytest.raises(BadInput, match=r"is gone, which fills .*looks like it") as error:
        decide(drifts, policy)
    assert error.value.remedy == remedy


def test_the_remedy_can_be_followed() -> None:
    now = changed(c0=("Invoice date", "date", "9-9-9~10"))
    with pytest.raises(BadInput) as error:
        decide(compare(BEFORE, now, PART), "warn")
    line = error.value.remedy.removeprefix("Say ").split(" under ")[0]
    mended = Mapping.from_text(TEXT.replace('date = "Date"', line)).order_lines
    assert compare(now, now, mended) == ()
    assert said(now, mended) == [("renamed", "Date", "Invoice date", False)]


def test_a_mapped_column_that_is_gone_for_good() -> None:
    drifts = compare(BEFORE, changed(c3=None), PART)
    assert [(each.change, each.column, each.stops) for each in drifts] == [("missing", "Price", True)]
    for policy in ("warn", "stop", "accept"):
        with pytest.raises(BadInput, match=r"'Price' is gone, which fills revenue.*take revenue out"):
            decide(drifts, policy)


def test_what_nobody_mapped_may_come_and_go() -> None:
    now = (*changed(c8=None), ("Till", "number", "9~2"), ("Clerk", "text", "a a~11"))
    drifts = compare(BEFORE, now, PART)
    assert said(now) == [
        ("missing", "Note", None, False),
        ("new", "Till", None, False),
        ("new", "Clerk", None, False),
    ]
    notes = decide(drifts, "warn")
    assert notes[0] == "The column 'Note' is gone. The mapping makes nothing of 'Note'."
    assert notes[1].startswith("The column 'Till' is new.")
    assert decide(drifts, "accept") == ()
    with pytest.raises(BadInput, match=r"'Note' is gone.*'Till' is new.*drift = .stop."):
        decide(drifts, "stop")


def test_another_kind() -> None:
    drifts = compare(BEFORE, changed(c2=("Qty", "text", "a~3"), c1=("Customer", "number", "9~5")), PART)
    notes = decide(drifts, "warn")
    assert notes == (
        "The column 'Customer' held text and now holds numbers. It is read as text either way.",
        "The column 'Qty' held numbers and now holds text. Rows that cannot be read so are rejected: look at them.",
    )
    with pytest.raises(BadInput, match="'Qty' held numbers"):
        decide(drifts, "stop")


def test_a_column_that_is_empty_for_once_kept_its_kind() -> None:
    empty = changed(c2=("Qty", "text", ""))
    assert compare(BEFORE, empty, PART) == ()
    assert compare(empty, BEFORE, PART) == ()
    assert [each.change for each in compare((("a", "text"),), (("a", "number"),), PART)] == ["retyped"]


def test_another_order_is_harmless() -> None:
    drifts = compare(BEFORE, tuple(reversed(BEFORE)), PART)
    assert [each.change for each in drifts] == ["reordered"]
    assert (
        decide(drifts, "stop")
        == decide(drifts, "warn")
        == ("The columns stand in another order. They are found by name.",)
    )
    assert [each.change for each in compare(BEFORE, (("Till", "number", "9~2"), *BEFORE), PART)] == ["new"]


def test_two_columns_renamed_at_once_are_not_mixed_up() -> None:
    now = changed(c2=("Quantity", "number", "9~1"), c3=("Price EUR", "number", "9.9~5"))
    assert said(now) == [("renamed", "Qty", "Quantity", True), ("renamed", "Price", "Price EUR", True)]


def test_each_column_is_taken_for_one_other_the_likest_first() -> None:
    before: Header = (("Qty", "number"), ("Quality", "number"))
    now: Header = (("Quality code", "number"), ("Quantity", "number"))
    assert [each[1:3] for each in said(now, before=before)] == [
        ("Qty", "Quantity"),
        ("Quality", "Quality code"),
    ]
    before, now = (("Price", "number"), ("Prices", "number")), (("Price EUR", "number"),)
    assert [each[:3] for each in said(now, before=before)] == [
        ("renamed", "Price", "Price EUR"), ("missing", "Prices", None),
    ]  # fmt: skip


def test_what_looks_like_nothing_before_is_new() -> None:
    now = (*changed(c0=None), ("Loyalty points", "number", "9~4"))
    assert said(now) == [("missing", "Date", None, True), ("new", "Loyalty points", None, False)]


FORMS: dict[str, tuple[str, list[str]]] = {
    "iso": ("date", ["2024-02-29", "2024-02-29 10:00:00", "2024-02-29T10:00"]),
    "south": ("date", ["29/02/2024", "1.2.24", "05-Jan-2024", "5 gennaio 2024"]),
    "money": ("number", ["12.50", "1.234,50", "€ 3", "-7", "(12.50)", "1'000", "1e3", "12 %", ".5"]),
    "ids": ("text", ["C000001", "x", "A-1"]),
    "names": ("text", ["Anna Rossi", "via Roma 1", "12 Main St."]),
    "codes": ("number", ["05021", "12209"]),
    "phones": ("text", ["+39 0543 12345", "(5) 555-4729"]),
    "mixed": ("text", ["1", "two", "3"]),
    "stray": ("number", ["1"] * 50 + ["n/a"]),
    "none": ("text", ["", " "]),
}


@pytest.mark.parametrize("name", FORMS)
def test_kinds_are_what_the_values_look_like(tmp_path: Path, name: str) -> None:
    kind, values = FORMS[name]
    pl.DataFrame({"id": range(len(values)), name: values}).write_csv(tmp_path / "s.csv")
    found = looked(tmp_path / "s.csv")
    assert [each[:2] for each in found] == [("id", "number"), (name, kind)]


def looked(path: Path) -> Header:
    with engine.scratch() as connection:
        return header(connection, stage(connection, path, "raw", AS_FOUND))


def test_files_that_store_kinds_are_believed(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["1", "2"], "b": [1, 2], "c": ["2024-01-01"] * 2}).with_columns(
        pl.col("c").str.to_date()
    )
    frame.write_parquet(tmp_path / "s.parquet")
    assert [each[:2] for each in looked(tmp_path / "s.parquet")] == [
        ("a", "number"),
        ("b", "number"),
        ("c", "date"),
    ]
    frame.clear().write_parquet(tmp_path / "e.parquet")
    assert looked(tmp_path / "e.parquet") == (("a", "text", ""), ("b", "number", ""), ("c", "date", ""))


def test_the_look_comes_from_all_over_a_large_file(tmp_path: Path) -> None:
    late = ["1"] * 3000 + ["x"] * 3000
    pl.DataFrame({"n": late}).write_csv(tmp_path / "s.csv")
    assert looked(tmp_path / "s.csv")[0][1] == "text"


def test_a_shape_tells_of_nobody(tmp_path: Path) -> None:
    people = random.Random(3).choices(["Anna Rossi", "Ugo Bianchi"], k=40)
    pl.DataFrame({"name": people, "id": [f"C{n:07}" for n in range(40)]}).write_csv(tmp_path / "s.csv")
    assert looked(tmp_path / "s.csv") in (
        (("name", "text", "a a~10"), ("id", "text", "a9~8")), (("name", "text", "a a~11"), ("id", "text", "a9~8")),
    )  # fmt: skip


def test_renamed_by_the_values_of_two_real_files(tmp_path: Path) -> None:
    rows: dict[str, list[Any]] = {"Datum": ["2024-01-05"] * 9, "Kunde": [f"K{n:05}" for n in range(9)]}
    pl.DataFrame(rows).write_csv(tmp_path / "one.csv")
    rows = {"Tag": rows["Datum"], "Partner": rows["Kunde"]}
    pl.DataFrame(rows).write_csv(tmp_path / "two.csv")
    part = Mapping.from_text('source = "s"\n[customers.columns]\ncustomer = "Kunde"').parts[0]
    drifts = compare(looked(tmp_path / "one.csv"), looked(tmp_path / "two.csv"), part)
    assert [(each.column, each.now, each.stops) for each in drifts] == [
        ("Kunde", "Partner", True),
        ("Datum", "Tag", False),
    ]
    with pytest.raises(BadInput, match=r'Say customer = "Partner" under \[customers\.columns\]'):
        decide(drifts, "accept")
