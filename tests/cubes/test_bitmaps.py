"""Distinct customers from stored sets equal loops over the lines, whatever is asked, cut, topped, appended."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cubes.aggregates import likely_questions
from cubes.aggregates.bitmaps import bitmap_grains, bitmap_refresh, customer_filters, customer_sets
from cubes.aggregates.bitmaps.bitmap_kind import BitmapKind
from cubes.aggregates.bitmaps.bitmap_reading import Bitmaps
from cubes.aggregates.lattice import Lattice
from cubes.aggregates.line_chunk import LineReader
from cubes.aggregates.publication_work import Work
from cubes.aggregates.writer_rows import rows_of
from cubes.ask.resolve_cuts import scope
from cubes.catalogue import sales
from cubes.cells.byte_cache import SETS
from cubes.cells.reason import Because
from cubes.cells.scope import Moved
from cubes.model import Cube
from cubes.query import Cut, Query
from data.connection import Connection
from data.model import warehouse_profile
from data.model.calendar import Days, day_key
from data.model.warehouse_profile import Profile
from data.store.duckdb_engine import transaction
from data.store.warehouse import Warehouse
from tests import oracle
from tests.tiny import Line, tiny_warehouse, write_tiny

OF_CUSTOMERS = ("country", "region", "city", "customer_kind")
OF_OTHERS = ("department", "category", "subcategory", "product", "channel", "channel_type")
TIMES = ("year", "quarter", "month", "week", "iso_year", "day")
LEVELS = (*OF_CUSTOMERS, *OF_OTHERS, *TIMES)
FIRST = date(2010, 11, 20)
BUDGET = 250_000_000

some_lines = st.lists(
    st.builds(
        Line,
        day=st.integers(0, 120).map(lambda days: FIRST + timedelta(days=days)),
        order=st.integers(1, 20).map(lambda number: f"o{number}"),
        customer=st.sampled_from(["Ann", "Bob", "Cy", "Di", "(unknown)"]),
        country=st.sampled_from(["France", "Italy"]),
        region=st.sampled_from(["North", "South"]),
        city=st.sampled_from(["Lille", "Rome"]),
        customer_kind=st.sampled_from(["firm", "household"]),
        product=st.sampled_from(["Cup", "Pan", "Hat"]),
        department=st.sampled_from(["Home", "Wear"]),
        category=st.sampled_from(["Kitchen", "Sale"]),
        channel=st.sampled_from(["Web", "Shop"]),
        channel_type=st.sampled_from(["Online", "Store"]),
        is_return=st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


def store(path: Path, steps: Sequence[tuple[str, bool]], budget: int = BUDGET) -> None:
    """Store the sets of a firm step by step: of the lines that meet a condition, replacing months or beside them."""
    with transaction(path) as connection:
        found = warehouse_profile.read(rows_of(connection), "")
        CUBES[path] = sales.cube(found)
        for at, (condition, append) in enumerate(steps):
            maker = begun(connection, CUBES[path], found if at == 0 else None, budget)
            lines = lines_of(connection, CUBES[path], maker, condition)
            every = [
                month for (month,) in connection.execute("SELECT DISTINCT month_code FROM time").fetchall()
            ]
            if append and len(lines["month"]):
                maker.keep(maker.found(lines, append=True))
            elif not append:
                replace_months(maker, lines, every, at % 2 == 1)
            maker.finish(NOTHING_ELSE)
            connection.execute("COMMIT")
            connection.execute("BEGIN")


NOTHING_ELSE = Work((), (), ())


def begun(
    connection: Connection, cube: Cube, anew: Profile | None = None, budget: int = BUDGET
) -> bitmap_refresh.BitmapRefresh:
    """Ready to store sets, chosen anew by a profile or as they were."""
    kind = BitmapKind()
    if anew:
        kind.forget(connection, cube)
        kind.choose(connection, cube, anew, {}, budget)
    return kind.refresh(connection, cube, anew is not None)


def lines_of(
    connection: Connection, cube: Cube, maker: bitmap_refresh.BitmapRefresh, condition: str
) -> dict[str, np.ndarray]:
    """The columns of the lines that meet a condition, as a maker wants them."""
    reader = LineReader(connection, cube, {"day", "month", *maker.levels}, maker.columns)
    chunk = reader.chunk(reader.read(condition))
    return {**chunk.codes, **chunk.columns}


def replace_months(
    maker: bitmap_refresh.BitmapRefresh, lines: dict[str, np.ndarray], months: Sequence[int], one_by_one: bool
) -> None:
    """Put months in the place of those stored: one by one, or several at once."""
    there = sorted(set(lines["month"].tolist()))
    maker.gone([month for month in months if month not in there])
    for some in [[month] for month in there] if one_by_one else [there[::2], there[1::2]]:
        inside = np.isin(lines["month"], some)
        if inside.any():
            maker.keep(maker.found({name: column[inside] for name, column in lines.items()}, append=False))


CUBES: dict[Path, Cube] = {}


@contextmanager
def firm(
    lines: Sequence[Line],
    steps: Sequence[tuple[str, bool]] = (("true", False),),
    budget: int = BUDGET,
) -> Iterator[Warehouse]:
    """A warehouse of these lines, its sets of customers stored."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        write_tiny(path, lines)
        store(path, steps, budget)
        warehouse = Warehouse(path)
        yield warehouse
        warehouse.close()
        del CUBES[path]


def reading(warehouse: Warehouse, measure: str = "customers") -> Bitmaps:
    """The sets that are stored for a measure, read once."""
    cube = sales.cube(warehouse.profile)
    if measure not in warehouse.beside:
        warehouse.beside[measure] = Bitmaps(warehouse, cube, cube.measure(measure))
    stored: Bitmaps = warehouse.beside[measure]
    return stored


def member_ids(warehouse: Warehouse) -> dict[tuple[str, int], str]:
    """The ids of all members by level and code, read once."""
    if "ids" not in warehouse.beside:
        rows = warehouse.rows("SELECT level, code, id FROM member")
        warehouse.beside["ids"] = {(level, code): id_ for level, code, id_ in rows}
    ids: dict[tuple[str, int], str] = warehouse.beside["ids"]
    return ids


def counted(
    warehouse: Warehouse,
    kept: tuple[str, ...],
    cuts: tuple[Cut, ...] = (),
    tops: dict[str, list[str]] | None = None,
    measure: str = "customers",
) -> dict[tuple[str, ...], int] | str:
    """The customers of each cell by the ids of its members; or why they cannot be counted."""
    asked = scope(warehouse, sales.cube(warehouse.profile), Query((measure,), kept, cuts=cuts))
    ids = member_ids(warehouse)
    code_of = {(level, id_): code for (level, code), id_ in ids.items()}
    shown = {level: [code_of[level, each] for each in top] for level, top in (tops or {}).items()}
    stored = reading(warehouse, measure)
    way = stored.way(kept, asked, shown)
    if isinstance(way, Because):
        return str(way)
    assert stored.cost(way) >= 0
    codes, counts = stored.counts(way)
    assert all(each.dtype == "int32" for each in codes)
    cells = [
        tuple("Others" if code == -1 else ids[level, code] for level, code in zip(kept, cell, strict=True))
        for cell in zip(*(each.tolist() for each in codes), strict=True)
    ] or [()] * len(counts)
    assert len(set(cells)) == len(cells)
    assert all(counts >= (measure == "buyers"))
    return dict(zip(cells, counts.tolist(), strict=True))


def truth(
    lines: Sequence[Line],
    kept: tuple[str, ...],
    tops: dict[str, list[str]] | None = None,
    measure: str = "customers",
) -> dict[oracle.Key, int]:
    """The same by loops over the lines; buyers are of cells that have any."""
    some = [line for line in lines if measure == "customers" or not line.is_return]
    cells = oracle.cells(some, kept, (), top=tops)
    each = {key: len({line.customer for line in cell} - {"(unknown)"}) for key, cell in cells.items()}
    return {key: count for key, count in each.items() if count or measure == "customers"}


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, bool]]:
    """How the lines came in: all at once; some, then the others beside them or some months once more."""
    some = draw(st.integers(0, 60))
    return draw(
        st.sampled_from(
            [
                [("true", False)],
                [(f"row_in_source <= {some}", False), (f"row_in_source > {some}", True)],
                [(f"row_in_source > {some}", False), ("true", False)],
                [(f"row_in_source % 3 = {at}", at > 0) for at in range(3)],
                [(f"row_in_source % 2 = {at % 2}", at > 0) for at in range(3)],
                [(f"row_in_source > {some}", False), (f"row_in_source <= {some}", True), ("true", False)],
            ]
        )
    )


WAYS = [
    "masks",
    "runs",
    "key by key",
    "keys",
    "many members",
    "many members, one row a cell, not counted beside",
]


@pytest.fixture(params=WAYS)
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of storing and counting that the sizes of a firm decide."""
    monkeypatch.setattr(bitmap_grains, "MANY", 2 if "many members" in request.param else 300)
    monkeypatch.setattr(
        bitmap_refresh, "EXACT_BYTES", -1 if "not counted beside" in request.param else 1 << 30
    )
    monkeypatch.setattr(bitmap_refresh, "ROWS_A_CELL", 1 if "one row a cell" in request.param else 8)
    monkeypatch.setattr(customer_filters, "FEW_RUNS", 0 if request.param in ("masks", "key by key") else 1000)
    monkeypatch.setattr(customer_filters, "FEW_MASKS", 1 if request.param == "key by key" else 64)
    monkeypatch.setattr(customer_sets, "KEYS_A_WORD", 64 if request.param == "keys" else 0)


@pytest.mark.usefixtures("ways")
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(lines=some_lines, came=steps(), data=st.data())
def test_every_cell_equals_the_slow_answer(
    lines: list[Line], came: list[tuple[str, bool]], data: st.DataObject
) -> None:
    with firm(lines, came, data.draw(st.sampled_from([1, BUDGET]))) as warehouse:
        for _ in range(12):
            kept = tuple(data.draw(st.lists(st.sampled_from(LEVELS), max_size=3, unique=True)))
            inside, cuts = data.draw(cut_lines(lines))
            tops = {}
            for level in kept:
                members = sorted({oracle.member(line, level) for line in lines})
                if data.draw(st.booleans()):
                    tops[level] = data.draw(st.lists(st.sampled_from(members), max_size=2, unique=True))
            measure = data.draw(st.sampled_from(["customers", "buyers"]))
            found = counted(warehouse, kept, cuts, tops, measure)
            if not isinstance(found, str):
                assert found == truth(inside, kept, tops, measure)


@st.composite
def cut_lines(draw: st.DrawFn, lines: list[Line]) -> tuple[list[Line], tuple[Cut, ...]]:
    """Some cuts, and the lines within them."""
    cuts: list[Cut] = []
    inside = lines
    for level in draw(st.lists(st.sampled_from((*LEVELS, "customer")), max_size=2, unique=True)):
        members = sorted({oracle.member(line, level) for line in lines})
        chosen = draw(st.lists(st.sampled_from(members), min_size=1, max_size=2, unique=True))
        exclude = draw(st.booleans())
        cuts.append(Cut(level, tuple(chosen), exclude=exclude))
        inside = [line for line in inside if (oracle.member(line, level) in chosen) != exclude]
    if draw(st.booleans()):
        first, last = sorted(draw(st.tuples(st.integers(0, 120), st.integers(0, 120))))
        since, until = FIRST + timedelta(days=first), FIRST + timedelta(days=last)
        cuts.append(Cut("day", since=str(since), until=str(until)))
        inside = [line for line in inside if since <= line.day <= until]
    return inside, tuple(cuts)


ALL = [
    Line(),
    Line(day=date(2011, 1, 2), country="Italy", category="Sale"),
    Line(day=date(2011, 2, 3), customer="Bob", channel="Shop", channel_type="Store"),
    Line(day=date(2012, 5, 30), customer="Cy", customer_kind="household", product="Hat", category="Sale"),
]


def test_any_level_beside_one_of_customers_or_time_is_answered() -> None:
    cut = (Cut("month", ("2011-01", "2012-05")),)
    with firm(ALL) as warehouse:
        for level in LEVELS:
            for other in ("country", "customer_kind", "month"):
                kept = tuple(dict.fromkeys((level, other)))
                assert counted(warehouse, kept, cut) == truth([*ALL[:2], ALL[3]], kept)


def test_a_customer_of_several_versions_counts_once_a_group() -> None:
    moved = [Line(), Line(country="Italy"), Line(customer_kind="household"), Line(customer="Bob")]
    with firm(moved) as warehouse:
        assert counted(warehouse, ()) == {(): 2}
        assert counted(warehouse, ("country",)) == {("France",): 2, ("Italy",): 1}
        assert counted(warehouse, ("customer_kind", "month")) == {
            ("firm", "2011-01"): 2,
            ("household", "2011-01"): 1,
        }


def test_days_that_no_stored_period_makes_up_are_read_from_the_lines() -> None:
    cut = (Cut("day", since="2011-01-02", until="2011-02-28"),)
    with firm(ALL) as warehouse:
        for kept in (("category",), ("channel", "month"), ("country", "category"), ("country",)):
            assert counted(warehouse, kept, cut) == truth(ALL[1:3], kept)


@pytest.mark.parametrize("level", ["week", "month", "year", "day"])
def test_days_that_stand_for_later_ones_fall_into_their_periods(level: str) -> None:
    with firm(ALL) as warehouse:
        shift = 364
        whole = Days(day_key(min(line.day for line in ALL)), day_key(max(line.day for line in ALL)))
        asked = scope(warehouse, sales.cube(warehouse.profile), Query(("customers",)))
        asked = replace(asked, moved=(Moved(whole, shift),))
        stored = reading(warehouse)
        way = stored.way((level,), asked, {})
        assert not isinstance(way, Because)
        (codes,), counts = stored.counts(way)
        later = [replace(line, day=line.day + timedelta(days=shift)) for line in ALL]
        calendar = warehouse.profile.calendar
        found = [(calendar.period_id(level, int(code)),) for code in codes]
        assert dict(zip(found, counts.tolist(), strict=True)) == truth(later, (level,))


def test_more_days_than_a_few_are_refused_with_the_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cubes.aggregates.bitmaps.bitmap_plan.EDGE_DAYS", 20)
    with firm(ALL) as warehouse:
        cut = (Cut("day", since="2011-01-02", until="2011-02-28"),)
        found = str(counted(warehouse, ("category",), cut))
        assert "2011-01-02 to 2011-01-31" in found
        assert "category" in found
        assert "30 days" in found
        assert counted(warehouse, ("country",), cut) == truth(ALL[1:3], ("country",))


def test_what_cannot_be_told_apart_is_refused_in_words() -> None:
    with firm(ALL, budget=1) as warehouse:
        assert counted(warehouse, ("category", "month")) == "no sets are stored by category"
        assert "customer by customer" in str(counted(warehouse, ("customer",)))
    with tempfile.TemporaryDirectory() as folder:
        bare = tiny_warehouse(Path(folder) / "w.duckdb", ALL)
        bare.rows("SELECT 1")
        stored = reading(bare)
        if not stored.grains:
            asked = scope(bare, sales.cube(bare.profile), Query(("customers",)))
            assert str(stored.way((), asked, {})) == "no sets of customers are stored for customers"
        bare.close()


def test_members_as_of_a_day_are_refused_where_they_changed() -> None:
    with firm([Line(), Line(country="Italy", product="Pan")]) as warehouse:
        cube = sales.cube(warehouse.profile)
        asked = scope(warehouse, cube, Query(("customers",), as_of="now"))
        stored = reading(warehouse)
        assert "customer changed over time" in str(stored.way(("country",), asked, {}))
        assert not isinstance(stored.way(("category", "month"), asked, {}), Because)


def test_sets_that_would_not_fit_are_refused_with_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    with firm(ALL) as warehouse:
        monkeypatch.setattr(SETS, "limit", 8)
        assert "CLIENTELA_BITMAPS_MB grants" in str(counted(warehouse, ("category", "country")))


def test_what_was_forgotten_answers_nothing_and_can_be_made_anew() -> None:
    with firm(ALL) as warehouse:
        path = warehouse.path
        warehouse.close()
        with transaction(path) as connection:
            BitmapKind().forget(connection, CUBES[path])
        bare = Warehouse(path)
        assert reading(bare).grains == ()
        bare.close()
        store(path, [("true", True)])
        again = Warehouse(path)
        assert counted(again, ("category", "country")) == truth(ALL, ("category", "country"))
        again.close()


def test_levels_in_runs_and_levels_scattered_among_keys_are_split_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(customer_filters, "FEW_RUNS", 5)
    many = [
        Line(
            customer=f"c{at}",
            country="France" if at < 20 else "Italy",
            customer_kind=("firm", "household", "shop")[at % 3 if at < 35 else 0],
            category=("Kitchen", "Sale")[at % 2],
        )
        for at in range(40)
    ]
    with firm(many) as warehouse:
        for kept in (("country", "customer_kind"), ("customer_kind", "country", "category")):
            assert counted(warehouse, kept) == truth(many, kept)
            tops = {"customer_kind": ["shop"], "country": ["Italy"]}
            assert counted(warehouse, kept, (), tops) == truth(many, kept, tops)


def test_a_month_whose_lines_are_gone_is_forgotten() -> None:
    with firm(ALL, [("true", False), ("sale.customer_key <> 3", False)]) as warehouse:
        left = [line for line in ALL if line.customer != "Bob"]
        for kept in ((), ("month",), ("year",), ("channel",), ("day",), ("country", "category")):
            assert counted(warehouse, kept) == truth(left, kept)


def test_later_customers_stand_beside_shorter_sets() -> None:
    many = [replace(ALL[0], customer=f"c{at}", day=date(2011, 1 + at % 3, 1)) for at in range(300)]
    with firm(many, [("row_in_source <= 10", False), ("row_in_source > 10", True)]) as warehouse:
        for kept in ((), ("month",), ("category", "country"), ("city", "quarter"), ("week",)):
            assert counted(warehouse, kept) == truth(many, kept)


@pytest.mark.parametrize("many", [0, 300])
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(lines=some_lines, year=st.sampled_from([2010, 2011]), late=st.integers(0, 60))
def test_one_year_is_made_anew_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, many: int, lines: list[Line], year: int, late: int
) -> None:
    monkeypatch.setattr(bitmap_grains, "MANY", many)
    of_year = "year(DATE '1970-01-01' + sale.day_key)"
    early = f"row_in_source % 2 = 0 AND row_in_source <= {late}"
    with firm(lines, [(early, False)]) as warehouse:
        path = warehouse.path
        warehouse.close()
        with transaction(path) as connection:
            maker = begun(connection, CUBES[path])
            months = [12 * year + month for month in range(12)]
            anew = lines_of(connection, CUBES[path], maker, f"{of_year} = {year}")
            replace_months(maker, anew, months, one_by_one=True)
            added = lines_of(connection, CUBES[path], maker, f"{of_year} <> {year} AND NOT ({early})")
            if len(added["month"]):
                maker.keep(maker.found(added, append=True))
            maker.finish(NOTHING_ELSE)
        again = Warehouse(path)
        for kept in ((), ("year",), ("month",), ("product",), ("product", "year"), ("category", "country")):
            assert counted(again, kept) == truth(lines, kept)
        again.close()


def test_levels_of_many_members_are_kept_by_years(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitmap_grains, "MANY", 1)
    monkeypatch.setattr("cubes.aggregates.bitmaps.bitmap_plan.EDGE_DAYS", 20)
    with firm(ALL) as warehouse:
        assert not [each for each in reading(warehouse).grains if each.levels and each.period == "month"]
        for kept in (
            ("product",),
            ("product", "year"),
            ("product", "country"),
            ("category", "customer_kind"),
        ):
            assert counted(warehouse, kept) == truth(ALL, kept)
        hats = (Cut("product", ("Hat",)),)
        assert counted(warehouse, ("country", "year"), hats) == truth(ALL[3:], ("country", "year"))
        for kept, cuts in ((("product", "month"), ()), (("product",), (Cut("quarter", ("2011-Q1",)),))):
            assert "would be read from the lines" in str(counted(warehouse, kept, cuts))


def test_rows_of_one_cell_become_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitmap_refresh, "ROWS_A_CELL", 3)
    many = [replace(ALL[0], customer=f"c{at}") for at in range(8)]
    with firm(many, [(f"row_in_source = {at + 1}", at > 0) for at in range(8)]) as warehouse:
        rows = "SELECT count(*) FROM rollup.bitmap WHERE measure = 'customers' AND grain = ''"
        assert warehouse.rows(rows) == [(2,)]
        assert counted(warehouse, ()) == {(): 8}


@pytest.mark.parametrize("exact_bytes", [-1, 1 << 30])
def test_products_stay_exact_load_after_load(monkeypatch: pytest.MonkeyPatch, exact_bytes: int) -> None:
    monkeypatch.setattr(bitmap_grains, "MANY", 1)
    monkeypatch.setattr(bitmap_refresh, "ROWS_A_CELL", 3)
    monkeypatch.setattr(bitmap_refresh, "EXACT_BYTES", exact_bytes)
    known = [replace(ALL[0], customer=f"c{at}") for at in range(3)]
    loads = [[*known, replace(ALL[0], customer=f"new{at}")] for at in range(6)]
    lines = [line for load in loads for line in load] + ALL[3:]
    came = [
        (f"row_in_source BETWEEN {4 * at + 1} AND {4 * at + 4} OR {at} = 0 AND row_in_source > 24", at > 0)
        for at in range(6)
    ]
    with firm(lines, came) as warehouse:
        for kept in (("product",), ("product", "year")):
            assert counted(warehouse, kept) == truth(lines, kept)


def test_the_choice_prefers_what_answers_most_a_byte() -> None:
    members = {"category": 20, "subcategory": 60, "product": 2000, "channel": 16, "payment": 5}
    with firm(ALL) as warehouse:
        cube = sales.cube(warehouse.profile)
        likely = likely_questions.likely(cube, replace(warehouse.profile, members=members), {})
    lattice = Lattice(cube, members, 10**7)
    candidates = bitmap_grains.SetCandidates(lattice, lambda _below, _above: True)

    def of_levels(budget: float, *often: str) -> dict[tuple[str, ...], set[str]]:
        asked = {**likely, frozenset(often): 1e6} if often else likely
        found = bitmap_grains.chosen(candidates, lambda each: float(len(each.levels) * 10), budget, asked)
        return {each.levels: {some.period for some in found if some.levels == each.levels} for each in found}

    everything = of_levels(1000)
    assert everything["product",] == {"year", ""}
    assert everything["subcategory",] == {"month", "year", ""}
    assert everything["category", "channel"] == {"month", "year", ""}
    assert "month" not in everything.get(("category",), set())
    assert set(of_levels(0)) == {()}
    assert ("category", "channel") not in of_levels(70)
    assert ("category", "channel") in of_levels(70, "category", "channel", "year")
    assert sum(10 * len(levels) * len(times) for levels, times in of_levels(70).items()) <= 70
