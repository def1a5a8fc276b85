"""The page Plan: a draft kept change by change, whom it reaches, what it can find, and the contacts that it writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import numpy as np
import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.analysis.audience_question import known_customers, of, to_text
from cubes.analysis.campaign_outcomes import purchase_outcomes
from cubes.analysis.measure_past import measure_past, past_of_customers
from cubes.ask import answer_cache
from cubes.query import parse_cut
from data.campaigns import audience_rows
from data.errors import BadRequest, ChangedMeanwhile
from data.operational import audiences, operational_store, planned_campaigns
from data.operational.campaign_contents import CampaignContent, ContentVariant
from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign
from data.store.warehouse import Warehouse, writing
from pages.act import write_plan
from pages.act.found_content import found_coverage
from pages.act.found_reach import found_reach
from pages.act.found_size import found_size
from pages.act.plan_export_card import setting_of
from pages.act.plan_fields import arms_text, parse_arms, value_of, with_values
from pages.act.plan_view import PlanView, parse_plan
from pages.act.planned_list_card import state_of
from pages.act.reach_frames import export_sentence, reach_steps, reasons_sentence
from pages.ui import session
from pages.ui.figures import waterfall
from pages.ui.local_time import today
from pages.ui.style.theme import LIGHT
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LAST = date(2025, 6, 30)
PEOPLE, WITHDRAWN = 60, 7
PAGE = "act/plan_page.py"
KNOWN = """INSERT INTO customer_identity SELECT DISTINCT customer_code, 'crm', id, customer_code FROM customer
WHERE customer_code > 0"""
START = today()
PLAN = PlannedCampaign(
    "Linen", "Newsletter", "E-mail", "", START, START + timedelta(30), "revenue",
    CampaignDesign((("treated", 0.8),), 0.2, days=60), cost=Decimal("0.5"),
)  # fmt: skip


def make(folder: Path) -> None:
    """Sixty customers who buy twice, seven of whom withdrew their consent; all, and one, are audiences."""
    path = folder / "w.duckdb"
    lines = [
        Line(LAST - timedelta(days), f"o{who}-{days}", f"c{who}", revenue=f"{10 + who % 7 + days // 50}.00")
        for who in range(PEOPLE)
        for days in (10 + who % 5, 100)
    ]
    tiny_warehouse(path, lines).close()
    said = {"day": LAST, "channel": "E-mail", "purpose": ""}
    consents = [
        {**said, "customer": f"c{who}", "verdict": "withdrawn" if who < WITHDRAWN else "given"}
        for who in range(PEOPLE)
    ]
    consents.append({**said, "customer": "c0", "verdict": "withdrawn", "purpose": "news"})
    with_facts(path, consent=consents).close()
    store = operational_store.ready(path)
    one = (parse_cut("customer=c9"),)
    for name, cuts in {"Everybody": (), "One": one, "Nobody": one}.items():
        mode = audiences.FROZEN if name == "Nobody" else audiences.LIVING
        audiences.save(store, name, to_text(of(known_customers(*cuts))), mode, "", 0, "ann")
    with writing(path) as connection:  # which writes who stands in audiences, too
        connection.execute(KNOWN)
    with writing(path) as connection:
        gone = audiences.audience_named(audiences.audiences(store), "Nobody").id
        connection.execute("UPDATE audience_member SET went = came WHERE audience = ?", [gone])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned").resolve()
    make(folder)
    return folder


@pytest.fixture
def firm(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = Path(copytree(made, tmp_path.resolve() / "firm")) / "w.duckdb"
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()
    yield path
    session.warehouse().close()


def audience(path: Path, name: str = "Everybody") -> str:
    return audiences.audience_named(audiences.audiences(operational_store.ready(path)), name).id


def planned(path: Path, plan: PlannedCampaign = PLAN, name: str = "Everybody") -> str:
    return planned_campaigns.save(
        operational_store.ready(path), replace(plan, audience=audience(path, name)), "ann"
    )


def kept(path: Path, id: str) -> PlannedCampaign:
    every = planned_campaigns.planned_campaigns(operational_store.ready(path))
    return planned_campaigns.planned_campaign(every, id)


def shown(app: AppTest) -> str:
    assert not app.exception
    return told(app)


def test_variants_for_arms_are_spread_as_the_arms_are_drawn(firm: Path) -> None:
    content = CampaignContent("C", (ContentVariant("Long", "x", arm="A"), ContentVariant("All", "y")))
    design = CampaignDesign((("A", 0.4), ("B", 0.4)), 0.2)
    campaign = kept(firm, planned(firm, replace(PLAN, design=design)))
    reach = found_reach(campaign, (), START)
    fresh = found_coverage(setting_of(campaign, reach), content)["customers"].to_list()
    assert fresh == [reach.arms["A"], reach.arms["B"]]
    assert min(fresh) > 0
    write_plan.export(campaign, reach, None, confirmed=False)
    again = found_reach(campaign, (), START)
    assert again.drawn.fresh.is_empty()
    assert found_coverage(setting_of(campaign, again), content)["customers"].to_list() == fresh


def test_a_plan_is_begun_changed_drawn_and_exported(firm: Path) -> None:
    app = opened(PAGE, audience=audience(firm))
    assert 'data-state="list"' in shown(app)
    assert app.selectbox(key="plan-new-audience").value == audience(firm)
    app.button(key="plan-begin").click().run()
    assert "It has no name" in shown(app)
    app.text_input(key="plan-new-name").set_value("Linen").run()
    app.button(key="plan-begin").click().run()
    id = app.query_params["campaign"]
    assert kept(firm, id).measure == "revenue"
    assert app.selectbox(key="plan-purpose").options == ["Any", "news", "Newsletter", "Offers", "Service"]
    app.selectbox(key="plan-channel").select("E-mail").run()
    app.slider(key="plan-held-slider").set_value(20).run()
    app.text_input(key="plan-arms").set_value("A 3, B").run()
    assert kept(firm, id).design.shares == (("A", 0.6000000000000001), ("B", 0.2), ("held out", 0.2))
    assert app.number_input(key="plan-held-number").value == 20
    said = shown(app)
    assert "7 withdrew their consent" in said
    assert "contacts would be written" in said
    assert "An audience chosen by what it did lately" in said
    app.button(key="plan-export").click().run()
    app.button(key="plan-write").click().run()
    said = shown(app)
    assert kept(firm, id).state == "running"
    assert "Nothing is new: an export would write nothing" in said
    rows = session.renewed().rows("SELECT arm, variant, count(*) FROM contact GROUP BY ALL ORDER BY ALL")
    assert {row[:2] for row in rows} == {("held out", None), ("treated", "A"), ("treated", "B")}
    assert sum(many for *_, many in rows) == PEOPLE - WITHDRAWN
    assert app.text_input(key="plan-name").disabled
    take_all_back(firm, app, reached=sum(many for arm, _, many in rows if arm == "treated"))
    app.button(key="plan-end").click().run()
    assert "has ended" in shown(app)
    assert kept(firm, id).state == "ended"
    app.button(key="plan-undo-it").click().run()
    assert kept(firm, id).state == "running"
    app.button(key="plan-end").click().run()
    app.button(key="plan-delete").click().run()
    assert "is deleted" in shown(app)
    app.button(key="plan-undo-it").click().run()
    assert f'data-opened="{id}"' in shown(app)


def take_all_back(firm: Path, app: AppTest, reached: int) -> None:
    """An export that takes back all waits for a yes."""
    with writing(firm) as connection:
        connection.execute("UPDATE consent SET verdict = 'withdrawn'")
    app.run()
    assert f"0 contacts would be written and 0 held out, 7 left out, {reached} taken back" in shown(app)
    steps = f"May be reached 53; Taken back -{reached}; Held out -{53 - reached}; Reached 0."
    assert steps in " ".join(each.proto.alt for each in app.get("plotly_chart"))
    app.button(key="plan-export").click().run()
    assert app.button(key="plan-write").disabled
    app.checkbox(key="plan-all-back").check().run()
    app.button(key="plan-write").click().run()
    assert not app.exception
    told = session.renewed().rows("SELECT added, removed FROM campaign_export ORDER BY export")
    assert told == [(reached, 0), (0, reached)]


def test_what_cannot_be_kept_stays_typed_with_its_reason(firm: Path) -> None:
    id = planned(firm)
    app = opened(PAGE, campaign=id)
    app.number_input(key="plan-held-number").set_value(100.0).run()
    assert "100% are held out: nobody would be reached" in shown(app)
    assert app.number_input(key="plan-held-number").value == 100
    assert kept(firm, id).design.held_out == 0.2
    app.date_input(key="plan-ends").set_value(START - timedelta(9)).run()
    assert "before it starts" in shown(app)
    app.date_input(key="plan-starts").set_value(START - timedelta(20)).run()
    assert "before it starts" not in shown(app)
    assert (kept(firm, id).starts, kept(firm, id).ends) == (START - timedelta(20), START - timedelta(9))
    app.number_input(key="plan-held-number").set_value(0.0).run()
    said = shown(app)
    assert "plan-trouble" not in said
    assert "Nobody is held out: no effect can be told" in said
    assert kept(firm, id).design.kind == "none"
    app.text_input(key="plan-arms").set_value("A, , B").run()
    assert "are no arms" in shown(app)
    planned_campaigns.delete(operational_store.ready(firm), id, "ann")
    app.text_input(key="plan-name").set_value("Late").run()
    assert "or it was deleted meanwhile" in shown(app)


def test_who_is_reached_adds_up_and_what_is_found_is_said(firm: Path) -> None:
    campaign = kept(firm, planned(firm))
    reach = found_reach(campaign, [campaign], START)
    steps = reach_steps(reach)
    values = dict(steps.select("label", "value").iter_rows())
    assert values["Audience"] == PEOPLE
    assert values["Consent withdrawn"] == -WITHDRAWN
    assert values["May be reached"] + values["Held out"] == values["Reached"] == reach.arms["treated"]
    assert steps.filter(pl.col("kind") == "part")["value"].sum() == values["Reached"] - PEOPLE
    bars = waterfall(steps, LIGHT, from_zero=True).data[0]
    assert [(base, base + x) for base, x in zip(bars.base, bars.x, strict=True)] == [
        (0, 60), (60, 53), (0, 53), (53, values["Reached"]), (0, values["Reached"]),
    ]  # fmt: skip
    assert reasons_sentence(reach).endswith("7 withdrew their consent.")
    assert export_sentence(reach).endswith("7 left out.")
    everywhere = replace(campaign, type=planned_campaigns.GLOBAL_HOLDOUT)
    told = export_sentence(found_reach(everywhere, [everywhere], START))
    assert "customers would stay open to other campaigns and" in told
    revenue = next(each for each in purchase_outcomes(session.warehouse()) if each.name == "revenue")
    found = found_size(campaign, reach, revenue).plan
    asked = list(range(WITHDRAWN, PEOPLE))
    assert found.mean == pytest.approx(np.mean([10 + who % 7 for who in asked]))
    assert found.treated + found.held_out == len(asked)
    assert found.treated == reach.arms["treated"]
    halves = with_values(campaign, {"arms": "A 3, B"})
    alone = found_size(halves, reach, revenue)
    assert alone.alone
    assert (alone.arm, alone.alone.held_out) == ("B", found.held_out)
    assert alone.alone.treated == round(found.treated / 4)
    assert alone.alone.smallest > alone.plan.smallest == found.smallest
    with pytest.raises(BadRequest, match="Nobody is held out"):
        found_size(with_values(campaign, {"held_out": 0}), reach, revenue)
    one = kept(firm, planned(firm, replace(PLAN, name="Alone"), "One"))
    with pytest.raises(BadRequest, match="Too few customers"):
        found_size(one, found_reach(one, [one], START), revenue)
    with pytest.raises(BadRequest, match="no quiet day"):
        found_reach(with_values(campaign, {"quiet_days": ["Moonday"]}), [campaign], START)


def test_a_start_of_which_nothing_came_is_taken_back(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = kept(firm, planned(firm))

    def refuse(*_: object) -> None:
        raise BadRequest("It is busy.", "Try again.")

    monkeypatch.setattr(write_plan, "write_contacts", refuse)
    with pytest.raises(BadRequest, match="busy"):
        write_plan.export(campaign, found_reach(campaign, [campaign], START), None, confirmed=False)
    assert kept(firm, campaign.id).state == "draft"


def test_who_left_the_audience_while_the_page_stood_open_is_not_reached(firm: Path) -> None:
    campaign = kept(firm, planned(firm, name="Nobody"))
    with writing(firm) as connection:
        came = "INSERT INTO audience_member SELECT ?, customer_code, 1, NULL FROM customer WHERE customer_code > 9"
        connection.execute(came, [campaign.audience])
    session.renewed()
    reach = found_reach(campaign, [campaign], START)
    with writing(firm) as connection:
        left = "UPDATE audience_member SET went = 9 WHERE audience = ? AND identity_key > 29"
        connection.execute(left, [campaign.audience])
    write_plan.export(campaign, reach, None, confirmed=False)
    written = session.renewed().rows("SELECT customer_code FROM contact ORDER BY customer_code")
    assert written == [(code,) for code in range(10, 30)]


def test_what_was_changed_in_another_window_is_not_drawn_as_it_was_before(firm: Path) -> None:
    campaign = kept(firm, planned(firm))
    reach = found_reach(campaign, [campaign], START)
    other = replace(campaign, design=CampaignDesign((("treated", 0.5),), 0.5))
    planned_campaigns.save(operational_store.ready(firm), other, "bob")
    with pytest.raises(ChangedMeanwhile, match="bob changed the campaign"):
        write_plan.export(campaign, reach, None, confirmed=False)
    assert kept(firm, campaign.id).state == "draft"
    assert not session.renewed().rows("SELECT 1 FROM contact")


def test_two_change_one_field_and_the_later_one_chooses(firm: Path) -> None:
    id, store = planned(firm), operational_store.ready(firm)
    app = opened(PAGE, campaign=id)
    planned_campaigns.save(store, replace(kept(firm, id), name="Flax", cost=Decimal("0.75")), "bob")
    app.text_input(key="plan-name").set_value("Cotton").run()
    said = shown(app)
    assert "bob changed the campaign “Linen” meanwhile" in said
    assert "<th>Name</th><td>Flax</td><td>Cotton</td>" in said
    assert app.text_input(key="plan-name").value == "Cotton", "what was typed stays"
    assert kept(firm, id).name == "Flax"
    app.button(key="changed-mine-plan-name").click().run()
    assert "changed-meanwhile" not in shown(app)
    assert (kept(firm, id).name, kept(firm, id).cost) == ("Cotton", Decimal("0.75"))
    app.number_input(key="plan-cost").set_value(0.25).run()
    app.text_input(key="plan-name").set_value("Wool").run()
    assert kept(firm, id).name == "Wool", "one's own last word is in nobody's way"


def test_the_past_of_customers_is_theirs_alone(firm: Path) -> None:
    store = Warehouse(firm)
    every = measure_past(store, "revenue", 60)
    codes = audience_rows.members(store.arrays, audience(firm))
    assert past_of_customers(store, codes, "revenue", 60)["value"].sum() == every["value"].sum()
    one = past_of_customers(store, audience_rows.members(store.arrays, audience(firm, "One")), "revenue", 60)
    assert one.rows() == [(12.0, 14.0)]
    assert past_of_customers(store, [9999], "orders", 60).rows() == [(0.0, 0.0)]
    store.close()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"campaign": "C-0"}, "There is no planned campaign"),
        ({"audience": "gone"}, "The audience of this link is not there any more"),
        ({"campain": "x"}, "Did you mean"),
    ],
)
def test_links_to_what_is_not_there(firm: Path, parameters: dict[str, str], says: str) -> None:
    app = opened(PAGE, **parameters)
    assert says in shown(app)
    app.button(key="refused-action").click().run()
    assert 'data-state="list"' in shown(app)


def test_an_audience_of_nobody_reaches_nobody(firm: Path) -> None:
    app = opened(PAGE, campaign=planned(firm, name="Nobody"))
    said = shown(app)
    assert "Nobody stands in this audience: there is nobody to reach" in said
    assert "Too few customers may be reached" in said
    assert not [each for each in app.button if each.key == "plan-export"]
    over = replace(PLAN, name="Late", starts=START - timedelta(9), ends=START - timedelta(1))
    assert "has gone by: choose later ones" in shown(opened(PAGE, campaign=planned(firm, over)))


def test_an_audience_that_is_deleted_is_said(firm: Path) -> None:
    id = planned(firm)
    audiences.delete(operational_store.ready(firm), audience(firm), "ann")
    assert "not there any more: choose another one" in shown(opened(PAGE, campaign=id))
    planned_campaigns.start(operational_store.ready(firm), id, "ann")
    assert "nobody can be added or taken back" in shown(opened(PAGE, campaign=id))


def test_without_an_audience_the_page_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, [Line(LAST)]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    said = shown(opened(PAGE))
    assert "There is no audience yet" in said
    assert 'data-state="empty"' in said


def test_arms_are_read_as_they_were_written() -> None:
    assert parse_arms("") == (("treated", 1.0),)
    assert arms_text(parse_arms("A 50%, B 25, C 25")) == "A 50%, B 25%, C 25%"
    assert parse_arms("Offer 1 60, Offer 2 40") == (("Offer 1", 0.6), ("Offer 2", 0.4))
    for text in ("A,,B", "A 0", ",".join("abcdefghijk")):
        with pytest.raises(BadRequest):
            parse_arms(text)
    changed = with_values(
        PLAN, {"arms": "A, B", "held_out": 50, "together": "city", "secondary": ["revenue", "orders"]}
    )
    assert changed.design.arms == (("A", 0.25), ("B", 0.25))
    assert (changed.design.kind, value_of(changed, "held_out")) == ("cluster", 50)
    capped = with_values(PLAN, {"most_contacts": 2, "reentry_days": 0}).design
    assert (capped.most_contacts, capped.reentry_days) == (2, 0)
    assert (value_of(PLAN, "most_contacts"), value_of(PLAN, "reentry_days")) == (0, -1)
    assert with_values(PLAN, {"most_contacts": 0, "reentry_days": -1}) == PLAN
    assert with_values(changed, {"measure": "orders"}).secondary == ("revenue",)
    with pytest.raises(BadRequest, match="No day is chosen"):
        with_values(PLAN, {"ends": None})


def test_a_campaign_is_a_draft_planned_running_and_over() -> None:
    day = PLAN.starts
    running = replace(PLAN, state="running")
    told = [state_of(PLAN, day), *(state_of(running, day + timedelta(days)) for days in (-1, 0, 30, 31))]
    assert told == ["Draft", "Planned", "Running", "Running", "Over"]
    assert state_of(replace(running, state="ended"), day) == "Over"


def test_an_address_is_read_as_it_was_written() -> None:
    for view in (PlanView(), PlanView("C-1"), PlanView(audience="a")):
        assert parse_plan(view.to_parameters()) == view
