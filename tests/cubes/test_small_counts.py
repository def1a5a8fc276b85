"""Counts of few customers are withheld from answers, in every form, and from what several answers tell together."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from cubes import catalogue
from cubes.__main__ import main
from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import AudiencePart, AudienceQuestion
from cubes.ask import answer_cache
from cubes.ask.answer import Answer, ask
from cubes.ask.shown_answer import shown_answer
from cubes.drill_through import rows_behind
from cubes.members import member_search
from cubes.members.single_customers import tells_single_customers
from cubes.query import Comparison, Cut, Query, parse_cut
from cubes.withholding.shown_before import ShownBefore, shown_before
from data.access.policy import UNLIMITED, Policy
from data.errors import NotAllowed
from data.store.warehouse import Warehouse
from pages.ui.export_files import cells_of, xlsx
from tests.cubes.conftest import Make
from tests.cubes.withheld_oracle import Attacker
from tests.oracle import member
from tests.tiny import Line

SMALLEST = 4
FEW = Policy(person="maria", smallest=SMALLEST)
CUSTOMERS = {"France": 9, "Germany": 6, "Italy": 5, "Malta": 2}


def lines_of(customers: dict[str, int], **more: str) -> list[Line]:
    """An order of 10.00 of each customer, in January and, but for one of each country, in February."""
    return [
        Line(date(2011, month, 1), f"{country}{at}-{month}", f"{country}{at}", country, **more)
        for country, many in customers.items()
        for at in range(many)
        for month in ((1, 2) if at else (1,))
    ]


@pytest.fixture
def store(firm: Make) -> Warehouse:
    return firm(*lines_of(CUSTOMERS)).under(FEW)


def shown(found: Answer, measure: str = "customers") -> dict[str, object]:
    """The values of a measure by member, None where it is withheld; checks that it is marked there."""
    (level,) = found.query.by
    frame = found.marked
    marks = frame.get_column(f"{measure}:withheld", default=pl.Series([False] * frame.height)).to_list()
    assert [value is None for value in frame[measure]] == marks
    return dict(zip(frame[level].to_list(), frame[measure].to_list(), strict=True))


def test_a_small_count_and_one_beside_it(store: Warehouse) -> None:
    """Malta has 2; the next smallest goes with it, so that the total does not tell it. All measures go."""
    found = ask(store, Query(("customers", "revenue", "revenue_per_customer"), ("country",)))
    assert shown(found) == {"France": 9, "Germany": 6, "Italy": None, "Malta": None}
    assert shown(found, "revenue") == {"France": 170.0, "Germany": 110.0, "Italy": None, "Malta": None}
    assert shown(found, "revenue_per_customer")["Malta"] is None
    assert found.notes[-1] == (
        "Withheld in 2 of 4 cells: fewer than 4 customers stand behind them, or they would tell of others behind which"
        " fewer stand."
    )


def test_nothing_is_withheld_without_such_a_policy(firm: Make) -> None:
    warehouse = firm(*lines_of(CUSTOMERS))
    found = ask(warehouse, Query(("customers",), ("country",)))
    assert (found.withheld, found.notes, found.counted) == (None, (), ())
    assert shown(ask(warehouse.under(Policy(smallest=1)), Query(("customers",), ("country",))))["Malta"] == 2


def test_the_same_cells_whatever_is_measured(store: Warehouse) -> None:
    for measure in ("customers", "orders", "units", "average_order_value", "last_purchase"):
        found = ask(store, Query((measure,), ("country",)))
        assert [name for name, value in shown(found, measure).items() if value is None] == ["Italy", "Malta"]


def test_a_number_stands_on_the_customers_of_its_own_lines(firm: Make) -> None:
    """Of 9 customers one brought something back: what came back is the one's alone."""
    back = Line(date(2011, 1, 9), "r1", "France3", "France", units=-1, revenue="-10.00", is_return=True)
    found = ask(firm(*lines_of(CUSTOMERS), back).under(FEW), Query(("return_rate", "revenue"), ("country",)))
    assert shown(found, "return_rate") == {"France": None, "Germany": 0, "Italy": None, "Malta": None}
    assert shown(found, "revenue")["France"] == 160.0


def test_nobody_may_be_shown(firm: Make) -> None:
    """Lines of nobody known are no customer, and no small count."""
    sold = Line(customer="(unknown)", country="Spain", order="x")
    found = ask(firm(*lines_of(CUSTOMERS), sold).under(FEW), Query(("customers",), ("country",)))
    assert shown(found)["Spain"] == 0


def test_what_is_derived(store: Warehouse) -> None:
    """Shares of a shown total stay; a running total would tell what it runs over."""
    texts = ("revenue", "revenue:share_of_total", "revenue:running_total", "revenue:rank")
    found = ask(store, Query(texts, ("country",)))
    share = shown(found, "revenue:share_of_total")
    assert (share["France"], share["Malta"]) == (pytest.approx(170 / 400), None)
    assert set(shown(found, "revenue:running_total").values()) == {None}
    assert shown(found, "revenue:rank") == {"France": 1, "Germany": 2, "Italy": None, "Malta": None}


def test_what_is_derived_tells_no_order(firm: Make) -> None:
    """Malta brings the most, and France is first of those that are shown."""
    much = Line(date(2011, 2, 1), "m", "Malta0", "Malta", revenue="900.00")
    found = ask(firm(*lines_of(CUSTOMERS), much).under(FEW), Query(("revenue:rank",), ("country",)))
    assert shown(found, "revenue:rank") == {"France": 1, "Germany": 2, "Italy": None, "Malta": None}


def test_lines_tell_customers(firm: Make) -> None:
    """Two customers bought toys, and kitchenware as all others did: the lines that are no kitchenware's are theirs."""
    toys = [Line(order=f"t{at}", customer=f"France{at}", product="Yoyo", category="Toys") for at in (0, 1)]
    warehouse = firm(*lines_of(CUSTOMERS), *toys).under(FEW)
    assert shown(ask(warehouse, Query(("customers",), ("category",)))) == {"Kitchen": None, "Toys": None}


def test_compared_periods(store: Warehouse) -> None:
    """In February Malta has 1 customer, in January 2: neither period tells."""
    query = Query(
        ("customers",), ("country",), cuts=(parse_cut("month=2011-02"),), compare=Comparison.PREVIOUS
    )
    found = ask(store, query)
    assert shown(found, "customers:base")["Malta"] is None
    growth = shown(found, "customers:growth")
    assert (growth["Germany"], growth["Italy"]) == (pytest.approx(5 / 6 - 1), None)


def test_across_cubes(store: Warehouse) -> None:
    """What another cube has nothing of is zero; what is withheld of this one is not."""
    found = ask(store, Query(("customers", "interactions.interactions"), ("country",)))
    assert shown(found)["Malta"] is None
    assert set(shown(found, "interactions.interactions").values()) == {0}


def test_tops_and_conditions(store: Warehouse) -> None:
    """Whom it is withheld of stands last in a ranking, and meets no condition."""
    found = ask(store, Query(("customers",), ("country",), top=(("country", 3),)))
    assert list(shown(found).values())[:2] == [9, 6]
    for written in ("country by customers < 3", "country by customers > 0"):
        found = ask(store, Query(("customers",), ("country",), cuts=(parse_cut(written),)))
        assert not {"Malta", "Italy"} & set(found.frame["country"])


@pytest.mark.parametrize(
    "look",
    [
        lambda store: rows_behind.order_lines(store, Query()),
        lambda store: rows_behind.batches(store, Query()),
        lambda store: rows_behind.basket_lines(store, Query(), ["product"]),
        lambda store: rows_behind.first_purchases(store, Query()),
        lambda store: member_search.search(
            store, catalogue.load("sales", store.profile).level("customer"), "M"
        ),
        lambda store: ask(store, Query(("revenue",), ("customer",))),
        lambda store: ask(store, Query(("revenue",), cuts=(parse_cut("customer=Malta0"),))),
        lambda store: ask(store, Query(("revenue",), cuts=(parse_cut("customer by revenue > 15"),))),
        lambda store: ask(store, Query(("customers_alive",))),
        lambda store: audience_customers(store, AudienceQuestion((AudiencePart(Query(("customers",))),))),
    ],
)
def test_nobody_is_shown_alone(store: Warehouse, look: Callable[[Warehouse], object]) -> None:
    with pytest.raises(NotAllowed, match="fewer than 4"):
        look(store)
    assert tells_single_customers(UNLIMITED)
    assert not tells_single_customers(store.policy)


class Session:
    """What one person asks, one question after another."""

    def __init__(self, store: Warehouse) -> None:
        self.store, self.before = store, ShownBefore()

    def ask(self, query: Query) -> Answer:
        found = ask(self.store, query)
        return shown_answer(
            self.store, found, self.before, lambda more: ask(self.store, query, withholding=more)
        )

    def customers(self, *cuts: str) -> int | None:
        """How many customers there are within cuts; None where that is withheld."""
        found: int | None = self.ask(Query(("customers",), cuts=tuple(map(parse_cut, cuts)))).frame[
            "customers"
        ][0]
        return found


@pytest.mark.parametrize(
    "asked",
    [
        ([], ["country!=Malta"]),
        (["country=Italy|Malta"], ["country=Italy"]),
        (["country=Italy"], ["country=Italy|Malta"]),
        ([], ["country=France"], ["country=Germany"], ["country=Italy"]),
    ],
)
def test_the_last_answer_would_tell(store: Warehouse, asked: tuple[list[str], ...]) -> None:
    session = Session(store)
    *before, last = asked
    assert None not in [session.customers(*each) for each in before]
    assert session.customers(*last) is None
    assert session.customers(*before[0]) is not None, "what was shown may be shown again"
    assert Session(store).customers(*last) is not None, "to another person it tells nothing"


def test_a_table_that_a_total_would_open(store: Warehouse) -> None:
    """The one beside the small one stays withheld when it is asked for alone."""
    session = Session(store)
    assert shown(session.ask(Query(("customers",), ("country",))))["Italy"] is None
    assert session.customers("country=Italy") is None
    assert session.customers("country=France") == 9


def test_a_threshold_counts_as_shown(store: Warehouse) -> None:
    """Who has more than so many customers tells a count as well as the number would."""
    session = Session(store)
    assert shown(session.ask(Query(("customers",), ("country",))))["Italy"] is None
    cuts = tuple(map(parse_cut, ("country!=Malta", "country by customers > 4")))
    with pytest.raises(NotAllowed, match="Together with what you were shown before"):
        session.ask(Query(("revenue",), ("category",), cuts=cuts))
    found = Session(store).ask(Query(("customers",), cuts=(parse_cut("country by customers > 4"),)))
    assert "2 of whom it is withheld are not among them." in found.notes


def test_what_was_withheld_once_is_withheld_again(store: Warehouse) -> None:
    session = Session(store)
    asked = [session.customers(*cuts) for cuts in ((), ("country!=Malta",), ("country!=Malta",))]
    assert asked == [22, None, None]


def test_a_long_session_is_told_apart_by_levels(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked by country is held against all that was told by no more than that, or by what is above it."""
    monkeypatch.setattr("cubes.withholding.seen_lines.MANY_ATOMS", 1)
    session = Session(store)
    assert session.customers() == 22
    assert session.customers("country!=Malta") is None
    assert session.customers("country!=Malta", "month=2011-01") is not None
    told = {each.names for each in session.before.seen}
    assert told == {frozenset({"country"}), frozenset({"country", "time"})}
    assert shown(session.ask(Query(("customers",), ("city",), cuts=(parse_cut("country=France"),)))) == {
        "Lille": 9
    }
    assert frozenset({"country", "region", "city"}) in {each.names for each in session.before.seen}


def test_a_question_that_is_too_large_refuses_no_other(
    store: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cubes.withholding.seen_lines.MANY_ATOMS", 1)
    monkeypatch.setattr("cubes.withholding.seen_lines.MOST_ATOMS", 4)
    session = Session(store)
    with pytest.raises(NotAllowed, match="Together with what you were shown before"):
        session.ask(Query(("customers",), ("country", "month")))
    assert session.customers("country=France") == 9
    assert shown(session.ask(Query(("customers",), ("country",))))["France"] == 9


def test_each_person_has_a_record_of_their_own(store: Warehouse) -> None:
    assert shown_before("maria", store) is shown_before("maria", store.under(UNLIMITED))
    assert shown_before("maria", store) is not shown_before("ben", store)


LEVELS = ("country", "month", "category", "channel")


def some_lines(chance: random.Random) -> list[Line]:
    homes = {
        f"c{at}": chance.choices(["France", "Germany", "Italy", "Malta"], [8, 5, 3, 1])[0] for at in range(36)
    }
    weights = [chance.expovariate(1) + 0.1 for _ in homes]
    found = []
    for at in range(150):
        who = chance.choices(list(homes), weights)[0]
        category = chance.choices(["Kitchen", "Garden", "Toys"], [6, 3, 1])[0]
        channel, kind = chance.choices(
            [("Web", "Online"), ("Shop", "Store"), ("Phone", "Online")], [6, 3, 1]
        )[0]
        day = date(2011, chance.choices([1, 2, 3], [5, 4, 1])[0], chance.randint(1, 28))
        found.append(
            Line(
                day,
                f"o{at}",
                who,
                homes[who],
                product=category,
                category=category,
                channel=channel,
                channel_type=kind,
            )
        )
    return found


def some_question(chance: random.Random, lines: list[Line]) -> Query:
    by = tuple(chance.sample(LEVELS, chance.choice([0, 1, 1, 2])))
    cuts = []
    for level in chance.sample(LEVELS, chance.choice([0, 1, 1, 2])):
        members = chance.sample(sorted({member(line, level) for line in lines}), chance.choice([1, 2]))
        cuts.append(Cut(level, tuple(members), exclude=level != "month" and chance.random() < 0.3))
    return Query(("customers", "order_lines"), by, cuts=tuple(cuts), totals=chance.random() < 0.5)


def in_cell(query: Query, row: dict[str, object]) -> Callable[[Line], bool]:
    """Whether a line stands in a cell of the question."""
    ids = {level: row[f"{level}.id"] for level in query.by}
    return lambda line: (
        all((member(line, cut.level) in cut.members) is not cut.exclude for cut in query.cuts)
        and all(ids[level] in (None, member(line, level)) for level in query.by)
    )


@pytest.mark.parametrize("seed", [1, 7])
def test_random_sessions(firm: Make, seed: int) -> None:
    """All that was shown leaves each small cell that was asked for anything from 0 to the limit."""
    chance = random.Random(seed)
    lines = some_lines(chance)
    session, attacker = Session(firm(*lines).under(FEW)), Attacker(lines)
    for _ in range(4):
        query = some_question(chance, lines)
        try:
            found = session.ask(query)
        except NotAllowed:
            continue
        for row in found.frame.to_dicts():
            attacker.sees(in_cell(query, row), row["customers"] is not None)
    small = attacker.small(SMALLEST)
    assert small
    assert not any(attacker.shown[at] for at in small)
    for least, greatest in [
        ends for at in small for ends in (attacker.of_lines(at), attacker.of_customers(at))
    ]:
        assert least < 1e-6
        assert greatest > SMALLEST - 1 - 1e-6


def test_kept_answers_are_of_one_policy(store: Warehouse) -> None:
    query = Query(("customers",), ("country",))
    kept = answer_cache.Cache(1 << 20)
    assert shown(kept.ask(store, query))["Malta"] is None
    assert shown(kept.ask(store.under(UNLIMITED), query))["Malta"] == 2


def test_files(store: Warehouse) -> None:
    found = ask(store, Query(("customers",), ("country",)))
    frame = cells_of(found, totals=False)
    assert frame.columns == ["country", "customers", "customers:withheld"]
    sheet = openpyxl.load_workbook(BytesIO(xlsx(frame, "Cells"))).active
    assert sheet is not None
    assert list(sheet.values)[-1] == ("Malta", None, True)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_command(
    store: Warehouse, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cubes.__main__.opened", lambda options: store)
    asked = ["ask", "sales", "--measures", "customers", "--by", "country", "--format", form]
    assert main([*asked, "--warehouse", str(Path(store.path))]) == 0
    told = capsys.readouterr()
    rows = json.loads(told.out) if form == "json" else list(csv.DictReader(told.out.splitlines()))
    assert [str(row["customers"]) for row in rows] == [
        "9",
        "6",
        *(["None"] * 2 if form == "json" else ["", ""]),
    ]
    assert [str(row["customers:withheld"]).lower() for row in rows] == ["false", "false", "true", "true"]
    assert "Withheld in 2 of 4 cells" in told.err
