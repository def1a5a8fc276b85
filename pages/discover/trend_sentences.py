"""Alarms in the reader's words: what moved, by how much, since when, and how sure that is."""

from __future__ import annotations

from datetime import date

import polars as pl

from cubes.analysis.member_courses import MemberCourses
from mining.trends.member_trends import MemberTrends
from mining.trends.trend_effect import TrendKind
from mining.trends.trend_finding import FoldedTrend, FoldReason, TrendFinding
from mining.trends.trend_table import season_rows, trend_rows
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    count_text,
    format_day,
    format_month,
    format_value,
    number_text,
    share_text,
)

LEAST_GROWTH = 0.0005  # a period: what is less is told as none
MONTHS = tuple(date(2023, month, 1) for month in range(1, 13))
REASONS = {
    FoldReason.PART: "a part of it that moved alike",
    FoldReason.WHOLE: "moved by it alone",
    FoldReason.MIRROR: "only its share moved, as this one did",
}
KINDS = {
    TrendKind.SHIFT: "Shift",
    TrendKind.SLOPE: "Change of slope",
    TrendKind.SPIKE: "Spike",
    TrendKind.SEASON: "Season",
    TrendKind.SEASON_CHANGE: "Change of season",
}


def member_names(courses: MemberCourses, series: str) -> str:
    """The members of a series; empty for all."""
    return " · ".join(label for _, _, label in courses.members[series])


def subject(courses: MemberCourses, finding: TrendFinding, measure: str) -> str:
    """The measure of whom, and that it is held against the whole."""
    names = member_names(courses, finding.series)
    beside = "beside that of the whole" if courses.is_ratio else "as a share of the whole"
    return f"{measure} of {names}, {beside}," if names else f"{measure} as a whole"


def period_told(day: date, grain: str) -> str:
    return format_month(day) if grain == "month" else f"the week of {format_day(day)}"


def sentence(courses: MemberCourses, finding: TrendFinding, measure: str) -> str:
    """What happened, with its 95% interval where it is chosen among many."""
    who, grain = subject(courses, finding, measure), courses.grain
    if finding.kind is TrendKind.SLOPE:
        after = (1 + finding.before) * (1 + finding.size) - 1
        return (
            f"{who} {_growth(finding.before, grain)} until {period_told(finding.first, grain)} and "
            f"{_growth(after, grain)} since."
        )
    size = _size(finding)
    if finding.kind is TrendKind.SHIFT:
        moved = "rose" if finding.size > 0 else "fell"
        return f"{who} {moved} by {size} from {period_told(finding.first, grain)} on."
    side = "above" if finding.size > 0 else "below"
    return f"{who} was {size} {side} what is usual {_span(finding, grain)}."


def doubts(courses: MemberCourses, finding: TrendFinding, unit: str, currency: str) -> str:
    """Where it may have begun, what it amounts to, and how often chance makes as much."""
    grain, told = courses.grain, []
    if finding.kind is TrendKind.SLOPE:
        low, high = (share_text(each, 1) for each in (finding.low, finding.high))
        told.append(f"Growth a {grain} changed by {share_text(finding.size, 1)} ({low} to {high})")
    else:
        told.append(f"{_amount(courses, finding, unit, currency)} than expected")
    if finding.earliest != finding.latest:
        told.append(
            f"began between {period_told(finding.earliest, grain)} and {period_told(finding.latest, grain)}"
        )
    told.append(f"chance makes as much in {chance_text(finding.p_value)}")
    return "; ".join(told) + "."


def chance_text(p_value: float) -> str:
    """How seldom chance makes as much.

    >>> chance_text(0.00021), chance_text(3e-12)
    ('1 of 4,762 series', 'less than 1 of a million series')
    """
    if p_value < 1e-6:
        return "less than 1 of a million series"
    return f"1 of {number_text(round(1 / p_value))} series"


def folded_told(courses: MemberCourses, folded: FoldedTrend, measure: str) -> str:
    """One line of what an alarm explains."""
    each = folded.finding
    names = member_names(courses, each.series) or f"{measure} as a whole"
    size = f"{'+' if each.size > 0 else '−'}{share_text(abs(each.size))}"
    when = period_told(each.first, courses.grain)
    return f"{names}: {KINDS[each.kind].lower()} of {size} from {when} on, {REASONS[folded.reason]}"


def main_fact(found: MemberTrends, names: int) -> str:
    """How much was looked at, and what came of it."""
    pairs = " and their pairs" if names > 1 else ""
    looked = (
        f"{count_text(found.series, 'series', 'series')} of {count_text(names, 'level')}{pairs} over "
        f"{count_text(len(found.periods), f'whole {found.grain}')}, {count_text(found.tests, 'test')}: "
    )
    if not found.alarms:
        return f"{looked}none moves by more than chance."
    causes = count_text(len(found.alarms), "cause")
    return f"{looked}{causes} of {count_text(found.found, 'change')} beyond chance."


def tiles(found: MemberTrends) -> list[Kpi]:
    """How much was looked at, and what came of it, as figures."""
    told = f"of {count_text(found.found, 'change')} beyond chance" if found.found else "none beyond chance"
    return [
        Kpi("series", "Series tested", number_text(found.series), note=count_text(found.tests, "test")),
        Kpi("causes", "Causes", number_text(len(found.alarms)), note=told),
        Kpi("seasons", "Seasons", number_text(len(found.seasons)),
            note=f"of {count_text(found.season_tests, 'test')}" if found.season_tests else "not looked for"),
    ]  # fmt: skip


def seasonal(courses: MemberCourses) -> str:
    """What of a member has a season."""
    return "Whose value beside that of the whole" if courses.is_ratio else "Whose share of the whole"


def phase_told(phase: int, grain: str) -> str:
    """A month or week of any year."""
    return format_month(MONTHS[phase - 1]).partition(" ")[0] if grain == "month" else f"week {phase}"


def season_table(courses: MemberCourses, found: MemberTrends, measure: str) -> pl.DataFrame:
    """The seasons as people read them."""
    rows = season_rows(found)
    return rows.select(
        members=pl.Series([_named(courses, each, measure) for each in rows["series"]], dtype=pl.String),
        what=pl.Series([KINDS[TrendKind(each)] for each in rows["kind"]], dtype=pl.String),
        peak=pl.Series([phase_told(each, found.grain) for each in rows["peak"]], dtype=pl.String),
        above_mean="high",
        trough=pl.Series([phase_told(each, found.grain) for each in rows["trough"]], dtype=pl.String),
        below_mean="low",
    )


def trend_file(courses: MemberCourses, found: MemberTrends, measure: str) -> pl.DataFrame:
    """The alarms as a file, members by their names too."""
    rows = trend_rows(found)
    names = pl.Series("members", [_named(courses, each, measure) for each in rows["series"]], dtype=pl.String)
    return rows.insert_column(2, names)


def _named(courses: MemberCourses, series: str, measure: str) -> str:
    return member_names(courses, series) or f"{measure} as a whole"


def _growth(rate: float, grain: str) -> str:
    if abs(rate) < LEAST_GROWTH:
        return "neither grew nor shrank"
    return f"{'grew' if rate > 0 else 'shrank'} by {share_text(abs(rate), 1)} a {grain}"


def _amount(courses: MemberCourses, finding: TrendFinding, unit: str, currency: str) -> str:
    """How much more or less, a period where periods add up: points of percent are no percent."""
    size, more = abs(finding.amount), "more" if finding.amount > 0 else "less"
    if unit == "percent":
        return f"{number_text(size * 100, 1)} points of percent {more}"
    each = "" if courses.is_ratio else f" a {courses.grain}"
    return f"{format_value(size, unit, currency, compact=True)}{each} {more}"


def _size(finding: TrendFinding) -> str:
    """A change without its sign, and the interval in the same direction."""
    near, far = sorted((finding.low, finding.high), key=abs)
    low = number_text(abs(near) * 100) if near * far > 0 else "0"
    return f"{share_text(abs(finding.size))} ({low} to {number_text(abs(far) * 100)})"


def _span(finding: TrendFinding, grain: str) -> str:
    first, last = (period_told(each, grain) for each in (finding.first, finding.last))
    return f"in {first}" if first == last else f"from {first} to {last}"
