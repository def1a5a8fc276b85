"""Which variant each customer gets, against a loop over customers and conditions; and what messages say of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from cubes.analysis.campaign_messages import campaign_messages, message_preview
from cubes.analysis.content_variants import check_variants, coverage, language_levels, variant_of, verdicts
from cubes.analysis.message_values import message_values
from data.errors import BadRequest
from data.operational.campaign_contents import CampaignContent, ContentVariant, LanguageSource, arranged
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse

DAY = date(2011, 6, 30)
MOVES = date(2011, 3, 1)
COUNTRIES, KINDS = ("Italy", "France", "Spain", "(unknown)"), ("firm", "private household", "(unknown)")
LANGUAGES = {"Italy": "it", "France": "fr", "Spain": "Spain", "(unknown)": ""}
SOURCE = LanguageSource("country", (("italy", "it"), ("France", "FR")))
ARMS = ("A", "B")
PEOPLE = 60


@dataclass(frozen=True)
class Person:
    code: int
    country: str
    kind: str
    arm: str
    is_member: bool


def line(at: int, draw: random.Random) -> Line:
    country = draw.choice(COUNTRIES)
    return Line(
        DAY - timedelta(at % 50 + 1), f"o{at}", f"c{at}", country=country, region="R", city=f"City of {country}",
        customer_kind=draw.choice(KINDS), category="Sale" if at % 3 else "Kitchen", revenue=f"{at + 1}.00",
    )  # fmt: skip


LINES = [line(at, random.Random(at)) for at in range(PEOPLE)]
# Of the first customer what says most of a customer: several days, a return, and a category that brought more.
MORE = [
    Line(DAY - timedelta(9), "x1", "c0", category="Sale", revenue="90.00"),
    Line(DAY - timedelta(2), "x2", "c0", category="Kitchen", revenue="-5.00", is_return=True),
    Line(DAY + timedelta(5), "x3", "c0", category="Kitchen", revenue="500.00"),
]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Sixty customers with a line each: the second is Italian until it moves to Spain, a third are in an audience."""
    path = tmp_path_factory.mktemp("variants").resolve() / "w.duckdb"
    tiny_warehouse(path, [*LINES, *MORE]).close()
    with writing(path) as connection:
        connection.execute(
            "UPDATE customer SET name = 'Anna Rossi', customer_kind = 'private household' WHERE id = 'c0'"
        )
        connection.execute("UPDATE customer SET country = 'Italy', valid_to = ? WHERE id = 'c1'", [MOVES])
        connection.execute(
            """INSERT INTO customer BY NAME SELECT * REPLACE (1000 AS customer_key, 'Spain' AS country,
            valid_to AS valid_from, DATE '9999-12-31' AS valid_to) FROM customer WHERE id = 'c1'"""
        )
        connection.execute(
            """INSERT INTO customer_identity BY NAME SELECT DISTINCT customer_code AS identity_key, customer_code,
            'crm' AS numbering, id FROM customer WHERE customer_code > 0"""
        )
        connection.execute(
            """INSERT INTO audience_member SELECT 'aud', identity_key, 1, CASE WHEN identity_key = 3 THEN 2 END
            FROM customer_identity WHERE identity_key % 3 = 0"""
        )
        connection.execute("INSERT INTO audience_written VALUES ('aud', 1, 4)")
    warehouse = Warehouse(path)
    yield warehouse
    warehouse.close()


def people(day: date) -> list[Person]:
    """The customers as their lines describe them on a day."""
    found = []
    for at, each in enumerate(LINES):
        code = at + 1
        country = each.country if at != 1 else "Italy" if day < MOVES else "Spain"
        kind = each.customer_kind if at else "private household"
        found.append(Person(code, country, kind, ARMS[at % 2], code % 3 == 0 and code != 3))
    return found


def fits(variant: ContentVariant, person: Person, day: date) -> bool:
    told = {"country": person.country, "customer_kind": person.kind}
    for cut in variant.cuts:
        level, sign, members = cut.partition("!=") if "!=" in cut else cut.partition("=")
        if (told[level] in members.split("|")) is (sign == "!="):
            return False
    return (
        variant.is_valid(day)
        and (not variant.audience or person.is_member)
        and (not variant.arm or variant.arm == person.arm)
        and (not variant.language or variant.language.casefold() == LANGUAGES[person.country].casefold())
    )


def random_content(draw: random.Random) -> CampaignContent:
    cuts = ("country=Italy|Spain", "country!=France", "customer_kind=firm", "customer_kind!=firm|(unknown)")
    variants = [ContentVariant("All", "x")]
    for at in range(draw.randint(0, 5)):
        asked = ContentVariant(
            f"V{at}", "x", cuts=tuple(draw.sample(cuts, draw.randint(0, 2))), audience=draw.choice(["", "", "aud"]),
            arm=draw.choice(["", "", "A", "b".upper()]), language=draw.choice(["", "", "it", "fr", "Spain"]),
            valid_from=draw.choice([None, None, DAY - timedelta(200), DAY + timedelta(1)]),
        )  # fmt: skip
        one_a_level = len({cut.partition("=")[0].removesuffix("!") for cut in asked.cuts}) == len(asked.cuts)
        if not asked.is_default and one_a_level:
            variants.append(asked)
    return arranged(CampaignContent("C", tuple(variants), SOURCE))


def test_everybody_gets_exactly_one_the_first_that_fits_as_a_loop_finds_it(firm: Warehouse) -> None:
    draw = random.Random(5)
    codes = np.arange(1, PEOPLE + 1, dtype=np.int32)
    arms = pl.DataFrame({"customer": codes, "arm": [ARMS[(code - 1) % 2] for code in codes]})
    for _ in range(40):
        content, day = random_content(draw), draw.choice([DAY, MOVES - timedelta(1), MOVES])
        known = {each.code: each for each in people(day)}
        asked = draw.sample(codes.tolist(), draw.choice([0, 7, PEOPLE]))
        found = variant_of(firm, content, np.array(asked, dtype=np.int32), day, arms)
        wanted = [[v.name for v in content.variants if fits(v, known[code], day)] for code in asked]
        assert found.rows() == [(code, fit[0], len(fit)) for code, fit in zip(asked, wanted, strict=True)]
        spread = coverage(firm, content, np.array(asked, dtype=np.int32), day, arms)
        assert spread["variant"].to_list() == [each.name for each in content.variants]
        assert spread["customers"].sum() == len(asked)
        for row in spread.iter_rows(named=True):
            mine = [fit for fit in wanted if fit[0] == row["variant"]]
            assert row["customers"] == len(mine)
            assert row["fit"] == sum(row["variant"] in fit for fit in wanted)
            assert row["by_default"] == (len(mine) if row["variant"] == "All" else 0)
            assert row["fit_others"] == sum(len(fit) > 2 for fit in mine)
        if asked:
            told = verdicts(firm, content, asked[0], day, known[asked[0]].arm)
            assert [each.variant for each in told if each.fits] == wanted[0]
            assert all(each.fits == all(met for _, met in each.asked) for each in told)


def test_conditions_and_single_customers_choose_too(firm: Warehouse) -> None:
    rich = ContentVariant("Rich", "x", cuts=("customer by revenue > 50",))
    one = ContentVariant("One", "x", cuts=("customer=c59",))
    content = CampaignContent("C", (one, rich, ContentVariant("All", "x")))
    found = variant_of(firm, content, np.array([60, 59, 5, 1], dtype=np.int32), DAY)
    assert found["variant"].to_list() == ["One", "Rich", "All", "Rich"]


@pytest.mark.parametrize(
    ("cut", "problem"),
    [
        ("coutry=Italy", "“V”: 'coutry' does not describe customers.*Did you mean 'country'"),
        ("country=Itly", "“V”: There is no country 'Itly'.*Did you mean 'Italy'"),
        ("category=Sale", "does not describe customers.*make an audience"),
        ("country", "“V”: 'country' is no filter"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_by_its_variant(
    firm: Warehouse, cut: str, problem: str
) -> None:
    content = CampaignContent("C", (ContentVariant("V", "x", cuts=(cut,)), ContentVariant("All", "x")))
    with pytest.raises(BadRequest, match=problem):
        check_variants(firm, content, DAY)


def test_an_audience_that_is_not_written_yet_is_not_one_of_nobody(firm: Warehouse) -> None:
    content = CampaignContent("C", (ContentVariant("V", "x", audience="a1"), ContentVariant("All", "x")))
    with pytest.raises(BadRequest, match="“V”: The audience that it is for is not in the warehouse yet"):
        variant_of(firm, content, np.array([1], dtype=np.int32), DAY)


def test_messages_say_what_is_known_of_each_by_the_day(firm: Warehouse) -> None:
    names = (
        "name",
        "first_name",
        "country",
        "kind",
        "language",
        "last_purchase",
        "days_since",
        "favourite_category",
    )
    codes = np.array([2, 1, 60], dtype=np.int32)
    ann = message_values(firm, codes, names, DAY, SOURCE).row(1, named=True)
    assert ann == {
        "customer": 1, "name": "Anna Rossi", "first_name": "Anna", "country": known(LINES[0].country),
        "kind": "private household", "language": known(LANGUAGES[LINES[0].country]),
        "last_purchase": DAY - timedelta(1),
        "days_since": 1, "favourite_category": "Sale",
    }  # fmt: skip
    later = message_values(firm, codes, names, DAY + timedelta(30), SOURCE)
    assert later["favourite_category"].to_list() == ["Sale", "Kitchen", "Sale"]
    assert later["days_since"][1] == 25
    early = message_values(firm, codes, names, date(2000, 1, 1), SOURCE)
    assert early["country"].to_list()[0] == "Italy"
    assert early.select("last_purchase", "days_since", "favourite_category").null_count().row(0) == (3, 3, 3)
    assert early["name"].to_list() == [None, "Anna Rossi", None]  # a number is no name
    with pytest.raises(BadRequest, match="Did you mean 'country'"):
        message_values(firm, codes, ["contry"], DAY)


def known(text: str) -> str | None:
    return None if text in ("", "(unknown)") else text


def test_contacts_are_written_their_messages_in_their_order(firm: Warehouse) -> None:
    variants = (
        ContentVariant("B", "B: {{ country | default('-') }}", arm="B"),
        ContentVariant("All", "Dear {{ name }} ({{ campaign }}, {{ code }})", defaults=(("name", "friend"),)),
    )
    content = CampaignContent("C", variants)
    contacts = pl.DataFrame({"customer": [60, 1, 2], "arm": ["B", "A", "A"], "code": ["K60", "K1", "K2"]})
    found = campaign_messages(firm, content, contacts, DAY, "Spring")
    assert found.rows() == [
        (60, "B", f"B: {known(LINES[59].country) or '-'}"),
        (1, "All", "Dear Anna Rossi (Spring, K1)"),
        (2, "All", "Dear friend (Spring, K2)"),
    ]
    given = {"code": "K1", "campaign": "Spring"}
    assert message_preview(firm, content, 1, "All", DAY, given).sent == found["sent"][1]
    assert campaign_messages(firm, CampaignContent("C"), contacts, DAY, "Spring").height == 0
    with pytest.raises(BadRequest, match="“B” is for an arm, and no arms are drawn yet"):
        campaign_messages(firm, content, contacts.drop("arm"), DAY, "Spring")
    told = replace(content, variants=variants[1:])
    assert "\ue000" in campaign_messages(firm, told, contacts.select("customer"), DAY, "Spring")["sent"][0]


def test_what_tells_languages_describes_customers(firm: Warehouse) -> None:
    assert {"country", "customer_kind"} <= set(language_levels(firm))
    assert "customer" not in language_levels(firm)
    unread = CampaignContent("C", (ContentVariant("It", "x", language="it"), ContentVariant("All", "x")),
                             LanguageSource("contry"))  # fmt: skip
    with pytest.raises(BadRequest, match="Did you mean 'country'"):
        check_variants(firm, unread, DAY)
