"""How much one person may ask for: over it there is a sentence, a wait or a notice, and others are not disturbed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.testing.v1 import AppTest

from data import environment
from pages.ui import own_connection
from pages.web import limits
from pages.web.back_messages import EXPORT_COST, FOR_DEVELOPERS, cost
from pages.web.browser_mark import ASKER
from pages.web.limits import Limits
from pages.web.plain_errors import PlainErrors
from pages.web.token_bucket import TokenBucket, TokenBuckets

UPLOAD = "/_stcore/upload_file/session/file"
LATER = "Ask again in"


async def done(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads what is sent and answers 200."""
    while scope["type"] == "http" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


def put(
    layer: Limits,
    method: str = "GET",
    path: str = "/",
    host: str = "192.0.2.1",
    body: tuple[bytes, ...] = (b"",),
    **headers: str,
) -> tuple[int, str, dict[str, str]]:
    """The status, the words and the headers with which a request is answered."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "client": (host, 1),
        "headers": named,
        "scheme": "http",
    }
    parts = iter(body)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        if part is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": part, "more_body": part != b""}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(PlainErrors(layer)(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], sent[1]["body"].decode(), told


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """A request a second, twelve at once; two uploads and 8 MB at once."""
    for name, most in ((environment.REQUESTS, 1), (environment.UPLOADS, 8), (environment.UPLOAD_MB, 32)):
        monkeypatch.setenv(name, str(most))
    return Limits(done)


def test_a_bucket_gives_what_it_gained() -> None:
    bucket = TokenBucket(rate=2, most=6, left=6, at=100)
    assert [bucket.take(1, 100) for _ in range(7)] == [0, 0, 0, 0, 0, 0, 0.5]
    assert bucket.take(1, 100.5) == 0
    assert bucket.take(50, 103.5) == 0  # dearer than it ever holds: all of it
    assert bucket.owe(3, 100) == pytest.approx(47 / 2)  # the clock never runs backwards
    assert TokenBucket(2, 6, 0, 100).owe(3, 101) == 0.5


def test_who_has_not_asked_for_a_while_is_forgotten() -> None:
    buckets = TokenBuckets(rate=1, most=1, kept=2)
    assert [buckets.of(each, 0).take(1, 0) for each in "ab"] == [0, 0]
    buckets.of("b", 1.5).take(1, 1.5)
    buckets.of("c", 2)
    assert set(buckets._of) == {"b", "c"}


def test_requests_over_the_limit_are_told_when_to_come_again(few: Limits) -> None:
    assert [put(few)[0] for _ in range(13)] == [200] * 12 + [429]
    status, words, headers = put(few)
    assert (status, headers["retry-after"]) == (429, "1")
    assert LATER in words
    assert put(few, host="192.0.2.2")[0] == 200
    assert put(few, path="/static/js/index.js")[0] == 200  # what is the same for all is not counted


def test_a_person_is_counted_wherever_she_asks_from(few: Limits) -> None:
    few.person = lambda scope: "maria"
    assert [put(few, host=f"192.0.2.{n}")[0] for n in range(13)] == [200] * 12 + [429]
    few.person = lambda scope: "anna"
    assert put(few)[0] == 200


def test_on_this_machine_browsers_are_told_apart(few: Limits) -> None:
    """Behind a proxy and at the end of a tunnel all come from one address."""
    for host in ("127.0.0.1", "::1"):
        asks = [put(few, host=host, **{ASKER.decode(): "maria"})[0] for _ in range(13)]
        assert asks.count(429) == (1 if host == "127.0.0.1" else 13)
    assert put(few, host="127.0.0.1", **{ASKER.decode(): "anna"})[0] == 200


def test_uploads_are_counted_by_number_and_size(few: Limits) -> None:
    small = {"method": "PUT", "path": UPLOAD, "content_length": "2"}
    assert [put(few, **small)[0] for _ in range(3)] == [200, 200, 429]  # type: ignore[arg-type]
    large = {"method": "PUT", "path": UPLOAD, "content_length": str(7 << 20), "host": "192.0.2.9"}
    assert [put(few, **large)[0] for _ in range(2)] == [200, 429]  # type: ignore[arg-type]
    assert "within the hour" in put(few, **large)[1]  # type: ignore[arg-type]
    assert put(few, "DELETE", UPLOAD)[0] == 200  # what is there may always be taken away


def test_what_is_sent_says_how_much_it_is_and_is_small_but_for_uploads(few: Limits) -> None:
    assert put(few, "PUT", UPLOAD, transfer_encoding="chunked")[:2] == (411, limits.NO_LENGTH)
    assert put(few, "POST", "/sign-in", content_length=str(64 << 10))[0] == 200
    status, words, _ = put(few, "POST", "/sign-in", content_length=str((64 << 10) + 1))
    assert (status, words) == (413, "What was sent is too large: at most 64 KB.\n")


def test_a_browser_that_goes_silent_is_not_waited_for(few: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", 0.05)
    assert put(few, "PUT", UPLOAD, body=(b"a", b"b"))[:2] == (408, limits.SLOW)
    assert put(few, "PUT", UPLOAD, body=(b"a", b"b", b""))[0] == 200


def test_0_sets_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.LIMITS:
        monkeypatch.setenv(name, "0")
    layer = Limits(done)
    assert {put(layer, "PUT", UPLOAD, content_length="9999999999")[0] for _ in range(40)} == {200}
    assert asyncio.run(connected(layer, [sent(rerun_script={})] * 40))[1] == 0


@pytest.mark.parametrize("name", environment.LIMITS)
def test_a_limit_is_a_whole_number(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "many")
    with pytest.raises(environment.BadInput, match=f"{name} is 'many'"):
        environment.check()


def sent(**message: Any) -> bytes:
    return BackMsg(**message).SerializeToString()


EXPORT = sent(backend_operation_request={"deferred_file": {"file_id": "f"}})


def test_what_a_browser_sends_has_its_cost() -> None:
    assert cost(sent(rerun_script={})) == 1
    assert cost(EXPORT) == EXPORT_COST
    assert cost(sent(app_heartbeat=True)) == 0
    assert cost(b"\xff\xff not a message") == cost(b"\0" * 10_000) == 1
    assert [cost(sent(**{each: True})) for each in FOR_DEVELOPERS] == [None] * 5


async def connected(layer: Limits, messages: list[bytes], who: str = "maria") -> tuple[list[bytes], float]:
    """What reaches a page of what its browser sends at once, and the seconds that it was made to wait."""
    reached: list[bytes] = []
    waited = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal waited
        waited += seconds

    async def page(scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            reached.append(message["bytes"])
        own = own_connection.connections[dict(scope["headers"])[b"x-clientela-connection"].decode()]
        reached.append(b"told" if own.slowed_at > 0 else b"")

    coming = iter(
        [
            *({"type": "websocket.receive", "bytes": each} for each in messages),
            {"type": "websocket.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(coming)

    layer.app = page
    scope = {
        "type": "websocket",
        "path": "/_stcore/stream",
        "headers": [(ASKER, who.encode())],
        "client": ("127.0.0.1", 1),
    }
    now = time.monotonic
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        patch.setattr(time, "monotonic", lambda: now() + waited)
        await layer(scope, receive, lambda _: asyncio.sleep(0))
    return reached, waited


def test_clicks_that_come_too_fast_wait_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.RUNS, "2")
    layer = Limits(done)
    clicks = [sent(rerun_script={"query_string": str(n)}) for n in range(30)]
    reached, waited = asyncio.run(connected(layer, clicks[:24]))
    assert (reached, waited) == ([*clicks[:24], b""], 0)
    reached, waited = asyncio.run(connected(layer, clicks))
    assert reached == [*clicks, b"told"]
    assert waited == pytest.approx(30 / 2, abs=1)
    assert asyncio.run(connected(Limits(done), clicks[:26]))[0][-1] == b""  # a moment is not told
    assert asyncio.run(connected(layer, clicks[:5], "anna"))[1] == 0


def test_an_export_is_as_dear_as_ten_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.RUNS, "2")
    layer = Limits(done)
    assert asyncio.run(connected(layer, [EXPORT, EXPORT]))[1] == 0
    assert asyncio.run(connected(layer, [EXPORT]))[1] > 0


def test_what_is_for_developers_alone_reaches_no_page() -> None:
    click = sent(rerun_script={})
    reached, _ = asyncio.run(
        connected(Limits(done), [sent(clear_cache=True), click, sent(load_git_info=True)])
    )
    assert reached == [click, b""]


def told() -> None:
    import streamlit as st

    from pages.ui.own_connection import tell_limits

    tell_limits()
    st.text("the page")


@pytest.mark.parametrize("met", ["nothing", "slowed", "too many"])
def test_a_page_tells_what_its_connection_met(met: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_connection.OwnConnection(40, met == "too many")
    if met == "slowed":
        own.note_wait(1.5, time.monotonic())
    monkeypatch.setitem(own_connection.connections, "", own)
    page = AppTest.from_function(told).run()
    assert len(page.toast) == (met == "slowed")
    assert bool(page.text) == (met != "too many")
    assert not page.exception
    if met == "slowed":
        assert not page.run().toast
