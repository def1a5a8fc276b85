"""The page Journeys: its address, what it draws and says of a small firm, and where nothing can be told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest
import streamlit
from polars.testing import assert_frame_equal
from streamlit.testing.v1 import AppTest

from cubes.query import parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from mining.__main__ import main
from mining.campaigns.campaign_types import TypeEffect
from mining.journeys.channel_credits import channel_credits
from mining.journeys.journey_paths import PathTerms, RepeatedTouches, given_paths
from mining.journeys.path_flow import path_flow
from mining.retention.kaplan_meier import kaplan_meier
from pages.service import journeys_words as words
from pages.service.found_journeys import FoundJourneys, asked_credits, found_journeys, measured_channels
from pages.service.journeys_view import JourneysView, parse_journeys
from pages.ui import session
from pages.ui.figures import path_bands
from pages.ui.style.theme import LIGHT
from tests.journey_firm import day, journey_firm
from tests.pages.test_unknown_cuts import opened, told

PAGE = "service/journeys_page.py"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path.resolve() / "w.duckdb"
    journey_firm(found).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return found


def shown(**parameters: str | list[str]) -> AppTest:
    """The page once its credits are there."""
    app = opened(PAGE, **parameters)
    asked = asked_credits(
        parse_journeys({k: [v] if isinstance(v, str) else v for k, v in parameters.items()}), found()
    )
    asked.found()
    return app.run()


def found(view: JourneysView | None = None) -> FoundJourneys:
    return found_journeys(view or JourneysView())


def test_the_address_holds_the_view() -> None:
    terms = PathTerms(14, RepeatedTouches.ONE_IN_A_ROW, ("Web", "E-mail"))
    view = JourneysView((parse_cut("country=Italy"),), terms, 2, 12, True)
    assert parse_journeys(view.to_parameters()) == view
    assert JourneysView().to_parameters() == {}
    assert parse_journeys({}) == JourneysView()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("window", "0", "1 to 730"),
        ("window", "²", "1 to 730"),
        ("repeats", "dya", "Did you mean 'day'"),
        ("order", "4", "1, 2 or 3"),
        ("ways", "7", "5, 8, 12, 20"),
        ("others", "no", "others=yes"),
        ("windows", "7", "window"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_journeys({name: [value]})
    assert said in str(caught.value)


@pytest.mark.usefixtures("path")
def test_the_page_tells_of_a_small_firm() -> None:
    app = shown(others="yes")
    assert not app.exception
    said = told(app)
    assert "17 purchases from 4 Jan 2023 to 19 Feb 2025 came after a touch (89% of all)" in said
    assert "Credit is a convention" in said
    assert "Only a holdout measures" in said
    assert "nobody who is known stand in no path" in said
    assert "Seen once only, so that nothing can be said of it: Post, Tasting." in said
    assert "Most moved" not in said  # Ann and Bob kept their channels
    assert 'data-state="found"' in said
    app.multiselect(key="journeys-without").select("E-mail").run()
    assert app.query_params["without"] == "E-mail"


@pytest.mark.usefixtures("path")
def test_near_to_the_end_of_the_data_open_paths_are_spoken_of() -> None:
    near = found(JourneysView((parse_cut(f"day={day(730)}..{day(780)}"),), PathTerms(60)))
    assert (near.paths.open_paths, len(near.paths)) == (1, 1)
    assert "1 path that may yet lead to a purchase" in " ".join(words.cautions(near))
    assert "may yet" not in " ".join(words.cautions(found()))


@pytest.mark.usefixtures("path")
def test_what_cannot_be_told_is_a_sentence() -> None:
    for parameters, words_ in (
        ({"without": "Fax"}, "No touch is by the channel"),
        ({"order": "9"}, "is not offered"),
        ({"where": f"day={day(780)}..{day(780)}"}, "No path here"),
        ({"where": "country=Italy"}, "No path leads to a purchase"),
        ({"where": f"day={day(3)}..{day(3)}"}, "Nobody was in touch in the period itself."),
        ({"without": ["E-mail", "Phone", "Post", "Tasting", "Web"]}, "No path here"),
    ):
        app = opened(PAGE, **parameters)
        assert not app.exception
        assert words_ in told(app)


def withheld() -> None:
    import runpy
    from pathlib import Path

    import pages
    from data.access.acting import Acting, acting_as
    from data.access.policy import Policy

    with acting_as(Acting("maria", Policy(person="maria", smallest=5), "browser")):
        runpy.run_path(str(Path(pages.__file__).parent / "service/journeys_page.py"))


@pytest.mark.usefixtures("path")
def test_from_whom_small_counts_are_withheld_are_paths_as_well() -> None:
    app = AppTest.from_function(withheld, default_timeout=120).run()
    assert not app.exception
    assert "Small counts are withheld from you" in told(app)


@pytest.mark.usefixtures("path")
def test_a_changed_set_gives_no_kept_journeys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    store = operational_store.of(session.renewed())
    id = member_sets.save(store, "Mine", "country", ["Italy"], PRIVATE, "ann")
    view = JourneysView((parse_cut(f"country in set {id}"),))
    assert found(view).channels == ("Phone",)
    member_sets.add(store, id, ["Spain"], "ann")
    assert found(view).channels == ("Phone", "Tasting")
    monkeypatch.setenv("CLIENTELA_USER", "bob")
    with pytest.raises(BadRequest, match="nobody shares it"):
        found(view)


@pytest.mark.usefixtures("path")
def test_without_a_measured_campaign_that_is_said() -> None:
    assert measured_channels().effects == ()
    assert measured_channels().why == "No campaign is measured against customers held out yet."
    assert found().movement is not None


def test_the_command_tells_the_same(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    paths = found().paths
    arguments = ["journeys", "--warehouse", str(path), "--where", f"day={day(0)}..{day(799)}", "--order", "1"]
    assert main(arguments) == 0
    rows = pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    assert_frame_equal(rows, channel_credits(paths, 1).frame)
    assert main([*arguments, "--format", "json"]) == 0
    said = json.loads(capfdbinary.readouterr().out)
    assert said["purchases"] == paths.conversions
    assert sum(each["paths"] for each in said["ways"]) == len(paths)
    assert "Only a holdout measures" in said["notes"][0]
    assert main([*arguments, "--format", "text"]) == 0
    assert b"first" in capfdbinary.readouterr().out
    assert main([*arguments, "--without", "Fax"]) == 2
    capfdbinary.readouterr()
    assert main([*arguments, "--format", "json", "--without", "Web"]) == 0
    said = json.loads(capfdbinary.readouterr().out)
    for part in ("after_a_touch", "monthly"):
        assert "Web" not in {each["channel"] for each in said[part]}
    assert "Web" not in {each[side] for each in said["movement"] for side in ("from", "to")}


def test_bands_meet_their_ends_and_nothing_is_lost() -> None:
    flow = path_flow(given_paths([["A", "B"], ["A"], ["bought"], ["C", "A"]], [1, 0, 1, 0]), 5)
    (drawn,) = path_bands(flow.bands, LIGHT, words.tints(LIGHT), words.SIGNS).to_dict()["data"]
    labels, links = drawn["node"]["label"], drawn["link"]
    into = {
        label: sum(
            value for to, value in zip(links["target"], links["value"], strict=True) if labels[to] == label
        )
        for label in labels
    }
    assert into["+ bought 2"] == 2
    assert into["× did not buy 2"] == 2
    assert {"bought 1", "C 1", "B 1"} <= {*labels}


def test_sentences_say_n_and_what_is_unsure() -> None:
    credits = channel_credits(given_paths([["A", "B"], ["A"], ["B"]], [1, 0, 0]), draws=10)
    assert words.disagreement(credits) in (
        "Rules differ most about A: 0% by last touch, 100% by first touch.",
        "Rules differ most about B: 0% by first touch, 100% by last touch.",
    )
    assert "A 0.0% to 100.0%" in words.credits_alt(credits)
    assert words.order_words(None) == ""
    assert "that tells best" in words.order_words(credits.order)
    alike = channel_credits(given_paths([["A"], ["A"]], [1, 0]), draws=0)
    assert words.disagreement(alike) == "All rules give the same here, to half a point."
    assert "band not known" in words.credit_dots(alike)["text"][0]
    assert words.waiting_words(kaplan_meier([3, 9, 9], [True, False, False])) == "half not within 9 days"
    assert words.waiting_words(kaplan_meier([3, 3], [True, True])) == "half after 3 days"
    both = [("All", kaplan_meier([3], [True])), ("All", kaplan_meier([3, 3], [True, True]))]
    assert words.waiting_table(both)["touches"].to_list() == [1, 2], "a channel may be called All"
    assert "left out" in words.terms_words(PathTerms(without=("Web",)))[0].lower()


def test_an_effect_stands_with_its_interval() -> None:
    from cubes.analysis.campaign_outcomes import Outcome
    from pages.act.effect_amounts import EffectAmounts

    say = EffectAmounts(Outcome("revenue", "Revenue", "money", False), "EUR")
    one = TypeEffect("E-mail", 3, 15.0, -3.0, 33.0, 1.0, -9.0, 39.0)
    assert (
        words.effect_words(one, say) == "revenue €15.00 (-€3.00 to €33.00) a customer reached, by 3 campaigns"
    )
