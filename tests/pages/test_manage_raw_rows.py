"""Rejected rows as a grid: laid out as in the file, mended, out to CSV and back without a change of their own."""

from __future__ import annotations

import json

import polars as pl
import pytest

from data.errors import BadInput
from pages.manage.rejected_rows.raw_rows import ROW, WHY, columns_of, edits, from_csv, mended, opened, to_csv
from pages.ui.export_files import csv

HEADER = json.dumps([["Day", "text"], ["Qty", "text"], ["Note", "text"]])
ROWS = [
    (3, "quantity: 'many' is not a number", json.dumps({"Day": "2024-01-01", "Qty": "many", "Note": None})),
    (7, "date: is empty", json.dumps({"Day": None, "Qty": "-5", "Note": 'said "=1+1", twice;\nonce'})),
    (9, "4 fields where the header has 3", json.dumps({"line": "2024-01-02;3;a;b"})),
]


@pytest.fixture
def grid() -> pl.DataFrame:
    rejected = pl.DataFrame(ROWS, schema=["row", "reason", "raw"], orient="row")
    return opened(rejected, columns_of(HEADER, []))


def test_rows_stand_as_in_the_file(grid: pl.DataFrame) -> None:
    assert grid.columns == [ROW, WHY, "Day", "Qty", "Note"]
    assert grid.drop(WHY).rows() == [
        (3, "2024-01-01", "many", None),
        (7, None, "-5", 'said "=1+1", twice;\nonce'),
        (9, "2024-01-02", "3", "a;b"),
    ]


def test_without_a_header_the_rows_name_the_columns() -> None:
    assert columns_of(None, [ROWS[0][2], "torn", '{"Day": "x", "More": "y"}']) == [
        "Day",
        "Qty",
        "Note",
        "More",
    ]


def test_only_what_was_changed_is_an_edit(grid: pl.DataFrame) -> None:
    changes = {3: {"Qty": "4"}, 7: {"Day": "2024-01-03", "Note": ""}}
    after = mended(grid, changes)
    assert after.filter(pl.col(ROW) == 9).rows() == grid.filter(pl.col(ROW) == 9).rows()
    assert edits(grid, after) == changes
    assert edits(grid, grid) == {}
    assert edits(grid, grid.with_columns(pl.col("Note").fill_null(""))) == {}


def test_a_file_goes_out_and_comes_back_unchanged(grid: pl.DataFrame) -> None:
    content = csv(to_csv(grid))
    assert b",-5," in content  # as it stood in the file, to which it is going back
    assert from_csv(content, grid) == {}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_spreadsheet_s_own_csv_is_read(grid: pl.DataFrame, encoding: str) -> None:
    text = "Row in file;x;Note;Qty;Day\r\n3.0;x;già;4;2024-01-01\r\n;;;;\r\n"
    assert from_csv(text.encode(encoding), grid) == {3: {"Qty": "4", "Note": "già"}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column Row in file"),
        (b"Day,Qty\n1,2\n", "no column Row in file"),
        (b"Row in file,Day,Qty\n3,x,1\n", "no column 'Note'"),
        (b"Row in file,Day,Qty,Note\n4,x,1,\n", "Row '4' is not among"),
        (b"Row in file,Day,Qty,Note\nthree,x,1,\n", "Row 'three' is not among"),
    ],
)
def test_another_file_is_refused_in_words(grid: pl.DataFrame, content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        from_csv(content, grid)
