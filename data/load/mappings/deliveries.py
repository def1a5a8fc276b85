"""What a mapping stands for today: the files and tables of its parts, as deliveries to be loaded in turn."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from data.errors import BadInput
from data.load.mappings.mapping import Mapping, Part
from data.sources.file import SUPPORTED, Options, columns, digest, locate
from data.sources.folder import matching

NOT_LOADED = "Not loaded:"
A_DAY = timedelta(days=1)
Stamps = dict[Path, tuple[int, int]]


class NoneThere(BadInput):
    """A folder of drops in which nothing is called like the pattern."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One export of one part: a file and the look-ups beside it, or a table of a database (`path` is None).

    `as_of` is the moment of the export, if anything tells it. `stamps` are the files as they were when found;
    `by_hand` says that somebody named this very file.
    """

    part: Part
    path: Path | None
    joins: tuple[Path, ...]
    as_of: datetime | None
    stamps: Stamps
    by_hand: bool = False

    @property
    def stands_beside(self) -> bool:
        """Whether the files of its stream stay, each under a name of its own."""
        return "*" in (self.part.file or "")

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.path.name if self.path else f"{self.part.database}: {self.part.table or 'query'}"

    def content(self) -> str:
        """The digest of the file, read once however often it is asked for."""
        assert self.path is not None
        return _digest(self.path, self.stamps[self.path])

    def how(self) -> str:
        """By what it is read: the mapping of its part, and every file beside it."""
        beside = sorted(_digest(path, self.stamps[path]) for path in self.joins)
        return hashlib.sha256("\n".join([self.part.hash, *beside]).encode()).hexdigest()

    def check_unchanged(self) -> None:
        """Errors: BadInput if a file was written to since it was found."""
        for path, stamp in self.stamps.items():
            if _stamp(path) != stamp:
                raise BadInput(f"{path.name} changed while it was read.", "Load it again once it is whole.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file or table that was not loaded, and why."""

    part: str
    file: str
    fault: BadInput

    @property
    def reason(self) -> str:
        return str(self.fault)

    def __str__(self) -> str:
        named = "" if self.reason.startswith(self.file) else f"{self.file}: "
        return f"{NOT_LOADED} {named}{self.reason}"


@dataclass(frozen=True, slots=True)
class FoundDeliveries:
    """What a mapping stands for today, in the order in which it is to be loaded, and what cannot be.

    `parts` were looked for whole, but for the one of which somebody named a file.
    """

    deliveries: tuple[Delivery, ...]
    waiting: tuple[Waiting, ...] = ()
    parts: frozenset[str] = frozenset()

    def looked_at(self, part: str, file: str) -> bool:
        """Whether a file that waited before is among these, or would be if it were there still."""
        named = {(each.part.subject, each.name) for each in self.deliveries}
        return part in self.parts or (part, file) in named

    def look_ups(self, part: str) -> tuple[Path, ...]:
        """The files beside those of a part. Errors: BadInput where they are not there."""
        found = next((each.joins for each in self.deliveries if each.part.subject == part), None)
        if found is None:
            raise self.waiting[0].fault
        return found

    def but_for(self, idle: Collection[Waiting]) -> FoundDeliveries:
        """The same without folders of drops of which everything was loaded and moved away: nothing new came there."""
        return replace(self, waiting=tuple(each for each in self.waiting if each not in idle))

    def by_hand(self) -> FoundDeliveries:
        """The same, each chosen by somebody."""
        return replace(self, deliveries=tuple(replace(each, by_hand=True) for each in self.deliveries))

    def without(self, delivery: Delivery, fault: BadInput) -> FoundDeliveries:
        """The same, but for one delivery that waits."""
        waits = Waiting(delivery.part.subject, delivery.name, fault)
        others = tuple(each for each in self.deliveries if each is not delivery)
        return replace(self, deliveries=others, waiting=(*self.waiting, waits))


@lru_cache(maxsize=64)
def _digest(path: Path, stamp: tuple[int, int]) -> str:
    return digest(path)


def find(mapping: Mapping, file: Path | None = None, as_of: datetime | None = None) -> FoundDeliveries:
    """The deliveries of `mapping`: each stands for itself, so that one that cannot be loaded stops no other.

    `file` stands in for the file of its main part, or is the folder that holds them all. Errors: BadInput for a
    `file` that is not there.
    """
    folder, main = mapping.folder, mapping.main.file
    if file is not None and file.is_dir():
        folder = file
    elif file is not None:
        if not file.exists():
            raise BadInput(f"There is no file {file}.", "Check the path after --file.")
        folder, main = file.parent, file.name
    by_hand = file is not None and not file.is_dir()
    found: list[Delivery] = []
    waiting: list[Waiting] = []
    for part in mapping.parts:
        name = main if part is mapping.main else part.file or main
        try:
            deliveries, aside = _deliveries(mapping, part, folder, name, as_of)
        except BadInput as fault:
            waiting.append(Waiting(part.subject, name or "", fault))
            continue
        named = by_hand and part is mapping.main
        found += [replace(each, by_hand=True) for each in deliveries] if named else deliveries
        waiting += aside
    whole = (part.subject for part in mapping.parts if not (by_hand and part is mapping.main))
    return FoundDeliveries(tuple(found), tuple(waiting), frozenset(whole))


def only_file(mapping: Mapping, file: Path | None = None) -> Delivery:
    """The delivery of the main part, the newest if there are several. Errors: BadInput."""
    found, main = find(mapping, file), mapping.main.subject
    of_main = [each for each in found.deliveries if each.part.subject == main]
    if not of_main:
        raise next(each.fault for each in found.waiting if each.part == main)
    return of_main[-1]


def _deliveries(
    mapping: Mapping, part: Part, folder: Path, name: str | None, as_of: datetime | None
) -> tuple[list[Delivery], list[Waiting]]:
    """Those of one part. Errors: BadInput where none of them can be loaded."""
    joins = tuple(_locate(mapping, part, folder, join.file, is_look_up=True) for join in part.joins)
    if part.database:
        return [Delivery(part, None, joins, as_of, _stamps(joins))], []
    if name is None:
        raise BadInput(
            f"The mapping does not name its file of {part.kind.label.lower()}.",
            f'Say file = "..." in [{part.subject}], or use --file.',
        )
    many = "*" in name and not (folder / name).is_file()
    paths = _matching(folder, name, mapping) if many else [_locate(mapping, part, folder, name)]
    made: list[Delivery] = []
    waiting: list[Waiting] = []
    for path in paths:
        try:
            made.append(_delivery(part, path, joins, as_of))
        except BadInput as fault:
            waiting.append(Waiting(part.subject, path.name, fault))
    waiting = [_as_copy(each, paths, made) for each in waiting]
    _check_order(made)
    return sorted(made, key=lambda each: (each.as_of or datetime.max, each.name)), waiting


def _as_copy(waiting: Waiting, paths: Sequence[Path], made: Sequence[Delivery]) -> Waiting:
    """The same, told as a copy where a file beside it holds just the same: "sales_20240131 (1).csv"."""
    path = next(each for each in paths if each.name == waiting.file)
    if not os.access(path, os.R_OK):
        return waiting
    stamp = _stamp(path)
    alike = [each for each in made if each.path and each.stamps[each.path][0] == stamp[0] > 0]
    same = next((each.name for each in alike if each.content() == _digest(path, stamp)), None)
    if same is None:
        return waiting
    fault = BadInput(f"{path.name} holds just what {same} holds.", "Take it away: nothing of it is missing.")
    return replace(waiting, fault=fault)


def _delivery(part: Part, path: Path, joins: tuple[Path, ...], as_of: datetime | None) -> Delivery:
    """One file as a delivery. Errors: BadInput for one of the future, or whose name does not tell its moment."""
    moment, stamps = _moment(part, path) or as_of, _stamps((path, *joins))
    if moment is not None and moment > now() + A_DAY:
        raise BadInput(
            f"{path.name} is said to be of {moment:%Y-%m-%d %H:%M}, which is in the future.",
            "Give the moment of the export.",
        )
    read = part.of_file(_columns(path, part, stamps[path])) if part.has_alternatives else part
    return Delivery(read, path, joins, moment, stamps)


def _columns(path: Path, part: Part, stamp: tuple[int, int]) -> list[str]:
    return _header(path, part.options, stamp) if path.stat().st_size else []


@lru_cache(maxsize=256)
def _header(path: Path, options: Options, stamp: tuple[int, int]) -> list[str]:
    return columns(path, options)


def _check_order(made: list[Delivery]) -> None:
    """Errors: BadInput for full exports of which nothing tells the order."""
    if len(made) < 2 or made[0].part.changes != "full":
        return
    if len({each.as_of for each in made}) < len(made):
        raise BadInput(
            f"{len(made)} files of [{made[0].part.subject}] are full exports, and nothing tells which is the later.",
            'Say as_of = "..." in the mapping: how the day stands in their names, as in "customers_%Y%m%d".',
        )


def _matching(folder: Path, pattern: str, mapping: Mapping) -> list[Path]:
    for each in (folder, mapping.folder):
        found = matching(each, pattern)
        if found:
            return found
    problem = f"No file in {folder} is called like {pattern}."
    fault = NoneThere if (folder / pattern).parent.is_dir() else BadInput
    raise fault(problem, "Put the exports there, or name their folder with --file.")


def _moment(part: Part, path: Path) -> datetime | None:
    """The moment of an export by the pattern that its name follows. Errors: BadInput if it does not."""
    if part.as_of is None:
        return None
    try:
        return datetime.strptime(path.stem, part.as_of)
    except ValueError as error:
        raise BadInput(
            f"{path.name} is not called as the mapping says: as_of = {part.as_of!r}.",
            "Name exports so, or take as_of out of the mapping and say --as-of.",
        ) from error


def _locate(mapping: Mapping, part: Part, folder: Path, name: str, is_look_up: bool = False) -> Path:
    """The file in `folder`, else beside the mapping. Errors: BadInput that says what is to be brought, and where."""
    faults: list[BadInput] = []
    for each in (folder, mapping.folder):
        try:
            return locate(each, name)
        except BadInput as missing:
            faults.append(missing)
    near = _near(mapping, folder, name)
    if is_look_up:
        remedy = f"Rows of [{part.subject}] are looked up in it: put it there."
        remedy += f" If {near!r} is meant, name that in the joins." if near else ""
    elif near:
        remedy = f"Did you mean {near!r}?"
    elif part is mapping.main:
        remedy = "Name the file with --file."
    else:
        remedy = f"Put it there, or take [{part.subject}] out of the mapping."
    raise BadInput(faults[0].problem, remedy)


def _near(mapping: Mapping, folder: Path, name: str) -> str | None:
    """The file whose name is the likest, of those that the mapping does not name for something else."""
    if not folder.is_dir():
        return None
    named = [
        each for part in mapping.parts for each in (part.file, *(join.file for join in part.joins)) if each
    ]
    free = [
        path.name
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUPPORTED and not any(path.match(each) for each in named)
    ]
    return next(iter(get_close_matches(name, free, n=1)), None)


def _stamps(paths: tuple[Path, ...]) -> Stamps:
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}.", "Name another file.") from error
    return stat.st_size, stat.st_mtime_ns


def now() -> datetime:
    """The moment of a load, UTC, as the ledger keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
