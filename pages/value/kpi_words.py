"""Key figures in words: how each stands to its target, how that was phased, and what chance alone may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from cubes.analysis.due_target import DueTarget, Phasing
from cubes.analysis.target_status import TargetStatus, TargetVerdict
from cubes.condition import plural
from data.model.calendar import to_date
from data.operational.targets import TargetPlace
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import count_text, delta_text, format_day, format_value
from pages.ui.style.period_names import written_name

SIGNS = {TargetVerdict.AHEAD: "▲", TargetVerdict.REACHED: "●", TargetVerdict.BEHIND: "▼"}
NO_TARGET = "no target"
NOT_KNOWN = "nothing known in this period"
NO_DATA = "no data"


def verdict_words(status: TargetStatus) -> str:
    """`▼ Behind, and not by chance`; what lies within chance says so, and so does what nobody can tell."""
    verdict = status.verdict
    if verdict is None:
        return NO_TARGET if status.target is None else NOT_KNOWN
    said = f"{SIGNS[verdict]} {verdict.capitalize()}"
    if verdict is TargetVerdict.REACHED:
        return said
    if status.by_chance is None:
        return f"{said} (chance is not told)"
    return f"{said}, may be chance" if status.by_chance else f"{said}, and not by chance"


def told(status: TargetStatus, amount: float | None, currency: str) -> str:
    """An amount in the figure's unit."""
    return format_value(amount, status.kpi.declared.unit, currency, True)


def sentence(status: TargetStatus, currency: str) -> str:
    """The figure, what is due of its target, how they stand, and how sure that is."""
    target = status.target
    if status.value is None:
        return f"{NOT_KNOWN.capitalize()}."
    if target is None:
        return "No target is set for this period, nor for one that holds it: set one below."
    by = format_day(to_date(status.period.known.last))
    due = f"{told(status, target.due, currency)} due by {by}"
    whole = "" if target.due == target.whole else f" (of {told(status, target.whole, currency)} in all)"
    margin = ""
    if status.error is not None:
        margin = f" Chance alone moves it by ±{told(status, 1.96 * status.error, currency)} (95%)."
    return f"{told(status, status.value, currency)} against {due}{whole}. {verdict_words(status)}.{margin}"


def phasing_words(target: DueTarget, status: TargetStatus, currency: str) -> str:
    """Where a period's target comes from, and by what shape it falls due."""
    whole = written_name(target.of)
    ways = {
        Phasing.SET: f"Set for {whole}.",
        Phasing.SUMMED: "The targets of its parts together.",
        Phasing.SHAPED: f"Its part of the target for {whole}, by what the same days had of the year before.",
        Phasing.EVEN: f"Its part of the target for {whole}, by its days: a year before is not known.",
        Phasing.SAME: f"The target for {whole}: it is the same in each part of it.",
    }
    said = ways[target.phasing]
    if target.due != target.whole:
        said += " What is due by now follows " + (
            "the same days of the year before."
            if target.shaped
            else "the days gone by: a year before is not known."
        )
    if target.gap:
        more = "more" if target.gap > 0 else "less"
        said += f" The targets of its parts add up to {told(status, abs(target.gap), currency)} {more}, and both stand."
    return said


def kpi_tile(status: TargetStatus | None, title: str, id: str, help: str, currency: str,
             course: tuple[float | None, ...] = (), unknown: str = NOT_KNOWN) -> Kpi:  # fmt: skip
    """A figure with its verdict, as a tile; `unknown` is what stands under one without a value."""
    if status is None or status.value is None:
        return Kpi(id, title, "–", note=unknown, help=help)
    verdict, due = status.verdict, status.target.due if status.target else None
    good = (
        None
        if verdict in (None, TargetVerdict.REACHED) or status.by_chance
        else verdict is TargetVerdict.AHEAD
    )
    return Kpi(
        id,
        title,
        told(status, status.value, currency),
        delta="" if due is None else delta_text(status.value, due, status.kpi.declared.unit),
        trend=0
        if due is None or status.difference is None
        else (status.difference > 0) - (status.difference < 0),
        good=good,
        note=NO_TARGET if due is None else f"vs {told(status, due, currency)} due",
        course=course,
        target=status.value / due
        if due and due > 0 and status.value >= 0 and status.kpi.direction > 0
        else None,
        target_text=verdict_words(status) if due is not None else "",
        help=help,
    )


def member_words(
    held: Mapping[TargetPlace, Mapping[str, Decimal]],
    status: TargetStatus,
    level: Callable[[str], str],
    currency: str,
) -> Iterator[str]:
    """Where targets are set by the members of a level as well, what they add up to beside that of the whole firm."""
    if status.target is None or not status.kpi.declared.adds_over_time:
        return
    added: dict[str, list[float]] = {}
    for place, periods in held.items():
        if place.kpi == status.kpi.name and place.level and status.target.of in periods:
            added.setdefault(place.level, []).append(float(periods[status.target.of]))
    for name, values in added.items():
        yield (
            f"Targets of {count_text(len(values), level(name).lower(), plural(level(name).lower()))} for"
            f" {written_name(status.target.of)} add up to {told(status, sum(values), currency)}; both stand."
        )
