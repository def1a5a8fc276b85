"""What a mapping stands for today: the files and tables of its parts, as deliveries to be loaded in turn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from data.errors import BadInput
from data.load.mapping import Mapping, Part
from data.sources.file import digest, locate
from data.sources.folder import matching

A_DAY = timedelta(days=1)
Stamps = dict[Path, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One export of one part: a file and the look-ups beside it, or a table of a database (`path` is None).

    `as_of` is the moment of the export, if anything tells it. `stamps` are the files as they were when found.
    """

    part: Part
    path: Path | None
    joins: tuple[Path, ...]
    as_of: datetime | None
    stamps: Stamps

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
        beside = sorted(digest(path) for path in self.joins)
        return hashlib.sha256("\n".join([self.part.hash, *beside]).encode()).hexdigest()

    def check_unchanged(self) -> None:
        """Errors: BadInput if a file was written to since it was found."""
        for path, stamp in self.stamps.items():
            if _stamp(path) != stamp:
                raise BadInput(f"{path.name} changed while it was read.", "Load it again once it is whole.")


@lru_cache(maxsize=64)
def _digest(path: Path, stamp: tuple[int, int]) -> str:
    return digest(path)


def find(mapping: Mapping, file: Path | None = None, as_of: datetime | None = None) -> tuple[Delivery, ...]:
    """The deliveries of `mapping`, in the order in which they are to be loaded.

    `file` stands in for the file of its main part, or is the folder that holds them all. Errors: BadInput for a
    file that is not there.
    """
    folder, main = mapping.folder, mapping.main.file
    if file is not None and file.is_dir():
        folder = file
    elif file is not None:
        if not file.exists():
            raise BadInput(f"There is no file {file}.", "Check the path after --file.")
        folder, main = file.parent, file.name
    found: list[Delivery] = []
    for part in mapping.parts:
        name = main if part is mapping.main else part.file or main
        found += _deliveries(mapping, part, folder, name, as_of)
    return tuple(found)


def only_file(mapping: Mapping, file: Path | None = None) -> Delivery:
    """The delivery of the main part, the newest if there are several. Errors: BadInput."""
    return [each for each in find(mapping, file) if each.part is mapping.main][-1]


def _deliveries(
    mapping: Mapping, part: Part, folder: Path, name: str | None, as_of: datetime | None
) -> list[Delivery]:
    joins = tuple(_locate(folder, join.file, mapping) for join in part.joins)
    if part.database:
        return [Delivery(part, None, joins, as_of, _stamps(joins))]
    if name is None:
        raise BadInput(
            f"The mapping does not name its file of {part.kind.label.lower()}.",
            f'Say file = "..." in [{part.subject}], or use --file.',
        )
    many = "*" in name and not (folder / name).is_file()
    paths = _matching(folder, name, mapping) if many else [_locate(folder, name, mapping)]
    made = [
        Delivery(part, path, joins, _moment(part, path) or as_of, _stamps((path, *joins))) for path in paths
    ]
    _check_moments(made)
    return sorted(made, key=lambda each: (each.as_of or datetime.max, each.name))


def _check_moments(made: list[Delivery]) -> None:
    """Errors: BadInput for exports of the future, and for full exports of which nothing tells the order."""
    for each in made:
        if each.as_of is not None and each.as_of > now() + A_DAY:
            raise BadInput(
                f"{each.name} is said to be of {each.as_of:%Y-%m-%d %H:%M}, which is in the future.",
                "Give the moment of the export.",
            )
    part = made[0].part
    if len(made) > 1 and part.changes == "full" and len({each.as_of for each in made}) < len(made):
        raise BadInput(
            f"{len(made)} files of [{part.subject}] are full exports, and nothing tells which is the later.",
            'Say as_of = "..." in the mapping: how the day stands in their names, as in "customers_%Y%m%d".',
        )


def _matching(folder: Path, pattern: str, mapping: Mapping) -> list[Path]:
    for each in (folder, mapping.folder):
        if ".." in Path(pattern).parts or Path(pattern).is_absolute():
            raise BadInput(f"The pattern {pattern!r} leaves its folder.", "Name files below the mapping.")
        found = sorted(matching(each, pattern))
        if found:
            return found
    raise BadInput(f"No file in {folder} is called like {pattern}.", "Put the exports there, or use --file.")


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


def _locate(folder: Path, name: str, mapping: Mapping) -> Path:
    """The file in `folder`, else beside the mapping."""
    try:
        return locate(folder, name)
    except BadInput:
        if folder == mapping.folder:
            raise
    try:
        return locate(mapping.folder, name)
    except BadInput:
        return locate(folder, name)


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
