"""By what the members of a level are ranked, where it is not the first measure of the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import BadRequest

if TYPE_CHECKING:
    from cubes.query import Cut

NAME = "name"
ASCENDING = "asc:"
COMPARED = (":base", ":growth")


@dataclass(frozen=True, slots=True)
class MemberOrder:
    """A column of the answer, or the members' names; the greatest or the last name first.

    The column is a measure as the question writes it, or what its comparison gives: `revenue:growth`.
    `within` are the members of one column, where that is what the rows are ranked by. With `ascending` the least
    stand first, and are the ones that a top shows.
    """

    measure: str
    within: tuple[Cut, ...] = ()
    ascending: bool = False

    @property
    def by_name(self) -> bool:
        """Whether names decide; which members are shown, the first measure still says."""
        return self.measure == NAME

    @property
    def asked(self) -> str:
        """The measure that brings the column."""
        return next(
            (self.measure.removesuffix(end) for end in COMPARED if self.measure.endswith(end)), self.measure
        )

    def to_parameter(self) -> list[str]:
        """The order as an address holds it: the measure, then each member of the column."""
        return [f"{ASCENDING if self.ascending else ''}{self.measure}", *(str(cut) for cut in self.within)]


def parse_order(texts: Sequence[str], within: Sequence[Cut]) -> MemberOrder | None:
    """What `to_parameter` wrote: its first text, with the others as cuts. Raises BadRequest.

    >>> parse_order(["asc:customers"], ()).ascending
    True
    """
    if not texts:
        return None
    measure = texts[0].removeprefix(ASCENDING)
    if not measure or any(len(cut.members) != 1 or cut.exclude for cut in within):
        raise BadRequest(
            f"{' '.join(texts)!r} is no order.",
            "Write order=measure, order=asc:measure or order=name, then order=level=member for one column.",
        )
    return MemberOrder(measure, tuple(within), texts[0].startswith(ASCENDING))
