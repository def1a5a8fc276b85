"""Numbers and dates read at once give what they give as text, to the row and the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.load import load, stage_delivery
from data.sources.file import AS_FOUND, stage
from data.store import duckdb_engine as engine
from tests.data.load_files import HEADER, ROWS, ask, mapping, write

DAY, PRICE = HEADER.index("Day"), HEADER.index("Price")
WANTED = {"Day": "date", "Qty": "number", "Price": "number"}
ODD = {
    "a decimal comma below the first rows": (PRICE, "1,50"),
    "thousands": (PRICE, "1,234.50"),
    "too fine": (PRICE, "1.2345678"),
    "a currency": (PRICE, "€ 3"),
    "an exponent": (PRICE, "1e2"),
    "nothing": (PRICE, ""),
    "a word": (PRICE, "dear"),
    "spaces": (PRICE, " 2.50 "),
    "an Italian day": (DAY, "25/01/2024"),
    "a time": (DAY, "2024-01-25 10:30:00"),
    "no day": (DAY, "2024-02-30"),
    "an empty day": (DAY, ""),
    "a quoted text": (2, 'c "1"'),
    "a text with blanks": (2, " c1 "),
    "a float for an id": (2, "17.0"),
}


def loaded(path: Path, text: Path) -> Any:
    try:
        report = load(mapping(), path, text)
    except BadInput as error:
        return str(error)
    lines = "SELECT * EXCLUDE (batch), (SELECT id FROM customer c WHERE c.customer_key = sale.customer_key) FROM sale"
    return ask(path.parent, f"{lines} ORDER BY ALL"), report.rejected.rows(), (report.warnings, report.notes)


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_are_read_as_if_all_were_text(
    tmp_path: Path, odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    column, value = ODD[odd]
    rows = [list(row) for row in ROWS * 80]
    rows[-1][column] = value
    file = write(tmp_path / "s.csv", rows)
    at_once = loaded(tmp_path / "w.duckdb", file)
    (tmp_path / "text").mkdir()
    monkeypatch.setattr(stage_delivery, "wanted_kinds", lambda part, habits: {})
    assert at_once == loaded(tmp_path / "text" / "w.duckdb", write(tmp_path / "text" / "s.csv", rows))


def test_plain_files_are_staged_typed(tmp_path: Path) -> None:
    file = write(tmp_path / "s.csv", ROWS)
    with engine.scratch() as connection:
        staged = stage(connection, file, "raw", AS_FOUND, wanted=WANTED)
        assert staged.types == (
            "DATE",
            "VARCHAR",
            "VARCHAR",
            "VARCHAR",
            "VARCHAR",
            "DECIMAL(18,6)",
            "DECIMAL(18,6)",
        )
        assert staged.tidy == set(range(len(staged.columns)))
        text = stage(connection, file, "text", AS_FOUND)
        assert (text.types, text.rows) == ((), staged.rows)


CELLS = st.sampled_from(
    ["1", "2.5", "-3", "0.000001", "", "1,5", "x", "12345678901.5", " 4", "+5", ".5", "5."]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_staged_numbers_are_the_texts(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    """Where a file is staged typed, every value is the number that its text says, and no row is lost."""
    file = write(
        tmp_path_factory.mktemp("t") / "s.csv", [["r", *each] for each in cells], ["Id", "Qty", "Price"]
    )
    with engine.scratch() as connection:
        typed = stage(connection, file, "raw", AS_FOUND, wanted=WANTED)
        text = stage(connection, file, "told", AS_FOUND)
        assert (typed.rows, typed.bad_rows) == (text.rows, text.bad_rows)
        if typed.types:
            same = """SELECT count(*) FROM raw JOIN told ON raw.rowid = told.rowid
                WHERE raw.c1 IS NOT DISTINCT FROM TRY_CAST(told.c1 AS DECIMAL(18,6))
                AND raw.c2 IS NOT DISTINCT FROM TRY_CAST(told.c2 AS DECIMAL(18,6))"""
            assert connection.execute(same).fetchall() == [(len(cells),)]
