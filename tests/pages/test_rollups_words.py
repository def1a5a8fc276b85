"""The page about roll-ups: grains and questions in words, space as it lies on disk, and making them in a process."""

from __future__ import annotations

import io
import shutil
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from cubes import catalogue
from cubes.aggregates import space_budget
from cubes.aggregates.aggregate_kinds import CUSTOMER_SETS, ROLL_UPS
from cubes.aggregates.aggregate_sizes import sizes
from cubes.aggregates.bitmaps.stored_bitmaps import stored_sets
from cubes.aggregates.rollups import stored_rollup
from cubes.aggregates.space_budget import least_lines, share
from data import demo
from data.errors import ClientelaError
from data.store.question_log import QuestionShape
from data.store.warehouse import Warehouse, writing
from pages.manage.aggregates import rollups_words as words
from pages.manage.aggregates.rollups_job import Building, said
from tests.tiny import Line, tiny_warehouse

pytestmark = pytest.mark.usefixtures("as_in_use")

BLOCK = 262_144


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    demo.simulate(
        path, demo.Firm(lines=8_000, customers=300, products=200), progress=lambda _share, _words: None
    )
    with writing(path) as connection:
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, '1')", [space_budget.LEAST_LINES])
    return path


@pytest.fixture
def firm(made: Path, tmp_path: Path) -> Warehouse:
    return Warehouse(Path(shutil.copy(made, tmp_path / "w.duckdb")))


def test_sizes_are_those_of_the_tables_there_are(firm: Warehouse, tmp_path: Path) -> None:
    found = sizes(firm)
    assert set(found.facts) == {"sale", "stage_entry", "purchase", "kept_customer"}
    assert set(found.kinds[ROLL_UPS.name]) == {each.table for each in stored_rollup.read(firm.rows, "sales")}
    assert found.of(CUSTOMER_SETS.name) > 0
    assert found.beside == found.of(ROLL_UPS.name) + found.of(CUSTOMER_SETS.name)
    assert found.share == pytest.approx(found.beside / sum(found.facts.values()))
    on_disk = (tmp_path / "w.duckdb").stat().st_size
    assert 0 < found.whole + found.beside <= on_disk
    assert (share(firm.rows), least_lines(firm.rows)) == (0.4, 1)


def reach(firm: Warehouse, tables: list[str]) -> dict[str, int]:
    """The bytes of each table, segment by segment: each reaches to the next in its block, the last to its end."""
    blocks: dict[int, dict[int, str]] = defaultdict(dict)
    found = dict.fromkeys(tables, 0)
    for table in tables:
        rows = firm.rows(
            f"SELECT block_id, block_offset, len(additional_block_ids) FROM pragma_storage_info('{table}')"
        )
        for block, offset, more in rows:
            if block >= 0:
                blocks[block][offset] = table
                found[table] += more * BLOCK
    for segments in blocks.values():
        begins = sorted(segments)
        for begin, end in pairwise([*begins, BLOCK]):
            found[segments[begin]] += end - begin
    return found


def test_a_table_takes_what_its_segments_do(firm: Warehouse) -> None:
    found = sizes(firm)
    roll_ups = dict(found.kinds[ROLL_UPS.name])
    wanted = reach(firm, ["sale", *roll_ups, "rollup.bitmap", "rollup.bitmap_kept"])
    assert found.facts["sale"] == wanted["sale"] > 0
    assert roll_ups == {table: wanted[table] for table in roll_ups}
    assert found.of(CUSTOMER_SETS.name) == wanted["rollup.bitmap"] + wanted["rollup.bitmap_kept"]


def test_nothing_is_kept_of_a_small_firm(tmp_path: Path) -> None:
    small = tiny_warehouse(tmp_path / "w.duckdb", [Line()])
    found = sizes(small)
    assert all(not each for each in found.kinds.values())
    assert found.beside == 0
    assert stored_sets(small) == []
    assert least_lines(small.rows) == int(space_budget.DEFAULTS[space_budget.LEAST_LINES])


def test_rows_name_grains_and_what_they_are_made_of(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    found = stored_rollup.read(firm.rows, "sales")
    rows = words.rows(cube, found, sizes(firm).kinds[ROLL_UPS.name])
    assert len(rows) == len(found)
    by_name = {each.name: words.grain(cube, each.grain.all) for each in found}
    told = {row[0].text: row[1].text for row in rows}
    for each in found:
        assert told[by_name[each.name]] == by_name.get(each.parent, "the lines of sales")
    assert words.grain(cube, ("month", "customer_kind")) == "Month × Customer kind"
    stored = stored_sets(firm)
    assert sum(each.sets for each in stored) == firm.rows("SELECT count(*) FROM rollup.bitmap")[0][0]
    drawn = words.set_rows({"sales": cube}, stored)
    assert {row[0].text for row in drawn} == {"Customers", "Buyers"}
    assert "All together" in {row[1].text for row in drawn}


def test_questions_are_told_in_words_even_if_the_cube_has_forgotten_their_measure(firm: Warehouse) -> None:
    last = datetime(2026, 1, 1, tzinfo=UTC)
    shape = QuestionShape(
        "sales", ("country", "month"), ("day",), ("gone", "revenue"), "the roll-up a x b_c", 7, last
    )
    (row,) = words.asked([shape], firm.profile, datetime(2026, 1, 2, tzinfo=UTC))
    assert [cell.text for cell in row] == [
        "gone, Revenue", "Country × Month", "Day", "7", "the roll-up a × b c", "yesterday",
    ]  # fmt: skip


def test_progress_written_over_itself_is_heard_line_by_line() -> None:
    assert list(said(io.StringIO("\r  3%  Sales: month 1\r100%  Done  \n"))) == [
        "3%  Sales: month 1",
        "100%  Done",
    ]


def test_roll_ups_are_made_anew_in_a_process_of_their_own(firm: Warehouse) -> None:
    heard: list[tuple[float, str]] = []
    before = firm.version
    firm.close()
    Building(firm.path, 0.5).carry_out(lambda part, what: heard.append((part, what)))
    again = Warehouse(firm.path)
    assert (share(again.rows), again.version != before) == (0.5, True)
    assert heard
    with pytest.raises(ClientelaError, match="no warehouse"):
        Building(firm.path.with_name("none.duckdb"), 0.5).carry_out(lambda _part, _what: None)
