"""What was published for a distributed engine: which files hold which tables of which snapshot.

The manifest is written last and takes the place of the one before in one step, so that a reader sees one publication
or the other. Files bear the fingerprint of what they hold: nothing is ever written over, and what the manifest before
this one named stays until the next publication.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from data.errors import WarehouseError

NAME, UNFINISHED, ROLLUPS = "published.json", "publishing", "rollups"
AGAIN = "Run 'python -m data publish' again."


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One Parquet file below the folder, as it was written."""

    path: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PublishedManifest:
    """One publication. `snapshot` is the version of the warehouse, `schema` the release of its tables, `prints` what
    fingerprints were made by; `rollups` says what each roll-up keeps, as `cubes` declares it, and its files stand
    among `tables` as `rollup.<name>`. `before` are the paths of the publication before, which others may still read."""

    snapshot: str
    schema: int
    prints: str
    tables: Mapping[str, tuple[PublishedFile, ...]]
    rollups: tuple[Mapping[str, Any], ...] = ()
    before: tuple[str, ...] = field(default=())

    @property
    def paths(self) -> frozenset[str]:
        """The files of this publication."""
        return frozenset(each.path for files in self.tables.values() for each in files)


# Files of roll-ups by their tables, and what each keeps.
Rolled = tuple[dict[str, tuple[PublishedFile, ...]], Sequence[Mapping[str, Any]]]


def read(folder: Path) -> PublishedManifest | None:
    """The publication that stands; None where none was ever begun. Errors: WarehouseError."""
    found = folder / NAME
    try:
        if found.is_file():
            return _parsed(json.loads(found.read_text(encoding="utf-8")))
        if not folder.exists() or all(each.name.startswith(".") for each in folder.iterdir()):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WarehouseError(
            f"{folder} cannot be read as a published warehouse.", "Name another folder, or empty this one."
        ) from error
    if not (folder / UNFINISHED).exists():
        raise WarehouseError(
            f"{folder} holds other things than a published warehouse.", "Name an empty or a new folder."
        )
    return None


def opened(folder: Path, snapshot: str, schema: int) -> PublishedManifest:
    """The publication of this very snapshot, whole. Errors: WarehouseError for anything less."""
    found = read(folder)
    if found is None:
        half = (folder / UNFINISHED).exists()
        what = f"{folder} was only half published" if half else f"Nothing is published in {folder}"
        raise WarehouseError(f"{what}.", f"Run 'python -m data publish --to {folder}'.")
    if found.schema != schema:
        raise WarehouseError(f"{folder} was published by another release of Clientela.", AGAIN)
    if found.snapshot != snapshot:
        raise WarehouseError(f"{folder} holds another publication than the warehouse.", AGAIN)
    for files in found.tables.values():
        for each in files:
            _check(folder, each)
    return found


def write(folder: Path, manifest: PublishedManifest) -> None:
    """Put a manifest in the place of the one before."""
    draft = folder / f".{NAME}.{secrets.token_hex(4)}"
    with draft.open("w", encoding="utf-8") as out:
        json.dump(asdict(manifest), out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, folder / NAME)
    sync(folder)


def sync(folder: Path) -> None:
    """See that the names in a folder are on the disk, where the system can tell."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check(folder: Path, file: PublishedFile) -> None:
    try:
        whole = (folder / file.path).stat().st_size == file.bytes
    except OSError:
        whole = False
    if not whole:
        raise WarehouseError(f"{file.path} in {folder} is missing or not whole.", AGAIN)


def _parsed(found: Mapping[str, Any]) -> PublishedManifest:
    tables = {name: tuple(PublishedFile(**each) for each in files) for name, files in found["tables"].items()}
    return PublishedManifest(
        found["snapshot"],
        found["schema"],
        found["prints"],
        tables,
        tuple(found["rollups"]),
        tuple(found["before"]),
    )
