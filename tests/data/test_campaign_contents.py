"""What campaigns send: exactly one variant is for everybody, changes are undone, and persons are erased from it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import campaign_contents, operational_store, statement_erasure
from data.operational.campaign_contents import (
    CampaignContent,
    ContentVariant,
    LanguageSource,
    arranged,
    campaign_content,
    days_of_default_alone,
)
from data.operational.operational_store import OperationalStore
from data.privacy.person import Person

ALL = ContentVariant("All", "Hello {{ first_name }}", defaults=(("first_name", "friend"),))
ITALY = ContentVariant(
    "Italy", "Ciao\n{{ name }}", "Novità", ("country=Italy|Austria",), language="it", valid_from=date(2026, 1, 1),
    defaults=(("name", "amico"),), offers="new", form="html",
)  # fmt: skip
BY_COUNTRY = LanguageSource("country", (("Italy", "it"),))
ANN = Person(1, "17850", ((1, "crm", "17850"),), ("Ann Smith",))


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def test_it_is_read_as_it_was_saved_and_the_one_for_everybody_stands_last(store: OperationalStore) -> None:
    assert campaign_content(store, "C-1") == CampaignContent("C-1")
    campaign_contents.save(store, CampaignContent("C-1", (ALL, ITALY), BY_COUNTRY), "ann")
    campaign_contents.save(store, CampaignContent("C-2", (ALL,)), "bob")
    kept = campaign_content(store, "C-1")
    assert (kept.variants, kept.languages, kept.said_by) == ((ITALY, ALL), BY_COUNTRY, "ann")
    assert campaign_content(store, "C-2").variants == (ALL,)


def test_a_change_is_undone_and_meets_another_persons(store: OperationalStore) -> None:
    campaign_contents.save(store, CampaignContent("C-1", (ALL, ITALY), BY_COUNTRY), "ann")
    first = campaign_content(store, "C-1")
    said = campaign_contents.save(store, first.without("Italy"), "ann")
    assert campaign_content(store, "C-1").variants == (ALL,)
    with pytest.raises(BadRequest, match="ann changed what is sent meanwhile"):
        campaign_contents.save(store, first.put(replace(ITALY, text="Ciao"), "Italy"), "bob")
    campaign_contents.undo(store, said, "ann")
    assert campaign_content(store, "C-1") == first
    with pytest.raises(BadRequest, match="taken back already"):
        campaign_contents.undo(store, said, "ann")


def test_variants_are_put_moved_and_taken_out_in_order() -> None:
    two = replace(ITALY, name="Two")
    content = arranged(CampaignContent("C", (ITALY, ALL), BY_COUNTRY).put(two))
    assert [each.name for each in content.variants] == ["Italy", "Two", "All"]
    assert [each.name for each in content.moved("two", -1).variants] == ["Two", "Italy", "All"]
    assert [each.name for each in arranged(content.moved("Two", 5)).variants] == ["Italy", "Two", "All"]
    assert content.put(replace(two, name="New"), "Two").variants[1].name == "New"
    with pytest.raises(BadRequest, match="Did you mean 'Italy'"):
        content.without("Itly")


@pytest.mark.parametrize(
    ("variants", "problem"),
    [
        ((ITALY,), "No variant is for everybody else"),
        ((ALL, replace(ALL, name="Every")), "“All” and “Every” are both for everybody"),
        ((ALL, replace(ITALY, name=" aLL ")), "Two variants are called “All”"),
        ((ALL, replace(ITALY, valid_to=date(2025, 12, 31))), "ends on 2025-12-31, before it begins on 2026-01-01"),
        ((replace(ALL, text=" \n"),), "nothing written"),
        ((replace(ALL, text="x" * 10_001),), "10,001 letters"),
        ((replace(ALL, name=""),), "no name"),
        ((replace(ALL, offers="agin"),), "cannot take offers"),
        ((replace(ALL, form="htm"),), "cannot be 'htm'"),
        ((ALL, *(replace(ITALY, name=f"I{at}") for at in range(50))), "51 variants"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused(
    store: OperationalStore, variants: tuple[ContentVariant, ...], problem: str
) -> None:
    with pytest.raises(BadRequest, match=problem):
        campaign_contents.save(store, CampaignContent("C", variants, BY_COUNTRY), "ann")
    assert campaign_content(store, "C").variants == ()


def test_a_language_needs_what_tells_it() -> None:
    with pytest.raises(BadRequest, match="nothing tells what customers read"):
        arranged(CampaignContent("C", (ALL, ITALY)))


def test_days_on_which_the_one_for_everybody_is_alone_as_a_loop_finds_them() -> None:
    chance, first = random.Random(4), date(2026, 1, 1)
    for _ in range(300):
        variants = [ALL]
        for at in range(chance.randint(0, 4)):
            begin, end = sorted(first + timedelta(chance.randint(-5, 25)) for _ in range(2))
            ends = chance.choice([(begin, end), (None, end), (begin, None)])
            variants.append(
                ContentVariant(f"V{at}", "x", cuts=("c=d",), valid_from=ends[0], valid_to=ends[1])
            )
        days = [first + timedelta(at) for at in range(20)]
        alone = [
            day for day in days if len(variants) > 1 and not any(each.is_valid(day) for each in variants[1:])
        ]
        runs = days_of_default_alone(CampaignContent("C", tuple(variants)), days[0], days[-1])
        assert [day for day in days if any(one <= day <= other for one, other in runs)] == alone
        assert all(one <= other for one, other in runs)


def test_what_names_a_customer_goes_with_them(store: OperationalStore) -> None:
    named = replace(ALL, text="As Ann Smith said")
    campaign_contents.save(store, CampaignContent("C-1", (named,)), "bob")
    campaign_contents.save(store, CampaignContent("C-2", (ALL,)), "bob")
    assert statement_erasure.erase(store.file, ANN.as_subject) == 1
    assert (campaign_content(store, "C-1").variants, campaign_content(store, "C-1").is_erased) == ((), True)
    assert (campaign_content(store, "C-2").variants, campaign_content(store, "C-2").is_erased) == (
        (ALL,),
        False,
    )
    assert b"Ann Smith" not in store.file.read_bytes()
