"""Many sessions of one dashboard: the server's memory, and how long after its start Overview has its first figures."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from bench import firms
from bench.table import Value, table
from tests.serving import ROOT, free_port, launched, stop, wait_until_healthy

MEMORY_LIMIT_MB, START_LIMIT_S = 700, 2.0
LINES = 1_000_000
PATIENCE = 60
LARGEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard that was started at `started` and answers at `port`."""

    process: subprocess.Popen[bytes]
    port: int
    started: float

    def memory_mb(self) -> float:
        """What the process holds now."""
        said = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        return int(said.stdout) * 1024 / 1e6


class Session:
    """One person at the dashboard without a browser: what it sends is read, nothing is drawn."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.pages: dict[str, str] = {}
        self.drawn: dict[str, ForwardMsg] = {}

    def run(self, asked: ClientState) -> float | None:
        """Run what is asked to its end; when its first key figures came, where it has any."""
        self.connection.send(BackMsg(rerun_script=asked).SerializeToString())
        first = None
        while True:
            said = ForwardMsg.FromString(self.connection.recv(PATIENCE, decode=False))
            if said.WhichOneof("type") == "script_finished":
                return first
            if self._hear(said) == "clientela_kpis" and first is None:
                first = perf_counter()

    def _hear(self, said: ForwardMsg) -> str:
        if said.WhichOneof("type") == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in said.navigation.app_pages}
        name = said.delta.new_element.bidi_component.component_name
        self.drawn[name] = said
        return str(name)

    def open(self, path: str) -> None:
        self.run(ClientState(page_script_hash=self.pages[path]))

    def drill(self, place: int) -> None:
        """Into a row of Explore's table, as a click on its name asks; after the last place comes the first."""
        said = self.drawn["clientela_pivot"]
        component = said.delta.new_element.bidi_component
        (shown,) = json.loads(component.json)
        row = shown["rows"][place % len(shown["rows"])][0]
        click = {
            "where": "open", "row": row, "column": None, "measure": "", "side": "", "value": "",
            "base": shown["base"],
        }  # fmt: skip
        asked = ClientState(page_script_hash=self.pages["explore"], fragment_id=said.delta.fragment_id)
        trigger = asked.widget_states.widgets.add()
        trigger.id = f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events"
        trigger.json_trigger_value = json.dumps([{"event": "click", "value": click}])
        self.run(asked)
        after = self.drawn["clientela_pivot"].delta.new_element.bidi_component
        (now,) = json.loads(after.json)
        if now["base"] == shown["base"]:
            raise SystemExit(f"A drill into {row} led nowhere: the sessions are not what this measures.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench sessions`."""
    parser.add_argument("--sessions", type=int, default=20, help="how many (%(default)s)")
    parser.add_argument("--starts", type=int, default=5, help="how often it is started (%(default)s)")
    parser.add_argument("--warehouse", type=Path, help="instead of the demonstration firm of a million lines")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Start it several times; open all sessions in the last one, each on Overview and Explore with one drill."""
    path = (args.warehouse or firms.firm(args.folder, LINES)).resolve()
    starts: list[float] = []
    held: list[float] = []
    for at in range(args.starts):
        with _dashboard(path) as dashboard, ExitStack() as stack:
            first = _session(dashboard, stack)
            starts.append((first.run(ClientState()) or perf_counter()) - dashboard.started)
            held.append(dashboard.memory_mb())
            if at == args.starts - 1:
                held = _sessions(dashboard, stack, first, args.sessions)
    return _told(starts, held)


def _sessions(dashboard: Dashboard, stack: ExitStack, first: Session, count: int) -> list[float]:
    """The memory with one session on Overview, and after each of all has been on Explore and drilled."""
    held = [dashboard.memory_mb()]
    for at in range(count):
        session = first if at == 0 else _session(dashboard, stack)
        if session is not first:
            session.run(ClientState())
        session.open("explore")
        session.drill(at)
        held.append(dashboard.memory_mb())
    return held


@contextmanager
def _dashboard(warehouse: Path) -> Iterator[Dashboard]:
    port = free_port()
    command = [sys.executable, "-m", *launched("app.py", port)]
    with tempfile.TemporaryFile() as said:
        started = perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "CLIENTELA_WAREHOUSE": str(warehouse)},
            stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_healthy(process, port, said)
            yield Dashboard(process, port, started)
        finally:
            stop(process)


def _session(dashboard: Dashboard, stack: ExitStack) -> Session:
    here = f"127.0.0.1:{dashboard.port}"
    socket = connect(
        f"ws://{here}/_stcore/stream",
        origin=Origin(f"http://{here}"),
        subprotocols=[Subprotocol("streamlit")],
        max_size=LARGEST,
    )
    return Session(stack.enter_context(socket))


def _told(starts: list[float], held: list[float]) -> dict[str, Any]:
    rows: list[list[Value]] = [
        [str(count), held[count]] for count in sorted({0, 1, len(held) // 2, len(held) - 1})
    ]
    print("\nMemory of the server after so many sessions on Overview and Explore, each with a drill\n")
    print(table(["sessions", "MB"], rows))
    each = (held[-1] - held[1]) / max(len(held) - 2, 1)
    start = median(starts)
    print(f"\nA session more holds {each:.1f} MB. Limit: {MEMORY_LIMIT_MB} MB for all.")
    print(f"Overview's first figures {start:.1f} s after `streamlit run`; limit {START_LIMIT_S:.0f} s.")
    return {"start_s": start, "starts_s": starts, "held_mb": held, "session_mb": each}
