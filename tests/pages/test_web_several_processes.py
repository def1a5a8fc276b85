"""One dashboard of several processes: what leads browsers to them, what starts them again, and what all of them see."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cubes.ask import answer_cache
from cubes.query import Query
from data.errors import BadInput
from data.people import accounts
from pages.explore.written_beside import written_beside
from pages.ui import session, sign_in_ways
from pages.web import several_processes
from pages.web.several_processes import KeptProcess, check_free, configuration, found_nginx, free_ports, main
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse

# Another process of the dashboard: a person writes there, and a load publishes.
OTHER = """
import sys
from pathlib import Path
from cubes import cube_extension
from data import operational_extension
from data.operational import notes, operational_store
from data.store.warehouse import writing
cube_extension.register()
operational_extension.register()
path = Path(sys.argv[1])
store = operational_store.ready(path)
notes.write(store, notes.NotePlace("sales", "revenue", frozenset()), "Easter", "maria")
with writing(path, "a load") as connection:
    connection.execute("UPDATE sale SET revenue = revenue + 1")
"""


def test_what_one_process_writes_or_publishes_all_others_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path.resolve() / "firm.duckdb"
    tiny_warehouse(path, [Line(), Line(order="o2", customer="Bob")]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    answer_cache.shared.cache_clear()
    before, noted = _seen()
    assert _seen() == (before, noted) == (before, ())
    subprocess.run([sys.executable, "-c", OTHER, str(path)], cwd=ROOT, check=True)
    assert _seen() == (before + 2, ("Easter",))
    answer_cache.shared.cache_clear()


def _seen() -> tuple[float, tuple[str, ...]]:
    """The revenue and the notes that a run of a page finds now."""
    store = session.renewed()
    return session.ask(Query()).frame["revenue"][0], tuple(each.text for each in written_beside(store).notes)


def test_each_browser_stays_with_one_process_and_moves_on_when_it_is_away(tmp_path: Path) -> None:
    told = configuration("::1", 8501, [4001, 4002], tmp_path)
    assert "listen [::1]:8501;" in told
    one = told[told.index("upstream process_2 {") :].partition("}")[0]
    assert [line.strip() for line in one.splitlines()[1:-1]] == [
        "server 127.0.0.1:4002 max_fails=0;",
        "server 127.0.0.1:4001 max_fails=0 backup;",
    ]
    assert "map $cookie_clientela_process_8501 $process {" in told
    assert '"~127\\.0\\.0\\.1:4002$" 2;' in told
    assert "@@" not in told


def test_nginx_reads_what_is_written_for_it(tmp_path: Path) -> None:
    try:
        nginx = found_nginx()
    except BadInput:
        pytest.skip("no nginx")
    file = tmp_path / "nginx.conf"
    file.write_text(configuration("127.0.0.1", free_ports(1)[0], free_ports(2), tmp_path))
    said = subprocess.run([nginx, "-t", "-c", str(file)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_a_process_that_dies_is_started_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(several_processes, "LONGEST_PAUSE", 0.0)
    kept = KeptProcess("process 1", ("sh", "-c", "echo hello; exec sleep 60"), {"PATH": "/usr/bin:/bin"})
    first = kept.process
    _until(lambda: "hello" in capsys.readouterr().out)
    first.kill()
    first.wait()
    _until(lambda: (kept.look(), kept.process is not first)[1])
    assert not kept.is_dead
    several_processes.end([kept])
    assert kept.is_dead
    said = capsys.readouterr().out
    assert "process 1: ended (-9), is started again in 0 s\nprocess 1: started again\n" in said


def test_a_process_that_cannot_start_ends_all() -> None:
    kept = KeptProcess("process 1", ("false",), {"PATH": "/usr/bin:/bin"})
    with pytest.raises(BadInput, match=r"The dashboard's process 1 did not start\."):
        several_processes.wait_until_served(kept, free_ports(1)[0], threading.Event())
    kept.ended(5)


def test_what_is_lacking_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(BadInput, match=r"need nginx .*apt-get install nginx-light"):
        main(["127.0.0.1", "8501", "2"])


def test_where_people_sign_in_the_network_may_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "firm.duckdb"))
    monkeypatch.setattr(sign_in_ways, "_on", False)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    accounts.add(tmp_path / "firm.duckdb", "maria", "correct horse battery")
    with pytest.raises(BadInput, match="need nginx"):
        main(["0.0.0.0", "8501", "2"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["127.0.0.1", "8501", "0"], "PROCESSES=0 cannot be"),
        (["127.0.0.1", "8501", "many"], "PROCESSES=many cannot be"),
        (["192.0.2.1", "8501", "2"], "does not start on 192.0.2.1"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        main(arguments)


def test_a_port_that_is_taken_is_told() -> None:
    with several_processes.socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            BadInput, match=rf"cannot listen on 127\.0\.0\.1:{port}: address already in use\."
        ):
            check_free("127.0.0.1", port)


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not there():
        assert time.monotonic() < until
        time.sleep(0.01)
