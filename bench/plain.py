"""A question in the codes of a wide fact: what the rivals on it are asked, whatever language they speak."""

from __future__ import annotations

from dataclasses import dataclass

from bench import periods
from bench.measures import basics
from bench.members import Members, days
from bench.star import grains
from cubes.query import Comparison, Query

SHARE, GROWTH = "share_of_parent", "growth_year"
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The codes of one level that are kept, or left out."""

    level: str
    codes: tuple[int, ...]
    exclude: bool


@dataclass(frozen=True, slots=True)
class Plain:
    """Levels, the grains to answer at, cuts as codes and spans of days (None is all time), tops and measures.

    `before` are the spans of the year before, where a comparison or a growth needs them; `compares` says that base
    and growth of each measure are asked beside it.
    """

    by: tuple[str, ...]
    grains: tuple[tuple[str, ...], ...]
    cuts: tuple[Within, ...]
    spans: Spans | None
    before: Spans | None
    top: tuple[tuple[str, int], ...]
    measures: tuple[str, ...]
    compares: bool

    @property
    def basics(self) -> tuple[str, ...]:
        """The measures that are read from lines."""
        return tuple(dict.fromkeys(each for measure in self.measures for each in basics(measure)))


def plain(query: Query, members: Members) -> Plain:
    """Look up what a question names. Rivals only compare with the year before."""
    runs = days(query.cuts)
    compares = query.compare is Comparison.YEAR
    if query.compare and not compares:
        raise ValueError(f"rivals do not compare with {query.compare}")
    derived = any(measure.endswith(f":{GROWTH}") for measure in query.measures)
    return Plain(
        query.by,
        tuple(grains(query)),
        tuple(
            Within(cut.level, tuple(members.code(cut.level, each) for each in cut.members), cut.exclude)
            for cut in query.cuts
            if not periods.is_time(cut.level)
        ),
        _spans(runs),
        _spans(periods.year_before(runs)) if runs is not None and (compares or derived) else None,
        query.top,
        query.measures,
        compares,
    )


def _spans(runs: periods.Runs | None) -> Spans | None:
    return None if runs is None else tuple((periods.key(first), periods.key(last)) for first, last in runs)
