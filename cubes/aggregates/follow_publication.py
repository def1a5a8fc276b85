"""Roll-ups: cells counted beforehand, chosen by an advisor, and brought up to date at each publication."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from math import prod
from pathlib import Path
from typing import Any

from cubes import catalogue
from cubes.aggregates.bitmaps import bitmap_refresh
from cubes.aggregates.rollups import partial_aggregates, rollup_advisor, rollup_lattice, stored_rollup
from cubes.aggregates.rollups.rollup_refresh import Month, Progress, RollUpRefresh, Work, create
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.cells.grain import Grain
from cubes.model import Cube
from data.connection import Connection
from data.model import warehouse_profile
from data.model.calendar import day_key
from data.model.canonical_tables import FACT
from data.model.warehouse_profile import Profile
from data.store import question_log
from data.store.changed_days import Partitions
from data.store.end_of_write import POSTPONED
from data.store.member_codes import Recoded
from data.store.question_log import Shape
from data.store.warehouse import current_version, writing

LEAST_LINES, SHARE = "rollups_from_lines", "rollups_share"
DEFAULTS = {LEAST_LINES: "200000", SHARE: "0.35"}
BYTES_A_LINE = 21
LEAST_ROOM = 32_000_000  # bytes that any cube's roll-ups may take, however small its fact is
BITMAPS = 0.48
SOME_DAYS, LINES_A_PAIR = 10, 20


def _silent(_share: float, _what: str) -> None:
    pass


PROGRESS: ContextVar[Progress] = ContextVar("progress", default=_silent)
ASKED: ContextVar[tuple[Shape, ...]] = ContextVar("asked", default=())


def build(path: Path, progress: Progress = _silent, share: float | None = None) -> None:
    """Choose the roll-ups anew by what was asked, and make them all; published whole at the end.

    `share` is how much space they may take beside the facts', kept as a setting where it is named. `progress`
    hears the share done (0 to 1) and what is being done. Errors: WarehouseError.
    """
    current_version(path)
    tokens = PROGRESS.set(progress), ASKED.set(tuple(question_log.shapes(path)))
    try:
        with writing(path, "roll-ups made anew") as connection:
            if share is not None:
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [SHARE, str(share)])
            forget(connection)
    finally:
        PROGRESS.reset(tokens[0])
        ASKED.reset(tokens[1])


def forget(connection: Connection) -> None:
    """Drop all roll-ups; the end of the write makes them anew. What is known of each day's lines stays."""
    tables = (
        "SELECT table_name FROM duckdb_tables()"
        " WHERE schema_name = 'rollup' AND table_name NOT IN ('partition', 'printed')"
    )
    for (table,) in connection.execute(tables).fetchall():
        connection.execute(f'DROP TABLE rollup."{table}"')


def follow(connection: Connection, days: Partitions, recoded: Recoded) -> None:
    """Bring the roll-ups of every cube up to date with the tables as they now are; make them where it pays."""
    if POSTPONED.get() and not _is_there(connection):
        return
    least = float(_setting(connection, LEAST_LINES))
    if not _is_there(connection) and all(_lines(connection, fact) < least for fact in FACT):
        return
    connection.execute("CREATE SCHEMA IF NOT EXISTS rollup")
    connection.execute(stored_rollup.CREATE)
    connection.execute(stored_rollup.OLDER)
    found = warehouse_profile.read(_rows(connection), "")
    for make in catalogue.CUBES.values():
        cube = make(found)
        if found.extents[cube.fact].lines >= least:
            _follow(connection, cube, found, days, recoded)
        else:
            _drop(connection, cube)


def _is_there(connection: Connection) -> bool:
    return bool(
        connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'rollup' AND table_name = 'kept'"
        ).fetchall()
    )


def _lines(connection: Connection, fact: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {fact}").fetchall()[0][0])


def _drop(connection: Connection, cube: Cube) -> None:
    for each in stored_rollup.read(_rows(connection), cube.name):
        connection.execute(f"DROP TABLE {each.table}")
    connection.execute("DELETE FROM rollup.kept WHERE cube = ?", [cube.name])
    bitmap_refresh.forget(connection, cube)


def _rows(connection: Connection) -> Any:
    return lambda sql, parameters=(): connection.execute(sql, list(parameters)).fetchall()


def _setting(connection: Connection, name: str) -> str:
    found = connection.execute("SELECT value FROM setting WHERE name = ?", [name]).fetchall()
    return str(found[0][0]) if found else DEFAULTS[name]


def _follow(connection: Connection, cube: Cube, found: Profile, days: Partitions, recoded: Recoded) -> None:
    there = stored_rollup.read(_rows(connection), cube.name)
    room = 0.0
    known = {level.name for level in cube.levels}
    anew = not there or any(
        not known.issuperset(each.grain.all) or each.declared != declared(cube, found, each.grain)
        for each in there
    )
    if anew:
        _drop(connection, cube)
        days.forget(cube.fact)
        there, room = _made(connection, cube, found)
        if not there:  # no space, or nothing that pays
            return
    touched = days.touched(cube.fact)
    changed = {*touched.changed, *_days_recoded(connection, cube, there, touched.through_batch, recoded)}
    changed |= set(touched.added if anew else ())
    work = _work(connection, cube, found, {*touched.added, *changed}, changed, touched.through_batch)
    if work.anew:
        days.made_anew()
    maker = bitmap_refresh.begin(connection, cube, anew, int(room or _budget(connection, cube) * BITMAPS))
    RollUpRefresh(connection, cube, there, maker, touched.through_batch, anew).run(work, PROGRESS.get())
    days.note(cube.fact)


def _asked(cube: Cube) -> dict[frozenset[str], float]:
    """How often each set of levels was asked for together, of the levels that the cube still has."""
    known = {level.name for level in cube.levels}
    found: dict[frozenset[str], float] = {}
    for shape in ASKED.get():
        levels = frozenset((*shape.by, *shape.filtered))
        if shape.cube == cube.name and levels <= known:
            found[levels] = found.get(levels, 0) + shape.count
    return found


def _budget(connection: Connection, cube: Cube) -> float:
    """The bytes that roll-ups and bitmaps may take together: the owner's share of the fact's."""
    return float(_setting(connection, SHARE)) * BYTES_A_LINE * _lines(connection, cube.fact)


def declared(cube: Cube, found: Profile, grain: Grain) -> str:
    """What tells these declarations of a roll-up from others: another one makes it be built anew."""
    held = sorted(rollup_lattice.kept(cube, grain.all))
    said = (
        grain,
        [(name, cube.level(name).column) for name in held],
        partial_aggregates.parts(cube),
        found.calendar,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _made(connection: Connection, cube: Cube, found: Profile) -> tuple[list[StoredRollUp], float]:
    """Empty roll-ups of the grains that the advisor chooses, noted among those kept, each after its parent.

    And the bytes for sets of customers: their part of the budget, and what the roll-ups leave of theirs. However
    small the budget is, roll-ups may take `LEAST_ROOM` where the owner grants any.
    """
    names: dict[Grain | None, str] = {None: ""}
    budget = _budget(connection, cube)
    own = budget * (1 - BITMAPS)
    met = _met(connection, cube, found)
    advised = rollup_advisor.advise(cube, found, _asked(cube), max(own, LEAST_ROOM) if own else 0.0, met)
    for at, each in enumerate(advised, 1):
        names[each.grain] = f"{cube.name}_{at}"
        held = sorted(rollup_lattice.kept(cube, each.grain.all))
        stored = [part.name for part in partial_aggregates.stored(cube, held)]
        create(connection, f"TABLE rollup.{names[each.grain]}", held, stored)
        said = [
            names[each.grain], cube.name, each.grain.period, list(each.grain.levels), held, stored,
            names[each.parent], declared(cube, found, each.grain),
        ]  # fmt: skip
        connection.execute("INSERT INTO rollup.kept VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)", said)
    made = {each.name: each for each in stored_rollup.read(_rows(connection), cube.name)}
    taken = min(sum(each.bytes for each in advised), own)
    return [made[name] for name in names.values() if name], budget - taken


def _met(connection: Connection, cube: Cube, found: Profile) -> dict[frozenset[str], float]:
    """The share of the pairs of members of two levels that are met in the last days, where their lines can tell."""
    last = found.extents[cube.fact].last_day
    if last is None:
        return {}
    within = f"{cube.fact}.day_key > {day_key(last) - SOME_DAYS}"
    lines = connection.execute(f"SELECT count(*) FROM {cube.fact} WHERE {within}").fetchall()[0][0]
    shares = {}
    for names in rollup_lattice.pairs(cube, found):
        could = prod(max(found.members.get(name, 1), 1) for name in names)
        if could * LINES_A_PAIR <= lines:
            one, other = (cube.level(name) for name in names)
            tables = dict.fromkeys(each.table for each in (one, other) if each.table)
            joins = "".join(f" JOIN {table} USING ({table}_key)" for table in tables)
            select = f"SELECT DISTINCT {one.column}, {other.column} FROM {cube.fact}{joins} WHERE {within}"
            met = connection.execute(f"SELECT count(*) FROM ({select})").fetchall()[0][0]
            shares[frozenset(names)] = met / could
    return shares


def _days_recoded(
    connection: Connection,
    cube: Cube,
    there: Sequence[StoredRollUp],
    through_batch: int,
    recoded: Recoded,
) -> set[int]:
    """The days of earlier lines whose members came to stand under other members."""
    held = {level for each in there for level in each.held}
    held |= {level.name for level in cube.levels if level.dimension not in ("customer", "time")}
    days: set[int] = set()
    for dimension in cube.dimensions:
        levels = [level.name for level in dimension.levels if level.name in held and level.table]
        if not levels or dimension.name == "time":
            continue
        rows = connection.execute(
            f"""SELECT DISTINCT day_key FROM {cube.fact} WHERE batch <= ? AND {dimension.name}_key IN (
                SELECT key FROM {recoded.table} WHERE dimension = ? AND list_contains(?, level))""",
            [through_batch, dimension.name, levels],
        ).fetchall()
        days |= {day for (day,) in rows}
    return days


def _work(
    connection: Connection,
    cube: Cube,
    found: Profile,
    touched: set[int],
    changed: set[int],
    through_batch: int,
) -> Work:
    """What to make of the touched days: months with changed days, and touched months of their years, are made anew."""
    at, days_of = found.calendar.period_at, found.calendar.days_of
    anew = {at("month", day) for day in changed}
    months = {at("month", day): days_of("month", at("month", day)) for day in sorted(touched)}
    anew |= _continued(connection, cube, through_batch) & set(months)
    years = {code // 12 for code in anew}
    anew |= {code for code in months if code // 12 in years}
    rest = {12 * year + month for year in years for month in range(12)} - anew

    def listed(codes: Iterable[int]) -> tuple[Month, ...]:
        spans = ((code, days_of("month", code)) for code in sorted(codes))
        return tuple(Month(code, days.first, days.last) for code, days in spans)

    return Work(listed(anew), listed(set(months) - anew), listed(rest))


def _continued(connection: Connection, cube: Cube, through_batch: int) -> set[int]:
    """The months in which added lines belong to orders with lines there already, so that cells cannot be added up."""
    found: set[int] = set()
    for column in {measure.column for measure in cube.measures if measure.flag and through_batch >= 0}:
        lines = f"SELECT {column} AS whole, month_code FROM {cube.fact} JOIN time USING (day_key) WHERE batch"
        earlier, added = f"{lines} <= {through_batch}", f"{lines} > {through_batch}"
        both = f"SELECT whole FROM ({earlier}) SEMI JOIN ({added}) USING (whole)"
        if connection.execute(
            f"{both} LIMIT 1"
        ).fetchall():  # the months are asked for where there are any: rarely
            rows = connection.execute(
                f"SELECT DISTINCT month_code FROM ({earlier}) SEMI JOIN ({added}) USING (whole, month_code)"
            ).fetchall()
            found |= {month for (month,) in rows}
    return found
