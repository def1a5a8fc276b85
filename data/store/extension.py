"""What others bring to a warehouse, which itself knows no cubes: names that they take, what comes in at the end of a
write from beside it, and what follows a publication.

Every process that writes registers them where it starts: `data/__main__.py`, `cubes/__main__.py`, the pages' router.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.cluster.published_manifest import PublishedManifest, Rolled
from data.connection import Connection
from data.store.changed_days import Partitions
from data.store.member_codes import Recoded

if TYPE_CHECKING:
    from data.store.warehouse import Warehouse

Follow = Callable[[Connection, Partitions, Recoded], None]
TakeIn = Callable[[Connection, Path], bool]
Derive = Callable[[Connection], None]
Conclude = Callable[[Connection, Path], None]
SayBeforehand = Callable[[Connection, Path, int], None]
RollUp = Callable[["Warehouse", Path, PublishedManifest], Rolled]


@dataclass(frozen=True, slots=True)
class Extension:
    """One of those: `taken` are names that no attribute may have; `derive` is called at the end of every write, in
    its transaction, before codes are given, to make rows of facts; `follow` after it, with the days that were touched
    and the members that came to stand under others; `conclude` last of all, with where the snapshot will be put up,
    when all of it can be asked."""

    name: str
    taken: frozenset[str]
    follow: Follow
    derive: Derive = lambda _: None
    conclude: Conclude = lambda *_: None


_REGISTERED: dict[str, Extension] = {}
_TAKEN_IN: dict[str, TakeIn] = {}
_CARRIED_OVER: dict[str, TakeIn] = {}
_SAID_BEFOREHAND: dict[str, SayBeforehand] = {}
_ROLLED_UP: dict[str, RollUp] = {}


def register(extension: Extension) -> None:
    """From now on, in this process."""
    _REGISTERED[extension.name] = extension


def registered() -> tuple[Extension, ...]:
    return tuple(_REGISTERED.values())


def taken() -> frozenset[str]:
    """The names that no attribute may have."""
    return frozenset().union(*(each.taken for each in registered()))


def register_taking_in(name: str, take_in: TakeIn) -> None:
    """From now on, each write in this process takes in what lies beside the warehouse, before codes are derived."""
    _TAKEN_IN[name] = take_in


def take_in(connection: Connection, path: Path) -> bool:
    """What lies beside the warehouse at `path` comes into the snapshot on its way there; whether there was any."""
    found = [each(connection, path) for each in _TAKEN_IN.values()]
    return any(found)


def conclude(connection: Connection, path: Path) -> None:
    """What follows from the whole snapshot that is on its way to `path`: the very last of a write."""
    for each in registered():
        each.conclude(connection, path)


def register_carrying_over(name: str, carry_over: TakeIn) -> None:
    """From now on, an earlier snapshot that is put up again takes this over from the one that it replaces."""
    _CARRIED_OVER[name] = carry_over


def carry_over(connection: Connection, path: Path) -> bool:
    """What the warehouse at `path` holds and is not to be forgotten comes into the earlier snapshot that takes its
    place; whether there was any."""
    found = [each(connection, path) for each in _CARRIED_OVER.values()]
    return any(found)


def register_saying_beforehand(name: str, say: SayBeforehand) -> None:
    """From now on, this is said of every publication by its number before it is put up, or it is not put up."""
    _SAID_BEFOREHAND[name] = say


def say_beforehand(connection: Connection, path: Path, number: int) -> None:
    """The snapshot is whole, and will be publication `number` of the warehouse at `path`."""
    for each in _SAID_BEFOREHAND.values():
        each(connection, path, number)


def register_rolling_up(name: str, roll_up: RollUp) -> None:
    """From now on, this makes what is counted beforehand of tables that are published to a cluster."""
    _ROLLED_UP[name] = roll_up


def rolled_up(warehouse: Warehouse, folder: Path, manifest: PublishedManifest) -> Rolled:
    """What is counted beforehand of the tables that `manifest` names, made by the cluster."""
    found = [each(warehouse, folder, manifest) for each in _ROLLED_UP.values()]
    return {table: files for own, _ in found for table, files in own.items()}, [
        kept for _, own in found for kept in own
    ]
