"""The dashboard as a process, asked by pages of every origin: it answers at once and calls nobody."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.serving import environment, outside, serving
from tests.tiny import tiny_warehouse

HANDSHAKE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: streamlit",
)
# Long beside any answer, short beside the 20 s for which Streamlit's own look-up holds all sessions up.
PATIENCE = 10
PUT = "/_stcore/upload_file/session/file"


@pytest.fixture(scope="module", params=["python", "kernel"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A dashboard whose connections are watched in Python, and where strace is found in the kernel."""
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    tiny_warehouse(path, [])
    settings = {"CLIENTELA_WAREHOUSE": str(path), "CLIENTELA_ORIGINS": "https://crm.example.com"}
    for url in serving("app.py", settings, trace=request.param == "kernel"):
        yield urlsplit(url).port or 0


def ask(
    port: int, method: str, path: str, *headers: str, host: str | None = None, body: str = ""
) -> tuple[int, str]:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}", *headers, "", body]
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = whole_answer(connection)
    return int(answer.split(" ", 2)[1]), answer


def whole_answer(connection: socket.socket) -> str:
    """Head and body, which may come one after the other."""
    answer = ""
    while read := connection.recv(65_536).decode("latin-1"):
        answer += read
        head, end, body = answer.partition("\r\n\r\n")
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        if end and len(body) >= int(length[1] if length else 0):
            break
    return answer


def shake(port: int, origin: str | None, host: str | None = None) -> int:
    named = (f"Origin: {origin}",) if origin is not None else ()
    return ask(port, "GET", "/_stcore/stream", *HANDSHAKE, *named, host=host)[0]


def test_our_own_pages_are_let_in(port: int) -> None:
    assert shake(port, f"http://127.0.0.1:{port}") == 101
    assert shake(port, f"http://localhost:{port}", f"localhost:{port}") == 101
    assert shake(port, f"HTTP://LOCALHOST:{port}", f"localhost:{port}") == 101
    assert shake(port, f"http://[::1]:{port}", f"[::1]:{port}") == 101


def test_the_proxys_are_too_whatever_host_it_passes_on(port: int) -> None:
    assert shake(port, "https://crm.example.com", "crm.example.com") == 101
    assert shake(port, "https://crm.example.com") == 101


def test_others_are_not_and_hold_nobody_up(port: int) -> None:
    foreign = ("http://evil.example", f"http://evil.example:{port}", f"http://127.0.0.1:{port + 1}")
    for origin in (*foreign, f"http://localhost:{port}", f"http://127.0.0.1.:{port}", "null", "", None):
        assert shake(port, origin) == 403
        assert ask(port, "GET", "/_stcore/health")[0] == 200
    assert shake(port, f"http://evil.example:{port}", f"evil.example:{port}") == 403


def test_too_many_cookies_are_refused_at_once(port: int) -> None:
    """What reads handshakes would answer nothing to a line of over 8 KB."""
    origin = f"Origin: http://127.0.0.1:{port}"
    for kilobytes, page, stream in ((20, 200, 101), (60, 431, 431), (300, 431, 431)):
        cookie = f"Cookie: other={'x' * 1024 * kilobytes}"
        assert ask(port, "GET", "/explore", cookie)[0] == page
        assert ask(port, "GET", "/_stcore/stream", *HANDSHAKE, origin, cookie)[0] == stream
    many = [f"X-{at}: y" for at in range(150)]
    assert ask(port, "GET", "/_stcore/stream", *HANDSHAKE, origin, *many)[0] == 431


def test_many_at_once_hold_nobody_up(port: int) -> None:
    asking = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(20)]
    lines = ["GET /_stcore/stream HTTP/1.1", f"Host: 127.0.0.1:{port}", "Origin: http://evil.example"]
    for each in asking:
        each.sendall("\r\n".join([*lines, *HANDSHAKE, "", ""]).encode())
    assert ask(port, "GET", "/_stcore/health")[0] == 200
    for each in asking:
        assert each.recv(4096).startswith(b"HTTP/1.1 403")
        each.close()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_uploads_come_from_our_own_pages(port: int, method: str) -> None:
    for origin in ("http://evil.example", f"http://localhost:{port}", "null"):
        assert ask(port, method, PUT, f"Origin: {origin}", "Content-Length: 0")[0] == 403
    assert ask(port, method, PUT, "Content-Length: 0")[0] == 403
    _, answer = ask(port, method, PUT, f"Origin: http://127.0.0.1:{port}", "Content-Length: 0")
    assert "Only Clientela's own pages" not in answer


PATHS = (
    "/",
    "/explore",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/bidi-components/none/index.js",
    "/_stcore/agent/openapi.json",
    "/component/none/index.html",
    "/media/none.csv",
    "/app/static/mark.svg",
    "/static/none.js",
    "/auth/login",
    "/auth/logout",
    "/oauth2callback",
    "/no/such",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_address_answers_or_is_opened_to_others(port: int, path: str) -> None:
    own, answer = ask(port, "GET", path)
    assert own != 403
    assert "access-control-" not in answer.lower()
    assert "cross-origin-resource-policy: same-origin" in answer
    for foreign in ("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"):
        refused, answer = ask(port, "GET", path, foreign)
        assert refused == 403
        assert "access-control-" not in answer.lower()
    assert ask(port, "GET", path, host=f"evil.example:{port}")[0] == 403


def test_no_frame_around_us_may_drive_us(port: int) -> None:
    assert '"allowedOrigins":[]' in ask(port, "GET", "/_stcore/host-config")[1]


def test_nobody_is_driven_by_agents(port: int) -> None:
    own = f"Origin: http://127.0.0.1:{port}"
    for path in ("/_stcore/agent/interact", "/_stcore/agent/mcp"):
        assert ask(port, "POST", path, "Content-Length: 0")[0] == 403
        assert "does not serve the agent API" in ask(port, "POST", path, own, "Content-Length: 0")[1]


def test_what_is_for_developers_is_closed(port: int) -> None:
    status, answer = ask(port, "GET", "/_stcore/metrics")
    assert (status, "TYPE" in answer) == (404, False)
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        head = ask(port, "GET", path)[1].partition("\r\n\r\n")[0].lower()
        assert "server: uvicorn\r\n" in head
        assert not re.search(r"streamlit/|python/|x-powered-by|\bserver: [\w-]+[/ ]", head)


CALLS = """
import socket
socket.create_connection(("127.0.0.1", %d)).close()
for call in (
    lambda: socket.create_connection(("127.0.0.1", 53), timeout=1),
    lambda: socket.getaddrinfo("clientela.invalid", 80),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 1)),
):
    try:
        call()
    except OSError:
        pass
"""


@pytest.mark.parametrize("tracer", ["python", "kernel"])
def test_the_watch_sees_what_calls_out(tracer: str, port: int, tmp_path: Path) -> None:
    found = shutil.which("strace")
    if tracer == "kernel" and found is None:
        pytest.skip("no strace")
    trace = [str(found), "-f", "-qq", "-e", "trace=connect", "-o", str(tmp_path / "trace")]
    command = [sys.executable, "-c", CALLS % port]
    settings = environment(tmp_path, {})
    subprocess.run(
        [*trace, *command] if tracer == "kernel" else command, check=True, env=settings, timeout=60
    )
    seen = [each for each in outside(tmp_path) if ("AF_INET" in each) == (tracer == "kernel")]
    assert any("192.0.2.1" in each for each in seen)
    assert any("53)" in each for each in seen)
    assert not any(f"{port}" in each for each in seen)
    if tracer == "python":
        assert any("clientela.invalid" in each for each in seen)
