"""Fifty people who drill at once: several processes of this dashboard beside one of an earlier commit, turn by turn."""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import linear_regression
from time import monotonic, process_time
from typing import Any

from websockets.exceptions import WebSocketException

from bench.table import Value, table
from bench.timing import percentile
from bench.unseen_browser import UnseenBrowser, WentWrong, browsing
from data.errors import BadInput
from tests.serving import ROOT, free_port, launched, stop, wait_until_healthy

EARLIER = "51f73cb"
LINES = 1_000_000
TARGET_MS, TARGET_TIMES = 300, 3.0
STEPS = 3
STARTS = tuple(
    f"measures={measure}&rows={level}&columns={across}"
    for measure in ("revenue", "orders", "customers")
    for level, across in (("country", "department"), ("department", "channel_type"))
)
MADE = "from sys import argv; from pathlib import Path; from data.demo import Firm, simulate; "
TROUBLES = (WentWrong, TimeoutError, OSError, WebSocketException)


@dataclass(frozen=True, slots=True)
class Rival:
    """A dashboard by one commit: its code and how it is started at a port."""

    name: str
    code: Path
    processes: int | None = None

    def command(self, port: int) -> list[str]:
        if self.processes is None:
            return [sys.executable, "-m", *launched("app.py", port)]
        told = ("127.0.0.1", str(port), str(self.processes))
        return [sys.executable, "-m", "pages.web.several_processes", *told]


@dataclass(slots=True)
class ServedRival:
    """A rival that serves, and what was met: milliseconds of runs, troubles, (minute, MB) of its memory."""

    rival: Rival
    process: subprocess.Popen[bytes]
    port: int
    drills: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def used(self) -> tuple[float, float]:
        """Megabytes and seconds of the processor of all its processes together."""
        said = subprocess.run(
            ["ps", "-s", str(self.process.pid), "-o", "rss=,cputimes="],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        each = [[int(part) for part in line.split()] for line in said.stdout.splitlines()]
        return sum(one[0] for one in each) * 1024 / 1e6, float(sum(one[1] for one in each))

    @property
    def growth(self) -> float:
        """Megabytes a minute by which its memory grows in the later half, when what it keeps is there."""
        later = self.memory[len(self.memory) // 2 :]
        return linear_regression(*zip(*later, strict=True)).slope if len(later) > 2 else 0.0


class DrillingPerson:
    """Somebody who opens Explore somewhere, drills a few times with a thought before each, and begins anew."""

    def __init__(self, browser: UnseenBrowser, served: ServedRival, seed: int, thought_s: float) -> None:
        self.browser, self.served, self.thought_s = browser, served, thought_s
        self.chance, self.left = Random(seed), 0

    async def go_on(self, until: float, counted: bool) -> None:
        """Think and click until then."""
        while True:
            await asyncio.sleep(self.thought_s * self.chance.uniform(0.5, 1.5))
            if monotonic() >= until:
                return
            try:
                await self._click(counted)
            except TROUBLES as trouble:
                self.served.troubles.append(f"{type(trouble).__name__}: {trouble}")
                self.left = 0

    async def _click(self, counted: bool) -> None:
        if self.left:
            run, kind = await self.browser.drill(self.chance.randrange(1000)), self.served.drills
            self.left -= 1
        else:
            run, kind = await self.browser.open("explore", self.chance.choice(STARTS)), self.served.opened
            self.left = STEPS
        if counted:
            kind.append(run.milliseconds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench sessions`."""
    parser.add_argument("--sessions", type=int, default=50, help="how many people (%(default)s)")
    parser.add_argument("--minutes", type=float, default=1.0, help="for each rival (%(default)s)")
    parser.add_argument("--turn", type=float, default=30.0, help="seconds of a turn (%(default)s)")
    parser.add_argument(
        "--warm", type=float, default=15.0, help="seconds before that, uncounted (%(default)s)"
    )
    parser.add_argument("--thought", type=float, default=1.0, help="seconds before a click (%(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="of this dashboard (%(default)s)")
    parser.add_argument("--against", default=EARLIER, help="the earlier commit (%(default)s); none: nobody")
    parser.add_argument("--warehouse", type=Path, help="instead of a firm of a million lines; it is copied")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Start all, let the same people drill at one after the other, and tell."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientela-sessions-")))
        rivals = [Rival(f"{args.processes} processes", ROOT, args.processes)]
        if args.against != "none":
            earlier = code_of(args.against, folder / "earlier")
            rivals.append(Rival(f"one of {args.against}", earlier))
        firm = args.warehouse or _firm(args.folder, rivals[-1].code, args.against)
        served = [
            stack.enter_context(_serving(each, firm, folder / f"{at}")) for at, each in enumerate(rivals)
        ]
        spent = asyncio.run(_measured(served, args))
        return _told(served, spent, args)


def code_of(commit: str, folder: Path) -> Path:
    """The files of a commit, in a folder of their own. Errors: BadInput where git does not know it."""
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=False)
    if packed.returncode:
        raise BadInput(
            f"There is no commit {commit} here.", "Fetch it (git fetch --unshallow), or say --against none."
        )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def _firm(folder: Path, code: Path, commit: str) -> Path:
    """A firm that the earliest of them made, for no commit reads what a later one wrote."""
    path = (folder / f"sessions-{LINES}-{commit}.duckdb").resolve()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        print(f"Simulating {LINES:,} order lines, once ...", flush=True)
        made = f"{MADE} simulate(Path(argv[1]), Firm(lines={LINES}))"
        subprocess.run([sys.executable, "-c", made, str(path)], cwd=code, check=True)
    return path


@contextmanager
def _serving(rival: Rival, firm: Path, folder: Path) -> Iterator[ServedRival]:
    """A rival with a warehouse of its own."""
    folder.mkdir()
    warehouse, port = Path(shutil.copy(firm, folder / "clientela.duckdb")), free_port()
    with (folder / "said").open("wb+") as said:
        process = subprocess.Popen(
            rival.command(port), cwd=rival.code,
            env={**os.environ, "CLIENTELA_WAREHOUSE": str(warehouse)},
            stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_healthy(process, port, said)
            yield ServedRival(rival, process, port)
        finally:
            stop(process)


async def _measured(served: Sequence[ServedRival], args: argparse.Namespace) -> float:
    """Turns at one after the other; the share of one processor that the people themselves took."""
    async with AsyncExitStack() as stack:
        people = [await _people(stack, each, args) for each in served]
        for each, those in zip(served, people, strict=True):
            await _turn(each, those, args.warm, counted=False)
        began, cpu = monotonic(), process_time()
        for _ in range(max(round(args.minutes * 60 / args.turn), 1)):
            for each, those in zip(served, people, strict=True):
                await _turn(each, those, args.turn, counted=True)
        return (process_time() - cpu) / (monotonic() - began)


async def _people(
    stack: AsyncExitStack, served: ServedRival, args: argparse.Namespace
) -> list[DrillingPerson]:
    people = []
    for seed in range(args.sessions):
        browser = await stack.enter_async_context(browsing(served.port))
        await browser.arrive("explore")
        people.append(DrillingPerson(browser, served, seed, args.thought))
    return people


async def _turn(served: ServedRival, people: Sequence[DrillingPerson], seconds: float, counted: bool) -> None:
    _, before = served.used()
    until = monotonic() + seconds
    await asyncio.gather(*(each.go_on(until, counted) for each in people))
    held, after = served.used()
    if counted:
        served.cpu_seconds += after - before
        served.memory.append((len(served.memory) * seconds / 60, held))


def _told(served: Sequence[ServedRival], spent: float, args: argparse.Namespace) -> dict[str, Any]:
    found = {each.rival.name: _figures(each) for each in served}
    print(
        f"\n{args.sessions} people with {args.thought:g} s of thought before a click, turns of {args.turn:g} s for"
        f" {args.minutes:g} minutes each: a drill from the click to the last of what it draws (ms)\n"
    )
    heads = ["", *next(iter(found.values()))]
    rows: list[list[Value]] = [[name, *figures.values()] for name, figures in found.items()]
    print(table(heads, rows))
    for each in served:
        for trouble in sorted(set(each.troubles))[:5]:
            print(f"{each.rival.name}: {trouble}")
    print(f"\nThe people themselves took {spent:.0%} of one processor.")
    ours, *others = (figures["p95"] for figures in found.values())
    print(f"p95 {ours:.0f} ms, to be under {TARGET_MS}.")
    for other in others:
        print(f"{other / ours:.1f} times better than the earlier commit, to be at least {TARGET_TIMES:g}.")
    return {"sessions": args.sessions, "minutes": args.minutes, "people_cpu": spent, "rivals": found} | {
        "memory_mb": {each.rival.name: each.memory for each in served}
    }


def _figures(served: ServedRival) -> dict[str, float]:
    runs = len(served.drills) + len(served.opened)
    return {
        "drills": len(served.drills),
        **{f"p{share}": percentile(served.drills, share / 100) for share in (50, 95, 99)},
        "most": max(served.drills),
        "opening p95": percentile(served.opened, 0.95),
        "errors": len(served.troubles),
        "CPU a run": served.cpu_seconds * 1000 / runs,
        "MB": served.memory[-1][1],
        "MB a minute": served.growth,
    }
