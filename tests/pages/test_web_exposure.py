"""Where the dashboard may listen, however it is started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from data.errors import BadInput
from data.people import accounts
from pages.web.exposure import Exposure
from tests.pages.test_web_sockets import HANDSHAKE, ask, shake
from tests.serving import ROOT, environment, free_port, launched, outside, serving
from tests.tiny import tiny_warehouse

ALLOW = {"CLIENTELA_ALLOW_ANYONE_ON_THE_NETWORK": "yes"}
MAKE = ["make", "--old-file", ".venv/env-ready", "run"]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "::ffff:127.0.0.1"])
def test_this_machine_needs_no_word(address: str) -> None:
    Exposure().check(address)


@pytest.mark.parametrize(
    "address", [None, "", "0.0.0.0", "0", "::", "192.0.2.7", "2001:db8::7", "desk", "127.1", "localhost."]
)
def test_the_network_does(address: str | None) -> None:
    with pytest.raises(BadInput, match=r"nobody has to sign in.*CLIENTELA_ALLOW_ANYONE_ON_THE_NETWORK=yes"):
        Exposure().check(address)
    Exposure.read(ALLOW).check(address)
    Exposure.read({}, signs_in=True).check(address)


@pytest.mark.parametrize("said", ["", "no", "0", "true", "1", "yes please"])
def test_only_yes_is_yes(said: str) -> None:
    assert not Exposure.read({"CLIENTELA_ALLOW_ANYONE_ON_THE_NETWORK": said}).anyone


@pytest.mark.parametrize(
    "said", ["*", "https://*", "crm.example.com", "https://crm.example.com/path", "null", "https://"]
)
def test_origins_are_named_whole(said: str) -> None:
    with pytest.raises(BadInput, match="is no origin"):
        Exposure.read({"CLIENTELA_ORIGINS": said})


def test_several_origins() -> None:
    read = Exposure.read({"CLIENTELA_ORIGINS": "https://crm.example.com, http://desk:8080/"})
    assert {each.host for each in read.origins} == {"crm.example.com", "desk"}


STARTS = {
    "option": ({}, ("--server.address", "0.0.0.0"), None),
    "no address": ({}, ("--server.address=",), None),
    "variable": ({"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}, (), None),
    "file": ({}, (), '[server]\naddress = "0.0.0.0"\n[browser]\nserverAddress = "127.0.0.1"\n'),
    "file without an address": ({}, (), "[browser]\nserverAddress = '127.0.0.1'\n"),
    "no origin": ({"CLIENTELA_ORIGINS": "*"}, (), None),
}


@pytest.mark.parametrize("start", STARTS)
def test_it_does_not_start_towards_the_network(start: str, tmp_path: Path) -> None:
    settings, options, file = STARTS[start]
    script = str(ROOT / "app.py")
    if file is not None:
        script = copied(tmp_path, file)
    command = [sys.executable, "-m", *launched(script, free_port()), *options]
    ended = subprocess.run(
        command,
        cwd=Path(script).parent,
        env=environment(tmp_path, settings),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert ("is no origin" if start == "no origin" else "nobody has to sign in") in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not outside(tmp_path)


def test_allowed_it_starts_and_calls_nobody(tmp_path: Path) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [])
    settings = {**ALLOW, "CLIENTELA_WAREHOUSE": str(tmp_path / "w.duckdb")}
    for url in serving("app.py", settings, "--server.address="):
        with urlopen(f"{url}/_stcore/health", timeout=10) as answer:
            assert answer.status == 200


def test_where_people_sign_in_it_starts_and_calls_nobody(tmp_path: Path) -> None:
    """On all addresses, asked by pages of ours and others, by who is signed in and who is not."""
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [])
    accounts.add(path, "maria", "correct horse battery", ["analyst"])
    traced = shutil.which("strace") is not None
    for url in serving(
        "app.py", {"CLIENTELA_WAREHOUSE": str(path)}, "--server.address", "0.0.0.0", trace=traced
    ):
        port = urlsplit(url).port or 0
        assert shake(port, url) == 403
        page = ("Accept: text/html", "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate")
        assert "location: /sign-in?next=%2Fexplore" in ask(port, "GET", "/explore", *page)[1]
        for shut in ("/_stcore/host-config", "/media/1.csv", "/app/static/clientela.css", "/static/js/x.js"):
            assert ask(port, "GET", shut)[0] == 401
        assert ask(port, "GET", "/_stcore/health")[0] == 200
        cookie = signed_in_by_form(port, url)
        assert shake_with(port, url, cookie) == 101
        assert shake_with(port, "http://evil.example", cookie) == 403
        assert shake_with(port, url, "Cookie: clientela-session=forged") == 403


def signed_in_by_form(port: int, url: str) -> str:
    """The header by which a browser says that it is signed in."""
    form = "name=Maria&password=correct+horse+battery&next=%2Fexplore"
    kind = "Content-Type: application/x-www-form-urlencoded"
    told, answer = ask(
        port, "POST", "/sign-in", f"Origin: {url}", kind, f"Content-Length: {len(form)}", body=form
    )
    assert told == 303
    assert "HttpOnly" in answer
    assert ask(port, "POST", "/sign-in", "Origin: http://evil.example", kind, "Content-Length: 0")[0] == 403
    return "Cookie: clientela-session=" + answer.split("clientela-session=")[-1].split(";")[0]


def shake_with(port: int, origin: str, cookie: str) -> int:
    return ask(port, "GET", "/_stcore/stream", *HANDSHAKE, f"Origin: {origin}", cookie)[0]


def copied(folder: Path, file: str) -> str:
    """The launcher beside another config.toml."""
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text(file, encoding="utf-8")
    for name in ("pages", "data"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "app.py").write_text((ROOT / "app.py").read_text(encoding="utf-8"), encoding="utf-8")
    return str(folder / "app.py")


@pytest.mark.skipif(not (ROOT / ".venv" / "env-ready").exists(), reason="make has made no environment")
@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_make_refuses_before_it_makes_a_firm(host: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where no firm can be made", encoding="utf-8")
    settings = {**os.environ, "CLIENTELA_WAREHOUSE": str(tmp_path / "file" / "w.duckdb")}
    ended = subprocess.run([*MAKE, f"HOST={host}"], cwd=ROOT, env=settings, capture_output=True, text=True)
    assert ended.returncode != 0
    assert "nobody has to sign in" in ended.stderr
    assert "cannot be written" not in ended.stderr
