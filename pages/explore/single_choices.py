"""The choices of which one holds: how many rows, the period, what it is held against, how members are described."""

from __future__ import annotations

from datetime import date

from cubes.ask.relative_dates import dated_cuts
from cubes.query import NOW, Cut, Period
from data.model.calendar import to_date
from data.store.warehouse import Profile
from pages.explore.explore_view import EVERYONE, View
from pages.ui.period_choices import COMPARISONS, comparison_name, fact_of, period_before, presets
from pages.ui.question_bar.question_bar import OfferedOption, SingleChoice
from pages.ui.style.formats import format_day, format_span

COUNTS = (5, 12, 25, 50, 100, 200)
DESCRIBED = {"": "As they were", NOW: "As they are"}


def single_choices(view: View, profile: Profile) -> dict[str, SingleChoice]:
    """What holds of each, and what may hold instead; what has no meaning for the view is left out."""
    found = {
        "top": _top(view),
        "period": _period(view, profile),
        "compare": _comparison(view, profile),
        "as_of": _as_of(view, profile),
    }
    return {name: choice for name, choice in found.items() if choice}


def _top(view: View) -> SingleChoice | None:
    tops = dict(view.query.top)
    shown = next((tops[level] for level in view.query.rows if level in tops), None)
    if shown is None:
        return None
    counts = sorted({*COUNTS, shown, EVERYONE})
    options = tuple(OfferedOption(str(count), _top_name(count)) for count in counts)
    return SingleChoice(str(shown), "All rows" if shown >= EVERYONE else _top_name(shown), options)


def _top_name(count: int) -> str:
    return "All" if count >= EVERYONE else f"Top {count}"


def _period(view: View, profile: Profile) -> SingleChoice:
    fact = fact_of(view.query, profile)
    offered, extent = presets(profile, fact), profile.extents[fact]
    now = tuple(cut for cut in view.query.cuts if cut.level == "day")
    name = next((name for name, cuts in offered.items() if cuts == now), None)
    since, until = _span(dated_cuts(now[:1], profile, fact)[0]) if now else ("", "")
    since = since or (extent.first_day.isoformat() if extent.first_day else "")
    until = until or (extent.last_day.isoformat() if extent.last_day else "")
    value = name if name is not None else f"{since}..{until}"
    options = tuple(OfferedOption(each, each) for each in offered)
    return SingleChoice(value, name or _days_name(since, until), options, "Own days", since, until)


def _span(cut: Cut) -> tuple[str, str]:
    return (min(cut.members), max(cut.members)) if cut.members else (cut.since, cut.until)


def _days_name(since: str, until: str) -> str:
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError:
        return f"{since or '…'} – {until or '…'}"
    return format_day(first) if first == last else format_span(first, last)


def _comparison(view: View, profile: Profile) -> SingleChoice:
    query = view.query
    before = period_before(query.cuts, profile, fact_of(query, profile))
    own = query.compare if isinstance(query.compare, Period) else before
    days = profile.calendar.span(own.value) if own else None
    since, until = (to_date(days.first).isoformat(), to_date(days.last).isoformat()) if days else ("", "")
    label = comparison_name(query.compare)
    if isinstance(query.compare, Period) and ".." in query.compare.value:
        label = f"vs {_days_name(since, until)}"
    options = tuple(OfferedOption(each.value if each else "", name) for name, each in COMPARISONS.items())
    value = query.compare.value if query.compare else ""
    return SingleChoice(value, label, options, "Other days" if own else "", since, until)


def _as_of(view: View, profile: Profile) -> SingleChoice | None:
    """How members are described, where any of them changed."""
    as_of = view.query.as_of
    if not profile.has_history and not as_of:
        return None
    last = profile.extents[fact_of(view.query, profile)].last_day
    options = tuple(OfferedOption(value, name) for value, name in DESCRIBED.items())
    label = DESCRIBED.get(as_of) or f"As of {_days_name(as_of, as_of)}"
    day = (last.isoformat() if last else "") if as_of in DESCRIBED else as_of
    return SingleChoice(as_of, label, options, "As of a day", day)
