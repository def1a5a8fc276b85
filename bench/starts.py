"""Many sessions of one dashboard: the server's memory, and how long after its start Overview has its first figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench import firms
from bench.table import Value, table
from bench.unseen_browser import browsing
from tests.serving import ROOT, free_port, launched, stop, wait_until_healthy

MEMORY_LIMIT_MB, START_LIMIT_S = 700, 2.0
LINES = 1_000_000


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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench starts`."""
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
        with _dashboard(path) as dashboard:
            count = args.sessions if at == args.starts - 1 else 0
            first, held = asyncio.run(_opened(dashboard, count))
            starts.append(first - dashboard.started)
    return _told(starts, held)


async def _opened(dashboard: Dashboard, count: int) -> tuple[float, list[float]]:
    """When the first session has its first key figures; the memory then, and after each has been on Explore."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(browsing(dashboard.port))
        run = await first.arrive("")
        held = [dashboard.memory_mb()]
        for at in range(count):
            browser = first if at == 0 else await stack.enter_async_context(browsing(dashboard.port))
            if browser is not first:
                await browser.arrive("")
            await browser.open("explore")
            await browser.drill(at)
            held.append(dashboard.memory_mb())
        return run.figures or run.ended, held


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
