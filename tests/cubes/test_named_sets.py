"""Named sets: a question by one answers as if its members had been named one by one, now and after each change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from cubes import catalogue
from cubes.__main__ import main
from cubes.aggregates import follow_publication
from cubes.analysis.explain_change import members, why
from cubes.ask.answer import Answer, ask
from cubes.ask.answer_cache import Cache
from cubes.drill_through.rows_behind import order_lines
from cubes.query import Comparison, Cut, Query, parse_cut, parse_query
from data.errors import BadRequest
from data.operational import member_sets, operational_store, statement_erasure
from data.operational.member_sets import PRIVATE, SHARED
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.privacy.person import Person
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

ME = "tester"
LINES = [
    Line(
        day=date(2010 + at % 2, 1 + at % 5, 1 + at % 28),
        order=f"o{at // 2}",
        customer=f"C{at % 7}",
        country=("France", "Italy", "Spain", "A/B")[at % 7 % 4],
        city=f"T{at % 7}",
        product=("Cup", "Pan", "Hat", "Mug", "Pot")[at % 5],
        revenue=str(7 * at % 50 + 1),
    )
    for at in range(60)
]
CALLS = [{"day": date(2011, 1, 6), "customer": f"C{at % 3}"} for at in range(5)]
HELD = {
    "Some": ("customer", ("C1", "C4", "C6")),
    "South": ("country", ("Italy", "A%2FB")),
    "Ware": ("product", ("Cup", "Hat")),
    "Winter": ("month", ("2010-01", "2011-02")),
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("sets") / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    with_facts(path, interaction=CALLS).close()
    follow_publication.build(path, lambda *_: None, 5.0)
    store = operational_store.ready(path)
    for name, (level, held) in HELD.items():
        member_sets.save(store, name, level, held, PRIVATE, ME)
    warehouse = Warehouse(path)
    yield warehouse
    warehouse.close()


@pytest.fixture(autouse=True)
def me(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_USER", ME)


def store_of(warehouse: Warehouse) -> OperationalStore:
    return operational_store.of(warehouse)


def by_set(name: str, exclude: bool = False) -> Cut:
    return parse_cut(f"{HELD[name][0]} {'not ' if exclude else ''}in set {name}")


def one_by_one(name: str, exclude: bool = False) -> Cut:
    return Cut(*HELD[name], exclude=exclude)


YEAR = Cut("year", ("2011",))
QUESTIONS = {
    "a distinct count, with totals": Query(
        ("revenue", "customers", "products"), ("country",), ("category",), totals=True
    ),
    "Others": Query(("revenue", "customers"), ("product",), top=(("product", 1),), totals=True),
    "the level of the set": Query(("revenue", "orders"), ("customer",), top=(("customer", 2),)),
    "a comparison": Query(("revenue", "customers"), ("country",), cuts=(YEAR,), compare=Comparison.YEAR),
    "shares and ranks": Query(("revenue:share_of_total", "revenue:rank"), ("product",)),
    "a ratio": Query(("average_order_value", "customers"), ("month",)),
    "as customers are now": Query(("revenue",), ("country",), as_of="now"),
}


@pytest.mark.parametrize("query", QUESTIONS.values(), ids=QUESTIONS)
def test_a_set_answers_as_its_members_named_one_by_one(firm: Warehouse, query: Query) -> None:
    for names in (("Some",), ("South", "Ware"), ("Winter",), ("Some", "South")):
        for exclude in (False, True):
            plain = ask(firm, query.cut(*(one_by_one(name, exclude) for name in names)))
            found = ask(firm, query.cut(*(by_set(name, exclude) for name in names)))
            assert found.frame.equals(plain.frame), (names, exclude)
            assert found.source == plain.source, "by the same roll-ups"


def test_roll_ups_answer_by_sets(firm: Warehouse) -> None:
    answer = ask(firm, Query(("revenue",), ("country",), cuts=(by_set("South"),)))
    assert "order lines" not in answer.source


def test_two_cubes_conditions_and_drilling_see_the_same_members(firm: Warehouse) -> None:
    across = Query(("revenue", "interactions.interactions"), ("customer",))
    ranked = Query(("revenue",), ("customer",), cuts=(parse_cut("customer by revenue top 1"),))
    for query in (across, ranked):
        for name in ("Some", "South"):
            found, plain = ask(firm, query.cut(by_set(name))), ask(firm, query.cut(one_by_one(name)))
            assert found.frame.equals(plain.frame)
    pinned = [
        replace(ranked, cuts=(*ranked.cuts, each)).drill("customer", "C4", None)
        for each in (by_set("Some"), one_by_one("Some"))
    ]
    assert "within customer in set Some" in str(pinned[0].conditions[0])
    assert ask(firm, pinned[0]).frame.equals(ask(firm, pinned[1]).frame)
    assert order_lines(firm, pinned[0]).equals(order_lines(firm, pinned[1]))
    inside = Query(cuts=(by_set("Some"), Cut("customer", ("C4",))))
    assert ask(firm, inside).frame.equals(ask(firm, Query(cuts=(Cut("customer", ("C4",)),))).frame)
    left = Query(cuts=(by_set("Some"), Cut("customer", ("C4",), exclude=True)))
    assert ask(firm, left).frame.equals(ask(firm, Query(cuts=(Cut("customer", ("C1", "C6")),))).frame)


def test_why_says_the_same(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)

    def asked(each: Query) -> Answer:
        return ask(firm, each)

    query = Query(cuts=(YEAR,), compare=Comparison.YEAR)
    found, plain = (
        why(asked, cube, firm.profile, query.cut(each)) for each in (by_set("Some"), one_by_one("Some"))
    )
    assert (found.value, found.base, found.findings) == (plain.value, plain.base, plain.findings)
    told = members(asked, cube, query.cut(by_set("Some")), "product")
    assert told.equals(members(asked, cube, query.cut(one_by_one("Some")), "product"))


def test_a_changed_set_changes_answers_that_are_kept(firm: Warehouse) -> None:
    store, cache = store_of(firm), Cache(1_000_000)
    id = member_sets.save(store, "Moving", "customer", ["C1"], PRIVATE, ME)
    query = Query(("revenue",), cuts=(parse_cut(f"customer in set {id}"),))
    pinned = Query(("revenue",), cuts=(parse_cut(f"product by revenue > 0 within customer in set {id}"),))
    conditioned = query.cut(parse_cut("customer by revenue top 1"))
    for held in (["C1"], ["C1", "C4"], ["C6"]):
        now = next(each for each in member_sets.member_sets(store, ME) if each.id == id)
        member_sets.replace_members(store, id, held, ME, StandingOn.of(now.said))
        for each in (query, pinned, conditioned):
            plain = replace(
                each,
                cuts=tuple(
                    parse_cut(str(cut).replace(f" in set {id}", f"={'|'.join(held)}")) for cut in each.cuts
                ),
            )
            for _ in range(2):
                assert cache.ask(firm, each).frame.equals(ask(firm, plain).frame), held
    assert cache.stats.misses == cache.stats.hits == 9
    member_sets.rename(store, id, "Moved", ME)
    assert cache.ask(firm, query).notes == ("Moved: 1 customer.",), "an address outlives the name"
    gone = member_sets.delete(store, id, ME)
    with pytest.raises(BadRequest, match="not there any more"):
        cache.ask(firm, query)
    member_sets.undelete(store, gone, ME)
    assert cache.ask(firm, query).frame.height == 1


def test_what_stands_in_a_set_is_noted(firm: Warehouse) -> None:
    assert ask(firm, Query(cuts=(by_set("Some"),))).notes[0] == "Some: 3 customers."
    assert ask(firm, Query(cuts=(by_set("South", True),))).notes[0] == "South: 2 countries, left out."
    store = store_of(firm)
    member_sets.save(store, "Old", "customer", ["C1", "X", "Y", "17850"], PRIVATE, ME)
    member_sets.save(store, "Erased", "customer", ["Ann Smith"], PRIVATE, ME)
    ann = Person(1, "17850", ((1, "crm", "17850"),), ("Ann Smith", "17850"))
    statement_erasure.erase(store.file, ann.as_subject)
    old = Query(cuts=(parse_cut("customer in set Old"),))
    assert ask(firm, old).notes[0] == "Old: 1 customer; 2 more are not in the warehouse; 1 was erased."
    with pytest.raises(BadRequest, match="All customers in the set “Erased” were erased"):
        ask(firm, Query(cuts=(parse_cut("customer in set Erased"),)))


def test_what_cannot_be_filtered_by_is_said(firm: Warehouse) -> None:
    store = store_of(firm)
    member_sets.save(store, "Hidden", "customer", ["C1"], PRIVATE, "bob")
    member_sets.save(store, "Gone", "country", ["Peru", "Cuba"], SHARED, "bob")
    member_sets.remove(store, member_sets.save(store, "Empty", "country", ["Peru"], SHARED, ME), ["Peru"], ME)
    for text, problem in (
        ("customer in set Nobody", "There is no set “Nobody”, or not any more"),
        ("customer in set Hidden", "There is no set “Hidden”, or not any more"),
        ("country in set Some", "“Some” is a set of customers, not of countries. Write customer in set Some"),
        ("country not in set Gone", "none of the 2 countries in the set “Gone”. Change the set"),
        ("country in set Empty", "The set “Empty” is empty"),
    ):
        with pytest.raises(BadRequest) as error:
            ask(firm, Query(cuts=(parse_cut(text),)))
        assert problem in str(error.value)
    with pytest.raises(BadRequest, match="Interactions has no level 'product'"):
        ask(firm, Query(("interactions",), cuts=(by_set("Ware"),), cube="interactions"))


@pytest.mark.parametrize(
    "text", ["customer in set Key accounts", "country not in set A|B; by x > 5", "x in set set"]
)
def test_an_address_says_it_again(text: str) -> None:
    query = Query(cuts=(parse_cut(text),))
    assert str(query.cuts[0]) == text
    assert parse_query(query.to_parameters()) == query
    pinned = query.cut(parse_cut("customer by revenue > 5")).pinned()
    assert parse_query(pinned.to_parameters()) == pinned
    assert pinned.context(pinned.cuts[1].condition) == query.cuts  # type: ignore[arg-type]


def test_the_command_line_knows_sets_by_name(firm: Warehouse, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["ask", "sales", "--measures", "revenue", "--by", "customer", "--warehouse", str(firm.path)]
    assert main([*asked, "--where", "customer in set some"]) == 0
    out, err = capfd.readouterr()
    assert {line.partition(",")[0] for line in out.split()[1:]} == {"C1", "C4", "C6"}
    assert err == "Some: 3 customers.\n"
    assert main([*asked, "--where", "customer in set Sme"]) == 2
    assert "Did you mean 'Some'" in capfd.readouterr()[1]
    assert main([*asked, "--where", "customer in set"]) == 2
    assert "or customer in set Key accounts" in capfd.readouterr()[1]
