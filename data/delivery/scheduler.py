"""Loads the declared sources when they are due: a thread of the dashboard that starts a process for each load.

A load in a process of its own costs the dashboard neither memory nor, should it crash, its life. However many
dashboards serve one warehouse, the one that holds the lock loads; the load itself holds it too, so that nobody
starts it again should the dashboard end before it.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from data import environment
from data.delivery import schedule
from data.delivery.schedule import Declared, State
from data.load.mappings.deliveries import NOT_LOADED
from data.store import file_locks, private_files

log = logging.getLogger("clientela.schedule")
TICK_SECONDS = 5.0
LOAD_SECONDS = 6 * 3600
HOME = Path(__file__).resolve().parents[2]
INTERRUPTED = "It was interrupted: nothing was loaded."
MOST_WORDS = 500
_started: set[Path] = set()
_starting = threading.Lock()


def start(warehouse: Path | None = None) -> None:
    """Begin to look after the declared sources of a warehouse, once a process; CLIENTELA_SCHEDULE=off: never."""
    path = (warehouse or environment.warehouse()).resolve()
    with _starting:
        if path in _started or environment.schedule_is_off():
            return
        _started.add(path)
    threading.Thread(target=_forever, args=(path,), name="clientela-schedule", daemon=True).start()


def _forever(warehouse: Path) -> None:
    pause, told = threading.Event(), dict[str, str]()
    while True:
        try:
            told = look(warehouse, told)
        except Exception:  # whatever went wrong, the next round may go right
            log.exception("The declared sources could not be looked after")
        pause.wait(TICK_SECONDS)


def look(warehouse: Path, told: dict[str, str] | None = None) -> dict[str, str]:
    """One round: load what is due. Returns the faults of mappings, so that each is logged once (`told`)."""
    sources, faults = schedule.declared(environment.sources(warehouse), _now())
    for name, words in faults.items():
        if (told or {}).get(name) != words:
            log.warning("The source %s cannot be loaded: %s", name, without_values(words))
    if schedule.due(_now(), sources, schedule.read_states(warehouse)):
        with _only_one(warehouse) as lock:
            if lock is not None:
                _load_due(warehouse, sources, lock)
    return faults


def _load_due(warehouse: Path, sources: tuple[Declared, ...], lock: int) -> None:
    """Load what is due now that nobody else does; somebody else may have done so a moment ago."""
    states = _interrupted(schedule.read_states(warehouse))
    for source in schedule.due(_now(), sources, states):
        before = states.get(source.name) or State(_now(), "loading")
        states[source.name] = before.began_again(_now(), source.files)
        schedule.write_states(warehouse, states)
        states[source.name] = _load(source, states[source.name], warehouse, lock)
        schedule.write_states(warehouse, states)


def _interrupted(states: dict[str, State]) -> dict[str, State]:
    """A load that is noted as under way, though nobody holds the lock, was ended from outside."""
    return {
        name: state.ended_badly(state.began, INTERRUPTED) if state.outcome == "loading" else state
        for name, state in states.items()
    }


def _load(source: Declared, state: State, warehouse: Path, lock: int) -> State:
    log.info("Loading the source %s", source.name)
    command = [sys.executable, "-m", "data", "load", str(source.path), "--warehouse", str(warehouse)]
    try:
        ended = subprocess.run(
            command, cwd=HOME, pass_fds=_handed_over(lock), capture_output=True, text=True, errors="replace",
            timeout=LOAD_SECONDS, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _told(log.error, source, state.ended_badly(_now(), "It took too long and was ended."))
    if ended.returncode == 0:
        return _told(log.info, source, state.ended_well(_now(), _words(ended.stdout)))
    if ended.returncode == 1:
        return _told(log.warning, source, state.ended_partly(_now(), _words(_what_waits(ended.stdout))))
    if ended.returncode == 2:
        return _told(log.warning, source, state.ended_badly(_now(), _words(ended.stderr)))
    # A crash: what it printed may hold anything, and helps nobody who reads this.
    words = f"It crashed (code {ended.returncode}): nothing was loaded."
    return _told(log.error, source, state.ended_badly(_now(), words))


def _handed_over(lock: int) -> tuple[int, ...]:
    """What the load holds as well; nothing where a process cannot be given open files."""
    return (lock,) if os.name == "posix" else ()


def _told(level: Callable[..., None], source: Declared, state: State) -> State:
    again = f" Next try after {state.retry_at:%H:%M}." if state.outcome == "failed" else ""
    level("The source %s: %s. %s%s", source.name, state.outcome, without_values(state.words), again)
    return state


def _what_waits(told: str) -> str:
    """Of the report of a load the sentences on files that were not loaded, before the others."""
    lines = told.splitlines()
    return "\n".join(sorted(lines, key=lambda line: not line.startswith(NOT_LOADED)))


def _words(text: str) -> str:
    return " ".join(text.split())[:MOST_WORDS]


def without_values(words: str) -> str:
    """Words without what stands between quotes: it may come from the rows.

    >>> without_values("Row 1: customer: 'Anna' is odd.")
    "Row 1: customer: '…' is odd."
    """
    return re.sub(r"'.*?'(?!\w)|\"[^\"]*\"", "'…'", words)


def _now() -> datetime:
    return datetime.now().astimezone()


@contextmanager
def _only_one(warehouse: Path) -> Iterator[int | None]:
    """The lock of the schedule, or None while another process has it."""
    private_files.make_folder(warehouse.parent)
    with private_files.opened(warehouse.with_name(f"{warehouse.name}.schedule.lock"), "w") as file:
        yield file.fileno() if file_locks.take(file.fileno()) else None
