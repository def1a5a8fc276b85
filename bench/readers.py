"""Readers who go on asking while a load publishes: `python -m bench.readers WAREHOUSE READERS PAUSE_S`.

A process of its own, as a dashboard beside a loader. Says "ready" when every reader has had an answer, ends when its
standard input does, and then writes one line of JSON.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.questions import QUESTIONS
from bench.timing import percentile
from cubes.ask.answer import ask
from cubes.lines import line_store
from cubes.query import Query
from data.store.warehouse import Warehouse, current_version

LINES = Query(("order_lines",))


class Snapshots:
    """The warehouse as a dashboard holds it: opened again when another snapshot was published."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._warehouse = Warehouse(path)
        self.seen = [self._warehouse.profile.lines]

    def latest(self) -> Warehouse:
        """The snapshot that is published now; earlier ones stay open, for others may be reading them."""
        with self._lock:
            if current_version(self._path) != self._warehouse.version:
                gc.collect()  # as the dashboard does
                self._warehouse = Warehouse(self._path)
                self.seen.append(self._warehouse.profile.lines)
            return self._warehouse


@dataclass
class Notes:
    """What the readers met."""

    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    torn: int = 0


def main(path: Path, readers: int, pause_s: float) -> None:
    """Ask until standard input ends."""
    line_store.hold()  # as a dashboard does
    snapshots, notes, done = Snapshots(path), Notes(), threading.Event()
    ready = threading.Barrier(readers + 1)
    threads = [
        threading.Thread(
            target=_read, args=(snapshots, notes, done, ready, Random(seed), pause_s), daemon=True
        )
        for seed in range(readers)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    print("ready", flush=True)
    sys.stdin.read()
    done.set()
    for thread in threads:
        thread.join(60)
    print(json.dumps(_summary(snapshots, notes)))


def _read(
    snapshots: Snapshots,
    notes: Notes,
    done: threading.Event,
    ready: threading.Barrier,
    chance: Random,
    pause_s: float,
) -> None:
    _ask(snapshots, notes, LINES)
    ready.wait()
    while not done.wait(pause_s * chance.uniform(0.5, 1.5)):
        _ask(snapshots, notes, LINES if chance.random() < 0.1 else chance.choice(QUESTIONS).query)


def _ask(snapshots: Snapshots, notes: Notes, query: Query) -> None:
    """One question; all lines must be those of the snapshot that was asked."""
    began = time.perf_counter()
    try:
        warehouse = snapshots.latest()
        answer = ask(warehouse, query)
        notes.torn += query is LINES and answer.frame["order_lines"][0] != warehouse.profile.lines
    except Exception as error:  # whatever it is, it is what is counted here
        notes.errors.append(f"{type(error).__name__}: {error}")
    notes.milliseconds.append((time.perf_counter() - began) * 1000)


def _summary(snapshots: Snapshots, notes: Notes) -> dict[str, Any]:
    return {
        "asked": len(notes.milliseconds),
        "errors": len(notes.errors),
        "first_error": next(iter(notes.errors), ""),
        "torn": notes.torn,
        "snapshots": len(snapshots.seen),
        "lines_at_last": snapshots.seen[-1],
        "p50_ms": percentile(notes.milliseconds, 0.5),
        "p99_ms": percentile(notes.milliseconds, 0.99),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
