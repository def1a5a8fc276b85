"""The customers behind a cell: as many as it counts, and those of a loop over the lines; and how parts are joined."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cubes import catalogue
from cubes.analysis import audience_question
from cubes.analysis.audience_customers import audience_customers, customers_of
from cubes.analysis.audience_question import (
    AudiencePart,
    AudienceQuestion,
    HandedOver,
    Joining,
    OtherAudience,
    in_words,
    known_customers,
    parse_audience,
    to_text,
)
from cubes.ask.answer import ask
from cubes.members.member_names import names_of
from cubes.model import Kind
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store, set_members
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

FIRST = date(2010, 11, 20)
NAMES = ("Ann", "Bob", "Cy", "Di", "Eve", "Flo", "Gus", "(unknown)")


def some_lines(count: int) -> list[Line]:
    """Lines of a firm, returns and cash sales among them; some customers move."""
    draw = random.Random(14)
    lines = []
    for at in range(count):
        back = draw.random() < 0.2
        lines.append(
            Line(
                day=FIRST + timedelta(draw.randrange(800)),
                order=f"o{at // 2}{'r' if back else ''}",
                customer=draw.choice(NAMES),
                country=draw.choice(["France", "Italy"]),
                product=draw.choice(["Cup", "Pan", "Hat"]),
                category=draw.choice(["Kitchen", "Sale"]),
                channel=draw.choice(["Web", "Shop"]),
                units=-1 if back else 1,
                revenue="-5.00" if back else f"{draw.randrange(1, 40)}.00",
                is_return=back,
            )
        )
    return lines


LINES = some_lines(60)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("audience") / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    days = [FIRST + timedelta(each) for each in (100, 300, 500, 700)]
    warehouse = with_facts(
        path,
        contact=[
            {"day": day, "customer": who, "campaign": "Spring", "arm": arm, "cost": 1}
            for day, who, arm in zip(days, NAMES, ("treated", "held out", "treated", "treated"), strict=False)
        ],
        interaction=[
            {"day": day, "customer": who, "kind": "call", "channel": "Phone"}
            for day, who in zip(days, ("Ann", "Ann", "(unknown)", "Flo"), strict=True)
        ],
        customer_score=[
            {"day": day, "customer": who, "value": value}
            for day, who, value in zip(days, NAMES, (10, None, 5, 7), strict=False)
        ],
    )
    yield warehouse
    warehouse.close()


CUTS = (
    (),
    ("year=2011",),
    ("time=last 90 days",),
    ("country=Italy",),
    ("country!=Italy", "month=2011-03..2012-06"),
    ("customer by revenue > 40",),
    ("customer by revenue top 3 in 2011", "year=2012"),
    ("customer!=Ann|Bob",),
    ("day=2009-01-01..2009-12-31",),
)


def counts_customers(cube: str, firm: Warehouse) -> list[str]:
    """The measures of a cube that count different customers, or each once."""
    found = catalogue.load(cube, firm.profile)
    if not firm.profile.extents[found.fact].lines:
        return []
    once = {"new_customers", "customers_in_stage", "customers_alive", "customers_valued"}
    return [
        each.name
        for each in found.measures
        if (each.kind is Kind.DISTINCT and each.column.endswith("customer_code")) or each.name in once
    ]


def test_as_many_stand_behind_a_cell_as_it_counts(firm: Warehouse) -> None:
    asked, nobody = 0, 0
    for cube in catalogue.CUBES:
        for measure in counts_customers(cube, firm):
            for at, cuts in enumerate(CUTS):
                for as_of in ("", "now")[: 1 + at % 2]:
                    query = Query((measure,), cuts=tuple(map(parse_cut, cuts)), cube=cube, as_of=as_of)
                    codes = customers_of(firm, query)
                    assert len(codes) == (ask(firm, query).total(measure) or 0), (cube, measure, cuts, as_of)
                    assert (codes[1:] > codes[:-1]).all()
                    assert (codes > 0).all()
                    asked, nobody = asked + 1, nobody + (not len(codes))
    assert asked >= 140
    assert nobody < asked / 2


def named(firm: Warehouse, query: Query | AudienceQuestion) -> set[str]:
    question = query if isinstance(query, AudienceQuestion) else audience_question.of(query)
    return set(names_of(firm).of("customer", audience_customers(firm, question))[1])


def bought(meets: Callable[[Line], bool]) -> set[str]:
    return {line.customer for line in LINES if meets(line)} - {"(unknown)"}


def cuts(*texts: str) -> tuple[Cut, ...]:
    return tuple(map(parse_cut, texts))


@pytest.mark.parametrize(
    ("measure", "texts", "meets"),
    [
        ("revenue", ("category=Sale",), lambda line: line.category == "Sale"),
        ("units_returned", ("product=Hat",), lambda line: line.product == "Hat" and line.is_return),
        ("average_order_value", ("year=2012",), lambda line: line.day.year == 2012 and not line.is_return),
        ("median_line_value", ("channel=Web",), lambda line: line.channel == "Web" and not line.is_return),
        ("revenue:growth_year", ("year=2011",), lambda line: line.day.year == 2011),
        ("contacts.customers_contacted", (), lambda line: line.customer in {"Ann", "Cy", "Di"}),
        ("interactions_per_order", ("year=2010",), lambda line: line.day.year == 2010 and not line.is_return),
    ],
)
def test_who_they_are_is_what_a_loop_finds(
    firm: Warehouse, measure: str, texts: tuple[str, ...], meets: Callable[[Line], bool]
) -> None:
    found = named(firm, Query((measure,), cuts=cuts(*texts)))
    assert found == bought(meets)
    assert found


def test_whoever_is_described_so_whatever_they_did(firm: Warehouse) -> None:
    everybody = set(NAMES) - {"(unknown)"}
    assert named(firm, known_customers()) == everybody
    italian = named(firm, known_customers(*cuts("country=Italy")))
    assert italian == everybody - named(firm, known_customers(*cuts("country!=Italy")))
    assert italian == {
        who for who in everybody if ask(firm, Query(("customers",), cuts=cuts(f"customer={who}", "country=Italy"),
                                                    as_of="now")).total("customers")
    }  # fmt: skip
    rich = ask(firm, Query(("revenue",), ("customer",))).plain()
    over = {who for who, value in rich.select("customer.id", "revenue").rows() if value > 80}
    assert named(firm, known_customers(*cuts("customer by revenue > 80"))) == over - {"(unknown)"}


def test_who_stands_in_a_set(firm: Warehouse) -> None:
    store = operational_store.of(firm)
    members = set_members.as_held(firm, "customer", ["Ann", "Flo"])
    member_sets.save(store, "Two", "customer", members, member_sets.SHARED, "ann")
    assert named(firm, known_customers(*cuts("customer in set Two"))) == {"Ann", "Flo"}
    left = named(firm, Query(("customers",), cuts=cuts("customer not in set Two")))
    assert left == bought(lambda line: line.customer not in {"Ann", "Flo"})


def test_parts_are_taken_one_after_another(firm: Warehouse) -> None:
    web = Query(("customers",), cuts=cuts("channel=Web"))
    hat = Query(("customers",), cuts=cuts("product=Hat", "year=2011"))
    pan = Query(("buyers",), cuts=cuts("product=Pan", "year=2012"))
    a, b, c = (named(firm, each) for each in (web, hat, pan))
    of = audience_question.of(hat)
    assert named(firm, of.joined(Joining.AND, pan)) == b & c
    assert named(firm, of.joined(Joining.OR, pan)) == b | c
    assert named(firm, of.joined(Joining.BUT_NOT, pan).joined(Joining.AND, web)) == (b - c) & a
    assert len({frozenset(each) for each in (b & c, b | c, b - c)}) == 3


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Query(("on_hand",), cube="stock"), "not told by customer"),
        (Query(("custmers",)), "Did you mean 'customers'"),
        (Query(("customers",), cuts=(Cut("contry", ("Italy",)),)), "Did you mean 'country'"),
        (known_customers(Cut("year", ("2011",))), "have no time"),
        (Query(("revenue",), cube="customers"), "known_customers"),
        (Query(("customers",), cube="sails"), "Did you mean 'sales'"),
    ],
)
def test_what_has_no_customers_is_said(firm: Warehouse, query: Query, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        customers_of(firm, query)


def test_an_audience_that_is_not_there_is_said(firm: Warehouse) -> None:
    with pytest.raises(BadRequest, match="not there"):
        audience_customers(firm, audience_question.of(OtherAudience("none")))
    with pytest.raises(BadRequest, match="handed over"):
        audience_customers(firm, audience_question.of(HandedOver("a list")))


def test_a_question_comes_back_as_it_was_written() -> None:
    asked = Query(("customers",), cuts=cuts("country=A%2FB|C", "customer by revenue > 5"), as_of="now")
    question = audience_question.of(asked).joined(Joining.BUT_NOT, OtherAudience("a1"))
    question = question.joined(Joining.OR, known_customers(*cuts("city=“Rome”")))
    assert parse_audience(to_text(question)) == question
    assert question.leans_on == ("a1",)
    listed = audience_question.of(HandedOver("Offers of May"))
    assert parse_audience(to_text(listed)) == listed
    assert listed.handed_over == HandedOver("Offers of May")
    told = in_words(question, {})
    assert told.startswith("customers of sales where country=A%2FB|C and")
    assert "but not “an audience that was deleted”" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("{}", "cannot be read"),
        ("[]", "asks for nothing"),
        ('[{"audiense": "a"}]', "Did you mean 'audience'"),
        ('[{"audience": "a", "joining": "and"}]', "the first by none"),
        ('[{"audience": "a"}, {"audience": "b"}]', "are joined by"),
        ('[{"audience": "a"}, {"joining": "but nt", "audience": "b"}]', "Did you mean 'but not'"),
        ('[{"audience": 7}]', "cannot be read"),
        ('[{"asked": []}]', "cannot be read"),
        ('[{"asked": {"mesures": ["x"]}}]', "Did you mean 'measures'"),
        ('[{"audience": "a", "handed_over": "b"}]', "is one of"),
        ('[{"audience": "a"}, {"joining": "or", "handed_over": "b"}]', "stands alone"),
    ],
)
def test_what_is_no_question_is_said(text: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_audience(text)


def test_a_part_says_how_it_is_joined() -> None:
    with pytest.raises(BadRequest, match="the first by none"):
        AudienceQuestion((AudiencePart(OtherAudience("a")), AudiencePart(OtherAudience("b"))))


def test_nobody_was_there_yet(tmp_path: Path) -> None:
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", [])
    assert not len(customers_of(warehouse, known_customers()))
    assert not len(customers_of(warehouse, Query(("customers_alive",))))
    warehouse.close()
