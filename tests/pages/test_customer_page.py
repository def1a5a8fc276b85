"""The page Customer: a call opens one, several are a choice, nobody is said so; what not to offer comes first."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data.access.acting import Acting, acting_as
from data.access.policies import BUILT_IN_ALONE
from data.errors import BadRequest
from data.people.audit_event import AuditEvent
from data.review import customer_finder
from data.store.warehouse import writing
from pages.service.customer_box.customer_box import NOBODY, _answer, answer
from pages.service.time_line_view import TimeLineView, parse_time_line
from pages.ui import noted_looks, session
from pages.ui.search_everything.search_everything import TypedText
from tests.data.small import small_warehouse

ONE, SEVERAL = "0039 055 123 45 67", "+39 06 7654321"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("customer-page").resolve() / "w.duckdb"
    shutil.copy(small_warehouse(path.with_name("small.duckdb")), path)
    with writing(path, "a campaign that runs") as connection:
        connection.execute(
            "INSERT INTO customer_identity VALUES (6, 'shop', 'twice', 2), (7, 'crm', 'twice', 3)"
        )
        key = connection.execute("SELECT max(campaign_key) + 1 FROM campaign").fetchall()[0][0]
        connection.execute(
            "INSERT INTO campaign BY NAME SELECT ?::INTEGER AS campaign_key, ?::INTEGER AS campaign_code,"
            " 'spring' AS id, 'Spring' AS name,"
            " TIMESTAMP '1900-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to,"
            " 'E-mail' AS campaign_type",
            [key, key],
        )
        lately = (date.today() - date(1970, 1, 1) - timedelta(days=3)).days
        connection.execute(
            "INSERT INTO contact BY NAME SELECT ?::INTEGER AS day_key, 1 AS customer_key, 1 AS customer_code,"
            " 1 AS identity_key, ?::INTEGER AS campaign_key, ?::INTEGER AS campaign_code, 0 AS channel_key,"
            " 0 AS channel_code, 'held out' AS arm, 'h1' AS number, 1 AS batch, 9 AS row_in_source",
            [lately, key, key],
        )
    return path


@pytest.fixture
def heard(made: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[AuditEvent, bool]]:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(made))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    said: list[tuple[AuditEvent, bool]] = []
    monkeypatch.setattr(
        noted_looks.audit_log,
        "note",
        lambda event, subject, detail="", **_: said.append((event, subject.secret)),
    )
    session.renewed()
    customer_finder.prepare(session.warehouse()).result()
    return said


def page() -> None:
    import runpy
    from pathlib import Path

    import pages

    runpy.run_path(str(Path(pages.__file__).parent / "service/customer_page.py"))


def opened(**parameters: str | list[str]) -> tuple[AppTest, str]:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params |= parameters
    app.run()
    assert not app.exception
    told = " ".join(re.sub(r"(?s)<style>.*?</style>", "", each.proto.body) for each in app.get("html"))
    return app, " ".join(unescape(re.sub(r"<[^>]+>", " ", told)).split())


def test_a_call_opens_the_one_customer_and_the_phone_leaves_the_address(
    heard: list[tuple[AuditEvent, bool]],
) -> None:
    app, told = opened(phone=ONE)
    assert dict(app.query_params) == {"who": "K100"}
    assert "Anna Bellini Number K100 · person · Florence, Italy" in told
    assert "In a test: do not offer “Spring”." in told
    assert told.index("In a test") < told.index("At a glance") < told.index("Time line")
    assert "held out of “Spring”" in told
    assert {event for event, _ in heard} == {AuditEvent.SEARCHED, AuditEvent.SAW_CUSTOMER}
    assert all(is_secret for _, is_secret in heard)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"phone": SEVERAL}, "3 customers have this phone"),
        ({"phone": "+39 06 0000000"}, "This phone is in no list"),
        ({"who": "twice"}, "2 customers have the number 'twice', in several sources"),
        ({"who": "nobody"}, "No customer is called 'nobody'"),
        ({"who": "(unknown)"}, "No customer is called '(unknown)'"),
    ],
)
@pytest.mark.usefixtures("heard")
def test_whoever_is_not_one_customer_is_said_so(asked: dict[str, str], words: str) -> None:
    app, told = opened(**asked)
    assert words in told
    assert "At a glance" not in told
    assert dict(app.query_params) == asked


@pytest.mark.usefixtures("heard")
def test_kinds_and_periods_of_the_address_are_shown_and_a_page_too_far_is_the_last() -> None:
    _, told = opened(who="S77-7", kind=["campaign"], page="9")
    assert "1 of " in told
    assert "held out of “Spring”" in told
    assert "Nothing happened in this period" in opened(who="K100", period="1999")[1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"page": "x"}, "no page 'x'"), ({"page": "0"}, "no page '0'"), ({"period": "soon"}, "'soon' is no period"),
     ({"period": "99999"}, "'99999' is no period"), ({"whom": "K100"}, "whom")],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused_in_words(asked: dict[str, str], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        parse_time_line({name: [value] for name, value in asked.items()})


def test_an_address_says_what_is_shown() -> None:
    view = TimeLineView("C1", "", ("call", "ticket"), "90", 3)
    assert parse_time_line(view.to_parameters()) == view
    assert TimeLineView("C1", "055 1").to_parameters() == {"who": ["C1"]}
    assert view.asked(date(2026, 3, 1)).since == date(2025, 12, 2)
    assert view.filtered(("call",), "").page == 1


def test_suggestions_are_texts_and_nobody_is_said_so() -> None:
    assert answer([]) == {"found": (), "said": NOBODY}


@pytest.mark.parametrize(("role", "is_told"), [("service", True), ("analyst", False)])
def test_suggestions_end_with_the_page(
    heard: list[tuple[AuditEvent, bool]], role: str, is_told: bool
) -> None:
    """A box that was drawn before its page was closed finds nobody any longer, and looks for nobody."""
    with acting_as(Acting("maria", BUILT_IN_ALONE.of("maria", roles=(role,)), "browser")):
        assert bool(_answer(TypedText("twice", 1)).get("found")) is is_told
    assert bool(heard) is is_told
