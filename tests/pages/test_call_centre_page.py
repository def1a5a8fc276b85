"""The page Call centre: its address, what it finds and says, and what it says where there is little to find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.service.contact_load import contact_load
from mining.service.contact_resolution import contact_resolution
from mining.service.survey_scores import survey_scores
from pages.service import service_words as words
from pages.service.call_centre_view import CallCentreView, parse_call_centre
from pages.ui import session
from tests.pages.test_unknown_cuts import opened, told
from tests.service_firm import FIRST, calls, service_firm, silent_firm
from tests.tiny_facts import with_facts

PAGE = "service/call_centre_page.py"
Seen = Callable[[Callable[[Path], Warehouse]], None]


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Makes the firm that the page reads."""

    def made(firm: Callable[[Path], Warehouse]) -> None:
        path = tmp_path.resolve() / "w.duckdb"
        firm(path).close()
        monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
        monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
        answer_cache.shared.cache_clear()
        session.renewed()

    return made


@pytest.mark.parametrize(
    "view",
    [
        CallCentreView(),
        CallCentreView("both", 0, "wait", 14, 90, 30, 85, 30, True, "Mon-Sat 8-20", "2025-12-25", "2-14"),
    ],
)
def test_the_address_holds_the_view(view: CallCentreView) -> None:
    assert parse_call_centre(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ({"kinds": ["cals"]}, "Did you mean 'calls'"),
        ({"show": ["waiting"]}, "Try one of|Did you mean"),
        ({"share": ["100"]}, "from 50 to 99"),
        ({"days": ["0"]}, "from 1 to 90"),
        ({"weeks": ["9" * 5_000]}, "from 0 to 520"),
        ({"opens": ["always"]}, "no business hours"),
        ({"hour": ["8-10"]}, "no hour of a week"),
        ({"kind": ["calls"]}, "Did you mean 'kinds'"),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(address: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_call_centre(address)


def test_the_page_tells_all_of_it(seen: Seen) -> None:
    seen(service_firm)
    app = opened(PAGE)
    assert not app.exception
    text = told(app)
    assert "90 calls of 4 known customers came from 6 Jan 2025 to 5 Apr 2025" in text
    assert "Business hours: Mon-Fri 9-17. Holidays: none." in text
    assert "Half of all openings are answered within 2 h 0 min of business hours" in text
    assert "6 cases open. Of 9 closings 3 were reopened: 33.3%" in text
    assert "calls are to come in the next four weeks" in text
    assert "there is no year before" in text
    assert "hours of agents a week" in text
    assert "1 agent</h2>" in text
    assert 'data-state="found"' in text
    app.slider(key="staffing-share").set_value(95).run()
    assert not app.exception
    assert app.query_params["share"] == "95"
    assert "answer 95% of the calls" in told(app)


def test_what_makes_numbers_doubtful_is_said() -> None:
    """A customer with 100,000 contacts, of which few tell a time."""
    rows = {"customer": [1] * 100_000 + [2] * 9, "second": [None] * 99_000 + [1] * 1_009, "day": FIRST,
            "subject": "Bill", "waited": None, "handled": None, "outcome": None, "abandoned": None}  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"waited": pl.Float64, "handled": pl.Float64, "outcome": pl.String,
                                                 "abandoned": pl.Boolean})  # fmt: skip
    load, resolution = contact_load(frame, FIRST, FIRST, 20), contact_resolution(frame, FIRST + timedelta(30))
    said = " ".join(words.notes(CallCentreView(), load, resolution))
    assert "99,000 calls without a time of day stand in no hour." in said
    assert "One customer made 100% of all: look at numbers by customer." in said
    assert "Nothing tells how long callers waited" in said
    told = {each.label: each.note for each in words.tiles(CallCentreView(), load, resolution)}
    assert told == {"Calls a day": "100,009 in 1 day", "Settled at first contact": "By case, 7 days; n 2"}


def test_answers_of_no_kind_are_told_as_such() -> None:
    answers = pl.DataFrame({"customer": [1, 2], "kind": [None, "call"], "satisfaction": [3.0, 7.0],
                            "recommendation": [None, 9.0]})  # fmt: skip
    told = words.score_dots(survey_scores(answers, "kind"), "satisfaction", 1)
    assert told["label"].to_list() == ["Kind not told (n 1)", "Call (n 1)"]


def one_day(path: Path) -> Warehouse:
    silent_firm(path).close()
    return with_facts(path, interaction=[{**call, "day": FIRST, "at_second": None} for call in calls()[:3]])


def test_one_day_of_calls_without_a_time_is_told_and_not_forecast(seen: Seen) -> None:
    seen(one_day)
    app = opened(PAGE)
    assert not app.exception
    text = told(app)
    assert "No call tells its time of day: bring a column with the time" in text
    assert "By weekday: no time of day is told." in text
    assert "1 day alone: weekdays cannot be told apart." in text
    assert "One day is known: too few to forecast from." in text
    assert "No ticket is here yet" in text


def test_no_calls_and_a_bad_address_are_sentences(seen: Seen) -> None:
    seen(silent_firm)
    app = opened(PAGE, weeks="many")
    assert "cannot be" in told(app)
    app.button(key="refused-action").click().run()
    assert not app.query_params
    assert "No call is here yet" in told(app)
    app.button(key="no-contacts-action").click().run()
    assert app.query_params["kinds"] == "both"
    assert "No contact is here yet" in told(app)


def withheld() -> None:
    import runpy
    from pathlib import Path

    import pages
    from data.access.acting import Acting, acting_as
    from data.access.policy import Policy

    with acting_as(Acting("maria", Policy(person="maria", smallest=5), "browser")):
        runpy.run_path(str(Path(pages.__file__).parent / "service/call_centre_page.py"))


def test_who_may_see_no_small_counts_sees_none_here(seen: Seen) -> None:
    seen(silent_firm)
    app = AppTest.from_function(withheld, default_timeout=120).run()
    assert not app.exception
    assert "Small counts are withheld from you" in told(app)
    assert "is here yet" not in told(app)
