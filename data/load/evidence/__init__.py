"""What is noticed in a delivery that its owner should know or decide, from some of its rows.

Each module knows one kind of thing and yields its notices of a sample; none of them changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.connection import Connection
from data.errors import BadInput
from data.load.evidence import (
    damaged_numbers,
    first_lines,
    leading_zeros,
    line_amounts,
    line_standing,
    namesake_members,
    numbers_again,
    placeholders,
    refunds,
    total_rows,
    unlike_units,
)
from data.load.evidence.notice import Notice, WayOut
from data.load.evidence.row_sample import RowSample, take
from data.load.evidence.ways_out import settle
from data.load.mappings.mapping import Part, changed_toml
from data.load.typing.typed_rows import LookUp
from data.sources.file import Staged

KINDS = (
    unlike_units,
    first_lines,
    total_rows,
    line_amounts,
    refunds,
    line_standing,
    numbers_again,
    damaged_numbers,
    placeholders,
    namesake_members,
)

__all__ = ["Sample", "applied", "noticed", "notices", "take", "told", "untyped", "ways"]


def notices(
    connection: Connection,
    part: Part,
    staged: Staged,
    look_ups: Sequence[LookUp],
    typed: str,
    source: str | None = None,
) -> tuple[Notice, ...]:
    """What is noticed in the rows `staged`, of which `typed` is the table of typed rows; those that stop come first.

    `source` is named where the connection is that of a warehouse: then members are held against those known.
    What the part calls settled is not given again.
    """
    sample = take(connection, part, staged, look_ups, typed)
    beside = [*leading_zeros.of_look_ups(sample, connection, look_ups)]
    known = [] if source is None else [*leading_zeros.of_members(sample, connection, source)]
    return noticed(sample, (*beside, *known))


def untyped(
    connection: Connection, part: Part, staged: Staged, look_ups: Sequence[LookUp]
) -> tuple[Notice, ...]:
    """What is noticed in rows that the part cannot be applied to: some of it may be why."""
    return noticed(take(connection, part, staged, look_ups))


def applied(connection: Connection, part: Part, staged: Staged, typed: str) -> tuple[Notice, ...]:
    """What the part itself does to rows that stand in the file, for those who look at a preview of it."""
    if part.shape.only is None or "left out" in part.settled:
        return ()
    kept = connection.execute(f"SELECT count(*) FROM {typed}").fetchall()[0][0]
    said = f"{staged.rows - kept:,} of {staged.rows:,} rows are left out: only those count of which {part.shape.only}."
    every = WayOut("Count them too", replace(part, shape=replace(part.shape, only=None)))
    return (Notice("left out", said, "", (every, settle(part, "left out"))),) if kept < staged.rows else ()


def noticed(sample: RowSample, more: Sequence[Notice] = ()) -> tuple[Notice, ...]:
    """What is noticed in a sample, and `more`."""
    if not sample.height:
        return ()
    found = {each.name: each for kind in reversed(KINDS) for each in kind.notices(sample)}
    every = [*reversed(found.values()), *more]
    open_ones = [each for each in every if each.name not in sample.part.settled]
    return tuple(sorted(open_ones, key=lambda each: not each.stops))


def told(
    connection: Connection, part: Part, staged: Staged, look_ups: Sequence[LookUp], typed: str, source: str
) -> list[str]:
    """The notices of a load as warnings of its report. Errors: BadInput for those that stop it."""
    found = notices(connection, part, staged, look_ups, typed, source)
    for each in found:
        if each.stops:
            raise BadInput(each.words, f"{each.asks} {ways_out(each, part)}")
    return [" ".join(filter(None, (each.words, each.asks, ways_out(each, part)))) for each in found]


def ways(notice: Notice, part: Part) -> list[str]:
    """What to write into the mapping for each choice."""
    return [f"{each.label}: {_says(part, each.part)}" for each in notice.choices]


def ways_out(notice: Notice, part: Part) -> str:
    """The same in a sentence."""
    said = "; or ".join(ways(notice, part))
    return f"In the mapping: {said}." if said else ""


def _says(before: Part, after: Part) -> str:
    """The change as `key = value in [table]`, and what goes out."""
    table, found = "", []
    for line in changed_toml(before, after).splitlines():
        if line.startswith("["):
            table = line
        elif line:
            found.append(f"{line} in {table}")
    for kind in ("columns", "expressions"):
        gone = [name for name in getattr(before, kind) if name not in getattr(after, kind)]
        found += [f"no {name} in [{before.subject}.{kind}]" for name in gone]
    return " and ".join(found)
