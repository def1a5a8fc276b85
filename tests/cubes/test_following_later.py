"""Lines that are published before what follows from them: answers are those of the lines before, between and after."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import numpy as np
import pytest

from cubes import catalogue
from cubes.aggregates import behind, follow_publication
from cubes.aggregates.aggregate import Offer
from cubes.aggregates.bitmaps import bitmap_plan
from cubes.aggregates.with_tail import WithTail
from cubes.ask.answer import Answer, ask
from cubes.ask.line_coverage import LineCoverage
from cubes.ask.line_source import SameBySql
from cubes.ask.query_plan import SourceRead
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.read_cells import read_cells
from cubes.lines import line_store
from cubes.query import Query, parse_cut
from data.access.policy import UNLIMITED, Policy
from data.access.row_cut import parse_row_cut
from data.delivery import following
from data.errors import ClientelaError
from data.recovery import earlier_states
from data.store import publication, unfollowed, write_moments
from data.store.warehouse import Warehouse, current_version, follow, is_unfollowed, writing
from tests.moving_firm import counted_beforehand, moving_firm
from tests.random_questions import Asker, like

CUT = Policy(rows=(parse_row_cut("country!=Italy"), parse_row_cut("channel_type=Store")))
FIXED = (
    Query(
        ("revenue", "margin", "orders", "order_lines", "return_rate"), ("country",), ("month",), totals=True
    ),
    Query(("orders", "customers", "products"), ("category",), totals=True),
    Query(("products", "categories", "purchase_days"), ("channel",), cuts=(parse_cut("year=2024"),)),
    Query(("products", "purchase_days")),
    Query(("products",), ("product",)),
    Query(("first_purchase", "last_purchase", "units"), ("country",), ("category",), totals=True),
    Query(("customers", "buyers"), ("country",), ("year",), totals=True),
    Query(("customers",), ("category",), cuts=(parse_cut("day=2024-01-05..2024-07-20"),)),
    Query(("customers",), ("month",), cuts=(parse_cut("customer_kind=person"),)),
    Query(("customers",), ("subcategory",), top=(("subcategory", 1),), totals=True),
    Query(("orders",), ("city",), cuts=(parse_cut("country!=France"),), top=(("city", 2),)),
    Query(("customers", "revenue"), ("cohort_month",)),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("later") / "w.duckdb"
    moving_firm(path, lines=450)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The moving firm; its loads may leave what follows from the first line on."""
    monkeypatch.setattr(unfollowed, "FROM_LINES", 1)
    monkeypatch.setattr(bitmap_plan, "WORDS_A_TAIL_LINE", 0)  # of few lines, reading them all is cheaper
    found = Path(shutil.copytree(made.parent, tmp_path / "firm")) / made.name
    with counted_beforehand():
        yield found


def add(path: Path, which: int = 0, left: bool = True, more: str = "") -> None:
    """A load of whole orders, late ones and some after the last day, of customers who bought and of one who did not."""
    with unfollowed.putting_off() if left else nullcontext(), writing(path) as connection:
        ((batch, order),) = connection.execute("SELECT max(batch) + 1, max(order_key) FROM sale").fetchall()
        connection.execute(
            f"""INSERT INTO sale SELECT * REPLACE (
                (day_key + 40 * (order_key % 2))::INTEGER AS day_key, order_key + {order} AS order_key,
                {batch} AS batch, revenue * 2 AS revenue, coalesce(cost, 1.5) AS cost)
            FROM sale WHERE order_key % 3 = {which} AND batch = 1"""
        )
        if more:
            connection.execute(more)


def assert_right(path: Path, seed: int, drawn: int = 0) -> list[SourceRead]:
    """Answers are those of the lines alone, and SQL gives the same cells; what answered."""
    reads: list[SourceRead] = []
    with closing(Warehouse(path)) as ours, closing(Warehouse(path)) as plain:
        for name in catalogue.CUBES:
            plain.beside["aggregates", catalogue.load(name, plain.profile)] = ()
        asker = Asker(ours, random.Random(seed))
        questions = [*FIXED[:: 1 if drawn else 5], *(asker.question() for _ in range(drawn))]
        for policy, asked in ((UNLIMITED, questions), (CUT, questions[:: 2 if drawn else 6])):
            mine, theirs = ours.under(policy), plain.under(policy)
            for query in asked:
                one, other = told(mine, query), told(theirs, query)
                assert_like(one, other)
                if isinstance(one, Answer):
                    reads += [leg for read in one.reads for leg in read.legs]
        for read in reads:
            if isinstance(read.source, WithTail):
                assert_statement_agrees(ours, read)
    return reads


def told(warehouse: Warehouse, query: Query) -> Answer | str:
    try:
        return ask(warehouse, query)
    except ClientelaError as error:
        return str(error)


def assert_like(one: Answer | str, other: Answer | str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert one.frame.columns == other.frame.columns
    assert one.frame.height == other.frame.height, one.query
    for own, wanted in zip(one.frame.rows(), other.frame.rows(), strict=True):
        assert all(map(like, own, wanted)), (one.query, own, wanted)


def assert_statement_agrees(warehouse: Warehouse, read: SourceRead) -> None:
    (own,) = read.source.cells(read.asked)
    (wanted,) = read_cells(warehouse, read.source.statement(read.asked), read.asked)
    for one, other in zip(in_order(own), in_order(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, err_msg=str(read.asked))


def in_order(cells: Cells) -> list[np.ndarray]:
    order = np.lexsort(cells.codes) if cells.codes else np.zeros(1, np.int64)
    return [each[order] for each in (*cells.codes, *(cells.values[name] for name in sorted(cells.values)))]


def stored(path: Path) -> dict[str, object]:
    """All that is derived, but in which order and in how many rows it lies."""
    with closing(Warehouse(path)) as warehouse:
        facts = ("purchase", "kept_customer", "stage_entry", "member", "publication")
        found: dict[str, object] = {each: warehouse.rows(f"FROM {each} ORDER BY ALL") for each in facts}
        found["customer"] = warehouse.rows(
            "SELECT customer_key, cohort_month, cohort_quarter FROM customer ORDER BY 1"
        )
        return found


def test_answers_are_right_between_and_after(path: Path) -> None:
    add(path)
    assert is_unfollowed(path)
    between = assert_right(path, 0, 16)
    words = {str(read.words) for read in between}
    assert any("roll-up" in each and "lines that came since" in each for each in words)
    assert any("sets of customers" in each and "lines that came since" in each for each in words)
    with closing(Warehouse(path)) as warehouse:
        cohorts = warehouse.rows(
            "SELECT customer_key, cohort_month, cohort_quarter FROM customer ORDER BY ALL"
        )
    assert follow(path)
    assert not is_unfollowed(path)
    assert not follow(path)
    with closing(Warehouse(path)) as warehouse:
        assert behind.through_batches(warehouse.rows) == {}
        now = warehouse.rows("SELECT customer_key, cohort_month, cohort_quarter FROM customer ORDER BY ALL")
        assert now == cohorts
    assert all("came since" not in str(read.words) for read in assert_right(path, 1))


def test_lines_that_came_since_are_passed_over_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_store, "LEAST_LINES", 1)
    monkeypatch.setattr(line_store, "HOLDS", True)
    monkeypatch.setattr(line_store, "WAITS", True)
    passed: list[int | None] = []
    offer = LineCoverage.offer

    def heard(self: LineCoverage, cell_query: CellQuery, same_by_sql: SameBySql) -> Offer:
        found = offer(self, cell_query, same_by_sql)
        passed.extend([self.after] if found.source else [])
        return found

    monkeypatch.setattr(LineCoverage, "offer", heard)
    assert_right(path, 2)
    add(path)
    reads = assert_right(path, 2, 10)
    assert any("lines that came since" in str(read.words) for read in reads)
    assert {1} < {*passed}
    assert passed.count(1) > 5


def test_what_is_followed_later_is_what_is_followed_at_once(path: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(path.parent, tmp_path / "other")) / path.name
    add(other, left=False)
    add(path)
    follow(path)
    one, two = stored(path), stored(other)
    for each in (one, two):
        del each["publication"]  # made a moment apart
    assert one == two


def test_following_is_no_publication_of_its_own(path: Path) -> None:
    add(path)
    history, kept, version = publication.published(path), publication.kept(path), current_version(path)
    assert follow(path)
    assert publication.published(path) == history
    assert publication.kept(path) == kept
    assert current_version(path) != version
    add(path, 1)
    assert len(publication.published(path)) == len(history) + 1
    follow(path)
    assert_right(path, 3)


def test_derived_facts_say_that_lines_are_not_in_them_yet(path: Path) -> None:
    add(path)
    query = Query(("new_customers",), cube="purchases")
    with closing(Warehouse(path)) as warehouse:
        assert any("order lines is not told yet" in note for note in ask(warehouse, query).notes)
        assert not any("not told yet" in note for note in ask(warehouse, Query(("revenue",))).notes)
    follow(path)
    with closing(Warehouse(path)) as warehouse:
        assert not any("not told yet" in note for note in ask(warehouse, query).notes)


def test_a_crash_while_following_leaves_the_lines_and_the_next_follows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(path)
    version = current_version(path)

    def crash(name: str) -> None:
        if name == "before publishing":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(write_moments, "step", crash)
        with pytest.raises(KeyboardInterrupt):
            follow(path)
    assert current_version(path) == version
    assert_right(path, 1)
    assert follow(path)
    assert_right(path, 1)


def test_loads_before_the_first_is_followed_are_followed_with_it(path: Path) -> None:
    add(path)
    add(path, 1)
    with closing(Warehouse(path)) as warehouse:
        assert behind.through_batches(warehouse.rows)["sale"] == 1
    assert_right(path, 4)
    assert follow(path)
    assert_right(path, 4)


@pytest.mark.parametrize(
    "more",
    [
        "UPDATE sale SET revenue = revenue + 1 WHERE batch = 1 AND row_in_source % 5 = 0",
        "UPDATE product SET category = 'Aha' WHERE category = 'Hats'",
        "INSERT INTO sale SELECT * REPLACE (false AS is_order, 3 AS batch) FROM sale WHERE batch = 1 LIMIT 20",
    ],
    ids=["corrected", "renamed", "continued"],
)
def test_whatever_else_happens_while_lines_wait_is_followed_with_them(path: Path, more: str) -> None:
    add(path)
    add(path, 1, more=more)
    with closing(Warehouse(path)) as warehouse:
        assert "sale" not in behind.through_batches(warehouse.rows)
    assert_right(path, 5)
    follow(path)
    assert_right(path, 5)


def test_a_write_that_leaves_nothing_follows_what_waits(path: Path) -> None:
    add(path)
    add(path, 1, left=False)
    assert not is_unfollowed(path)
    assert_right(path, 6)


def test_undone_and_redone_between(path: Path) -> None:
    add(path)
    number = publication.published(path)[-1].number
    earlier_states.go_back(path, number - 1)
    assert not is_unfollowed(path)
    assert_right(path, 7)
    earlier_states.go_back(path, number)
    assert is_unfollowed(path)
    assert_right(path, 7)
    thread = following.start(path)
    assert thread
    thread.join()
    assert following.start(path) is None
    assert_right(path, 7)


def test_roll_ups_that_are_chosen_anew_wait_for_nothing(path: Path) -> None:
    add(path)
    follow_publication.build(path)
    assert not is_unfollowed(path)
    assert_right(path, 8)
