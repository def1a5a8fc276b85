"""Publications and kept snapshots: what each publication replaced stays beside the warehouse for a while.

`<name>.versions/7.duckdb` is the snapshot that publication 7 put up, kept when publication 8 took its place; it
is a second name of the same file, no copy. The latest `CLIENTELA_KEEP` stay, the one before the last load among
them; so do the firm that was here before and (`7.own.duckdb`) firms of one's own whose place another took. The
last one let go of stays as `spare` if it is large: the next writer makes its copy by writing over what differs.
What an earlier release made stays as `7.before-schema-3.duckdb` until its owner takes it away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from data import environment
from data.access.acting import acting
from data.access.deed import Deed
from data.added_rows import OWN_ROWS
from data.connection import Connection
from data.errors import WarehouseError
from data.model.canonical_tables import MAIN_FACT
from data.store import duckdb_engine as engine
from data.store import extension, private_files, schema_release, unfollowed, write_moments

KEPT = 3
OWN = ".own.duckdb"
PLAIN = ".duckdb"
BEFORE = f".before-schema-{schema_release.SCHEMA}.duckdb"
ANY_BEFORE = ".before-schema-"
OF_CAMPAIGN = "campaign"  # the origin of batches that campaigns wrote: no load, which could be undone
OF_SERVICE = "service"  # that of batches of what people recorded of customers: the same
WRITTEN_HERE = (OF_CAMPAIGN, OF_SERVICE)
CONSENTS_SAID = "consents as customers said them"  # the deed of a publication that brings these at once
CONTACTS_OF = "contacts of campaign"  # the deed of such a publication, and which campaign
COLUMNS = "number, published_at, deed, batch, lines, revenue, follows, began"


@dataclass(frozen=True, slots=True)
class Publication:
    """One snapshot that was put up: what was done, to which one before (`follows`), and what it then held.

    `batch` is what a load brought. `began` is the publication with which this firm's warehouse began: a whole
    other warehouse put in its place begins anew.
    """

    number: int
    published_at: datetime
    deed: str
    batch: int | None
    lines: int
    revenue: Decimal
    follows: int
    began: int


@dataclass(frozen=True, slots=True)
class Instead:
    """What takes the place of the warehouse: the kept snapshot of publication `follows`, or another firm's.

    `own` says that the firm which makes room is somebody's own, so that it is never let go of; `anew`, that the
    file is to hold nothing of what the transaction deletes.
    """

    file: Path
    follows: int | None = None
    own: bool = False
    anew: bool = False


History = tuple[Publication, ...]


@contextmanager
def publishing(
    path: Path, deed: str, instead: Instead | None = None, needs: Deed | None = Deed.LOAD
) -> Iterator[Any]:
    """A connection in one transaction on the next snapshot, published whole at the end or never.

    It begins as a copy of the warehouse at `path`, or of what is put there instead. What is replaced is kept.
    `needs` is what whoever acts must be allowed to do; None where that was seen to before, or nobody asked for it.
    Errors: NotAllowed, WarehouseError.
    """
    _allowed(needs)
    limit, base = environment.snapshots_kept(), instead.file if instead else path
    with engine.only_writer(path), engine.drafting(path, base, _spare(path)) as draft:
        with _recorded(draft, path, deed, instead) as (connection, history):
            kind = _kind(connection, path, instead)
            yield connection
        with engine.own_files(path):
            if instead and instead.anew:
                engine.write_anew(draft)
            _keep(path, history[-1].number - 1, kind)
        engine.publish(draft, path)
        with suppress(OSError):  # the next writer prunes again
            _prune(path, tuple(history), limit)


def put_up_again(path: Path, is_wanted: Callable[[], bool], derive: Callable[[Connection], None]) -> bool:
    """Put the present publication up again with what `derive` adds to it: no other one, and nothing is kept of it.

    Meanwhile it stands in no list, as when it was first made. `is_wanted` is asked once nobody else writes; False where
    it was not. Errors: WarehouseError.
    """
    with engine.only_writer(path):
        if not is_wanted():
            return False
        with engine.drafting(path, path, _spare(path)) as draft:
            with engine.transaction(draft) as connection:
                last = "FROM publication WHERE number = (SELECT max(number) FROM publication)"
                (told,) = connection.execute(f"SELECT {COLUMNS} {last}").fetchall()
                connection.execute(f"DELETE {last}")
                derive(connection)
                _insert(connection, told)
            _replace(draft, path)
        with suppress(OSError):  # the next writer copies it itself
            engine.make_ready(_spare(path), path)
    return True


def _replace(draft: Path, path: Path) -> None:
    """Put up a snapshot in the place of one of which nothing is kept, but for the next writer to write over."""
    replaced = folder(path) / f"replaced{PLAIN}.new"
    with engine.own_files(path):
        private_files.make_folder(folder(path))
        engine.second_name(path, replaced)
    engine.publish(draft, path)
    with suppress(OSError):  # the next writer prunes it
        engine.let_go(replaced, _spare(path))


@contextmanager
def erasing(path: Path, deed: str, purge: Callable[[], None]) -> Iterator[Any]:
    """Like `publishing`, but nothing of what is replaced stays: the file is written anew from what is left.

    `purge` is called before it is published, to let go of other snapshots. Errors: as `publishing`.
    """
    _allowed(Deed.ERASE)
    with engine.only_writer(path), engine.drafting(path, path, _spare(path)) as draft:
        with _recorded(draft, path, deed, None) as (connection, _history):
            yield connection
        with engine.own_files(path):
            engine.write_anew(draft)
            purge()
            for left in (_spare(path), *folder(path).glob(f"*{PLAIN}.new")):
                left.unlink(missing_ok=True)
        engine.publish(draft, path)


def _allowed(needs: Deed | None) -> None:
    if needs is not None:
        acting().policy.check(needs)


@contextmanager
def _recorded(
    draft: Path, path: Path, deed: str, instead: Instead | None
) -> Iterator[tuple[Any, list[Publication]]]:
    """A transaction on `draft` which ends with a publication; it and those before it are in the list then."""
    with engine.transaction(draft) as connection:
        is_empty = engine.is_empty(connection)
        _refuse_others(connection, instead.file if instead else path)
        without_past = is_empty or _is_anew(instead)
        history = list(_so_far(() if without_past else _of(connection), path, instead))
        batch = None if without_past else _latest_batch(connection)
        yield connection, history
        brought = _latest_batch(connection)
        history.append(
            _next(connection, history, (path, deed, brought if brought != batch else None), instead)
        )
        _record(connection, history, anew=_is_anew(instead))
        extension.say_beforehand(connection, path, history[-1].number)


def published(path: Path) -> History:
    """The publications that the warehouse at `path` knows of, the oldest first. Errors: WarehouseError."""
    if not path.exists():
        return ()
    reader = engine.Reader(path.resolve())
    try:
        schema_release.refuse_others(reader.rows, path)
        return _publications(reader.rows)
    finally:
        reader.close()


def _publications(rows: Callable[..., list[tuple[Any, ...]]]) -> History:
    return tuple(Publication(*row) for row in rows(f"SELECT {COLUMNS} FROM publication ORDER BY number"))


def _refuse_others(connection: Connection, path: Path) -> None:
    if not engine.is_empty(connection):
        schema_release.refuse_others(schema_release.asks(connection), path)


def _kind(connection: Connection, path: Path, instead: Instead | None) -> str:
    """How what is replaced is kept."""
    if instead and instead.own:
        return OWN
    return PLAIN if _is_of_now(connection, path, instead) else BEFORE


def _is_of_now(connection: Connection, path: Path, instead: Instead | None) -> bool:
    """Whether what is replaced is of this release; what an earlier one made is kept for good."""
    if instead is None:
        asks = schema_release.asks(connection)
        return engine.is_empty(connection) or schema_release.number(asks) == schema_release.SCHEMA
    try:
        reader = engine.Reader(path.resolve())
    except (OSError, WarehouseError):
        return True
    try:
        return schema_release.number(reader.rows) == schema_release.SCHEMA
    finally:
        reader.close()


def _so_far(own: History, path: Path, instead: Instead | None) -> History:
    """All publications before this one, `own` of the draft among them, and what makes room even if it is unreadable."""
    if instead is None or not path.exists():
        return own
    try:
        return published(path)
    except WarehouseError:
        told = "something unreadable"
        number = max((*kept(path), *(each.number for each in own)), default=0) + 1
        return (*own, Publication(number, _now(), told, None, 0, Decimal(0), number, number))


def _of(connection: Connection) -> History:
    return _publications(lambda sql: connection.execute(sql).fetchall())


def _is_anew(instead: Instead | None) -> bool:
    return instead is not None and instead.follows is None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _latest_batch(connection: Connection) -> int | None:
    sql = "SELECT max(batch) FROM batch WHERE origin NOT IN (SELECT unnest(?::VARCHAR[]))"
    found: int | None = connection.execute(sql, [list(WRITTEN_HERE)]).fetchall()[0][0]
    return found


def _next(connection: Connection, history: Sequence[Publication], said: tuple[Path, str, int | None],
          instead: Instead | None) -> Publication:  # fmt: skip
    """The publication that is about to be."""
    path, deed, batch = said
    everything = (*kept(path), *(each.number for each in history))
    present = history[-1].number if history and path.exists() else max(everything, default=0)
    follows = present if instead is None or instead.follows is None else instead.follows
    began = {each.number: each.began for each in history}.get(follows, present + 1)
    lines, revenue = _totals(connection, history, instead)
    if _is_anew(instead):
        began = present + 1
    return Publication(present + 1, _now(), deed, batch, lines, revenue, follows, began)


def _totals(
    connection: Connection, history: Sequence[Publication], instead: Instead | None
) -> tuple[int, Decimal]:
    """How many lines there are, and their revenue; added to those of before where lines were only added."""
    if history and instead is None and unfollowed.are_only_added(connection):
        added = connection.execute(f"{MAIN_FACT.totals} WHERE rowid >= {OWN_ROWS}").fetchall()[0]
        return history[-1].lines + added[0], history[-1].revenue + added[1]
    lines, revenue = connection.execute(MAIN_FACT.totals).fetchall()[0]
    return lines, revenue


def _record(connection: Connection, history: Sequence[Publication], anew: bool) -> None:
    """Write down all publications: a snapshot that was gone back to learns what came after it, too."""
    if anew:
        connection.execute("DELETE FROM publication")
    known = {number for (number,) in connection.execute("SELECT number FROM publication").fetchall()}
    for each in (each for each in history if each.number not in known):
        _insert(connection, astuple(each))


def _insert(connection: Connection, told: Sequence[Any]) -> None:
    marks = ", ".join("?" * len(COLUMNS.split(", ")))
    connection.execute(f"INSERT INTO publication ({COLUMNS}) VALUES ({marks})", list(told))


def folder(path: Path) -> Path:
    """Where the kept snapshots of the warehouse at `path` lie."""
    return path.with_name(f"{path.name}.versions")


def _spare(path: Path) -> Path:
    """Where a snapshot lies that nobody needs, for the next writer to write over."""
    return folder(path) / "spare"


def kept(path: Path) -> dict[int, Path]:
    """The kept snapshots by the number of their publication."""
    found = folder(path).glob(f"*{PLAIN}") if folder(path).is_dir() else ()
    return {int(stem): each for each in found if (stem := each.name.partition(".")[0]).isdigit()}


def _keep(path: Path, number: int, kind: str) -> None:
    """Keep what lies at `path`, publication `number`, under a second name."""
    if path.exists():
        private_files.make_folder(folder(path))
        engine.second_name(path, folder(path) / f"{number}{kind}")
    write_moments.step("kept")


def _prune(path: Path, history: History, limit: int) -> None:
    """Let go of the kept snapshots that nobody needs."""
    write_moments.step("pruning")
    for left in folder(path).glob(f"*{PLAIN}.new"):
        left.unlink()
    found = kept(path)
    needed = _wanted(history, [number for number in found if number < history[-1].number], limit)
    here = {each.number for each in line(history) if each.began == history[-1].began}
    for number, file in found.items():
        if number not in needed and not _is_kept_for_good(file, number in here):
            engine.let_go(file, _spare(path))


def _is_kept_for_good(file: Path, is_of_this_firm: bool) -> bool:
    """Whether only its owner takes a kept snapshot away."""
    return (file.name.endswith(OWN) and not is_of_this_firm) or ANY_BEFORE in file.name


def _wanted(history: History, numbers: Iterable[int], limit: int) -> set[int]:
    """Which of these stay: the latest, among them the one before the last load; and the firm before this."""
    firm, load = firm_before(history), last_load(history)
    before = load.follows if load else None
    latest = sorted(numbers, key=lambda number: (number == before, number), reverse=True)
    return {*latest[:limit], *([firm] if firm is not None else [])}


def line(history: Sequence[Publication]) -> Iterator[Publication]:
    """The present publication, the one whose contents it continued, and so on."""
    by_number = {each.number: each for each in history}
    at = history[-1] if history else None
    while at is not None:
        yield at
        at = by_number.get(at.follows) if at.follows < at.number else None


def last_load(history: History) -> Publication | None:
    """The last load of what is there now, if anything was loaded."""
    return next((each for each in line(history) if each.batch is not None), None)


def since_last_load(history: History) -> tuple[str, ...]:
    """What was done to the contents of now after their last load, the latest first."""
    there = list(line(history))
    loads = [at for at, each in enumerate(there) if each.batch is not None]
    return tuple(each.deed for each in there[: loads[0]]) if loads else ()


def firm_before(history: History) -> int | None:
    """The last publication of the firm whose place this one took, if there was one."""
    changes = [before.number for before, after in pairwise(history) if before.began != after.began]
    return changes[-1] if changes else None
