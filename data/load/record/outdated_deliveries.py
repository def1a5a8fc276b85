"""Deliveries that are to be read again: what they said is not in the warehouse as it stands in their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.connection import Rows
from data.errors import BadInput
from data.load.mappings.mapping import Part
from data.model.canonical_tables import LINE

LOST = """SELECT batch, file, origin, lines FROM delivery JOIN batch USING (batch) JOIN (
    SELECT batch, count(*) AS lines FROM sale GROUP BY batch HAVING max(line_key) = 0) USING (batch)
WHERE source = ? AND part = ? AND batch NOT IN (SELECT batch FROM described WHERE dimension = 'line')
ORDER BY batch"""

FEW = 3
CHANGED = "time_zone_changed"  # the setting that says that there was another
ZONE = "coalesce((SELECT value FROM setting WHERE name = 'time_zone'), '')"
OTHER_ZONE = f"""SELECT batch, file, origin, lines, zone FROM delivery JOIN batch USING (batch)
    JOIN reading USING (batch, part) JOIN (SELECT batch, count(*) AS lines FROM {{}} GROUP BY batch) USING (batch)
WHERE source = ? AND part = ? AND zone <> {ZONE} ORDER BY batch"""


@dataclass(frozen=True, slots=True)
class Outdated:
    """A batch to be read again, how many rows it holds, and why."""

    batch: int
    file: str
    lines: int
    origin: str
    why: str
    days: str = ""

    def __str__(self) -> str:
        return f"{self.file} (batch {self.batch}, {self.lines:,} rows) {self.why}: load it again."


def outdated(rows: Rows, source: str, part: Part) -> tuple[Outdated, ...]:
    """The deliveries of a stream that are to be read again, oldest first."""
    return (*lost(rows, source, part), *of_other_zone(rows, source, part))


def of_other_zone(rows: Rows, source: str, part: Part) -> list[Outdated]:
    """Deliveries whose moments were put on days of another time zone than the one in force."""
    if part.kind.table is not None:
        return []
    found = rows(OTHER_ZONE.format(part.kind.of_fact.name), [source, part.subject])
    return [
        Outdated(batch, file, lines, origin, f"has {_of_former(zone)}", _of_former(zone))
        for batch, file, origin, lines, zone in found
    ]


def sentences(every: Iterable[Outdated]) -> list[str]:
    """One for each, or for all of a kind where they are many."""
    kinds: dict[str, list[Outdated]] = {}
    for each in every:
        kinds.setdefault(each.why, []).append(each)
    return [words for of_kind in kinds.values() for words in _of_kind(of_kind)]


def _of_kind(every: Sequence[Outdated]) -> list[str]:
    if len(every) <= FEW:
        return [str(each) for each in every]
    lines, numbers = sum(each.lines for each in every), [each.batch for each in every]
    what = f"{len(every):,} files (batches from {min(numbers)} to {max(numbers)}, {lines:,} rows)"
    why = every[0].why.replace("has ", "have ", 1).replace("lost its", "lost their", 1)
    return [f"{what} {why}: load them again. python -m data check lists them."]


def mixed(left: Sequence[Outdated]) -> BadInput:
    """What is wrong, and the way on, where files of the former zone are not there to be read again."""
    first, more = left[0], f" and {len(left) - 1:,} more" if left[1:] else ""
    has = "have" if more else "has"
    them, they = ("them", "they lie") if more else ("it", "it lies")
    return BadInput(
        f"{first.file} (batch {first.batch}){more} {has} {first.days}: days of two time zones would mix.",
        f"Put {them} back beside this file for one load, or load {them} with --file from where {they}: python -m data "
        "check lists what is to be loaded again. Else set the time zone back with python -m data settings.",
    )


def may_be_of_other_zone(rows: Rows, batch: int) -> bool:
    """Whether an earlier release loaded a batch, so that nobody knows, and the time zone was changed since."""
    known = rows("SELECT 1 FROM reading WHERE batch = ?", [batch])
    return not known and bool(rows("SELECT 1 FROM setting WHERE name = ?", [CHANGED]))


def was_rezoned(rows: Rows, batch: int) -> bool:
    """Whether the days of a batch are those of another time zone than the one in force."""
    return bool(rows(f"SELECT 1 FROM reading WHERE batch = ? AND zone <> {ZONE}", [batch]))


def _of_former(zone: str) -> str:
    return f"days {f'of {zone}' if zone else 'as they were written'}, which is no longer the time zone"


def lost(rows: Rows, source: str, part: Part) -> tuple[Outdated, ...]:
    """Lines loaded by an earlier release, which kept no attributes of lines that had a number."""
    own = [each.label for each in part.attributes if each.of == LINE.name]
    if not part.kind.is_lines or "line" not in part.filled or not own:
        return ()
    why = f"lost its {', '.join(own)} in an earlier release"
    found = rows(LOST, [source, part.subject])
    return tuple(Outdated(batch, file, lines, origin, why) for batch, file, origin, lines in found)
