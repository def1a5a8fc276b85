"""What one browser takes away and brings is closed to every other, whatever it knows; and so is its session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus

from tests.pages.small_browser import OpenPage, SmallBrowser
from tests.serving import serving

LAUNCHER = """
import streamlit as st
from app import MIDDLEWARE
app = st.App("page.py", middleware=MIDDLEWARE)
"""
PAGE = """
import streamlit as st
from pages.ui.own_connection import tell_limits

tell_limits()

@st.cache_resource
def made():
    return [0]

made()[0] += 1
st.text(f"run {made()[0]}")
st.session_state.setdefault("mine", 0)
st.session_state.mine += 1
st.text(f"mine {st.session_state.mine}")
st.download_button("now", b"a report", "report.csv", "text/csv")
st.download_button("later", lambda: b"made when pressed", "later.csv", "text/csv", on_click="ignore")
st.file_uploader("bring")
"""
SETTINGS = {"CLIENTELA_UPLOADS_AN_HOUR": "12", "CLIENTELA_OPEN_PAGES": "2"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of buttons behind our own layers; three uploads at once and two open pages are allowed."""
    home = tmp_path_factory.mktemp("own-files")
    (home / "page.py").write_text(PAGE, encoding="utf-8")
    (home / "launcher.py").write_text(LAUNCHER, encoding="utf-8")
    yield from serving(str(home / "launcher.py"), SETTINGS)


def address_of_a_file(page: OpenPage) -> str:
    return next(each.url for each in page.elements("download_button") if each.url)


def test_a_file_is_read_by_the_browser_that_it_was_made_for(url: str) -> None:
    maria, anna = SmallBrowser(url), SmallBrowser(url)
    with maria.page() as page:
        address = address_of_a_file(page)
        assert maria.get(address) == (200, b"a report")
        for stranger in (anna, SmallBrowser(url)):
            assert stranger.get(address) == stranger.get("/media/none.csv")
            assert stranger.get(address)[0] == 404
        maria.cookies["clientela-session"] = "signed in since"
        assert maria.get(address)[0] == 404


def test_a_header_of_ours_is_not_believed(url: str) -> None:
    maria = SmallBrowser(url)
    with maria.page() as page:
        address = address_of_a_file(page)
        marked = sha256(f"{maria.cookies['clientela-browser']}\n\n".encode()).hexdigest()
        assert maria.get(address)[0] == 200
        for said in ("", "0" * 64, marked):
            assert SmallBrowser(url).ask("GET", address, x_clientela_asker=said)[0] == 404


def test_a_button_makes_its_file_for_nobody_else(url: str) -> None:
    maria, anna = SmallBrowser(url), SmallBrowser(url)
    with maria.page() as hers, anna.page() as others:
        buttons = hers.elements("download_button")
        button = next(each.deferred_file_id for each in buttons if each.deferred_file_id)
        assert others.pressed(button) == ""
        address = hers.pressed(button)
        assert maria.get(address) == (200, b"made when pressed")
        assert anna.get(address)[0] == 404


def test_an_upload_reaches_its_own_session_alone_and_is_read_by_nobody(url: str) -> None:
    maria, anna = SmallBrowser(url), SmallBrowser(url)
    with maria.page() as page:
        address = page.address_of_an_upload()
        assert anna.bring(address, b"a,b\n1,2\n") == 404
        assert anna.ask("DELETE", address, Origin=url, **anna.token())[0] == 404
        assert maria.ask("PUT", address, b"-", Origin=url)[0] == 403  # without the token of its page
        assert maria.bring(address, b"a,b\n1,2\n") == 204
        assert b"1,2" not in maria.get(address)[1]
        assert anna.get(address)[0] == 404


def test_uploads_are_counted_by_browser(url: str) -> None:
    maria, anna = SmallBrowser(url), SmallBrowser(url)
    with maria.page() as hers, anna.page() as others:
        address = hers.address_of_an_upload()
        assert [maria.bring(address, b"1\n") for _ in range(4)] == [204, 204, 204, 429]
        assert anna.bring(others.address_of_an_upload(), b"1\n") == 204


def test_no_other_browser_resumes_a_session(url: str) -> None:
    maria, anna = SmallBrowser(url), SmallBrowser(url)
    with maria.page() as page, anna.page(page.session) as stolen:
        assert stolen.session != page.session
        assert "mine 1" in stolen.texts()
        page.run()
        assert "mine 2" in page.texts()
    with anna.page(page.session) as stolen:
        assert stolen.session != page.session
    with maria.page(page.session) as again:
        assert (again.session, "mine 3" in again.texts()) == (page.session, True)


def test_nobody_empties_what_all_share(url: str) -> None:
    with SmallBrowser(url).page() as page:
        before = int(page.texts()[0].split()[1])
        page.send(BackMsg(clear_cache=True))
        page.run()
        assert int(page.texts()[0].split()[1]) > before


def test_pages_that_are_too_many_are_told_so_and_then_refused(url: str) -> None:
    maria = SmallBrowser(url)
    with ExitStack() as pages:
        opened = [pages.enter_context(maria.page()) for _ in range(4)]
        assert ["mine 1" in each.texts() for each in opened] == [True, True, False, False]
        with pytest.raises(InvalidStatus, match="429"):
            pages.enter_context(maria.page())
        with SmallBrowser(url).page() as other:
            assert "mine 1" in other.texts()
    with maria.page() as again:
        assert "mine 1" in again.texts()
