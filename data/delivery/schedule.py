"""Which declared sources are to be loaded now: mappings that say `every`, and what became of their last loads.

A declared source is a mapping in the folder `CLIENTELA_SOURCES`, else in `sources` beside the warehouse. A time
that was missed, because no dashboard ran, is made up for as soon as one does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from data.errors import BadInput, ClientelaError
from data.load.mappings.delivery_interval import Every
from data.load.mappings.mapping import Mapping as SourceMapping
from data.load.mappings.mapping import Part, read_mapping
from data.sources.file import locate
from data.sources.folder import being_written, matching
from data.store import private_files

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
Outcome = Literal["loading", "done", "partly", "failed"]


@dataclass(frozen=True, slots=True)
class State:
    """What became of the last load of a source; `files` tells the files and the mapping of that load from others."""

    began: datetime
    outcome: Outcome
    ended: datetime | None = None
    failures: int = 0
    words: str = ""
    files: str = ""

    def began_again(self, now: datetime, files: str) -> State:
        return replace(self, began=now, outcome="loading", ended=None, files=files)

    def ended_well(self, now: datetime, words: str) -> State:
        return replace(self, outcome="done", ended=now, failures=0, words=words)

    def ended_partly(self, now: datetime, words: str) -> State:
        """Some files were loaded, or known; others wait until they or the mapping change."""
        return replace(self, outcome="partly", ended=now, failures=0, words=words)

    def ended_badly(self, now: datetime, words: str) -> State:
        return replace(self, outcome="failed", ended=now, failures=self.failures + 1, words=words)

    @property
    def retry_at(self) -> datetime:
        """When to try again after failures: after a minute, then two, four ... up to six hours."""
        wait: timedelta = min(FIRST_WAIT * 2 ** min(self.failures - 1, 20), LONGEST_WAIT)
        return (self.ended or self.began) + wait


@dataclass(frozen=True, slots=True)
class Declared:
    """A mapping with `every`. `files` changes with its files and itself, and is empty where a database is read.

    `waiting` says why it cannot be loaded yet: no file at all, or one that is being written.
    """

    name: str
    path: Path
    source: str
    every: Every
    files: str = ""
    waiting: str = ""


def due(now: datetime, sources: Iterable[Declared], states: Mapping[str, State]) -> tuple[Declared, ...]:
    """The sources to load now, the one that waited longest first."""
    found = [each for each in sources if not each.waiting and _is_due(now, each, states.get(each.name))]
    return tuple(sorted(found, key=lambda each: _began(states.get(each.name))))


def _is_due(now: datetime, source: Declared, state: State | None) -> bool:
    if state is None or state.outcome == "loading":  # whoever loads it holds the lock
        return True
    other_files = bool(source.files) and source.files != state.files
    if state.outcome == "failed":
        return other_files or now >= state.retry_at
    return (other_files or not source.files) and source.every.has_come(state.began, now)


def _began(state: State | None) -> float:
    return state.began.timestamp() if state else 0.0


def declared(folder: Path, now: datetime) -> tuple[tuple[Declared, ...], dict[str, str]]:
    """The mappings in `folder` that say `every`; and for those that cannot be read, by name, why."""
    found, faults = [], {}
    for path in sorted(folder.glob("*.toml")):
        try:
            mapping = read_mapping(path.resolve())
            if mapping.every is not None:
                found.append(_declared(path, mapping, now))
        except ClientelaError as error:
            faults[path.stem] = str(error)
        except OSError as error:
            faults[path.stem] = f"One of its files cannot be looked at: {error.strerror}."
    return tuple(found), faults


def _declared(path: Path, mapping: SourceMapping, now: datetime) -> Declared:
    every = Every.parse(mapping.every or "")
    plain = Declared(path.stem, path.resolve(), mapping.source, every)
    if any(part.database for part in mapping.parts):
        return plain
    files, lacking = _files(mapping)
    if not files and lacking:
        return replace(plain, waiting=f"There is no file {lacking[0]} yet.")
    if fresh := being_written(files, now):
        return replace(plain, waiting=f"{fresh[0].name} is being written.")
    return replace(plain, files=_fingerprint([plain.path, *files]))


def _files(mapping: SourceMapping) -> tuple[list[Path], list[str]]:
    """Every file of a mapping, and the names for which there is none."""
    found: list[Path] = []
    lacking: list[str] = []
    for name in dict.fromkeys(each for part in mapping.parts for each in _names(part)):
        paths = _paths(mapping.folder, name)
        found += paths
        lacking += [] if paths else [name]
    return found, lacking


def _names(part: Part) -> list[str]:
    return [each for each in (part.file, *(join.file for join in part.joins)) if each]


def _paths(folder: Path, name: str) -> list[Path]:
    if "*" in name:
        return matching(folder, name)
    try:
        return [locate(folder, name)]
    except BadInput:
        return []


def _fingerprint(paths: Iterable[Path]) -> str:
    stats = ((path, path.stat()) for path in paths)
    told = [f"{path}|{stat.st_size}|{stat.st_mtime_ns}" for path, stat in stats]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def read_states(warehouse: Path) -> dict[str, State]:
    """What became of the last load of each source; nothing where none was made, or the notes are spoilt."""
    try:
        noted = json.loads(_notes(warehouse).read_text(encoding="utf-8"))
        return {name: _state(entry) for name, entry in noted.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def write_states(warehouse: Path, states: Mapping[str, State]) -> None:
    """Note them, whole or not at all."""
    plain = {name: asdict(state) for name, state in states.items()}
    draft = _notes(warehouse).with_suffix(".draft")
    with private_files.opened(draft, "w", encoding="utf-8") as out:
        json.dump(plain, out, default=datetime.isoformat, indent=1)
    os.replace(draft, _notes(warehouse))


def _notes(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.schedule.json")


def _state(entry: dict[str, str | int | None]) -> State:
    began, ended = (entry[name] for name in ("began", "ended"))
    state = State(**entry | {"began": datetime.fromisoformat(str(began))})  # type: ignore[arg-type]
    return replace(state, ended=datetime.fromisoformat(str(ended)) if ended else None)
