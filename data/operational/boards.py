"""Boards: tiles side by side under a name. Whoever sees one arranges it; of each tile the last word holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, localcontext
from uuid import uuid4

from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import BOARD, BOARD_TILE, HOME_BOARD
from data.operational.statement_log import Statement, StatementLog

PRIVATE, SHARED = "private", "shared"
KEPT, DELETED = "kept", "deleted"
NUMBER, CHART, TABLE, LEADERBOARD = SHOWN_AS = ("number", "chart", "table", "leaderboard")
FINDING, BUILT_IN = "finding", "built_in"
MOST_COLUMNS = 3
DIGITS_OF_A_PLACE = 1000  # one more is needed each time that a tile is put between the same two
LOOK = "Look at the board again."


@dataclass(frozen=True, slots=True)
class Board:
    """A board as it was said last, by the statement `said`. Its owner alone renames, shares and deletes it."""

    id: str
    name: str
    owner: str
    columns: int = 2
    audience: str = PRIVATE
    said: str = field(default="", compare=False)

    @property
    def is_shared(self) -> bool:
        return self.audience == SHARED

    @property
    def values(self) -> dict[str, str | int]:
        return {
            "board": self.id,
            "name": self.name,
            "owner": self.owner,
            "columns": self.columns,
            "audience": self.audience,
        }


HOUSE = Board("overview", "Overview", "Clientela", 3, SHARED)  # it is nowhere written, and nobody changes it


@dataclass(frozen=True, slots=True)
class BoardTile:
    """What stands on a board, and how it is shown; tiles stand in the order of their places.

    `content` is the id of a saved view; of a `FINDING` the address of its page; of a `BUILT_IN` tile its name.
    """

    id: str
    board: str
    content: str
    shown_as: str
    place: Decimal
    said: str = field(default="", compare=False)

    @property
    def values(self) -> dict[str, str | Decimal]:
        return {
            "tile": self.id,
            "board": self.board,
            "view": self.content,
            "shown_as": self.shown_as,
            "place": self.place,
        }


@dataclass(frozen=True, slots=True)
class BoardChange:
    """A statement about a board or one of its tiles: its place in the store, who said it, and when (UTC)."""

    seq: int
    by: str
    at: datetime


def boards(store: OperationalStore, who: str) -> tuple[Board, ...]:
    """A person's own boards and those that others share, by name."""
    found = _boards(statement_log.current(store, BOARD))
    seen = (each for each in found if _is_seen(each, who))
    return tuple(sorted(seen, key=lambda each: (each.name.casefold(), each.id)))


def tiles(store: OperationalStore, board: str) -> tuple[BoardTile, ...]:
    """The tiles of a board, in their order."""
    return _of_board(statement_log.current(store, BOARD_TILE), board)


def changes(store: OperationalStore, board: str) -> tuple[BoardChange, ...]:
    """All that was said about a board, the oldest first."""
    told = [each for kind in (BOARD, BOARD_TILE) for each in statement_log.history(store, kind)]
    own = {each.id for each in told if each.told.get("board") == board}
    about = (each for each in told if each.id in own or each.takes_back in own)
    found = (BoardChange(each.seq, each.said_by, each.said_at) for each in about)
    return tuple(sorted(found, key=lambda each: each.seq))


def home(store: OperationalStore, who: str) -> Board:
    """The board that a person's Overview shows: the one chosen last, the house's where that is gone."""
    chosen, kept = statement_log.current_of(store, HOME_BOARD, BOARD)
    wanted = {each.told["who"]: each.told["board"] for each in chosen}.get(who, HOUSE.id)
    seen = (each for each in _boards(kept) if each.id == wanted and _is_seen(each, who))
    return next(seen, HOUSE)


def choose_home(store: OperationalStore, board: str, who: str) -> None:
    """Show a board, or the house's again, as a person's Overview. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        if board != HOUSE.id:
            _seen(log, board, who)
        log.say(HOME_BOARD, {"who": who, "board": board}, who)


def make_own_home(store: OperationalStore, built_in: Sequence[str], who: str) -> str:
    """A board of one's own with these built-in tiles, shown as Overview from now on; its id. Errors: WarehouseError."""
    with statement_log.writing(store) as log:
        taken = {each.name.casefold() for each in _boards(log.current(BOARD)) if each.owner == who}
        board = Board(uuid4().hex, _free_name(f"My {HOUSE.name}", taken), who, HOUSE.columns)
        _say(log, board, who)
        for at, name in enumerate(built_in, 1):
            _keep(log, BoardTile(uuid4().hex, board.id, name, BUILT_IN, Decimal(at)), who)
        log.say(HOME_BOARD, {"who": who, "board": board.id}, who)
        return board.id


def _free_name(name: str, taken: set[str]) -> str:
    """The name, or the first of `name 2`, `name 3` ... that is not taken."""
    more = (f"{name} {at}" for at in range(2, len(taken) + 3))
    return next(each for each in (name, *more) if each.casefold() not in taken)


def create(store: OperationalStore, name: str, audience: str, who: str) -> str:
    """Make a board, and return its id. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        return _say(log, Board(uuid4().hex, plain_name(name), who, audience=audience), who)


def rename(
    store: OperationalStore, id: str, name: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), name=plain_name(name)), who, standing_on)


def show_to(
    store: OperationalStore, id: str, audience: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Share a board, or keep it for oneself again. Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), audience=audience), who, standing_on)


def lay_out(
    store: OperationalStore, id: str, columns: int, who: str, standing_on: StandingOn | None = None
) -> None:
    """Show a board in so many columns. Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        board = _seen(log, id, who, standing_on)
        _say(log, replace(board, columns=min(max(columns, 1), MOST_COLUMNS)), who, standing_on)


def delete(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Delete a board; the statement which says so, to be taken back.

    Errors: BadRequest, ChangedMeanwhile, WarehouseError.
    """
    with statement_log.writing(store) as log:
        return log.say(BOARD, {**_own(log, id, who).values, "state": DELETED}, who, standing_on)


def take_back(store: OperationalStore, statement: str, who: str) -> None:
    """Undo the deletion of a board or a tile. Errors: BadRequest where it is back, or its name taken meanwhile."""
    with statement_log.writing(store) as log:
        before = {each.id for each in _boards(log.current(BOARD))}
        log.take_back(statement, who)
        kept = _boards(log.current(BOARD))
        for each in kept:
            if each.id not in before:
                _refuse_taken(kept, each)


def add_tile(store: OperationalStore, board: str, content: str, shown_as: str, who: str) -> str:
    """Put a tile at the end of a board, and return its id. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        _seen(log, board, who)
        others = _of_board(log.current(BOARD_TILE), board)
        place = others[-1].place + 1 if others else Decimal(1)
        tile = BoardTile(uuid4().hex, board, content, shown_as, place)
        return _keep(log, tile, who)


def show_tile_as(
    store: OperationalStore, id: str, shown_as: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with _arranging(store, id, who, standing_on) as (log, tile, _):
        _keep(log, replace(tile, shown_as=shown_as), who, standing_on)


def move_tile(
    store: OperationalStore, id: str, step: int, who: str, standing_on: StandingOn | None = None
) -> None:
    """Put a tile one place earlier (-1) or later (1): between two others, of which nothing is said.

    Errors: BadRequest, ChangedMeanwhile, WarehouseError.
    """
    with _arranging(store, id, who, standing_on) as (log, tile, others):
        at = sum(_order(each) < _order(tile) for each in others)
        to = min(max(at + step, 0), len(others))
        if to != at:
            _keep(log, replace(tile, place=_between(others[:to], others[to:])), who, standing_on)


def put_tile_after(
    store: OperationalStore, id: str, after: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Put a tile behind another one, or first where `after` is empty; of the others nothing is said.

    Errors: BadRequest where either is gone; ChangedMeanwhile, WarehouseError.
    """
    with _arranging(store, id, who, standing_on) as (log, tile, others):
        places = {each.id: at for at, each in enumerate(others, 1)}
        if after and after not in places:
            raise BadRequest("The tile before it is not there any more.", LOOK)
        to = places[after] if after else 0
        if others and to != sum(_order(each) < _order(tile) for each in others):
            _keep(log, replace(tile, place=_between(others[:to], others[to:])), who, standing_on)


def remove_tile(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Take a tile away; the statement which says so, to be taken back.

    Errors: BadRequest, ChangedMeanwhile, WarehouseError.
    """
    with _arranging(store, id, who) as (log, tile, _):
        return log.say(BOARD_TILE, {**tile.values, "state": DELETED}, who, standing_on)


@contextmanager
def _arranging(
    store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None
) -> Iterator[tuple[StatementLog, BoardTile, tuple[BoardTile, ...]]]:
    """The log, open, a tile that a person may move, and the others on its board.

    Who says on what they stand is told by whom it was taken away, when they say it.
    """
    with statement_log.writing(store) as log:
        told, gone_too = log.current(BOARD_TILE), standing_on is not None
        found = [tile for each in told if (tile := _tile(each, gone_too)) and tile.id == id]
        if not found:
            raise BadRequest("That tile is not there any more.", LOOK)
        _seen(log, found[0].board, who)
        beside = _of_board(log.current(BOARD_TILE), found[0].board)
        yield log, found[0], tuple(each for each in beside if each.id != id)


def _between(before: tuple[BoardTile, ...], after: tuple[BoardTile, ...]) -> Decimal:
    if not before:
        return after[0].place - 1
    with localcontext(prec=DIGITS_OF_A_PLACE):
        return (before[-1].place + after[0].place) / 2 if after else before[-1].place + 1


def _order(tile: BoardTile) -> tuple[Decimal, str]:
    return tile.place, tile.id


def _is_seen(board: Board, who: str) -> bool:
    return board.is_shared or board.owner == who


def _say(log: StatementLog, board: Board, who: str, standing_on: StandingOn | None = None) -> str:
    _refuse_taken(_boards(log.current(BOARD)), board)
    log.say(BOARD, {**board.values, "state": KEPT}, who, standing_on)
    return board.id


def _keep(log: StatementLog, tile: BoardTile, who: str, standing_on: StandingOn | None = None) -> str:
    log.say(BOARD_TILE, {**tile.values, "state": KEPT}, who, standing_on)
    return tile.id


def _seen(log: StatementLog, id: str, who: str, standing_on: StandingOn | None = None) -> Board:
    """Errors: BadRequest. Who says on what they stand is told by whom it was deleted, when they say it."""
    if id == HOUSE.id:
        raise BadRequest(
            f"{HOUSE.name} is {HOUSE.owner}'s own board.", "Make your own of it, and arrange that."
        )
    found = [each for each in _boards(log.current(BOARD), standing_on is not None) if each.id == id]
    if not found or not _is_seen(found[0], who):
        raise BadRequest("That board is not there any more.", "Choose another one.")
    return found[0]


def _own(log: StatementLog, id: str, who: str, standing_on: StandingOn | None = None) -> Board:
    board = _seen(log, id, who, standing_on)
    if board.owner != who:
        raise BadRequest(f"That board is {board.owner}'s.", "Make one of your own.")
    return board


def _refuse_taken(kept: Iterable[Board], board: Board) -> None:
    name = board.name.casefold()
    if any(
        each.name.casefold() == name for each in kept if each.owner == board.owner and each.id != board.id
    ):
        raise BadRequest(f"You have a board called “{board.name}” already.", "Choose another name.")


def _boards(holding: Iterable[Statement], and_deleted: bool = False) -> list[Board]:
    return [
        Board(told["board"], told["name"], told["owner"], told["columns"], told["audience"], each.id)
        for each in holding
        if (told := each.told)["state"] == KEPT or and_deleted
    ]


def _of_board(holding: Iterable[Statement], board: str) -> tuple[BoardTile, ...]:
    found = [tile for each in holding if (tile := _tile(each)) and tile.board == board]
    return tuple(sorted(found, key=_order))


def _tile(statement: Statement, and_deleted: bool = False) -> BoardTile | None:
    told = statement.told
    if told["state"] != KEPT and not and_deleted:
        return None
    place = Decimal(told["place"])
    return BoardTile(told["tile"], told["board"], told["view"], told["shown_as"], place, statement.id)
