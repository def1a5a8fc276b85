"""What a policy withholds on pages: marked in tables, and kept from whoever asks around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cubes.ask import answer_cache
from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.access.acting import Acting, acting_as
from data.store.warehouse import Warehouse
from pages.explore.explore_view import View
from pages.explore.table_of_view import table
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.pivot.pivot_table import payload
from tests.cubes.test_small_counts import CUSTOMERS, FEW, lines_of
from tests.tiny import write_tiny


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path.resolve() / "firm.duckdb"
    write_tiny(path, lines_of(CUSTOMERS))
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    answer_cache.shared.cache_clear()
    yield path
    answer_cache.shared.cache_clear()


def test_a_table_says_where(path: Path) -> None:
    store = Warehouse(path).under(FEW)
    query = Query(("customers",), ("country",), totals=True)
    grid = AnswerGrid(ask(store, query), session.cube())
    hidden = grid.withheld("customers")
    assert hidden is not None
    assert hidden[:, 0].tolist() == [False, False, True, True, False]
    assert np.isnan(grid.array("customers")[2, 0])
    sent = payload(table(grid, View(query), store.profile, "GBP"))["measures"][0]
    assert (sent["withheld"], sent["values"]) == ([2, 3], [9, 6, None, None, 22])


def test_pages_remember_what_a_person_was_shown(path: Path) -> None:
    total, rest = Query(("customers",)), Query(("customers",), cuts=(parse_cut("country!=Malta"),))
    for person, first in (("maria", total), ("ben", rest)):
        with acting_as(Acting(person, replace(FEW, person=person))):
            assert session.ask(first).frame["customers"][0] is not None
            others = [session.ask(each).frame["customers"][0] for each in (total, rest)]
            assert [each is None for each in others] == [first is rest, first is total]
            whole = session.ask_whole(rest if first is total else total)
            assert whole.frame["customers"][0] is None
