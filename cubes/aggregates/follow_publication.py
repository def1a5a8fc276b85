"""What is counted beforehand, chosen within a budget, and brought up to date at each publication."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path

from cubes import catalogue
from cubes.aggregates import aggregate_kinds, behind, space_budget
from cubes.aggregates.aggregate import AggregateKind
from cubes.aggregates.cube_refresh import CubeRefresh, Progress
from cubes.aggregates.publication_work import Month, Work
from cubes.aggregates.space_budget import SHARE, SpaceBudget
from cubes.aggregates.writer_rows import rows_of
from cubes.model import Cube
from data.access.deed import Deed
from data.connection import Connection
from data.model import warehouse_profile
from data.model.canonical_tables import FACT
from data.model.warehouse_profile import Profile
from data.store import changed_days, question_log, rollup_schema, unfollowed
from data.store.changed_days import Partitions
from data.store.end_of_write import POSTPONED
from data.store.member_codes import Recoded
from data.store.question_log import QuestionShape
from data.store.warehouse import current_version, writing


def _silent(_share: float, _what: str) -> None:
    pass


PROGRESS: ContextVar[Progress] = ContextVar("progress", default=_silent)
ASKED: ContextVar[tuple[QuestionShape, ...]] = ContextVar("asked", default=())


def build(path: Path, progress: Progress = _silent, share: float | None = None) -> None:
    """Choose the roll-ups anew by what was asked, and make them all; published whole at the end.

    `share` is how much space they may take beside the facts', kept as a setting where it is named. `progress`
    hears the share done (0 to 1) and what is being done. Errors: WarehouseError.
    """
    current_version(path)
    tokens = PROGRESS.set(progress), ASKED.set(tuple(question_log.shapes(path)))
    try:
        with writing(path, "roll-ups made anew", Deed.CURATE) as connection:
            if share is not None:
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [SHARE, str(share)])
            forget(connection)
    finally:
        PROGRESS.reset(tokens[0])
        ASKED.reset(tokens[1])


def forget(connection: Connection) -> None:
    """Drop all roll-ups; the end of the write makes them anew. What is known of each day's lines stays."""
    for table in rollup_schema.tables(rows_of(connection)):
        if table not in changed_days.TABLES:
            connection.execute(f'DROP TABLE rollup."{table}"')


def follow(connection: Connection, days: Partitions, recoded: Recoded) -> None:
    """Bring the roll-ups of every cube up to date with the tables as they now are; make them where it pays."""
    rows = rows_of(connection)
    there = any(kind.tables(rows) for kind in aggregate_kinds.KINDS)
    if POSTPONED.get() and not there:
        return
    least = space_budget.least_lines(rows)
    if not there and all(lines < least for lines in _lines(connection)):
        return
    connection.execute(rollup_schema.CREATE)
    found = warehouse_profile.read(rows, "", days.days_of)
    for make in catalogue.CUBES.values():
        cube = make(found)
        if found.extents[cube.fact].lines >= least:
            _follow(connection, cube, found, days, recoded)
        else:
            _forget(connection, cube)


def _lines(connection: Connection) -> tuple[int, ...]:
    """How many lines each fact has."""
    counts = ", ".join(f"(SELECT count(*) FROM {fact})" for fact in FACT)
    return tuple(connection.execute(f"SELECT {counts}").fetchall()[0])


def _forget(connection: Connection, cube: Cube) -> None:
    behind.caught_up(connection, cube.fact)
    for kind in aggregate_kinds.KINDS:
        kind.forget(connection, cube)


def _follow(connection: Connection, cube: Cube, found: Profile, days: Partitions, recoded: Recoded) -> None:
    anew = not all(kind.is_current(connection, cube, found) for kind in aggregate_kinds.KINDS)
    is_left = unfollowed.is_left(connection)
    if anew and (POSTPONED.get() or is_left):
        _forget(connection, cube)
        return
    if anew:
        days.forget(cube.fact)
        if not _chosen(connection, cube, found):  # no space, or nothing that pays
            return
    refreshes = [kind.refresh(connection, cube, fresh=anew) for kind in aggregate_kinds.KINDS]
    through = behind.through_batches(rows_of(connection)).get(cube.fact)
    touched = behind.with_earlier(connection, cube.fact, days.touched(cube.fact), None if anew else through)
    levels = {name for each in refreshes for name in each.levels}
    changed = {*touched.changed, *_days_recoded(connection, cube, levels, touched.through_batch, recoded)}
    changed |= set(touched.added if anew else ())
    work = _work(connection, cube, found, {*touched.added, *changed}, changed, touched.through_batch)
    if is_left and work.added and not work.anew:
        behind.note(connection, cube.fact, touched.through_batch)
        days.note(cube.fact)
        return
    if work.anew:
        days.made_anew()
    if work:
        CubeRefresh(connection, cube, refreshes, touched.through_batch).run(work, PROGRESS.get())
    days.note(cube.fact)
    behind.caught_up(connection, cube.fact)


def _chosen(connection: Connection, cube: Cube, found: Profile) -> bool:
    """Whether anything is kept of a cube, chosen anew within the owner's budget: empty as yet."""
    _forget(connection, cube)
    asked, some = _asked(cube), []

    def choose(kind: AggregateKind, room: float) -> float | None:
        taken = kind.choose(connection, cube, found, asked, room)
        some.append(taken is not None)
        return taken

    lines = {fact: extent.lines for fact, extent in found.extents.items()}
    budget = SpaceBudget.of(rows_of(connection), lines[cube.fact], sum(lines.values()))
    budget.spend(aggregate_kinds.KINDS, choose)
    return any(some)


def _asked(cube: Cube) -> dict[frozenset[str], float]:
    """How often each set of levels was asked for together, of the levels that the cube still has."""
    known = {level.name for level in cube.levels}
    found: dict[frozenset[str], float] = {}
    for shape in ASKED.get():
        levels = frozenset((*shape.by, *shape.filtered))
        if shape.cube == cube.name and levels <= known:
            found[levels] = found.get(levels, 0) + shape.count
    return found


def _days_recoded(
    connection: Connection, cube: Cube, levels: Iterable[str], through_batch: int, recoded: Recoded
) -> set[int]:
    """The days of earlier lines whose members came to stand under others, at these levels or beside customers."""
    held = {*levels, *(level.name for level in cube.levels if level.dimension not in ("customer", "time"))}
    days: set[int] = set()
    for dimension in cube.dimensions:
        names = [level.name for level in dimension.levels if level.name in held and level.table]
        if not names or dimension.name == "time":
            continue
        rows = connection.execute(
            f"""SELECT DISTINCT day_key FROM {cube.fact} WHERE batch <= ? AND {dimension.name}_key IN (
                SELECT key FROM {recoded.table} WHERE dimension = ? AND list_contains(?, level))""",
            [through_batch, dimension.name, names],
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
