"""Which requests reach Streamlit: those to an address of ours from a page of ours, and no other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from streamlit import net_util
from streamlit.web.server.starlette import starlette_websocket

from pages.web.exposure import Exposure
from pages.web.guard import ELSEWHERE, FOREIGN, OUTSIDE, Guard, refusal, with_one_host
from pages.web.origin import Origin

HERE = "127.0.0.1:8501"
PAGE = f"http://{HERE}"
CRM = Exposure.read({"CLIENTELA_ORIGINS": "https://crm.example.com http://desk:8080/"})
OPEN = Exposure(anyone=True)
SIGNED = Exposure(signs_in=True)
ALONE = Exposure()
FOREIGNERS = (
    "http://evil.example",
    "HTTP://EVIL.Example:8501",
    f"http://evil.example:8501/{PAGE}",
    "http://localhost:8501",
    "http://[::1]:8501",
    "http://127.0.0.1:8502",
    "http://127.0.0.1",
    "https://127.0.0.1:8501",
    "http://127.0.0.1.:8501",
    "http://127.0.0.1.evil.example:8501",
    "http://127.0.0.2:8501",
    "http://127.1:8501",
    "http://2130706433:8501",
    "http://0.0.0.0:8501",
    "http://[::ffff:127.0.0.1]:8501",
    "http://127.0.0.1:8501@evil.example",
    "http://evil.example#@127.0.0.1:8501",
    f"{PAGE}, http://evil.example",
    f"{PAGE}/",
    f" {PAGE}",
    "http://127.0.0.1:08501:8501",
    "http://127.0.0.1:85O1",
    "127.0.0.1:8501",
    "file://",
    "chrome-extension://abcdefgh",
    "null",
    "",
)
FOREIGN_HOSTS = (
    "evil.example:8501",
    "127.0.0.1.evil.example:8501",
    "localhost.evil.example",
    "localhost.:8501",
    "127.0.0.1.:8501",
    "127.1:8501",
    "2130706433",
    "0.0.0.0:8501",
    "192.0.2.7:8501",
    "[2001:db8::7]:8501",
    f"{HERE}, evil.example",
    f"evil.example@{HERE}",
    "",
)


def asked(
    kind: str = "websocket",
    host: str | None = HERE,
    origin: str | None = PAGE,
    method: str = "GET",
    server: tuple[str, int | None] = ("127.0.0.1", 8501),
    **others: str,
) -> dict[str, Any]:
    named = {"host": host, "origin": origin, **{key.replace("_", "-"): each for key, each in others.items()}}
    headers = [(key.encode(), each.encode()) for key, each in named.items() if each is not None]
    scheme = "ws" if kind == "websocket" else "http"
    return {"type": kind, "scheme": scheme, "method": method, "server": server, "headers": headers}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8501", "localhost:8501", "[::1]:8501", "LOCALHOST:9000", "127.0.0.1"]
)
def test_our_own_page_is_answered_wherever_a_tunnel_ends(host: str) -> None:
    for kind, method in (("websocket", "GET"), ("http", "PUT"), ("http", "GET")):
        assert refusal(asked(kind, host, f"http://{host.lower()}", method), ALONE) is None


@pytest.mark.parametrize("origin", FOREIGNERS)
@pytest.mark.parametrize(
    ("kind", "method"),
    [("websocket", "GET"), *(("http", each) for each in ("GET", "PUT", "DELETE", "OPTIONS", "POST"))],
)
def test_no_page_of_another_origin_is(origin: str, kind: str, method: str) -> None:
    for exposure in (ALONE, CRM, OPEN, SIGNED):
        assert refusal(asked(kind, origin=origin, method=method), exposure) == FOREIGN


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_no_foreign_name_that_leads_here_is(host: str) -> None:
    for kind in ("websocket", "http"):
        for origin in (f"http://{host}", PAGE, None):
            assert refusal(asked(kind, host, origin), CRM) == ELSEWHERE


def test_a_host_must_be_named() -> None:
    assert refusal(asked("http", host=None, origin=None), ALONE) == ELSEWHERE


def test_two_hosts_or_origins_are_none() -> None:
    for name, value in ((b"host", HERE), (b"origin", PAGE)):
        twice = asked()
        twice["headers"].append((name, value.encode()))
        assert refusal(twice, ALONE) is not None


def test_what_browsers_always_send_must_be_there() -> None:
    assert refusal(asked(origin=None), ALONE) == FOREIGN
    for method in ("PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert refusal(asked("http", origin=None, method=method), ALONE) == FOREIGN
    for method in ("GET", "HEAD"):
        assert refusal(asked("http", origin=None, method=method), ALONE) is None


def test_foreign_pages_may_link_here_but_not_read() -> None:
    link = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    for site in ("cross-site", "same-site"):
        assert refusal(asked("http", origin=None, sec_fetch_site=site, **link), ALONE) is None
        for mode, dest in (
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("navigate", "iframe"),
            ("cors", "empty"),
        ):
            read = asked("http", origin=None, sec_fetch_site=site, sec_fetch_mode=mode, sec_fetch_dest=dest)
            assert refusal(read, ALONE) == FOREIGN
    for site in ("same-origin", "none"):
        assert refusal(asked("http", origin=None, sec_fetch_site=site), ALONE) is None


@pytest.mark.parametrize("host", ["crm.example.com", "desk:8080", HERE, "localhost:8501"])
@pytest.mark.parametrize("origin", ["https://crm.example.com", "http://desk:8080"])
def test_behind_a_proxy_the_named_origins_are_ours(host: str, origin: str) -> None:
    handshake = asked(host=host, origin=origin)
    assert refusal(handshake, CRM) is None
    hosts = [value for name, value in with_one_host(handshake)["headers"] if name == b"host"]
    assert hosts == [origin.split("//")[1].encode()]


@pytest.mark.parametrize(
    "origin",
    [
        "http://crm.example.com",
        "https://crm.example.com:8443",
        "https://www.crm.example.com",
        "https://desk:8080",
    ],
)
def test_what_is_near_a_named_origin_is_not(origin: str) -> None:
    assert refusal(asked(host="crm.example.com", origin=origin), CRM) == FOREIGN


def test_from_the_network_nothing_is_answered_unless_allowed() -> None:
    for server in (("192.0.2.7", 8501), ("2001:db8::7", 8501), ("::ffff:192.0.2.7", 8501)):
        for host in ("192.0.2.7:8501", HERE):
            arrived = asked(host=host, origin=f"http://{host}", server=server)
            assert refusal(arrived, ALONE) == OUTSIDE
            assert refusal(arrived, OPEN) is refusal(arrived, SIGNED) is None
    assert refusal({**asked(), "server": None}, ALONE) == OUTSIDE
    assert refusal(asked(server=("/run/clientela.sock", None)), ALONE) is None
    assert refusal(asked(server=("::ffff:127.0.0.1", 8501)), ALONE) is None


def test_where_anyone_may_come_a_foreign_name_still_may_not() -> None:
    assert refusal(asked(host="evil.example:8501", origin="http://evil.example:8501"), OPEN) == ELSEWHERE
    assert refusal(asked(host="192.0.2.7:8501", origin="http://192.0.2.8:8501"), OPEN) == FOREIGN


@pytest.mark.parametrize("origin", [PAGE, "HTTP://127.0.0.1:8501", "https://crm.example.com"])
def test_streamlit_asks_nobody_about_what_passes(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("get_external_ip", "get_internal_ip"):
        monkeypatch.setattr(net_util, name, lambda: pytest.fail("Streamlit asks for its own address"))
    passed = {name: value.decode() for name, value in with_one_host(asked(origin=origin))["headers"]}
    assert refusal(asked(origin=origin), CRM) is None
    assert starlette_websocket._is_origin_allowed(passed[b"origin"], passed[b"host"])


def test_an_origin_is_read_as_browsers_write_it() -> None:
    assert Origin.parse("http://[::1]:8501") == Origin("http", "::1", 8501)
    assert Origin.parse("https://xn--bcher-kva.example") == Origin("https", "xn--bcher-kva.example", 443)
    assert Origin.parse("ftp://crm.example.com") is None


def put_through(scope: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What reached the application behind the guard, and what was sent."""
    reached: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(application, ALONE)(scope, receive, send))
    return reached, sent


def test_what_is_refused_reaches_nothing() -> None:
    assert put_through(asked(origin="http://evil.example")) == (
        [],
        [{"type": "websocket.close", "code": 1008, "reason": FOREIGN.strip()}],
    )
    reached, (start, body) = put_through(asked("http", origin="http://evil.example", method="PUT"))
    assert (reached, start["status"], body["body"].decode()) == ([], 403, FOREIGN)
    for passed in (asked(), asked("http", method="PUT"), {"type": "lifespan"}):
        reached, sent = put_through(passed)
        assert [each["type"] for each in reached] == [passed["type"]]
        assert not sent


def test_a_refused_origin_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def nothing(*_: Any) -> None:
        return None

    guard = Guard(nothing, ALONE)
    for origin in ("http://evil.example", "http://evil.example", "null", None):
        asyncio.run(guard(asked(origin=origin), nothing, nothing))
    assert [each.getMessage() for each in caplog.records if each.name == "clientela"] == [
        f"refused a page of {origin}; CLIENTELA_ORIGINS names other origins of the dashboard"
        for origin in ("http://evil.example", "null")
    ]
