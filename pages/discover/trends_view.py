"""What the page Trends shows, frozen: slice, measure, periods, levels, rate, how many alarms. The URL holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.analysis.member_courses import BY
from cubes.query import TIME_LEVELS, Cut, Query, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.trends.member_trends import RATE

PARAMETERS = ("where", "measure", "by", "level", "rate", "shown")
MEASURE, AT_ONCE = "revenue", 6
RATES = (0.01, 0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class TrendsView:
    """`levels` empty are the usual ones; `rate` is the share of false discoveries allowed; `shown` how many alarms are
    drawn."""

    cuts: tuple[Cut, ...] = ()
    measure: str = MEASURE
    by: str = BY[0]
    levels: tuple[str, ...] = ()
    rate: float = RATE
    shown: int = AT_ONCE

    def to_parameters(self) -> dict[str, list[str]]:
        usual = TrendsView()
        found = {
            "where": [str(cut) for cut in self.cuts],
            "measure": [self.measure] if self.measure != usual.measure else [],
            "by": [self.by] if self.by != usual.by else [],
            "level": list(self.levels),
            "rate": [f"{self.rate:g}"] if self.rate != usual.rate else [],
            "shown": [str(self.shown)] if self.shown != usual.shown else [],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> TrendsView:
        return replace(self, cuts=cuts, shown=AT_ONCE)

    def of(self, measure: str) -> TrendsView:
        return replace(self, measure=measure, shown=AT_ONCE)

    def every(self, by: str) -> TrendsView:
        """By other periods."""
        return replace(self, by=by, shown=AT_ONCE)

    def along(self, levels: Iterable[str]) -> TrendsView:
        return replace(self, levels=tuple(levels), shown=AT_ONCE)

    def at(self, rate: float) -> TrendsView:
        return replace(self, rate=rate, shown=AT_ONCE)

    def more(self) -> TrendsView:
        return replace(self, shown=self.shown + AT_ONCE)

    def query(self) -> Query:
        return Query((self.measure,), cuts=self.cuts)

    def opened(self, cuts: Iterable[Cut]) -> Query:
        """The question of one series over time: all its periods, so that what was before is seen."""
        kept = tuple(each for each in self.cuts if each.level not in TIME_LEVELS or each.by_rule)
        return Query((self.measure,), (self.by,), cuts=kept).cut(*cuts)


def parse_trends(parameters: Mapping[str, list[str]]) -> TrendsView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    by = only(parameters, "by") or BY[0]
    if by not in BY:
        raise BadRequest(f"Trends are not looked at by {by[:20]!r}.", did_you_mean(by, BY))
    shown = only(parameters, "shown") or str(AT_ONCE)
    if not (shown.isascii() and shown.isdecimal() and len(shown) < 4 and int(shown) > 0):
        raise BadRequest(f"{shown[:20]!r} is no number of alarms.", f"Try {AT_ONCE}.")
    return TrendsView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        only(parameters, "measure") or MEASURE,
        by,
        tuple(dict.fromkeys(parameters.get("level", ()))),
        _rate(only(parameters, "rate")),
        int(shown),
    )


def _rate(text: str) -> float:
    try:
        rate = float(f"{float(text):g}") if text else RATE  # as the address writes it
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1:
        raise BadRequest(f"{text[:20]!r} is no rate of false discoveries.", "Try 0.05: one of twenty.")
    return rate
