"""The page Audiences and the dialog that makes them: addresses, counts by a second way, refusals, undoing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import OtherAudience, known_customers, of
from cubes.analysis.make_audience import make_audience, make_listed_audience
from cubes.query import Query, parse_cut
from data.campaigns import audience_rows
from data.campaigns.audience_makeup import audience_makeup
from data.campaigns.audience_moves import audience_moves
from data.campaigns.reach_choices import ALWAYS, channels_offered, purposes_offered
from data.errors import BadRequest
from data.operational import audiences, member_sets, operational_store
from data.operational.audiences import Audience
from data.store.warehouse import Warehouse, writing
from pages.act import audience_sentences as words
from pages.act.audiences_view import AudiencesView, CombinedPart, parse_audiences
from pages.act.combine_card import combined_question
from pages.act.found_audiences import (
    explored_part,
    found_audiences,
    found_overlap,
    found_reach,
    line_of,
    opened_audience,
    reach_day,
)
from pages.discover.customer_list import offered_of
from pages.explore.explore_view import parse_view
from pages.ui import audience_dialog, session
from pages.ui.audience_words import audience_words, free_name, has_fixed_period, usual_name
from pages.ui.explore_links import explored_question
from pages.ui.figures.overlap_rows import overlap_rows
from pages.ui.search_everything.search_sources import found
from pages.ui.style.theme import LIGHT
from tests.cubes.test_following_audiences import somebody_writes
from tests.data.small import add_load, small_warehouse
from tests.pages.test_unknown_cuts import opened, told

PAGE = "act/audiences_page.py"
OVER = of(Query(("customers",), cuts=(parse_cut("customer by revenue > 120"),)))


@contextmanager
def closing_warehouse(path: Path) -> Iterator[Warehouse]:
    found = Warehouse(path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three audiences of four customers; the load after brings K200 (Bruno, of Siena) into the first."""
    folder = tmp_path_factory.mktemp("audiences").resolve()
    path = small_warehouse(folder / "w.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELA_USER", "ann")
        with closing_warehouse(path) as firm:
            with somebody_writes(path):
                make_audience(firm, "Over", OVER, "living", "ann")
                make_audience(
                    firm, "Italians", of(known_customers(parse_cut("country=Italy"))), "living", "ann"
                )
            make_listed_audience(firm, "Listed", "Offers of May", ["K100", "K400"], "bob")
    add_load(path, 2)
    return path


@pytest.fixture(scope="module")
def looked_at(made: Path) -> Iterator[Warehouse]:
    with closing_warehouse(made) as found:
        yield found


@pytest.fixture
def firm(looked_at: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """What pages read, to look at."""
    monkeypatch.setattr(session, "warehouse", lambda: looked_at)
    return looked_at


@pytest.fixture
def own(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to write to, which the pages of Ann read."""
    for each in made.parent.iterdir():
        (shutil.copytree if each.is_dir() else shutil.copy)(each, tmp_path / each.name)
    path = tmp_path.resolve() / made.name
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return path


def named(firm: Warehouse) -> dict[str, Audience]:
    return {each.name: each for each in audiences.audiences(operational_store.of(firm))}


def parts(firm: Warehouse, *written: tuple[str, str]) -> tuple[CombinedPart, ...]:
    return tuple(CombinedPart(join, named(firm)[name].id) for join, name in written)


def test_the_address_holds_the_view() -> None:
    built = (CombinedPart("", "a1"), CombinedPart("but not", "a2"), CombinedPart("or", "Not this and that"))
    view = AudiencesView("a1", 3, "E-mail", "offers", "country", built)
    assert parse_audiences(view.to_parameters()) == view
    assert AudiencesView().to_parameters() == {}
    assert view.combined(built[1:]).parts[0] == CombinedPart("", "a2")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"audence": ["a"]}, "audience"),
        ({"at": ["soon"]}, "publication"),
        ({"part": ["and a1"]}, "first stand without"),
        ({"part": ["a1", "nd a2"]}, "Did you mean 'and'"),
        ({"part": [f"and a{at}" for at in range(6)]}, "5 at most"),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(address: dict[str, list[str]], said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_audiences(address)
    assert said in str(refused.value)


@pytest.mark.parametrize("joins", [*product(("and", "or", "but not"), repeat=2)])
def test_what_is_combined_is_what_sets_say_and_what_the_engine_finds(
    firm: Warehouse, joins: tuple[str, str]
) -> None:
    view = AudiencesView(parts=parts(firm, ("", "Over"), (joins[0], "Italians"), (joins[1], "Listed")))
    over, italians, listed = (
        set(audience_rows.members(firm.arrays, each.audience).tolist()) for each in view.parts
    )
    wanted = over
    for join, other in zip(joins, (italians, listed), strict=True):
        wanted = {"and": wanted & other, "or": wanted | other, "but not": wanted - other}[join]
    frame = found_overlap(view, found_audiences())
    assert frame.filter("kept")["value"].sum() == len(wanted)
    assert frame["value"].sum() == len(over | italians | listed)
    assert set(audience_customers(firm, combined_question(view)).tolist()) == wanted


def test_a_region_is_drawn_as_dots_and_a_bar_full_where_it_is_kept(firm: Warehouse) -> None:
    view = AudiencesView(parts=parts(firm, ("", "Italians"), ("but not", "Listed")))
    frame = found_overlap(view, found_audiences())
    assert frame.select("label", "value", "kept").rows() == [
        ("In Italians, not in Listed", 2, True),
        ("In Italians and Listed", 1, False),
        ("In Listed, not in Italians", 1, False),
    ]
    drawn = overlap_rows(frame, "AB", LIGHT).to_dict()
    bar, _, joined, dots = drawn["data"]
    assert bar["x"] == [2, 1, 1]
    assert bar["marker"]["pattern"]["shape"] == ["", "/", "/"]
    assert joined["x"] == [0, 0, None, 0, 1, None, 1, 1, None]
    assert dots["marker"]["size"] == [11, 5, 11, 11, 5, 11]
    with pytest.raises(BadRequest, match="twice"):
        found_overlap(view.combined((view.parts[0], view.parts[0])), found_audiences())


def test_an_opened_one_tells_who_came_with_which_publication(firm: Warehouse) -> None:
    line = line_of(found_audiences(), "over")
    assert (line.customers, line.came, line.left) == (4, 1, 0)
    found = opened_audience(AudiencesView(), line)
    assert found.came.rows() == [("K200", "Bruno Conti")]
    assert found.left.is_empty()
    first = int(found.course["publication"][0])
    assert opened_audience(AudiencesView(at=first), line).came["customer"].to_list() == [
        "K100",
        "K300",
        "K400",
    ]
    assert words.course_frame(found)["text"].to_list() == ["3", "4  +1"]
    assert "4 customers, 100.0% of all 4 known" in words.main_fact(found, 4)
    with pytest.raises(BadRequest, match="publication 99"):
        opened_audience(AudiencesView(at=99), line)
    with pytest.raises(BadRequest, match="Did you mean 'Over'"):
        line_of(found_audiences(), "Ovr")


def test_the_search_leads_to_it_and_explore_shows_its_only_question(firm: Warehouse) -> None:
    (entry,) = found(firm, "Ital")["Kept"]
    assert (entry.label, entry.note, entry.path) == ("Italians", "Audience", "audiences")
    line = line_of(found_audiences(), entry.parameters["audience"][0])
    asked = explored_part(line)
    assert asked
    shown = parse_view(dict(explored_question(asked, firm.profile))).query
    assert (shown.cube, shown.cuts, shown.rows) == ("sales", asked.cuts, ("customer",))
    assert explored_part(line_of(found_audiences(), "Listed")) is None


def test_moves_add_up_to_the_course(firm: Warehouse) -> None:
    for each in named(firm).values():
        for row in audience_rows.course(firm.rows, each.id).iter_rows(named=True):
            moves = audience_moves(firm.arrays, each.id, row["publication"])
            assert (len(moves.came), len(moves.left)) == (row["came"], row["left"])


def test_makeup_counts_each_customer_once_as_described_today(firm: Warehouse) -> None:
    codes = np.asarray([1, 2, 4], dtype=np.int32)
    told_apart = audience_makeup(firm.frame, firm.profile, codes, "country")
    assert told_apart.rows() == [("Italy", 2), ("France", 1)]
    assert audience_makeup(firm.frame, firm.profile, codes[:1], "tier").rows() == [("gold", 1)]
    with pytest.raises(BadRequest, match="country"):
        audience_makeup(firm.frame, firm.profile, codes, "contry")


def test_one_customer_of_two_numbers_and_two_descriptions_counts_once(own: Path) -> None:
    with writing(own, "by hand") as connection:
        for identity, came, went in ((1, 3, 7), (2, 5, 6), (3, 3, None)):
            connection.execute("INSERT INTO audience_member VALUES ('x', ?, ?, ?)", [identity, came, went])
        connection.execute(
            """INSERT INTO customer SELECT * REPLACE (99 AS customer_key, 'France' AS country,
                TIMESTAMP '2020-01-01' AS valid_to) FROM customer WHERE customer_code = 2"""
        )
    with closing_warehouse(own) as firm:
        moves = {each: audience_moves(firm.arrays, "x", each) for each in (3, 5, 6, 7)}
        came = {each: found.came.tolist() for each, found in moves.items()}
        assert came == {3: [1, 2], 5: [], 6: [], 7: []}
        assert [found.left.tolist() for found in moves.values()] == [[], [], [], [1]]
        codes = np.asarray([1, 2], dtype=np.int32)
        assert audience_makeup(firm.frame, firm.profile, codes, "country").rows() == [("Italy", 2)]


def test_who_may_be_reached_and_who_is_left_out_are_all(firm: Warehouse, made: Path) -> None:
    found = opened_audience(AudiencesView(), line_of(found_audiences(), "Over"))
    day = reach_day()
    assert day == firm.profile.last_day
    reach = found_reach(found, "E-mail", "", day)
    assert reach.reached + reach.left_out.height == reach.customers == 4
    frame = words.reach_frame(reach)
    assert frame["value"].sum() == 4
    assert frame["label"][0] == "May be reached"
    assert "of 4 customers may be reached by E-mail" in words.reach_words(reach)
    assert channels_offered(firm.frame) == ALWAYS
    assert purposes_offered(firm.frame) == ()


@pytest.mark.parametrize(
    ("bought", "said", "day"),
    [
        (date(2025, 3, 1), date(2025, 3, 9), date(2025, 3, 9)),
        (date(2025, 3, 1), date(2025, 2, 9), date(2025, 3, 1)),
        (None, date(2025, 2, 9), date(2025, 2, 9)),
        (None, None, date(2026, 1, 1)),
    ],
)
def test_a_consent_withdrawn_since_the_last_sale_counts(
    bought: date | None, said: date | None, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = SimpleNamespace(last_day=bought, extents={"consent": SimpleNamespace(last_day=said)})
    store = SimpleNamespace(profile=profile, rows=lambda _: [(date(2026, 1, 1),)])
    monkeypatch.setattr(session, "warehouse", lambda: store)
    assert reach_day() == day


def test_channels_of_which_consents_speak_stand_first() -> None:
    channels = pl.DataFrame({"name": ["Call centre", "Phone", "Store"], "is_asked": [False, True, False]})
    members = pl.DataFrame(
        [(1, "Call centre", "Remote"), (2, "Phone", "Remote"), (3, "Store", "Shop")],
        schema=["channel_code", "name", "channel_type"],
        orient="row",
    ).with_columns(
        own=pl.concat_list(pl.col("name").str.to_lowercase()), type=pl.col("channel_type").str.to_lowercase()
    )
    found = channels_offered(lambda sql, _: channels if "is_asked" in sql else members)
    assert found == ("Phone", "E-mail", "Post", "Call centre")


def test_questions_and_names_in_words(firm: Warehouse) -> None:
    asked = Query(("customers",), cuts=tuple(map(parse_cut, ("year=2023", "country=Italy", "customer=K100"))))
    assert audience_words(of(asked), {}) == "Customers, 2023; Country: Italy; Customer: Anna Bellini"
    assert usual_name(asked) == "Italy, 1 chosen customer, 2023"
    assert has_fixed_period(of(asked))
    assert not has_fixed_period(of(Query(("customers",), cuts=(parse_cut("day=last 90 days"),))))
    assert usual_name(known_customers()) == "All known customers"
    assert usual_name(Query(("revenue",))) == "Customers with revenue"
    assert usual_name(Query(cuts=(parse_cut("year=2023"),))) == "Customers, 2023"
    gone = of(OtherAudience("x"))
    assert audience_words(gone, {}) == "an audience that is gone"
    assert audience_words(gone, {"x": "Over"}) == "“Over”"
    assert free_name("Over", ["over", "OVER 2"]) == "Over 3"


def test_a_list_leaves_out_who_is_not_known(firm: Warehouse) -> None:
    frame = pl.DataFrame({"customer": ["K100", "(unknown)", "K400", "K100"]})
    offered = offered_of(frame, "Champions", None)
    assert (offered.customers, offered.ids, offered.question) == (2, ("K100", "K400"), None)
    asked = offered_of(frame, "Over 120", Query(("customers",), ("customer",), cuts=OVER.parts[0].asked.cuts))  # type: ignore[union-attr]
    assert (asked.customers, asked.name) == (4, "Over 120")
    assert asked.question == OVER


def page(whom: str) -> None:
    """A page with the button alone, of those in Italy or of a list; nothing while somebody is away from it."""
    import streamlit as st

    from cubes.query import Query, parse_cut
    from pages.ui import session
    from pages.ui.audience_dialog import audience_button, offered_list, offered_query

    session.renewed()
    if "away" in st.session_state:
        return
    asked = Query(("customers",), ("city",), cuts=(parse_cut("country=Italy"),))
    listed = offered_list("Champions", "List: Champions", ("K100", "K400"))
    audience_button(lambda: listed if whom == "list" else offered_query(asked), "here")


def test_the_dialog_counts_then_makes_and_refuses_a_taken_name(own: Path) -> None:
    app = AppTest.from_function(page, default_timeout=60, args=("Italy",)).run()
    assert not app.exception
    app.button(key="here-audience").click().run()
    assert 'data-customers="3"' in told(app)
    assert app.text_input(key="audience-name").value == "Italy"
    app.text_input(key="audience-name").set_value("over").run()
    app.button(key="audience-make").click().run()
    assert "There is an audience called “Over” already, ann’s." in told(app)
    app.text_input(key="audience-name").set_value("Of Italy").run()
    app.radio(key="audience-mode").set_value("frozen").run()
    app.button(key="audience-make").click().run()
    assert not app.exception
    assert "“Of Italy” holds 3 customers." in told(app)
    with closing_warehouse(own) as firm:
        made = named(firm)["Of Italy"]
        assert (made.mode, made.owner, made.counted) == ("frozen", "ann", 3)
        assert audience_rows.members(firm.arrays, made.id).tolist() == [1, 2, 3]


@pytest.mark.usefixtures("own")
def test_who_leaves_the_page_by_going_back_has_closed_the_dialog() -> None:
    app = AppTest.from_function(page, default_timeout=60, args=("list",)).run()
    app.button(key="here-audience").click().run()
    assert 'data-customers="2"' in told(app)
    app.session_state["away"] = True
    app.run()
    del app.session_state["away"]
    assert "data-customers" not in told(app.run())
    app.button(key="here-audience").click().run()
    assert app.text_input(key="audience-name").value == "Champions"


def test_a_list_is_frozen_and_keeps_what_it_was(own: Path) -> None:
    app = AppTest.from_function(page, default_timeout=60, args=("list",)).run()
    app.button(key="here-audience").click().run()
    assert audience_dialog.FOUND_ONCE in told(app)
    assert not app.radio
    app.button(key="audience-make").click().run()
    assert not app.exception
    with closing_warehouse(own) as firm:
        made = named(firm)["Champions"]
        assert (made.mode, made.question) == ("frozen", '[{"handed_over": "List: Champions"}]')
        assert audience_rows.members(firm.arrays, made.id).tolist() == [1, 4]


def test_nobody_is_no_audience(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, object] = {}
    monkeypatch.setattr(audience_dialog.st, "session_state", shown)
    nobody = Query(("customers",), cuts=(parse_cut("customer by revenue > 99999"),))
    audience_dialog.offer_query(nobody, "here")
    offered = shown[audience_dialog.OFFERED][1]  # type: ignore[index]
    assert offered is not None
    assert offered.customers == 0
    audience_dialog.offer_query(Query(cuts=(parse_cut("contry=Italy"),)), "here")
    assert shown[audience_dialog.OFFERED] == ("here", None)
    assert "Did you mean 'country'" in str(shown[audience_dialog.REFUSED])


def test_the_page_opens_renames_deletes_and_takes_back(own: Path) -> None:
    app = opened(PAGE, audience="Over", part=["Over", "and Italians"])
    assert not app.exception
    shown = told(app)
    assert 'data-state="found" data-audiences="3"' in shown
    assert 'data-testid="combined" data-customers="3"' in shown
    assert "Came: 1 customer" in shown
    app.button(key="audience-delete").click().run()
    assert not app.exception
    assert "“Over” is deleted." in told(app)
    assert 'data-audiences="2" data-opened=""' in told(app)
    app.button(key="audiences-undelete").click().run()
    assert "It is back." in told(app)
    assert 'data-audiences="3"' in told(app)


def test_an_audience_that_is_gone_is_told_with_a_way_back(own: Path) -> None:
    app = opened(PAGE, audience="Ovr")
    assert not app.exception
    assert "There is no audience “Ovr”, or not any more." in told(app)
    assert "Did you mean &#x27;Over&#x27;" in told(app)
    app.button(key="refused-action").click().run()
    assert 'data-state="found"' in told(app)


def test_another_persons_is_looked_at_and_left_alone(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(PAGE, audience="Listed")
    assert not app.exception
    led: list[dict[str, list[str]]] = []
    monkeypatch.setattr(streamlit, "switch_page", lambda _, query_params: led.append(query_params))
    for _ in range(2):
        app.button(key="audience-as-set").click().run()
        assert not app.exception
    assert led[0] == led[1]
    (cut,) = parse_view(led[0]).query.cuts
    (kept,) = member_sets.member_sets(operational_store.ready(own), "ann")
    assert (kept.name, str(cut)) == ("Listed", f"customer in set {kept.id}")
    assert len(kept.members) == 2
    assert any("bob’s: only they rename or delete it." in each.value for each in app.caption)
    assert all(each.key != "audience-delete" for each in app.button)


def test_without_any_it_says_how_to_make_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small_warehouse(tmp_path.resolve() / "w.duckdb")
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    app = opened(PAGE)
    assert not app.exception
    assert "No audience yet" in told(app)
    assert "Make an audience" in told(app)
    assert 'data-state="empty"' in told(app)
