"""The period and comparison that Overview's tiles are asked for: they stand in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cubes.query import Comparison, Query
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Profile
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.period_choices import (
    ALL_TIME,
    COMPARISONS,
    LAST_YEAR,
    comparison_name,
    default_comparison,
    presets,
)

PARAMETERS = ("period", "compare")
NONE = "none"


@dataclass(frozen=True, slots=True)
class PeriodAsked:
    """The name of a period, and what it is compared with; `written` is the comparison that the address names."""

    period: str
    comparison: Comparison | None
    written: str = ""

    def query(self, profile: Profile) -> Query:
        """Revenue within the period."""
        return Query(("revenue",), cuts=presets(profile)[self.period], compare=self.comparison)


def read_period(url: Mapping[str, str], profile: Profile) -> PeriodAsked:
    """What the address asks for, else the last year. Raises BadRequest for what there is not."""
    offered = presets(profile)
    period = _named(url["period"], offered, "period") or (LAST_YEAR if LAST_YEAR in offered else ALL_TIME)
    written = _named(url["compare"], (NONE, *Comparison), "comparison")
    comparison = default_comparison(profile, offered[period])
    if written:
        comparison = None if written == NONE else Comparison(written)
    return PeriodAsked(period, comparison, written)


def period_choosers(asked: PeriodAsked, kept: Mapping[str, list[str]] | None = None) -> None:
    """Two select boxes; `kept` is what else stays in the address."""

    def went(period: str, compare: str) -> None:
        chosen = {"period": [period]} | ({"compare": [compare]} if compare else {})
        session.write_url({**(kept or {}), **chosen})

    offered = list(presets(session.warehouse().profile))
    chooser("Period", "overview-period", offered, asked.period, str, lambda each: went(each, asked.written))
    chooser(
        "Comparison",
        "overview-compare",
        list(COMPARISONS),
        comparison_name(asked.comparison),
        str,
        lambda each: went(asked.period, str(COMPARISONS[each] or NONE)),
    )


def _named(written: str, known: Iterable[str], what: str) -> str:
    """What the address names, if anything."""
    if written and written not in set(known):
        raise BadRequest(f"There is no {what} {written!r}.", did_you_mean(written, known))
    return written
