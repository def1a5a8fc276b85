"""Roll-ups: whatever is loaded, corrected or taken away, an answer from them is that of the lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cubes import catalogue
from cubes.aggregates import cube_refresh, follow_publication, likely_questions, line_chunk, space_budget
from cubes.aggregates.aggregate import Refused
from cubes.aggregates.aggregate_kinds import CUSTOMER_SETS, ROLL_UPS
from cubes.aggregates.bitmaps.bitmap_kind import BitmapKind
from cubes.aggregates.cube_refresh import CubeRefresh
from cubes.aggregates.lattice import Lattice
from cubes.aggregates.publication_work import Work
from cubes.aggregates.rollups import rollup_advisor, rollup_kind, rollup_refresh, stored_rollup
from cubes.aggregates.rollups.rollup_coverage import RollUpReason, RollUps
from cubes.aggregates.rollups.rollup_refresh import SLACK, RollUpRefresh
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.ask.answer import Answer, ask
from cubes.ask.execute_plan import TooLarge, engine_of
from cubes.cells.grain import Grain
from cubes.cells.reason import Because
from cubes.cells.scope import LeftOut, Scope
from cubes.model import Cube
from cubes.query import Comparison, Cut, Query, parse_cut
from data.access.policy import Policy
from data.access.row_cut import parse_row_cut
from data.errors import WarehouseError
from data.model.calendar import Days
from data.model.scoring import Scoring
from data.model.warehouse_profile import Extent
from data.store import extension
from data.store.duckdb_engine import transaction
from data.store.end_of_write import postponed
from data.store.saved_scores import save_scores
from data.store.warehouse import Warehouse, current_version, save_attribute, writing
from tests import made_once
from tests.tiny import Line, tiny_warehouse

PLACES = (("France", "North", "Lille"), ("France", "South", "Nice"), ("Italy", "Tuscany", "Prato"))
GOODS = (("Home", "Kitchen", "Mugs"), ("Home", "Bath", "Towels"), ("Fabric", "Wool", "Yarn"))
CHANNELS = (("Web", "Online"), ("App", "Online"), ("Shop", "Store"))
GRAINS = (
    Grain("month", ("country", "category", "channel")),
    Grain("year", ("city", "product")),
    Grain("day", ("customer_kind", "channel_type")),
    Grain("month", ("subcategory",)),
    Grain("year", ("country", "category")),
    Grain("year", ()),
    Grain("year", ("country",)),
)
LEVELS = (
    "country",
    "region",
    "city",
    "customer_kind",
    "category",
    "product",
    "channel",
    "year",
    "month",
    "day",
)
MEASURES = (
    *(
        "revenue",
        "margin",
        "orders",
        "customers",
        "units",
        "order_lines",
        "average_order_value",
        "return_rate",
    ),
    *("products", "categories", "purchase_days", "first_purchase", "last_purchase", "median_line_value"),
)
FOLDS = {"first_purchase": "min", "last_purchase": "max"}


def some_lines(chance: random.Random, count: int) -> list[Line]:
    """Orders of three lines, each of one day, customer, place and channel; some lines are returns."""
    lines = []
    for order in range(count // 3):
        country, region, city = chance.choice(PLACES)
        channel, channel_type = chance.choice(CHANNELS)
        head = Line(
            day=date(2010, 11, 1) + timedelta(days=chance.randrange(420)),
            order=f"o{order}",
            customer=chance.choice(("Ann", "Bob", "Cleo", "(unknown)")),
            country=country,
            region=region,
            city=city,
            channel=channel,
            channel_type=channel_type,
        )
        for _ in range(3):
            department, category, subcategory = chance.choice(GOODS)
            line = replace(
                head,
                product=f"{category} {chance.randrange(3)}",
                department=department,
                category=category,
                subcategory=subcategory,
                units=chance.randrange(1, 5),
                revenue=str(chance.randrange(100, 9999) / 100),
                cost=chance.choice((None, "1.25")),
                is_return=chance.random() < 0.15,
            )
            lines.append(line)
    return lines


@pytest.fixture
def grains() -> Iterator[None]:
    """Roll-ups of a few grains from the first line on, some made of lines and some of others."""

    def advise(cube: Cube, *_: object) -> list[rollup_advisor.Advised]:
        if not cube.has_orders:  # what follows from order lines has no such levels
            return []
        found = [rollup_advisor.Advised(grain, None, 0, 0, 0) for grain in GRAINS[:4]]
        parents = (GRAINS[0], GRAINS[0], GRAINS[4])
        return [
            *found,
            *(rollup_advisor.Advised(g, p, 0, 0, 0) for g, p in zip(GRAINS[4:], parents, strict=True)),
        ]

    with made_once.alike("a few grains") as patch:
        patch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
        patch.setattr(rollup_advisor, "advise", advise)
        yield


def question(chance: random.Random, path: Warehouse) -> Query:
    by = tuple(chance.sample(LEVELS, chance.choice((0, 1, 1, 2, 2))))
    cuts = []
    for level in chance.sample(("country", "category", "channel", "customer_kind"), chance.choice((0, 1, 2))):
        members = [row[0] for row in path.rows("SELECT id FROM member WHERE level = ? ORDER BY id", [level])]
        some = tuple(chance.sample(members, chance.randrange(1, len(members) + 1)))
        cuts.append(Cut(level, some, exclude=chance.random() < 0.2))
    if chance.random() < 0.4:
        cuts.append(chance.choice((Cut("month", since="2010-12", until="2011-06"), Cut("year", ("2011",)))))
    if chance.random() < 0.2:
        cuts = [cut for cut in cuts if cut.level not in ("month", "year")]
        cuts.append(Cut("day", since="2011-01-05", until="2011-07-20"))
    top = tuple(
        (level, 1) for level in by[:1] if level not in ("year", "month", "day") and chance.random() < 0.3
    )
    return Query(
        tuple(chance.sample(MEASURES, chance.randrange(1, 4))),
        by[:1],
        by[1:],
        tuple(cuts),
        top,
        chance.random() < 0.5,
        chance.choice((None, None, Comparison.YEAR, Comparison.PREVIOUS)),
    )


def of_lines(path: Path) -> Warehouse:
    """The same snapshot, answered from the lines alone."""
    warehouse = Warehouse(path)
    planner = engine_of(warehouse, catalogue.load("sales", warehouse.profile)).planner
    planner.aggregates = []
    return warehouse


def assert_same_answers(path: Path, chance: random.Random, questions: int) -> set[str]:
    """The answers of roll-ups are those of lines; returns what answered."""
    ours, plain = Warehouse(path), of_lines(path)
    sources = set()
    for _ in range(questions):
        query = question(chance, ours)
        one, other = ask(ours, query), ask(plain, query)
        keys = [*(f"{level}.id" for level in query.by), *query.by, "grouping"]
        assert_frame_equal(one.frame.sort(keys), other.frame.sort(keys), abs_tol=1e-9)
        sources |= {leg.source.words() for read in one.reads for leg in read.legs}
    return sources


def changed(path: Path, chance: random.Random, deed: str) -> None:
    """Something happens to the lines or their members, by a batch of its own."""
    with writing(path) as connection:
        batch = connection.execute("SELECT max(batch) + 1 FROM sale").fetchall()[0][0]
        some = "row_in_source % 7 = " + str(chance.randrange(7))
        if deed == "added":
            connection.execute(
                f"""INSERT INTO sale SELECT * REPLACE (day_key + 3 AS day_key, order_key + 100000 AS order_key,
                {batch} AS batch, revenue * 2 AS revenue) FROM sale
                WHERE order_key % 7 = {chance.randrange(7)} AND batch = 1"""  # whole orders, as loads bring them
            )
        elif deed == "continued":
            connection.execute(
                f"INSERT INTO sale SELECT * REPLACE ({batch} AS batch, false AS is_order) FROM sale WHERE {some}"
            )
        elif deed == "deleted":
            connection.execute(f"DELETE FROM sale WHERE order_key % 5 = {chance.randrange(5)}")
        elif deed == "corrected":
            connection.execute(f"UPDATE sale SET revenue = revenue + 1, units = units + 2 WHERE {some}")
        elif deed == "moved":
            connection.execute(
                "UPDATE customer SET country = 'Spain', region = 'Sol', city = 'Vigo' WHERE city = 'Nice'"
            )
        elif deed == "renamed":
            connection.execute("UPDATE product SET category = 'Aha' WHERE category = 'Wool'")


DEEDS = ("added", "continued", "deleted", "corrected", "moved", "renamed")


@pytest.mark.parametrize("seed", [1])
def test_roll_ups_follow_whatever_happens(tmp_path: Path, grains: None, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 240)).close()
    sources = assert_same_answers(path, chance, 20)
    assert any("roll-up" in words for words in sources)
    for deed in chance.sample(DEEDS, 3):
        changed(path, chance, deed)
        assert_same_answers(path, chance, 10)


CUTS = (
    (),
    (Cut("year", ("2011",)),),
    (Cut("month", since="2010-12", until="2011-06"),),
    (Cut("channel_type", ("Online",)),),
    (Cut("channel_type", ("Online",), exclude=True),),
    (Cut("channel_type", ("Store",)), Cut("year", ("2010",))),
)


def test_what_is_kept_of_a_question_answers_no_other_of_its_shape(tmp_path: Path, grains: None) -> None:
    """The same levels and measures by turns under other days, members, tops, periods moved, moments and policies."""
    chance = random.Random(4)
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 120)).close()
    changed(path, chance, "moved")
    ours, plain = Warehouse(path), of_lines(path)
    policies = ("country=France", "country=Italy|Spain")
    pairs = [(ours, plain)]
    for text in policies:
        policy = Policy(rows=(parse_row_cut(text),))
        limited = of_lines(path).under(policy)
        engine_of(limited, catalogue.load("sales", limited.profile)).planner.aggregates = []
        pairs.append((ours.under(policy), limited))
    asked = [
        Query(measures, ("category",), cuts=cuts, top=top, compare=compare, as_of=as_of)
        for measures in (("customers",), ("revenue", "orders"))
        for cuts in CUTS
        for top, compare, as_of in (
            ((), None, ""),
            ((("category", 1),), None, "now"),
            ((), Comparison.YEAR, ""),
        )
    ]
    sources = set()
    for query in chance.sample(asked * 2, 36):
        one, other = chance.choice(pairs)
        found = ask(one, query)
        assert_frame_equal(found.frame, ask(other, query).frame, abs_tol=1e-9)
        sources.add(found.source)
    assert any("sets of customers" in each for each in sources)
    assert any("roll-up" in each for each in sources)
    sets = CUSTOMER_SETS.opened(ours, catalogue.load("sales", ours.profile)).stored["customers"]
    lagging = Scope(None, (), (), left_out=(LeftOut((1,), (Days(14_900, 15_000),)),))
    assert not isinstance(sets.way(("category",), replace(lagging, left_out=()), {}), Because)
    assert isinstance(sets.way(("category",), lagging, {}), Because)


CONDITIONS = (
    "city by revenue > 2000",
    "country by customers >= 3 in 2011",
    "month by orders > 7",
    "product by revenue bottom 4 within month=2011-03; category!=Bath",
    "category by average_order_value top 1",
    "channel by units < 1000 in 2011-01..2011-04",
)


def test_members_that_meet_a_condition_are_the_same_whatever_answers(tmp_path: Path, grains: None) -> None:
    lines = some_lines(random.Random(1), 240)
    measures = ("revenue", "customers", "orders", "order_lines")
    asked = [
        Query(measures, (by,), cuts=(parse_cut(text),), totals=True, compare=Comparison.YEAR)
        for text, by in zip(CONDITIONS, ("category", "month") * 3, strict=True)
    ]
    rolled = tiny_warehouse(tmp_path / "rolled.duckdb", lines)
    tiny_warehouse(tmp_path / "bare.duckdb", lines).close()
    bare = of_lines(tmp_path / "bare.duckdb")
    assert rolled.version != bare.version
    answers = [(ask(rolled, each), ask(bare, each)) for each in asked]
    assert any("roll-up" in own.source for own, _ in answers)
    for own, other in answers:
        assert "roll-up" not in other.source
        assert_frame_equal(own.frame, other.frame)
        assert own.notes == other.notes
    rolled.close()
    bare.close()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_roll_up_followed_is_the_one_made_anew(tmp_path: Path, grains: None, deed: str) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 300)).close()
    changed(path, random.Random(deed), deed)
    followed = contents(path)
    follow_publication.build(path)
    made = contents(path)
    assert followed.keys() == made.keys()
    assert len(made) == len(GRAINS)
    for grain, rows in made.items():
        assert followed[grain] == rows, grain


def test_years_made_anew_beside_years_added_to(tmp_path: Path, grains: None) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(5), 240)).close()
    with writing(path) as connection:
        connection.execute("UPDATE sale SET revenue = revenue + 1 FROM time WHERE sale.day_key = time.day_key"
                           " AND year(day) = 2010")  # fmt: skip
        connection.execute(
            """INSERT INTO sale SELECT sale.* REPLACE (order_key + 100000 AS order_key, 2 AS batch)
            FROM sale JOIN time USING (day_key) WHERE year(day) = 2011 AND order_key % 3 = 0"""
        )
    followed = contents(path)
    follow_publication.build(path)
    assert followed == contents(path)


def test_loops_put_many_lines_together_as_the_engine_does(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cube_refresh, "CHUNK_LINES", 60)  # a year's lines come in several pieces
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(9), 300)).close()
    changed(path, random.Random(9), "continued")
    follow_publication.build(path)
    by_the_engine = contents(path), sets(path)
    monkeypatch.setattr(line_chunk, "MANY_LINES", 1)
    monkeypatch.setattr(RollUpRefresh, "_grouped", None)  # nothing is left to the engine
    follow_publication.build(path)
    assert (contents(path), sets(path)) == by_the_engine


def sets(path: Path) -> list[tuple[object, ...]]:
    return Warehouse(path).rows("FROM rollup.bitmap ORDER BY ALL")


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    warehouse = Warehouse(path)
    found = {}
    for each in stored_rollup.read(warehouse.rows, "sales"):
        held = ", ".join(f'"{name}"' for name in sorted(each.held))
        folds = ", ".join(f'{FOLDS.get(name, "sum")}("{name}")' for name in sorted(each.parts))
        cells = warehouse.rows(f"SELECT {held}, {folds} FROM {each.table} GROUP BY {held}")
        found[str(each.grain)] = sorted(cells, key=repr)
        assert len(cells) <= each.cells == warehouse.rows(f"SELECT count(*) FROM {each.table}")[0][0]
    return found


def test_few_rows_a_cell_after_many_loads(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup_refresh, "SLACK_ROWS", 0)
    chance = random.Random(3)
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(chance, 200)).close()
    for _ in range(3):
        changed(path, chance, "added")
    warehouse = Warehouse(path)
    for each in stored_rollup.read(warehouse.rows, "sales"):
        keys = ", ".join(f'"{name}"' for name in sorted(each.held))
        cells = warehouse.rows(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {each.table})")[0][0]
        assert each.cells <= (1 + SLACK) * cells, each.grain


def test_an_answer_says_what_gave_it_and_why_nothing_else_did(tmp_path: Path, grains: None) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 200)).close()
    warehouse = Warehouse(path)
    by_day = ask(warehouse, Query(("revenue",), ("channel_type",), cuts=(Cut("day", ("2011-01-05",)),)))
    assert "roll-up day x customer_kind x channel_type" in by_day.source
    refused = Refused("year", Because(RollUpReason.LEVELS_NOT_KEPT, (("channel type",),)))
    assert refused in by_day.explain
    assert str(refused) == "Not from year: it keeps no channel type."
    by_week = ask(warehouse, Query(("revenue",), ("country",), cuts=(Cut("day", ("2011-01-05",)),)))
    assert Because(RollUpReason.PARTIAL_PERIODS, ("month",)) in reasons(by_week)
    median = ask(warehouse, Query(("median_line_value",)))
    assert "rows of sale" in median.source
    assert Because(RollUpReason.ONLY_LINES, ("Median line value",)) in reasons(median)


def reasons(answer: Answer) -> set[Because]:
    return {each.why for each in answer.explain if isinstance(each, Refused)}


def test_why_not_is_worked_out_only_when_asked_for(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    why_not = RollUps._why_not

    def noted(self: RollUps, kept_: StoredRollUp, *rest: Any) -> Any:
        told.append(kept_.name)
        return why_not(self, kept_, *rest)

    monkeypatch.setattr(RollUps, "_why_not", noted)
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 200)).close()
    answer = ask(Warehouse(path), Query(("revenue", "median_line_value"), ("channel_type",), totals=True))
    assert not told
    assert any(isinstance(each, Refused) for each in answer.explain)
    assert told


def test_rows_stand_by_name_with_others_and_totals_last(tmp_path: Path) -> None:
    lines = some_lines(random.Random(1), 200)
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    query = Query(("revenue",), ("country",), ("channel",), totals=True, top=(("channel", 2),))
    rows = ask(warehouse, query).frame.select("grouping", "country", "channel").rows()
    others = next(name for *_, name in rows if name and name.startswith("Others"))
    channels = [name for grouping, _, name in rows if grouping == 2]
    assert channels == [*sorted(set(channels) - {others}), others]
    assert [name for grouping, name, _ in rows if grouping == 1] == ["France", "Italy"]
    assert [grouping for grouping, *_ in rows] == sorted(grouping for grouping, *_ in rows)
    by_value = ask(warehouse, Query(("revenue",), ("product",))).frame["revenue"].to_list()
    assert by_value == sorted(by_value, reverse=True)


def test_a_saved_segment_leaves_roll_ups_as_they_are(tmp_path: Path, grains: None) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 200)).close()
    before = contents(path)
    save_attribute(path, "customer", "taste", "Taste", {"Ann": "sweet"})
    assert contents(path) == before
    answer = ask(Warehouse(path), Query(("revenue",), ("taste",)))
    assert "rows of sale" in answer.source


def test_saved_scores_make_no_roll_up_anew(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one by customer, though three levels of customers come with them, nor where a customer's first version,
    which stands for all days before it, begins after its lines."""
    by_customer = rollup_advisor.Advised(Grain("month", ("customer",)), None, 0, 0, 0)
    monkeypatch.setattr(rollup_advisor, "advise", lambda cube, *_: [by_customer] if cube.has_orders else [])
    path, ran, run = tmp_path / "w.duckdb", list[Work](), CubeRefresh.run
    country, region, city = PLACES[0]
    lines = [
        replace(each, country=country, region=region, city=city) for each in some_lines(random.Random(1), 200)
    ]
    tiny_warehouse(path, lines).close()
    with writing(path) as connection:
        connection.execute(
            "UPDATE customer SET valid_from = '2020-01-01' WHERE name <> 'Ann' AND customer_code > 0"
        )
    before = contents(path)
    monkeypatch.setattr(CubeRefresh, "run", lambda self, work, how: (ran.append(work), run(self, work, how)))
    scores = pl.DataFrame({"customer": ["Ann", "Bob"], "value": [5.0, 7.5], "chance": [0.2, 0.9]})
    assert save_scores(path, scores, Scoring(max(each.day for each in lines), "BG/NBD", 365)) == 2
    assert contents(path) == before
    assert not ran
    told = ask(Warehouse(path), Query(("revenue",), ("value_band",)))
    assert "rows of sale" in told.source


def test_no_roll_ups_below_the_least_lines(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 50)).close()
    warehouse = Warehouse(path)
    assert stored_rollup.read(warehouse.rows, "sales") == []
    assert "rows of sale" in ask(warehouse, Query(("revenue",))).source


def test_the_cubes_of_a_small_firm_have_the_least_room_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    rooms: list[float] = []
    advise, choose = rollup_advisor.advise, BitmapKind.choose

    def advised(*given: Any) -> list[rollup_advisor.Advised]:
        rooms.append(given[3])
        return advise(*given)

    def chosen(*given: Any) -> Any:
        rooms.append(given[-1])
        return choose(*given)

    monkeypatch.setattr(rollup_advisor, "advise", advised)
    monkeypatch.setattr(BitmapKind, "choose", chosen)
    monkeypatch.setattr(rollup_advisor, "PAYS_WITHIN", 1e9)
    monkeypatch.setattr(rollup_advisor, "CELLS_A_LINE", 4)
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 20_000)).close()
    extents = Warehouse(path).profile.extents.values()
    least = space_budget.LEAST_ROOM * 20_000 / sum(each.lines for each in extents)
    assert rooms[0] == pytest.approx(least * ROLL_UPS.share, rel=1e-3)
    assert 0.99 * least * CUSTOMER_SETS.share < rooms[1] < least


def test_nothing_is_made_between_writes_that_others_follow_unless_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    monkeypatch.setattr(
        rollup_advisor, "advise", lambda *_: [rollup_advisor.Advised(Grain("month", ()), None, 9, 9, 9)]
    )
    path = tmp_path / "w.duckdb"
    with postponed():
        tiny_warehouse(path, some_lines(random.Random(1), 60)).close()
        assert stored_rollup.read(Warehouse(path).rows, "sales") == []
    changed(path, random.Random(1), "added")
    assert stored_rollup.read(Warehouse(path).rows, "sales")
    with postponed():
        changed(path, random.Random(2), "corrected")
    sold = Query(("revenue", "orders"), ("month",))
    answer = ask(Warehouse(path), sold)
    assert "roll-up" in answer.source
    expected = Warehouse(path).rows(
        "SELECT sum(revenue)::DOUBLE FROM sale JOIN time USING (day_key) GROUP BY month_code ORDER BY month_code"
    )
    assert answer.frame["revenue"].to_list() == pytest.approx([revenue for (revenue,) in expected])


def test_an_owner_who_grants_no_space_gets_none_and_the_same_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 60)).close()
    follow_publication.build(path, share=0)
    months: list[str] = []
    monkeypatch.setattr(follow_publication.CubeRefresh, "run", lambda *_: months.append("made"))
    changed(path, random.Random(1), "added")
    warehouse = Warehouse(path)
    assert not months
    assert stored_rollup.read(warehouse.rows, "sales") == []
    assert "rows of sale" in ask(warehouse, Query(("customers",))).source


@pytest.mark.parametrize("rows", [("month",), ("month", "channel_type"), ("month", "customer_kind")])
def test_days_put_into_the_periods_of_others_are_read_line_by_line(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch, rows: tuple[str, ...]
) -> None:
    """Weekdays of a year ago stand in the months of this year, which no roll-up tells."""
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(2), 300)).close()
    query = Query(("revenue", "orders"), rows=rows, compare=Comparison.WEEKDAYS)
    found = ask(Warehouse(path), query)
    assert found.frame["revenue:base"].drop_nulls().len()
    monkeypatch.setattr(RollUps, "_smallest", lambda *_: None)
    assert_frame_equal(found.frame, ask(Warehouse(path), query).frame, check_exact=False)


def test_a_process_that_knows_no_cubes_leaves_no_roll_up_behind(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 60)).close()
    follow_publication.build(path)
    before = current_version(path)
    monkeypatch.setattr(extension, "_REGISTERED", {})
    with pytest.raises(WarehouseError, match="would leave them behind"):
        changed(path, random.Random(1), "added")
    assert current_version(path) == before


def test_an_answer_too_large_says_so_before_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 90)).close()
    query = Query(("revenue",), ("product",), ("day",))
    with pytest.raises(TooLarge, match="more than 5 cells"):
        ask(Warehouse(path), query, limit=5)
    assert ask(Warehouse(path), query).frame.height > 5


def test_the_advisor_keeps_to_its_space_and_prefers_what_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    warehouse = tiny_warehouse(path, some_lines(random.Random(1), 300))
    large = {**warehouse.profile.extents, "sale": Extent(10**7, None, None)}
    profile = replace(warehouse.profile, extents=large)
    cube = catalogue.load("sales", profile)
    room = 20_000.0
    chosen = rollup_advisor.advise(cube, profile, {}, room)
    assert 0 < sum(each.bytes for each in chosen) <= room
    asked = {frozenset({"city", "product"}): 1e9}
    best = rollup_advisor.advise(cube, profile, asked, 1e9)[0]
    assert {"city", "product"} <= Lattice.of(cube, profile).kept(best.grain.all)


def test_a_small_firm_has_room_and_the_advisor_ends_where_another_hardly_helps(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    warehouse = tiny_warehouse(path, some_lines(random.Random(1), 300))
    large = {**warehouse.profile.extents, "sale": Extent(10**6, None, None)}
    profile = replace(warehouse.profile, extents=large, members=dict.fromkeys(warehouse.profile.members, 40))
    cube = catalogue.load("sales", profile)
    chosen = rollup_advisor.advise(cube, profile, {}, 1e15)
    weights = likely_questions.likely(cube, profile, {})
    mean = sum(weights.values())
    of_lines = [each for each in chosen if each.parent is None]
    assert 0 < len(chosen) < rollup_advisor.MOST
    assert all(each.cells < 0.5 * 10**6 for each in chosen)
    search = rollup_advisor._Search(cube, profile, weights, {})
    first = search.advised([search.candidates.index(each.grain) for each in of_lines])
    assert all(each.cells <= rollup_advisor.PAYS_WITHIN * each.benefit / mean for each in first)


def test_the_lazy_greedy_chooses_what_looking_at_all_would(tmp_path: Path) -> None:
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(1), 300))
    large = {**warehouse.profile.extents, "sale": Extent(10**7, None, None)}
    profile = replace(warehouse.profile, extents=large, members=dict.fromkeys(warehouse.profile.members, 60))
    cube = catalogue.load("sales", profile)
    search = rollup_advisor._Search(cube, profile, likely_questions.likely(cube, profile, {}), {})
    room, overhead = 5e7, 5e6
    allowed = search.space <= room
    found: list[int] = []
    cost, left = search._costs([]).min(axis=1), room
    for _ in range(6):
        gain = (
            np.maximum(cost[:, None] - search.sizes[None, :] - rollup_advisor.A_QUESTION, 0) * search.covers
        )
        benefit = np.where(allowed & (search.space <= left), search.rate @ gain, 0)
        found.append(int(np.argmax(benefit / (search.space + overhead))))
        left -= search.space[found[-1]]
        cost = np.minimum(cost, search._costs(found[-1:]).min(axis=1))
    assert search.grown([], 6, room, overhead, allowed) == found


def test_no_roll_up_is_kept_that_the_others_make_needless(tmp_path: Path) -> None:
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", some_lines(random.Random(1), 300))
    large = {**warehouse.profile.extents, "sale": Extent(10**8, None, None)}
    members = dict.fromkeys(warehouse.profile.members, 200)
    profile = replace(warehouse.profile, extents=large, members=members)
    chosen = rollup_advisor.advise(catalogue.load("sales", profile), profile, {}, 1e8)
    of_lines = [each for each in chosen if each.parent is None]
    assert 1 < len(of_lines) <= rollup_advisor.OF_LINES
    assert all(each.benefit > 0 for each in of_lines)
    held = [frozenset(each.grain.all) for each in of_lines]
    assert not any(one < other for one in held for other in held)


def test_pairs_of_members_that_never_meet_make_no_cells(tmp_path: Path) -> None:
    chance = random.Random(1)
    lines = [
        replace(line, channel="Shop" if line.country == "Italy" else "Web", channel_type="Any")
        for line in some_lines(chance, 900)
    ]
    path = tmp_path / "w.duckdb"
    warehouse = tiny_warehouse(path, [replace(line, day=date(2011, 3, line.units)) for line in lines])
    cube = catalogue.load("sales", warehouse.profile)
    with writing(path) as connection:
        lattice = Lattice.of(cube, warehouse.profile)
        met = rollup_kind._met(connection, lattice, warehouse.profile)
    known = {level: warehouse.profile.members[level] for level in ("country", "channel")}
    assert met[frozenset(known)] == 1 / 2
    assert {level: met[frozenset([level])] for level in known} == {level: 2 / known[level] for level in known}
    grain = Grain("month", ("country", "channel"))
    assert lattice.cells(grain, met) == pytest.approx(2, abs=0.01)
    assert lattice.cells(grain) > 3


def test_pieces_of_more_cells_than_a_row_group_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = rollup_advisor.Advised(Grain("year", ("customer", "product")), None, 0, 0, 0)
    monkeypatch.setattr(rollup_advisor, "advise", lambda cube, *_: [only] if cube.has_orders else [])
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    with writing(path) as connection:
        for table in ("customer", "product"):
            connection.execute(
                f"""INSERT INTO {table} SELECT {table}.* REPLACE (n AS {table}_key, n AS {table}_code, 'n' || n AS id)
                FROM {table}, range(2, 362) AS _(n) WHERE {table}_key = 1"""
            )
        connection.execute(
            """INSERT INTO sale SELECT sale.* REPLACE (c AS customer_key, c AS customer_code, p AS product_key,
                p AS product_code, 1000 * c + p AS order_key)
            FROM sale, range(2, 362) AS _(c), range(2, 362) AS __(p)"""
        )
    warehouse = Warehouse(path)
    (found,) = stored_rollup.read(warehouse.rows, "sales")
    assert found.cells > 122_880
    lines = warehouse.profile.lines
    assert warehouse.rows(f"SELECT sum(order_lines) FROM {found.table}") == [(lines,)]


def test_roll_ups_that_lost_lines_are_not_published(
    tmp_path: Path, grains: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 60)).close()
    before = contents(path)
    monkeypatch.setattr(rollup_refresh.RollUpRefresh, "_insert", lambda *_: None)
    with pytest.raises(WarehouseError, match="do not add up"):
        follow_publication.build(path)
    assert contents(path) == before


def test_a_measure_whose_sets_are_not_stored_has_them_made_of_all_lines(tmp_path: Path, grains: None) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 60)).close()
    with writing(path) as connection:
        connection.execute("DELETE FROM rollup.bitmap_kept WHERE measure = 'buyers'")
        connection.execute("DELETE FROM rollup.bitmap WHERE measure = 'buyers'")
    answer = ask(Warehouse(path), Query(("buyers",)))
    assert "sets of customers" in answer.source
    expected = ask(of_lines(path), Query(("buyers",)))
    assert answer.frame["buyers"].to_list() == expected.frame["buyers"].to_list()


def test_sets_tell_the_cells_that_count_nobody_where_no_roll_up_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    only = [rollup_advisor.Advised(Grain("month", ("country",)), None, 0, 0, 0)]
    monkeypatch.setattr(rollup_advisor, "advise", lambda cube, *_: only if cube.has_orders else [])
    path = tmp_path / "w.duckdb"
    lines = some_lines(random.Random(1), 60)
    nobodys = replace(lines[0], customer="(unknown)", order="n", category="Nobody's", subcategory="Nobody's")
    tiny_warehouse(path, [*lines, nobodys]).close()
    for cuts in ((), (Cut("customer_kind", ("firm",), exclude=True),), (Cut("country", ("Italy",)),)):
        query = Query(("customers",), ("category",), cuts=cuts, totals=True)
        answer = ask(Warehouse(path), query)
        assert answer.source == "the stored sets of customers, a bit each"
        assert answer.frame.rows() == ask(of_lines(path), query).frame.rows()
    assert "rows of sale" in ask(Warehouse(path), Query(("buyers",), ("category",))).source


def test_sets_that_tell_no_cells_are_not_read_and_made_anew(tmp_path: Path, grains: None) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, some_lines(random.Random(1), 60)).close()
    with transaction(path) as connection:  # as an earlier release left them
        connection.execute("ALTER TABLE rollup.bitmap_kept DROP COLUMN condition")
        connection.execute("ALTER TABLE rollup.bitmap_kept RENAME TO bitmap_grain")
    query = Query(("customers",), ("category",))
    before = ask(Warehouse(path), query)
    assert "sets of customers" not in before.source
    with writing(path):
        pass
    after = ask(Warehouse(path), query)
    assert "sets of customers" in after.source
    assert after.frame.equals(before.frame)
