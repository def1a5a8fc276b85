"""The card of what a campaign sends: written in a dialog, spread in words and as bars, shown as customers get it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from cubes.analysis.content_variants import VariantVerdict
from cubes.ask import answer_cache
from data.campaigns.campaign_content import MessagePreview
from data.campaigns.contact_messages import offer_lists
from data.operational import campaign_contents, operational_store
from data.operational.campaign_contents import CampaignContent, ContentVariant, LanguageSource
from pages.act import content_words as words
from pages.act.found_content import ContentSetting, messages_of, read_content
from pages.act.message_preview import gaps_words, why_words
from pages.ui import session
from tests.pages.test_unknown_cuts import told
from tests.tiny import Line, tiny_warehouse

DAY = date(2011, 9, 30)
COUNTRIES = ("France", "Italy", "Italy", "Spain")
ALL = ContentVariant("All", "Hello {{ country }}", defaults=(("country", "you"),))
COVERAGE = pl.DataFrame(
    {
        "variant": ["Italy", "Rich", "Never", "All"], "customers": [600, 100, 0, 300], "share": [0.6, 0.1, 0.0, 0.3],
        "by_default": [0, 0, 0, 300], "fit": [600, 250, 40, 1000], "fit_others": [150, 0, 0, 0],
        "valid_from": [None, None, None, None], "valid_to": [None, date(2026, 1, 31), None, None],
    },
    schema_overrides={"valid_from": pl.Date},
)  # fmt: skip


@pytest.fixture
def _firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    lines = [
        Line(date(2011, 9, 1 + at), f"o{at}", f"c{at}", country=each) for at, each in enumerate(COUNTRIES)
    ]
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    answer_cache.shared.cache_clear()
    session.renewed()


def host() -> None:
    """A page that holds the card alone; nothing while somebody is away from it."""
    import streamlit as st

    from pages.act.content_card import content_card
    from pages.ui import session
    from tests.pages.test_content_card import setting

    @session.fragment
    def shown() -> None:
        if "away" not in st.session_state:
            content_card(setting(), "4. What is sent")

    shown()


def setting() -> ContentSetting:
    codes = np.arange(1, len(COUNTRIES) + 1, dtype=np.int32)
    return ContentSetting("C-1", "Autumn", codes, DAY, date(2011, 10, 30), DAY)


@pytest.mark.usefixtures("_firm")
def test_a_message_is_written_refused_saved_shown_and_undone() -> None:
    app = AppTest.from_function(host, default_timeout=60).run()
    assert not app.exception
    assert "Nothing is written yet" in told(app)
    app.button(key="content-add").click().run()
    app.text_area(key="content-form-text").set_value("Left by going back").run()
    app.session_state["away"] = True
    app.run()
    del app.session_state["away"]
    assert "content-form-save" not in [each.key for each in app.run().button]
    app.button(key="content-add").click().run()
    app.text_area(key="content-form-text").set_value("Hello {{ country }}").run()
    app.button(key="content-form-save").click().run()
    assert "Not every customer has country" in told(app)
    app.text_input(key="content-form-default-country").set_value("you").run()
    app.button(key="content-form-save").click().run()
    assert not app.exception
    assert read_content("C-1").variants == (ContentVariant("For everybody", ALL.text, defaults=ALL.defaults),)
    assert "Each of 4 customers gets exactly one" in told(app)
    assert "Hello France" in told(app)
    app.text_input(key="content-find").set_value("c3").run()
    app.button(key="content-who-4").click().run()
    assert "Hello Spain" in told(app)
    app.button(key="content-undo-it").click().run()
    assert read_content("C-1").variants == ()
    assert not app.exception


@pytest.mark.usefixtures("_firm")
def test_variants_move_and_contacts_are_written_what_the_card_shows() -> None:
    italy = ContentVariant("Italy", "Ciao, {{ code }}", cuts=("country=Italy",))
    late = ContentVariant("Late", "x", cuts=("country!=Spain",), valid_to=date(2011, 10, 9))
    store = operational_store.ready(session.warehouse().path)
    campaign_contents.save(store, CampaignContent("C-1", (ALL, italy, late), LanguageSource()), "ann")
    app = AppTest.from_function(host, default_timeout=60).run()
    assert "only the one for everybody" not in told(app)
    app.button(key="content-arrow_upward-1").click().run()
    content = read_content("C-1")
    assert [each.name for each in content.variants] == ["Late", "Italy", "All"]
    assert "Nobody gets “Italy”: all 2 whom it fits get one before it." in told(app)
    contacts = pl.DataFrame(
        {"customer": [4, 2], "code": ["K4", "K2"]}, schema_overrides={"customer": pl.Int32}
    )
    write = messages_of(setting(), content.moved("Italy", -1))
    assert write is not None
    assert write(session.warehouse(), contacts).rows() == [
        (4, "All", "Hello Spain"),
        (2, "Italy", "Ciao, K2"),
    ]
    assert messages_of(setting(), CampaignContent("C-1")) is None


def test_what_is_spread_how_in_words() -> None:
    said = " ".join(words.coverage_sentences(COVERAGE, 1000))
    assert "Each of 1,000 customers gets exactly one" in said
    assert "30% get the one for everybody" in said
    assert "150 fit several" in said
    assert "Nobody gets “Never”: all 40 whom it fits get one before it." in said
    assert words.coverage_sentences(COVERAGE.clear(), 0) == ["Nobody is reached, so nobody gets anything."]
    assert words.coverage_bars(COVERAGE)["text"].to_list() == ["600", "100", "0", "300"]
    table = words.coverage_table(COVERAGE)
    assert table.columns == [
        "variant", "customers", "share", "by_default", "would_fit", "also_fit_others", "from", "until",
    ]  # fmt: skip
    early = ContentVariant("Early", "x", cuts=("country=Italy",), valid_to=date(2026, 1, 31))
    content = CampaignContent("C", (early, ALL))
    alone = words.default_days_sentence(content, date(2026, 1, 1), date(2026, 2, 1))
    assert alone == "On these days only the one for everybody is valid: 2026-02-01."
    assert words.default_days_sentence(CampaignContent("C", (ALL,)), DAY, DAY) == ""
    assert len(words.first_words(ContentVariant("A", "long " * 99))) < 99


@pytest.mark.usefixtures("_firm")
def test_for_whom_a_variant_is_in_words() -> None:
    asked = ContentVariant("V", "x", cuts=("country=Italy", "country=gone"), audience="a1", arm="B", language="it",
                           valid_from=DAY)  # fmt: skip
    told_words = words.whom_words(asked, session.cube(), {"a1": "Buyers"})
    assert (
        told_words == "Country: Italy · country=gone · in “Buyers” · in arm B · reads “it” · from 2011-09-30"
    )
    assert words.whom_words(ALL, session.cube(), {}) == words.EVERYBODY
    assert "an audience that is gone" in words.whom_words(asked, session.cube(), {})


def test_why_a_customer_gets_a_variant_and_what_is_not_known() -> None:
    verdicts = (
        VariantVerdict("Italy", False, (("country=Italy", False), ("reads “it”", True))),
        VariantVerdict("Rich", True, (("rich", True),)),
        VariantVerdict("Old", True, (("old", True),)),
        VariantVerdict("All", True, ()),
    )
    said = why_words(verdicts, lambda text: text.replace("country=", "Country: "))
    assert said == "“Rich”: rich; not “Italy” (Country: Italy). “Old” would fit too, but later in the order."
    assert why_words(verdicts[3:], str) == "“All”: for everybody whom no other fits."
    told_gaps = gaps_words(MessagePreview("All", "", "x", (("city", "there"), ("offer_2", ""))))
    assert (
        told_gaps
        == "Not known of this customer: city (“there” stands there), offer_2 (the text does without)."
    )
    assert gaps_words(MessagePreview("All", "", "x", ())) == "Every field is known of this customer."


def test_offers_are_sought_for_the_lists_that_messages_name() -> None:
    named = ContentVariant("A", "{{ offer_1 or 'x' }}", cuts=("a=b",), offers="again")
    unnamed = ContentVariant("B", "x", offers="new")
    assert offer_lists(CampaignContent("C", (named, unnamed))) == ("again",)
