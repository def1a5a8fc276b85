"""Numbers that lost their leading zeros on one side: 101 here, 00101 there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from data.connection import Connection
from data.load.evidence.notice import Notice, WayOut
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import many, settle
from data.load.mappings.mapping import Part
from data.load.record.source_numbers import numbering_of
from data.load.typing.typed_rows import LookUp
from data.model.canonical_tables import MASTERS

MOSTLY = 0.5


@dataclass(frozen=True)
class Lost:
    """Numbers that are there but for their zeros: how many, one `here` and `there`, and the digits of all there."""

    count: int
    here: str
    there: str
    digits: int | None

    @property
    def is_here(self) -> bool:
        """Whether it is the numbers here that lost their zeros, and not those there."""
        return len(self.here) < len(self.there)


def lost(here: Collection[str], there: Collection[str]) -> Lost | None:
    """Whether most numbers are found among others only once their leading zeros are set aside."""
    bare = {value.lstrip("0"): value for value in there if value.isdigit()}
    missing = sorted(
        value for value in set(here) - set(there) if value.isdigit() and value.lstrip("0") in bare
    )
    if not missing or len(missing) < MOSTLY * len(set(here)):
        return None
    lengths = {len(value) for value in bare.values()}
    longest = max(lengths | {len(value) for value in missing})
    whole = len(lengths) == 1 or len({len(value) for value in here}) == 1
    return Lost(len(missing), missing[0], bare[missing[0].lstrip("0")], longest if whole else None)


def of_look_ups(sample: RowSample, connection: Connection, look_ups: Sequence[LookUp]) -> Iterator[Notice]:
    """Notices of look-ups that find nothing for that."""
    for each in look_ups:
        texts = sample.texts.get(each.on.name)
        if texts is not None and each.pad is None:
            rows = connection.execute(
                f"SELECT DISTINCT trim({each.to.text}) FROM {each.staged.table}"
            ).fetchall()
            found = lost(texts.drop_nulls().unique().to_list(), {value for (value,) in rows if value})
            if found:
                yield _notice(
                    sample.part, each.on.name, found, each.staged.name, _ways(sample.part, each, found)
                )


def of_members(sample: RowSample, connection: Connection, source: str) -> Iterator[Notice]:
    """Notices of members that are known by the same numbers with zeros, or without."""
    for table in sample.part.kind.dimensions:
        numbered = table in MASTERS and table.name in sample.part.columns
        texts = sample.field(table.name) if numbered else None
        if texts is None:
            continue
        here = [value for value in texts.drop_nulls().unique().to_list() if value.isdigit()]
        there = connection.execute(
            f"""SELECT id FROM {table.name}_identity WHERE numbering = $numbering
            AND ltrim(id, '0') IN (SELECT ltrim(v, '0') FROM (SELECT unnest($here::VARCHAR[]) AS v))""",
            {"numbering": numbering_of(table, source, sample.part.ids), "here": here},
        ).fetchall()
        found = lost(here, {value for (value,) in there})
        if found:
            column, where = sample.part.columns[table.name], f"the list of {table.name}s"
            yield _notice(sample.part, column, found, where, _of_list(sample.part, table.name, found))


def padded(part: Part, field: str, digits: int) -> Part:
    """The part with the numbers of a field filled to so many digits."""
    return replace(part, shape=replace(part.shape, pad={**part.shape.pad, field: digits}))


def _ways(part: Part, side: LookUp, found: Lost) -> list[WayOut]:
    """Fill the numbers of a look-up and those that it is found by: of the field, if they are one."""
    if found.digits is None:
        return []
    label = f"Fill them to {found.digits} digits"
    for field, column in part.columns.items():
        if column == side.on.name:
            return [WayOut(label, padded(part, field, found.digits))]
    joins = [replace(each, pad=found.digits) if each.on == side.on.name else each for each in part.joins]
    return [WayOut(label, replace(part, joins=tuple(joins)))]


def _of_list(part: Part, field: str, found: Lost) -> list[WayOut]:
    """The same of numbers that are known, where it is these here that lost their zeros."""
    if found.digits is None or not found.is_here:
        return []
    return [WayOut(f"Fill them to {found.digits} digits", padded(part, field, found.digits))]


def _notice(part: Part, column: str, found: Lost, where: str, ways: Sequence[WayOut]) -> Notice:
    key = f"zeros: {column}"
    said = (
        f"{many(found.count, 'number')} of {column} are in {where} but for leading zeros: {found.here} here,"
        f" {found.there} there. They are not found."
    )
    asks = "Are they the same?"
    if not ways and not found.is_here and found.digits and where.startswith("the list of "):
        field = where.removeprefix("the list of ")[:-1]
        asks += f" Then say {field} = {found.digits} under [{field}s.pad] of the list, and load it again."
    return Notice(key, said, asks, (*ways, settle(part, key, "They are others")))
