"""Nobody gets in who is not signed in: not by a link, not by a file's address, not by a stream; and how one gets in."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import httpx2
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data.people import accounts, people_store, sessions, sign_in_tries
from pages.ui import signed_in as looks
from pages.ui.sign_in_ways import sign_in_is_on
from pages.web import watched_stream
from pages.web.exposure import Exposure
from pages.web.gate import Gate, in_own_tab
from pages.web.guard import Guard
from pages.web.sign_in_pages import WRONG, onward
from tests.people.conftest import HERE, HOST, NAME, PASSWORD, Tab, dashboard

SHUT = (
    *(
        "/",
        "/explore",
        "/explore/",
        "/sign-in/",
        "/sign-in/x",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
    ),
    *("/_stcore/host-config", "/_stcore/metrics", "/_stcore/health/", "/_stcore/script-health-check"),
    *("/media/0.csv", "/static/js/index.js", "/component/x/y", "/pages/_router.py"),
    *("/app/static/clientela.css", "/app/static//mark.svg"),
)
ELSEWHERE = (
    *("", "explore", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"),
    *("/.//evil.example", "/..//evil.example"),
    *("/sign-out", "/sign-in?next=/", "/auth/logout", "/oauth2callback?code=1", "/a\nb", "/" + "x" * 5000),
)
FILE = {"accept": "*/*", "sec-fetch-dest": "empty", "sec-fetch-mode": "cors"}


@pytest.fixture
def people(place: Path) -> None:
    """Maria, an analyst and administrator, may sign in."""
    accounts.add(place, NAME, PASSWORD, ["analyst"])


def test_without_a_way_to_sign_in_all_is_as_it_was(tab: Tab) -> None:
    assert tab.sees() == "anybody"
    for path in ("/sign-in", "/sign-in/provider"):
        assert tab.ask(path).headers["location"] in ("/", "/sign-in")
    assert tab.fill_in().headers["location"] == "/"


@pytest.mark.parametrize("path", SHUT)
@pytest.mark.usefixtures("people")
def test_nothing_but_the_way_in_is_answered(tab: Tab, path: str) -> None:
    assert tab.ask(path).headers.get("location", "").startswith("/sign-in")
    assert (tab.ask(path, headers=FILE).status_code, tab.ask(path, "PUT").status_code) == (401, 401)


@pytest.mark.usefixtures("people")
def test_what_the_way_in_needs_is(tab: Tab) -> None:
    for path in ("/_stcore/health", "/app/static/mark.svg", "/app/static/inter-latin-wght-normal.woff2"):
        assert tab.ask(path, headers=FILE).status_code == 200


@pytest.mark.usefixtures("people")
def test_by_a_form_without_a_script_one_comes_to_the_page_that_was_asked_for(tab: Tab) -> None:
    asked = tab.ask("/explore?rows=country&where=x")
    form = tab.ask(asked.headers["location"]).text
    assert 'name="next" value="/explore?rows=country&amp;where=x"' in form
    assert "<script" not in form
    answer = tab.fill_in(" Maria", PASSWORD, "/explore?rows=country&where=x")
    assert answer.headers["location"] == "/explore?rows=country&where=x"
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if "Max-Age" not in each]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert tab.sees() == f"{NAME} "
    assert tab.ask("/sign-in").headers["location"] == "/"


@pytest.mark.usefixtures("people")
def test_whose_session_ended_comes_back_to_their_page_and_whoever_comes_after_a_sign_out_does_not(
    tab: Tab,
) -> None:
    came_from = {"referer": f"{HERE}/explore?where=customer"}
    assert 'value="/explore?where=customer"' in tab.ask("/sign-in?why=ended", headers=came_from).text
    assert 'value="/"' in tab.ask("/sign-in?why=out", headers=came_from).text
    assert 'value="/"' in tab.ask("/sign-in", headers={"referer": "http://evil.example/explore"}).text
    tab.fill_in()
    assert tab.ask("/sign-in?why=ended", headers=came_from).headers["location"] == "/explore?where=customer"


@pytest.mark.usefixtures("people")
def test_behind_https_the_cookie_goes_over_nothing_else(place: Path) -> None:
    crm = "https://crm.example.com"
    exposure = Exposure.read({"CLIENTELA_ORIGINS": crm})
    tab = Tab(dashboard(exposure), httpx2.Cookies())
    form = {"name": NAME, "password": PASSWORD}
    answer = tab.ask("/sign-in", "POST", data=form, headers={"origin": crm})
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if "Max-Age" not in each]
    assert cookie.startswith("__Host-clientela-session=")
    assert "Secure" in cookie.split("; ")


@pytest.mark.usefixtures("people")
def test_over_https_a_plain_cookie_is_nobodys(tab: Tab) -> None:
    """Any page of a neighbouring name may have put it there."""
    tab.fill_in()
    token, crm = tab.cookies["clientela-session"], "https://crm.example.com"
    app = dashboard(Exposure.read({"CLIENTELA_ORIGINS": crm}))

    def asks(name: str, origin: str) -> int:
        sent = {"cookie": f"{name}={token}", "origin": origin}
        return Tab(app, httpx2.Cookies()).ask("/explore", headers=sent).status_code

    assert asks("clientela-session", HERE) == 200
    assert asks("clientela-session", crm) == 303
    assert asks("__Host-clientela-session", crm) == 200


@pytest.mark.usefixtures("people")
def test_a_new_sign_in_takes_a_new_token_and_the_old_one_is_over(tab: Tab) -> None:
    chosen = {"cookie": "clientela-session=chosen-by-somebody-else"}
    form = {"name": NAME, "password": PASSWORD}
    assert tab.ask("/sign-in", "POST", data=form, headers=chosen).status_code == 303
    first = httpx2.Cookies(tab.cookies)
    assert first["clientela-session"] != "chosen-by-somebody-else"
    tab.fill_in()
    assert Tab(tab.app, first).sees() == "/sign-in?next=%2Fexplore"


@pytest.mark.usefixtures("people")
def test_a_page_elsewhere_signs_nobody_in_or_out(tab: Tab) -> None:
    for origin in ("http://evil.example", "null"):
        for path in ("/sign-in", "/sign-out"):
            told = tab.ask(
                path, "POST", data={"name": NAME, "password": PASSWORD}, headers={"origin": origin}
            )
            assert told.status_code == 403
    tab.fill_in()
    assert tab.ask("/sign-out").headers["location"] == "/sign-in"
    assert tab.sees() == f"{NAME} "


@pytest.mark.usefixtures("people")
def test_signing_out_ends_every_tab_of_the_browser_alone(tab: Tab) -> None:
    other = Tab(tab.app, httpx2.Cookies())
    other.fill_in()
    tab.fill_in()
    copied = Tab(tab.app, httpx2.Cookies(tab.cookies))
    assert tab.ask("/sign-out", "POST").headers["location"] == "/sign-in?why=out"
    assert tab.sees() == copied.sees() == "/sign-in?next=%2Fexplore"
    assert other.sees() == f"{NAME} "


@pytest.mark.usefixtures("people")
def test_a_wrong_name_and_a_wrong_password_are_told_alike(tab: Tab) -> None:
    told = [tab.fill_in(name, "wrong wrong wrong") for name in (NAME, "nobody")]
    assert [each.status_code for each in told] == [401, 401]
    assert told[0].text.replace(NAME, "nobody") == told[1].text
    assert WRONG in told[0].text
    assert "&lt;b&gt;&quot;" in tab.fill_in('<b>"', "x").text


@pytest.mark.usefixtures("people")
def test_a_form_that_is_too_large_or_says_a_thing_twice_says_nothing(tab: Tab) -> None:
    assert tab.fill_in(NAME, "x" * 20_000).status_code == 401
    form = f"name={NAME}&password={PASSWORD}&password=x".replace(" ", "+")
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert tab.ask("/sign-in", "POST", content=form, headers=kind).status_code == 401
    many = "&".join(f"field{each}=x" for each in range(100))
    assert tab.ask("/sign-in", "POST", content=many, headers=kind).status_code == 401


@pytest.mark.usefixtures("people")
def test_who_fails_waits_longer_and_is_never_locked_out(
    tab: Tab, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr(sign_in_tries.time, "time", lambda: now[0])
    waits = []
    for _ in range(14):
        while wait := sign_in_tries.tried(place, NAME, "192.0.2.7"):
            waits.append(round(wait))
            now[0] += wait
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert sign_in_tries.tried(place, NAME, "192.0.2.8") > 0
    assert sign_in_tries.tried(place, "nobody", "192.0.2.8") == 0
    now[0] += 61
    assert tab.fill_in().status_code == 303
    for _ in range(12):
        sign_in_tries.tried(place, NAME, "192.0.2.9")
    assert sign_in_tries.tried(place, NAME, "192.0.2.9") > 0
    assert tab.fill_in().status_code == 303


@pytest.mark.usefixtures("people")
def test_an_address_that_tries_many_names_waits_too(place: Path, tab: Tab) -> None:
    for number in range(20):
        assert not sign_in_tries.tried(place, f"name{number}", "127.0.0.1")
    told = tab.fill_in()
    assert told.status_code == 429
    assert told.headers["retry-after"] == "1"
    assert "Try again in 1 second." in told.text


def test_one_goes_on_at_a_page_of_ours() -> None:
    for own in ("/", "/explore?rows=country|region#x", "/customer?id=1%2F2"):
        assert onward(own) == own
    for other in ELSEWHERE:
        assert onward(other) == "/"


@pytest.mark.usefixtures("people")
def test_who_has_no_role_any_longer_is_told_and_stays_outside(tab: Tab, place: Path) -> None:
    place.with_name("policies.toml").write_text("[people.maria", encoding="utf-8")
    told = tab.fill_in()
    assert told.status_code == 403
    assert "policies.toml cannot be read" in told.text
    assert tab.sees() == "/sign-in?next=%2Fexplore"


@pytest.mark.usefixtures("people")
def test_a_store_that_cannot_be_read_shuts_the_doors(tab: Tab, place: Path) -> None:
    tab.fill_in()
    for each in place.parent.glob("*.people.sqlite*"):
        each.unlink()
    people_store.place(place).write_bytes(b"no database at all, but long enough to be read")
    for path in ("/explore", "/sign-in"):
        told = tab.ask(path)
        assert told.status_code == 503
        assert "is damaged" in told.text
    people_store.place(place).unlink()
    assert sign_in_is_on()
    assert tab.sees() == "/sign-in?next=%2Fexplore"


# Streams


def said(fragment_by_clock: bool = False) -> dict[str, Any]:
    message = BackMsg()
    message.rerun_script.is_auto_rerun = fragment_by_clock
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


def beat() -> dict[str, Any]:
    message = BackMsg()
    message.app_heartbeat = True
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


async def stream(token: str, script: Any, tab: str = "") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What Streamlit hears and the browser is sent while `script(say)` plays the browser."""
    spoken: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    heard: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []

    async def streamlit(scope: Any, receive: Any, send: Any) -> None:
        heard.append({"protocols": dict(scope["headers"]).get(b"sec-websocket-protocol", b"")})
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            heard.append(message)
        await send({"type": "websocket.send", "bytes": b"what nobody may see"})

    async def send(message: Any) -> None:
        sent.append(message)

    cookie = f"clientela-session={token}".encode()
    protocols = f"streamlit, xsrf, {tab}".encode()
    headers = [(b"host", HOST.encode()), (b"origin", HERE.encode()), (b"cookie", cookie)]
    headers.append((b"sec-websocket-protocol", protocols))
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/_stcore/stream",
        "server": ("127.0.0.1", 8501),
        "headers": headers,
    }
    answering = asyncio.create_task(Guard(Gate(streamlit), Exposure())(scope, spoken.get, send))
    if (played := script(spoken.put)) is not None and inspect.isawaitable(played):
        await played
    await asyncio.wait_for(answering, 10)
    return heard, sent


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_stream, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(sessions, "KEPT_SECONDS", 0.0)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("token", ["", "forged"])
def test_no_stream_opens_without_a_session(token: str) -> None:
    heard, sent = asyncio.run(stream(token, lambda say: None))
    assert (heard, [each["type"] for each in sent]) == ([], ["websocket.close"])


@pytest.mark.usefixtures("quick")
def test_a_stream_ends_with_its_session_though_nobody_says_anything(place: Path) -> None:
    token = sessions.begin(place, NAME, ("sales",))

    async def script(say: Any) -> None:
        await say(said())
        await asyncio.sleep(0.2)
        sessions.end(place, token)

    accounts.add(place, NAME, PASSWORD)
    heard, sent = asyncio.run(stream(token, script))
    assert heard[1:] == [said()]
    assert [each["type"] for each in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    told = ForwardMsg()
    told.ParseFromString(sent[1]["bytes"])
    assert told.auth_redirect.url == "/sign-in?why=ended"


@pytest.mark.usefixtures("quick")
def test_what_comes_after_the_end_is_not_run(place: Path) -> None:
    token = sessions.begin(place, NAME, ("sales",))
    accounts.add(place, NAME, PASSWORD)

    async def script(say: Any) -> None:
        sessions.end(place, token)
        await say(said())

    heard, sent = asyncio.run(stream(token, script))
    assert heard[1:] == []
    assert b"what nobody may see" not in [each.get("bytes") for each in sent]


@pytest.mark.parametrize(
    ("messages", "counts"),
    [
        ([], False),
        ([said()], False),
        ([said(), beat(), said(fragment_by_clock=True)], False),
        ([said(), {"type": "websocket.receive", "bytes": b"\xff\xff"}], False),
        ([said(), said()], True),
    ],
    ids=["nothing", "the first run", "clock and pings", "nonsense", "a click"],
)
@pytest.mark.usefixtures("quick")
def test_what_a_person_does_keeps_a_session_and_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch, messages: list[dict[str, Any]], counts: bool
) -> None:
    token = sessions.begin(place, NAME, ("sales",))
    accounts.add(place, NAME, PASSWORD)
    monkeypatch.setattr(sessions, "ACT_WRITTEN_SECONDS", -1.0)
    began = sessions.found(place, token)

    async def script(say: Any) -> None:
        for each in messages:
            await say(each)
        await asyncio.sleep(0.15)
        await say({"type": "websocket.disconnect", "code": 1000})

    asyncio.run(stream(token, script))
    found = sessions.found(place, token)
    assert began
    assert found
    assert (found.acted > began.acted) is counts


def test_a_tab_is_taken_up_again_by_its_own_session_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_owners", looks.OrderedDict({"of-maria": "hash of maria"}))
    mine = sessions.SignedInSession("hash of maria", NAME, (), True, "", 0, 0)
    other = sessions.SignedInSession("hash of anna", "anna", (), True, "", 0, 0)

    def asked(tab: str, session: sessions.SignedInSession) -> bytes:
        scope = {"headers": [(b"sec-websocket-protocol", f"streamlit, xsrf, {tab}".encode())]}
        value: bytes = in_own_tab(scope, session)["headers"][0][1]
        return value

    assert asked("of-maria", mine) == b"streamlit, xsrf, of-maria"
    for tab, session in (("of-maria", other), ("of-nobody", mine), ("", mine)):
        assert asked(tab, session) == b"streamlit, xsrf"
