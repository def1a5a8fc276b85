"""What each line brings to roll-ups, as words to add up: counts of 0 and 1 share one two by two.

Half as many columns to add up are nearly half the work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cubes.aggregates.line_chunk import Arrays, LineChunk
from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.order_leads import firsts
from cubes.aggregates.rollups.partial_aggregates import PartialAggregate
from cubes.model import Cube, Measure

HIGH = 32  # where the second count of a word begins: a chunk has fewer lines than 2 to that


@dataclass(frozen=True, slots=True)
class Word:
    """A column that is added up: one part, or two parts that count."""

    name: str
    parts: tuple[PartialAggregate, ...]

    @property
    def folded(self) -> str:
        """SQL that puts the lines of a cell together."""
        return f'{self.parts[0].fold}("{self.name}")::BIGINT AS "{self.name}"'

    def columns(self) -> Iterator[tuple[PartialAggregate, str]]:
        """Each part, and SQL for it out of what was put together."""
        low, *high = self.parts
        own = f'"{self.name}"'
        if low.fold != "sum":
            own = f"nullif({own}, {partial_aggregates.NONE[low.fold]})"
        yield low, f"{own} & {(1 << HIGH) - 1}" if high else own
        for part in high:
            yield part, f"{own} >> {HIGH}"


def words_of(given: Sequence[PartialAggregate]) -> list[Word]:
    """The columns for these parts; counts of lines, and of the first lines of each measure, two by two."""
    apart = [[each] for each in given if not each.counts]
    together: dict[str, list[PartialAggregate]] = {}
    for each in given:
        if each.counts:
            together.setdefault(each.name.partition("@")[0] if each.level else "", []).append(each)
    for some in together.values():
        apart += [some[at : at + 2] for at in range(0, len(some), 2)]
    return [Word(f"w{at}", tuple(some)) for at, some in enumerate(apart)]


class AddedWords:
    """The words of the roll-ups of a cube that hold these levels: those of a line alone by SQL, others by order."""

    def __init__(self, cube: Cube, levels: Collection[str]) -> None:
        given = [part for part in partial_aggregates.parts(cube) if not part.level or part.level in levels]
        self.words = words_of(given)
        self._of_lines = [word for word in self.words if not word.parts[0].level]
        self._flagged = [
            each for each in cube.measures if each.flag and partial_aggregates.across(cube, each)
        ]

    @property
    def columns(self) -> Mapping[str, str]:
        """What is wanted of each line, SQL by name: its words, and its order (-1: none) where that is counted."""
        columns = {}
        for word in self._of_lines:
            low, *high = (part.line for part in word.parts)
            columns[word.name] = f"({low}) | (({high[0]}) << {HIGH})" if high else low
        for measure in self._flagged:
            columns[f"#{measure.name}"] = (
                f"CASE WHEN {measure.condition or 'true'} THEN {measure.column} ELSE -1 END"
            )
        return columns

    def of(self, chunk: LineChunk) -> Arrays:
        """All words of some lines."""
        own = {word.name: chunk.columns[word.name] for word in self._of_lines}
        for measure in self._flagged:
            own |= self._firsts(measure, chunk.columns[f"#{measure.name}"], chunk.codes)
        return own

    def _firsts(self, measure: Measure, order: np.ndarray, codes: Arrays) -> Arrays:
        """The words of a measure that counts the first line of each order at some levels."""
        own = [word for word in self.words if word.parts[0].name.startswith(f"{measure.name}@")]
        levels = [part.level for word in own for part in word.parts]
        bits = firsts(order, {level: codes[level] for level in levels})
        several = np.array([0, 1, 1 << HIGH, 1 << HIGH | 1], np.int64)
        found = {}
        for at, word in enumerate(own):
            mask = (1 << len(word.parts)) - 1
            found[word.name] = several.take((bits >> bits.dtype.type(2 * at)) & bits.dtype.type(mask))
        return found
