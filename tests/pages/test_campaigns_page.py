"""The page Campaigns: its address, planted arms against a loop, what it refuses, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import streamlit

from cubes.analysis.campaign_groups import campaign_features, campaign_groups, telling_groups
from cubes.analysis.campaign_outcomes import Outcome, run_campaigns
from cubes.analysis.measure_past import measure_past
from cubes.ask import answer, answer_cache
from cubes.query import NOW, Cut, Query, parse_cut
from data.campaigns.read_back import ResponseBooks
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from data.operational.planned_campaigns import CampaignDesign, DesignKind, PlannedCampaign
from data.store.warehouse import Warehouse
from mining.campaigns import effect_by_group
from mining.campaigns.qini_curve import qini_curve
from mining.campaigns.score_fifths import score_fifths
from mining.campaigns.synthetic_control import SyntheticControl
from pages.act import campaign_words as words
from pages.act import found_campaigns as found_pages
from pages.act import save_uplift
from pages.act.campaign_frames import (
    books_bars,
    books_table,
    campaign_table,
    effect_words,
    groups_table,
    others_shown,
    others_table,
    shrunk_frame,
)
from pages.act.campaigns_view import CampaignsView, parse_campaigns
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import FoundCampaigns, found_campaigns, found_types, opened_campaign
from pages.act.found_plan import found_plan
from pages.act.found_uplift import FoundUplift, asked_uplift
from pages.act.groups_card import group_sentence
from pages.act.regions_card import course_frame, fit_sentence, region_sentence
from pages.ui import session
from pages.ui.figures import dot_intervals
from pages.ui.style.theme import LIGHT
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

SENT = date(2025, 3, 1)
WAVES = ("Wave 1", "Wave 2", "Wave 3", "Wave 4")
PEOPLE = 80


def lines() -> list[Line]:
    """Eighty customers who buy before and after; those of an even number 40 more after the first wave."""
    made = []
    for who in range(PEOPLE):
        for days in (-100, -20 - who % 7, 10 + who % 5, 200):
            extra = 40 if days == 10 + who % 5 and who % 2 == 0 else 0
            made.append(
                Line(
                    SENT + timedelta(days),
                    f"o{who}{days}",
                    f"c{who}",
                    country="Italy" if who % 4 < 2 else "Spain",
                    revenue=f"{20 + who % 9 + extra}.00",
                )
            )
    return made


def contacts() -> list[dict[str, object]]:
    """Four waves with arms by whether a number is even; in Odd all of Italy's and half of the others are reached, Flyer
    holds nobody out."""
    made: list[dict[str, object]] = []
    for who in range(PEOPLE):
        arms = dict.fromkeys(WAVES, "treated" if who % 2 == 0 else "held out")
        arms |= {"Odd": "treated" if who % 4 < 3 else "held out", "Flyer": "treated"}
        for at, (name, arm) in enumerate(arms.items()):
            cost = 2 if arm == "treated" else 0
            day = SENT + timedelta(at // 4)
            made.append({"day": day, "customer": f"c{who}", "campaign": name, "arm": arm, "cost": cost})
    return made


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("firm").resolve() / "w.duckdb"
    newcomer = Line(SENT + timedelta(190), "new", "Newcomer", revenue="999.00")
    tiny_warehouse(path, [*lines(), newcomer]).close()
    answers = [
        {"day": SENT + timedelta(9), "customer": f"c{who}", "campaign": "Flyer", "kind": "coupon"}
        for who in (1, 1, 2, 3)
    ]
    warehouse = with_facts(path, contact=contacts(), response=answers)
    yield warehouse
    warehouse.close()


@pytest.fixture
def at_hand(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setattr(session, "warehouse", lambda: firm)
    return firm


def amounts(found: FoundCampaigns) -> EffectAmounts:
    return EffectAmounts(found.outcome, "EUR")


def spent(after: int, until: int) -> dict[int, float]:
    done = dict.fromkeys(range(PEOPLE), 0.0)
    for line in lines():
        if after <= (line.day - SENT).days < until:
            done[int(line.customer[1:])] += float(line.revenue)
    return done


@pytest.mark.usefixtures("at_hand")
def test_the_list_tells_measured_and_observed_apart() -> None:
    found = found_campaigns(CampaignsView())
    say = amounts(found)
    table = {each["campaign"]: each for each in campaign_table(found, say).iter_rows(named=True)}
    assert set(table) == {*WAVES, "Odd", "Flyer"}
    done = spent(0, 90)
    means = [sum(done[who] for who in range(PEOPLE) if who % 2 == arm) / 40 for arm in (0, 1)]
    wave = table["Wave 1"]
    assert wave["effect"] == pytest.approx(means[0] - means[1])
    assert wave["brought_less_cost"] == pytest.approx(wave["effect"] * 40 - 80)
    assert wave["break_even"] == 2
    assert wave["what_it_changed"].startswith(f"Moved revenue by €{wave['effect']:.2f} a customer (€")
    assert table["Flyer"]["what_it_changed"] == "Observed only: nobody was held out"
    assert table["Flyer"]["effect"] is None
    assert "1 only observed" in words.main_fact(found, say)
    types = found_types(found, "type")
    assert sum(one.campaigns for one in types.types) == 5
    assert "the next may bring" in words.type_sentence(types.types[0], say)
    one = next(each for each in types.types if each.by_cost)
    assert one.cost == 2
    assert one.by_cost == pytest.approx((one.mean / 2, one.low / 2, one.high / 2))
    assert f"Another €1.00 spent on them brings €{one.mean / 2:.2f} (€" in words.type_sentence(one, say)
    drawn = dot_intervals(shrunk_frame(types.campaigns, say), LIGHT, unit="money")
    assert [trace.name for trace in drawn.data if trace.name] == ["Its own", "Drawn to its type"]


@pytest.mark.usefixtures("at_hand")
def test_its_groups_are_told_where_there_are_enough_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    view = CampaignsView(campaign="Wave 1", groups="country")
    assert parse_campaigns(view.to_parameters()) == view
    few = opened_campaign(view, found_campaigns(view)).groups
    assert few is not None
    assert (few.small, few.frame.height) == (2, 0)
    assert group_sentence(few) == "No group has 30 customers in each arm, so none is told."
    monkeypatch.setattr(effect_by_group, "FEWEST", 20)
    groups = opened_campaign(view, found_campaigns(view)).groups
    assert groups is not None
    done = spent(0, 90)
    of_italy = [[done[who] for who in range(PEOPLE) if who % 4 == at] for at in (0, 1)]
    row = groups.frame.filter(group="Italy").row(0, named=True)
    assert row["effect"] == pytest.approx(sum(of_italy[0]) / 20 - sum(of_italy[1]) / 20)
    assert group_sentence(groups).startswith("That the groups differ is not shown (p 1.")
    table = groups_table(groups.frame, amounts(found_campaigns(view)))
    assert table["told"].to_list() == ["told from chance"] * 2
    with pytest.raises(BadRequest, match=r"contry"):
        opened_campaign(CampaignsView(campaign="Wave 1", groups="contry"), found_campaigns(view))


@pytest.mark.usefixtures("at_hand")
def test_one_campaign_opened_with_its_measures_and_its_course() -> None:
    view = CampaignsView(campaign="Wave 1", planned="1:1")
    found = found_campaigns(view)
    told_of, say = opened_campaign(view, found), amounts(found)
    assert told_of.mismatch is None
    assert all(each.is_measured for each in found.lines if each.campaign.id != "Flyer")
    effect = told_of.line.found
    assert effect
    assert effect.effect
    assert told_of.course["effect"][-1] == pytest.approx(effect.effect.difference)
    assert told_of.course.height == 90
    said = words.opened_sentence(told_of.line, say)
    assert said.startswith("Wave 1 moved revenue by €")
    assert "in all 40 whom it reached by €" in said
    assert "It cost €80.00: it breaks even at €2.00" in words.paid_sentence(effect, say)
    assert [name for name, _ in effect_words(effect, say)] == [
        "Plain, at one planned look", "With the past taken out (CUPED)", "Anytime, at every look",
    ]  # fmt: skip
    assert "The arms are of the planned sizes" in words.cautions(told_of)
    shown = others_shown(others_table(told_of, "EUR"))
    assert shown["measure"].to_list() == [
        "Bought", "Orders", "Revenue", "Margin", "Average order value", "Lines per order", "Units per line",
        "Return rate",
    ]  # fmt: skip
    assert shown.filter(pl.col("measure") == "Revenue")["q"][0] == "below 0.001"
    running = opened_campaign(CampaignsView(days=300), found_campaigns(CampaignsView(days=300)))
    assert "days are not over" in words.cautions(running)
    assert running.course.height == 200


@pytest.mark.usefixtures("at_hand")
def test_ratios_are_told_of_what_they_are_divided_by() -> None:
    view = CampaignsView(campaign="Wave 1", measure="average_order_value")
    found = found_campaigns(view)
    told_of, say = opened_campaign(view, found), amounts(found)
    effect = told_of.line.found
    assert effect
    assert effect.effect
    done = spent(0, 90)
    means = [sum(done[who] for who in range(PEOPLE) if who % 2 == arm) / 40 for arm in (0, 1)]
    assert effect.effect.difference == pytest.approx(means[0] - means[1])  # each placed one order
    assert words.opened_sentence(told_of.line, say).endswith("in 90 days.")
    assert " an order (" in words.opened_sentence(told_of.line, say)
    assert words.paid_sentence(effect, say) == ""
    assert words.designed(told_of.line).endswith(", of a ratio by the delta method.")
    assert told_of.course.is_empty()
    assert found_plan(view, found, told_of.line).plan.mean == pytest.approx(means[1])
    learned = CampaignsView(campaign="Wave 1", measure="average_order_value", learner="dr")
    assert told_of.line.told
    with pytest.raises(BadRequest, match="nothing is learned of each"):
        asked_uplift(learned, told_of.line.told)


def planned(kind: DesignKind, level: str) -> PlannedCampaign:
    design = CampaignDesign((("treated", 0.5),), 0.5, together=level, kind=kind, days=30)
    last = SENT - timedelta(1)
    return PlannedCampaign("Wave 1", "Mail", "mail", "aud", SENT, last, "orders", design, id="Wave 1")


@pytest.mark.usefixtures("at_hand")
def test_a_stored_plan_says_how_a_campaign_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    view = CampaignsView(campaign="Wave 1")
    monkeypatch.setattr(found_pages, "_plans", lambda: {"Wave 1": planned("customer", "")})
    found = found_campaigns(view)
    line = opened_campaign(view, found).line
    assert line.found
    assert line.found.ratio
    assert line.found.ratio.planned == pytest.approx((40, 40))
    assert found.measure == "orders"
    assert "changed orders in 30 days" in words.opened_sentence(line, amounts(found))
    assert "as planned here over 30 days. Estimator: Welch's" in words.designed(line)
    cautions = words.cautions(opened_campaign(view, found))
    assert "The last contact is of 2025-03-01, after the campaign's end on 2025-02-28" in cautions
    assert "of those held out would have been seen 9 times of 10" in cautions
    assert "Other campaigns reached in the same days 40 of 40 reached and 40 of 40 held out." in cautions
    monkeypatch.setattr(found_pages, "_plans", lambda: {"Wave 1": planned("geo", "city")})
    regional = found_campaigns(view)
    line = opened_campaign(view, regional).line
    assert words.opened_sentence(line, amounts(regional)).startswith("Drawn by city: its effect is that on")
    assert (
        campaign_table(regional, amounts(regional)).filter(id="Wave 1")["what_it_changed"][0]
        == "Drawn by city"
    )
    assert "0 measured" not in words.main_fact(regional, amounts(regional))
    monkeypatch.setattr(found_pages, "_plans", lambda: {"Wave 1": planned("cluster", "country")})
    grouped = found_campaigns(view)
    line = opened_campaign(view, grouped).line
    assert "not drawn for these groups: 2 of 2 have customers in both" in words.opened_sentence(
        line, amounts(grouped)
    )
    assert "Arms drawn by country" in words.designed(line)


def test_regions_are_told_beside_their_mixture() -> None:
    course = pl.DataFrame({"period": [-1, 0], "treated": [10.0, 16.0], "synthetic": [10.0, 11.0]})
    found = SyntheticControl(1, 20, 30, 8, (("Lyon", 0.7), ("Lille", 0.3)), course, 0.02, 5.0, 0.4545, 1 / 21)
    say = EffectAmounts(Outcome("revenue", "Revenue", "money", False), "EUR")
    told = "It moved revenue: €5.00 a week and city more than a mixture of the others, 45.5% of it (p 0.048)."
    assert region_sentence(found, "city", say) == told
    assert "not told from chance" in region_sentence(replace(found, p=0.2), "city", say)
    assert region_sentence(replace(found, refusal="Off."), "city", say) == "Off."
    assert "Lyon 70%, Lille 30%" in fit_sentence(found)
    assert "with 20 other regions it cannot be below 0.048" in fit_sentence(found)
    assert course_frame(course).select("id", "age", "value").row(3) == ("synthetic", 0, 11.0)


@pytest.mark.usefixtures("at_hand")
def test_where_responses_went_and_what_was_bought_after_a_contact() -> None:
    view = CampaignsView(campaign="Flyer", measure="coupon")
    told_of = opened_campaign(view, found_campaigns(view))
    books = told_of.books
    assert (books.read, books.matched, books.repeats, books.unmatched) == (4, 3, 1, 0)
    assert words.books_sentence(books) == "4 responses: 3 to one contact each, 1 repeats, 0 unmatched."
    assert books_table(books)["where"].to_list() == ["Matched", "Repeats"]
    late = books_bars(books_table(ResponseBooks(2, 1, 0, {"after": 1})))
    assert late.select("label", "value").rows() == [("Matched", 1.0), ("After the end", 1.0)]
    assert "none: observed only" in words.designed(told_of.line)
    assert told_of.bought
    assert (told_of.bought.customers, told_of.bought.orders) == (PEOPLE, PEOPLE)
    said = words.bought_sentence(told_of, "EUR")
    assert said.endswith("That is what came after, not what it changed.")
    first = CampaignsView(campaign="Wave 1")
    earlier = opened_campaign(first, found_campaigns(first))
    assert earlier.bought
    assert (earlier.bought.orders, earlier.bought.elsewhere) == (0, 40)
    assert words.books_sentence(earlier.books) == "No response to it was loaded."


@pytest.mark.usefixtures("at_hand")
def test_arms_that_were_not_drawn_are_diagnosed() -> None:
    view = CampaignsView(campaign="Odd", planned="1:1")
    found = found_campaigns(view)
    told_of = opened_campaign(view, found)
    assert told_of.mismatch is not None
    assert told_of.line.found
    assert ("country", "Italy") in told_of.mismatch.select("column", "member").rows()
    assert "first Italy" in words.mismatch_sentence(told_of.mismatch, told_of.line.found)
    assert "not of the planned sizes" in words.opened_sentence(told_of.line, amounts(found))
    assert found_campaigns(CampaignsView(campaign="Odd")).lines[0].is_measured
    alike = CampaignsView(campaign="Wave 1", planned="9:1")
    off = opened_campaign(alike, found_campaigns(alike))
    assert off.mismatch is not None
    assert off.line.found
    assert "all are off alike" in words.mismatch_sentence(off.mismatch, off.line.found)


def test_what_was_known_before_and_what_the_past_tells(at_hand: Warehouse) -> None:
    campaign = next(each for each in run_campaigns(at_hand) if each.id == "Wave 1")
    groups = campaign_groups(at_hand, campaign)
    assert groups.height == PEOPLE
    assert telling_groups(groups) == ("country",)
    known = campaign_features(at_hand, partial(answer.ask, at_hand), campaign)
    names = dict(at_hand.rows("SELECT customer_code, id FROM customer"))
    before = spent(-365, 0)
    assert {"told_country", "told_region", "told_city", "told_customer_kind"} <= set(known.columns)
    assert known["told_country"].n_unique() == 2
    for customer, bought, recency, age, days in known.select(
        "customer", "revenue", "recency_days", "age_days", "purchase_days"
    ).iter_rows():
        who = int(names[customer][1:])
        assert (bought, recency, age, days) == (before[who], 19 + who % 7, 99, 2)
    past = measure_past(at_hand, "revenue", 150)
    assert past["value"].sum() == sum(spent(51, 201).values())
    assert past["before"].sum() == sum(spent(51 - 180, 51).values())


@pytest.mark.usefixtures("at_hand")
def test_plans_and_learners_say_what_they_lack() -> None:
    view = CampaignsView(campaign="Wave 1", days=150, people=1000, holdout=20, learner="dr")
    found = found_campaigns(view)
    line = opened_campaign(view, found).line
    plan = found_plan(view, found, line)
    assert (plan.plan.treated, plan.plan.held_out, plan.plan.known) == (800, 200, PEOPLE)
    said = words.plan_sentence(plan.plan, plan.basis, amounts(found))
    assert "800 reached and 200 held out" in said
    assert line.told
    with pytest.raises(BadRequest, match="fewer than 200 customers"):
        asked_uplift(view, line.told).found()


@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize(
    ("view", "says"),
    [
        (CampaignsView(measure="revenu"), "Did you mean 'revenue'"),
        (CampaignsView(campaign="Wav 1"), "Did you mean 'Wave 1'"),
        (CampaignsView((Cut("channel", ("Web",)),)), "chosen by what describes them"),
        (CampaignsView((parse_cut("customer by revenue > 5"),)), "chosen by what describes them"),
        (CampaignsView((Cut("year", ("2025",)),)), "The days of a campaign are its own"),
    ],
)
def test_bad_questions(view: CampaignsView, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        found_campaigns(view)


def test_a_changed_set_gives_no_kept_effect(at_hand: Warehouse) -> None:
    store = operational_store.ready(at_hand.path)
    mine = member_sets.save(store, "Mine", "country", ["Italy"], PRIVATE, "ann")

    def reached() -> int:
        found = found_campaigns(CampaignsView((parse_cut(f"country in set {mine}"),), campaign="Wave 1"))
        return next(each.found.treated for each in found.lines if each.campaign.id == "Wave 1" and each.found)

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CLIENTELA_USER", "ann")
        assert reached() == 20
        member_sets.add(store, mine, ["Spain"], "ann")
        assert reached() == 40


@pytest.fixture
def browsed(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm.path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()


@pytest.mark.usefixtures("browsed")
def test_a_campaign_is_opened_and_planned_on_the_page() -> None:
    app = opened("act/campaigns_page.py")
    assert not app.exception
    assert 'data-opened="Odd"' in told(app)
    app.selectbox(key="campaigns-open").select("Wave 2").run()
    assert app.query_params["campaign"] == "Wave 2"
    app.slider(key="plan-holdout").set_value(30).run()
    assert not app.exception
    assert app.query_params["holdout"] == "30"
    app.button(key="whom-look").click().run()
    assert "fewer than 200 customers" in told(app)
    cut = opened("act/campaigns_page.py", where=["country=Frnce", "channel=Web"])
    assert not cut.exception
    assert "There is no country &#x27;Frnce&#x27;" in told(cut)
    assert "no level &#x27;channel&#x27;" in told(cut)


def test_fifths_are_saved_drilled_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, [Line(SENT + timedelta(9), f"o{who}", f"c{who}") for who in range(5)]).close()
    contacted = [
        {"day": SENT, "customer": f"c{who}", "campaign": "A", "arm": "treated" if who % 2 else "held out"}
        for who in range(5)
    ]
    with_facts(path, contact=contacted).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    session.renewed()
    view = CampaignsView(learner="t", days=5)
    line = opened_campaign(view, found_campaigns(view)).line
    score, flags = np.arange(5.0), np.array([True, False] * 2 + [False])
    customers = pl.DataFrame({"customer": [f"c{who}" for who in range(5)], "fifth": [5, 4, 3, 2, 1]})
    scored = FoundUplift(qini_curve(score, score, flags), score_fifths(score, score, flags), customers)
    assert save_uplift._save(view, scored, line).startswith("Saved the fifth of 5 customers")
    store = session.renewed()
    found = answer.ask(store, Query(("customers",), (save_uplift.NAME,), as_of=NOW)).frame
    assert set(found[save_uplift.NAME]) >= {"1 most", "2", "3", "4", "5 least"}
    assert "removed" in save_uplift._remove()
    assert not session.renewed().profile.attributes


def test_without_campaigns_the_page_says_what_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, [Line(SENT)]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()
    app = opened("act/campaigns_page.py")
    assert not app.exception
    assert "Plan one on the page Plan, and export its contacts; or load contacts" in told(app)


@pytest.mark.parametrize(
    "view",
    [
        CampaignsView(),
        CampaignsView((Cut("country", ("Italy",)),), "orders", 30, "9:1", "Wave 1", "both", 20, 500, 7, "x"),
    ],
)
def test_an_address_is_read_as_it_was_written(view: CampaignsView) -> None:
    assert parse_campaigns(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"by": ["tpye"]}, "Did you mean 'type'"),
        ({"learner": ["z"]}, "There is no learner"),
        ({"planned": ["1:0"]}, "are no shares of two arms"),
        ({"planned": ["half"]}, "are no shares of two arms"),
        ({"days": ["0"]}, "is no number from 1 to 730"),
        ({"holdout": ["90"]}, "is no number from 1 to 50"),
        ({"mesure": ["x"]}, "Did you mean 'measure'"),
    ],
)
def test_an_address_that_cannot_be_read(parameters: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_campaigns(parameters)
