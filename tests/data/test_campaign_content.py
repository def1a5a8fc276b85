"""What each contact is sent: checked before it is saved, filled in for all at once, and the same as for one alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from data.campaigns.campaign_content import contents_of, fields_of_content, preview, with_codes
from data.campaigns.checked_content import checked, gaps_of
from data.campaigns.country_languages import proposed_languages
from data.campaigns.message_fields import FIELDS
from data.campaigns.person_names import first_names, leading_words
from data.errors import BadRequest
from data.operational.campaign_contents import CampaignContent, ContentVariant, LanguageSource

KNOWN = {each.name: each for each in FIELDS}
ALL = ContentVariant(
    "All", "Hello {{ name }}: {{ offer_1 }}{% if offer_2 %}, {{ offer_2 }}{% endif %}. Code {{ code }}",
    "For {{ name }}",
    defaults=(("name", "friend"), ("offer_1", "our news")), offers="new",
)  # fmt: skip
ITALY = ContentVariant(
    "Italy",
    "Ciao, dal {{ last_purchase or 'sempre' }} ({{ days_since }}) {{ offer_1 or 'niente' }}",
    language="it",
    defaults=(("days_since", "mai"),),
    offers="again",
)
CONTENT = CampaignContent("C", (ITALY, ALL), LanguageSource("country", (("Italy", "it"),)))
VALUES = pl.DataFrame(
    {
        "customer": [4, 3, 2, 1],
        "name": ["Zoe", None, "{{ code }}", "Ann"],
        "last_purchase": [date(2026, 11, 3), None, None, date(2026, 1, 2)],
        "days_since": [27, None, None, 332],
    },
    schema_overrides={"customer": pl.Int32},
)
OFFERS = {
    "new": pl.DataFrame({"customer": [1, 1, 2], "place": [2, 1, 1], "product": ["Cup", "Lamp & <i>", "Rug"]}),
    "again": pl.DataFrame({"customer": [4], "place": [1], "product": ["Bowl"]}),
}


def chosen() -> pl.DataFrame:
    told = {"customer": [1, 4, 3, 2], "variant": ["All", "Italy", "Italy", "All"]}
    return pl.DataFrame(told, schema_overrides={"customer": pl.Int32})


def test_each_contact_gets_its_variant_in_its_language_with_its_offers() -> None:
    found = contents_of(
        CONTENT, chosen().with_columns(code=pl.Series(["K1", "K4", "K3", "K2"])), VALUES, OFFERS
    )
    assert found.rows() == [
        (1, "All", "For Ann\n\nHello Ann: Lamp & <i>, Cup. Code K1"),
        (4, "Italy", "Ciao, dal 3 novembre 2026 (27) Bowl"),
        (3, "Italy", "Ciao, dal sempre (mai) niente"),
        (2, "All", "For {{ code }}\n\nHello {{ code }}: Rug. Code K2"),
    ]


def test_codes_that_are_drawn_later_are_put_in_then_and_nowhere_else() -> None:
    early = contents_of(CONTENT, chosen(), VALUES.with_columns(pl.col("name").fill_null("\ue000")), OFFERS)
    late = with_codes(early.with_columns(code=pl.Series(["K1", "K4", "K3", "K2"])))
    at_once = contents_of(CONTENT, chosen().with_columns(code=late["code"]), VALUES, OFFERS)
    assert late.drop("code").equals(at_once)
    assert with_codes(pl.DataFrame({"sent": [None, "x"], "code": ["K1", "K2"]}))["sent"].to_list() == [
        None,
        "x",
    ]


def test_one_customer_is_shown_what_all_together_are_sent() -> None:
    sent = contents_of(CONTENT, chosen().with_columns(code=pl.lit("K")), VALUES, OFFERS)
    for customer, variant, text in sent.rows():
        one = VALUES.filter(customer=customer).with_columns(code=pl.lit("K"))
        assert preview(CONTENT, variant, one, OFFERS).sent == text
    nobody = preview(CONTENT, "All", VALUES.filter(customer=3).with_columns(code=pl.lit("K")), OFFERS)
    assert nobody.fell_back == (("name", "friend"), ("offer_1", "our news"), ("offer_2", ""))
    assert "None" not in nobody.sent
    plain = CampaignContent("C", (ContentVariant("All", "Hello all"),))
    assert preview(plain, "All", VALUES.head(1)).sent == "Hello all"
    assert preview(plain, "All", VALUES.head(1)).fell_back == ()


def test_attributes_may_be_called_as_it_pleases_a_firm() -> None:
    text = "{{ place }} {{ variant }} {{ sent }} {{ campaign }}"
    content = CampaignContent("C", (ContentVariant("All", text),))
    values = VALUES.select(
        "customer", place=pl.lit("p"), variant=pl.lit("v"), sent=pl.lit("s"), campaign=pl.lit("no")
    )
    found = contents_of(
        content, chosen().with_columns(variant=pl.lit("All"), campaign=pl.lit("Spring")), values
    )
    assert set(found["sent"]) == {"p v s Spring"}
    assert found["customer"].to_list() == [1, 4, 3, 2]


def test_nothing_is_sent_where_nobody_is_chosen_or_nothing_was_written() -> None:
    assert contents_of(CONTENT, chosen().clear(), VALUES, OFFERS).rows() == []
    assert contents_of(CampaignContent("C"), chosen(), VALUES).rows() == []
    assert fields_of_content(CampaignContent("C")) == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{{ frist_name }}",
            "“All” names 'frist_name', and there is no such field.*Did you mean 'first_name'",
        ),
        ("{{ city }}", "Not every customer has city.*write {% if city %}"),
        ("{{ offer_1 or 'x' }}", "takes no offers.*Choose the list"),
        ("{{ days_since > 'x' }}", "“All”: A part of the message cannot be told"),
        ("{{ name.x }}", "“All”: Line 1 looks into a value"),
        ("Line\n{% if %}", "“All”: Line 2"),
    ],
)
def test_a_message_that_would_fail_when_it_goes_is_refused_when_it_is_saved(text: str, problem: str) -> None:
    bad = ContentVariant("All", text, defaults=(("name", "x"), ("days_since", "0")))
    with pytest.raises(BadRequest, match=problem):
        checked(CampaignContent("C", (bad,)), KNOWN)


def test_what_is_right_is_kept_as_it_is() -> None:
    assert checked(CONTENT, KNOWN) == CONTENT
    assert gaps_of(ALL, KNOWN) == ("name", "offer_1")
    with pytest.raises(BadRequest, match="Not every customer has name"):
        checked(CampaignContent("C", (replace(ALL, defaults=(("offer_1", "x"),)),)), KNOWN)


def test_first_names_are_those_of_persons_in_whichever_order_they_are_written() -> None:
    persons = [
        f"{given} {family}"
        for given in ("Anna", "Marco", "Thomas")
        for family in ("Rossi", "Bianchi", "Neri")
    ]
    known = leading_words(pl.DataFrame({"name": persons, "kind": ["Household"] * len(persons)}))
    asked = {
        "Anna Rossi": "Anna", "Rossi Anna": "Anna", "ROSSI, MARCO": "Marco", "Dott. anna rossi": "Anna",
        "Thomas Weiss": "Thomas", "Zoë van der Berg": "Zoë", "Rossi GmbH": None, "Rossi & figli": None, "Anna": None,
        "A. Rossi": None, "Shop 24": None, "Linen Trade of the Old Town": None,
    }  # fmt: skip
    told = first_names(pl.DataFrame({"name": list(asked), "kind": ["Private customer"] * len(asked)}), known)
    assert dict(zip(asked, told, strict=True)) == asked
    firms = first_names(pl.DataFrame({"name": ["Anna Rossi"] * 3, "kind": ["Company", None, "Trade"]}), known)
    assert firms.to_list() == [None] * 3


def test_countries_are_known_in_several_languages() -> None:
    told = dict(proposed_languages(["Italia", "DEUTSCHLAND", "fr", "Испания", "Nowhere", ""]))
    assert told == {"Italia": "it", "DEUTSCHLAND": "de", "fr": "fr", "Испания": "es"}
