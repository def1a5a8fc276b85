"""What the page Call centre says and draws: sentences, tiles and frames, pure functions of what was found."""

from __future__ import annotations

import polars as pl

from mining.service.case_backlog import CaseBacklog
from mining.service.case_spells import CaseSpells
from mining.service.clustered_share import ClusteredShare
from mining.service.contact_load import ContactLoad
from mining.service.contact_resolution import ContactResolution
from mining.service.response_times import ResponseTime, ResponseTimes
from mining.service.volume_forecast import VolumeForecast
from pages.service.call_centre_view import CallCentreView
from pages.service.found_service import ServiceDays
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    ABSENT,
    count_text,
    format_day,
    format_value,
    number_text,
    share_text,
)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHOWN = {
    "contacts": ("a_day", "Contacts", "units"),
    "answered": ("answered", "Answered in time", "percent"),
    "wait": ("mean_wait", "Average wait", "seconds"),
    "handle": ("mean_handle", "Average handling time", "seconds"),
    "abandoned": ("abandoned", "Hung up", "percent"),
}
KINDS = {"calls": "Calls", "tickets": "Tickets", "both": "Calls and tickets"}
BEGAN = {"opened": "Opening", "reopened": "Reopening"}
COUNTED = {
    "by_case": (
        "By case",
        "case",
        "a customer's contacts on one subject, each within so many days of the one before",
    ),
    "by_customer": ("By customer", "customer", "all of the customer's cases settled at the first contact"),
    "by_event": ("By event", "contact", "each contact by itself"),
}
DECIMALS, BUSY, WEEK = 1, 0.05, 7
HOUR, MINUTE = 3_600, 60


def weeks_told(weeks: int) -> str:
    return f"Last {number_text(weeks)} weeks" if weeks else "All weeks"


def time_text(seconds: float | None) -> str:
    """12 s, 3 min 20 s, 2 h 5 min.

    >>> time_text(7_500)
    '2 h 5 min'
    """
    if seconds is None:
        return ABSENT
    whole = round(seconds)
    if whole >= HOUR:
        return f"{number_text(whole // HOUR)} h {whole % HOUR // MINUTE} min"
    return f"{whole // MINUTE} min {whole % MINUTE} s" if whole >= MINUTE else f"{whole} s"


def main_fact(view: CallCentreView, load: ContactLoad, days: ServiceDays) -> str:
    """What came in and how it went, in a sentence or two."""
    span = f"from {format_day(days.since)} to {format_day(days.last)}"
    told = f"{count_text(load.contacts, view.noun)} of {count_text(load.customers, 'known customer')} came {span}."
    if load.answered_of is not None:
        told += f" {share_text(load.answered_of, 1)} were answered within {view.seconds} s"
        told += f", {share_text(load.abandoned, 1)} hung up." if load.abandoned else "."
    return told


def notes(view: CallCentreView, load: ContactLoad, resolution: ContactResolution) -> list[str]:
    """What is to be known before anything is believed."""
    found = []
    if load.contacts and load.untimed == load.contacts:
        found.append(
            f"No {view.noun} tells its time of day: bring a column with the time, or a date with one, to see hours."
        )
    elif load.untimed:
        found.append(f"{count_text(load.untimed, view.noun)} without a time of day stand in no hour.")
    if load.contacts and not load.told_waits and view.kinds != "tickets":
        found.append("Nothing tells how long callers waited: bring the seconds.")
    if resolution.busiest >= BUSY and load.customers > 1:
        found.append(
            f"One customer made {share_text(resolution.busiest)} of all: look at numbers by customer."
        )
    if load.days < WEEK:
        found.append(f"{count_text(load.days, 'day')} alone: weekdays cannot be told apart.")
    return found


def tiles(view: CallCentreView, load: ContactLoad, resolution: ContactResolution) -> list[Kpi]:
    """The figures that are told; nobody hangs up a ticket."""
    in_time = f"{share_text(load.low, 1)} to {share_text(load.high, 1)}; n {number_text(load.told_waits)}"
    case = resolution.by_case
    every = [
        Kpi("contacts", f"{KINDS[view.kinds]} a day", number_text(load.contacts / load.days, 1),
            note=f"{number_text(load.contacts)} in {count_text(load.days, 'day')}"),
        Kpi("answered", f"Answered within {view.seconds} s", _share(load.answered_of),
            note=in_time),
        Kpi("wait", "Average wait", time_text(load.mean_wait), note=f"Half within {time_text(load.median_wait)}"),
        Kpi("handle", "Average handling time", time_text(load.mean_handle), note="Of those not hung up"),
        Kpi("abandoned", "Hung up", ABSENT if view.kinds == "tickets" else _share(load.abandoned),
            note=f"Patience {time_text(load.patience)} on average" if load.patience else "Nobody, as far as is told"),
        Kpi("resolution", "Settled at first contact", _share(case.share),
            note=f"By case, {view.days} days; n {number_text(case.whole)}"),
    ]  # fmt: skip
    return [each for each in every if each.value != ABSENT]


def _share(share: float | None) -> str:
    return ABSENT if share is None else share_text(share, DECIMALS)


def week_map(cells: pl.DataFrame, column: str, unit: str) -> pl.DataFrame:
    """Hours by weekdays for a heat map, those between the first and the last that have any; of what tells no time of
    day one row of whole days."""
    timed = cells.filter(pl.col("hour").is_not_null())
    if timed.is_empty():
        timed = cells.with_columns(hour=pl.lit(-1))
    rows = [
        (str(hour), "All day" if hour < 0 else f"{hour:02}:00", str(weekday), WEEKDAYS[weekday - 1][:3], value,
         number_text(value, 1) if unit == "units" and value is not None else format_value(value, unit))
        for hour, weekday, value in timed.sort("hour", "weekday").select("hour", "weekday", column).iter_rows()
    ]  # fmt: skip
    kinds = {"row_id": pl.String, "row_label": pl.String, "column_id": pl.String, "column_label": pl.String,
             "value": pl.Float64, "text": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def outcome_bars(load: ContactLoad) -> pl.DataFrame:
    return load.outcomes.select(
        pl.col("outcome").alias("id"), pl.col("outcome").alias("label"), pl.col("share").alias("value")
    )  # fmt: skip


def resolution_dots(found: ContactResolution) -> pl.DataFrame:
    """The three ways of counting, a dot each."""
    rows = []
    for name, (label, one, _) in COUNTED.items():
        each: ClusteredShare = getattr(found, name)
        n = count_text(each.whole, one)
        told = f"{_share(each.share)} of {n} ({share_text(each.low, 1)} to {share_text(each.high, 1)})"
        rows.append(
            (name, f"{label} (n {number_text(each.whole)})", "", each.share, each.low, each.high, told)
        )
    kinds = {"id": pl.String, "label": pl.String, "series": pl.String, "value": pl.Float64, "low": pl.Float64,
             "high": pl.Float64, "text": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row").filter(pl.col("value").is_not_null())


def resolution_told(found: ContactResolution) -> str:
    """What is left out, and how it is counted."""
    told = [f"{label}: {how}." for label, _, how in COUNTED.values()]
    if found.immature:
        told.append(
            f"{count_text(found.immature, 'contact')} of the last {found.within_days} days are absent: not over yet."
        )
    if found.unplaced:
        told.append(
            f"{count_text(found.unplaced, 'contact')} without a known customer or a subject are absent too."
        )
    return " ".join(told)


def response_table(found: ResponseTimes) -> pl.DataFrame:
    """How soon openings and reopenings were answered, a row each."""
    unit = "days" if found.in_days else "hours"
    return pl.DataFrame({
        "from": [BEGAN[each.began_as] for each in found.kinds],
        "answered": [each.answered for each in found.kinds],
        "waiting still": [each.waiting for each in found.kinds],
        f"half within, open {unit}": [_open_time(each.median, found.in_days) for each in found.kinds],
        f"nine of ten within, open {unit}": [_open_time(each.most, found.in_days) for each in found.kinds],
    })  # fmt: skip


def response_fact(kinds: tuple[ResponseTime, ...], in_days: bool) -> str:
    told = [
        f"half of all {BEGAN[each.began_as].lower()}s are answered within {_open_time(each.median, in_days)}"
        f" {'open days' if in_days else 'of business hours'}"
        for each in kinds
        if each.median is not None
    ]
    return f"H{'; '.join(told)[1:]}." if told else "Fewer than half are answered yet."


def _open_time(time: float | None, in_days: bool) -> str:
    if time is None:
        return "not reached yet"
    return number_text(time) if in_days else time_text(time)


def case_notes(spells: CaseSpells, found: ResponseTimes) -> list[str]:
    told = []
    if spells.impossible:
        told.append(
            f"Left out: {count_text(spells.impossible, 'case')} closed or answered before opening. See the dates."
        )
    if spells.unopened:
        told.append(f"Left out: {count_text(spells.unopened, 'case')} whose opening is not told.")
    if found.untimed:
        told.append(
            f"Left out of response times: {number_text(found.untimed)} without the time of day of an answer."
        )
    if found.dropped:
        told.append(
            f"Left out of response times: {number_text(found.dropped)} opened or reopened again before any answer."
        )
    return told


def backlog_fact(found: CaseBacklog, has_events: bool) -> str:
    told = f"{count_text(found.cases, 'case')} open."
    if not has_events:
        return f"{told} Whether any was reopened is not told: bring the events of tickets."
    if found.reopening_rate is None:
        return f"{told} Nothing was closed."
    return (
        f"{told} Of {count_text(found.closings, 'closing')} {number_text(found.reopenings)} were reopened: "
        f"{share_text(found.reopening_rate, 1)} ({share_text(found.low, 1)} to {share_text(found.high, 1)})."
    )  # fmt: skip


def score_dots(scores: pl.DataFrame, score: str, decimals: int) -> pl.DataFrame:
    """Averages of one score by kind of contact, a dot each."""
    rows = []
    for kind, answers, value, low, high in scores.filter(score=score).select(
        "kind", "answers", "value", "low", "high"
    ).iter_rows():  # fmt: skip
        ends = [] if low is None else [number_text(low, decimals), number_text(high, decimals)]
        around = " to ".join(ends) or "too few to say how sure"
        rows.append((kind, f"{(kind or 'kind not told').capitalize()} (n {number_text(answers)})", "", value, low, high,
                     f"{number_text(value, decimals)} ({around})"))  # fmt: skip
    kinds = {"id": pl.String, "label": pl.String, "series": pl.String, "value": pl.Float64, "low": pl.Float64,
             "high": pl.Float64, "text": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def forecast_course(found: VolumeForecast) -> pl.DataFrame:
    """The weeks that were judged, and after them those to come."""
    held = found.held.select("day", "contacts", "expected", "low", "high")
    ahead = found.days.with_columns(contacts=pl.lit(None, pl.Float64)).select(held.columns)
    both = pl.concat([held.with_columns(in_place=pl.lit(False)), ahead.with_columns(in_place=pl.lit(True))])
    return both.rename({"day": "period", "contacts": "value"}).with_columns(id=pl.lit("contacts"))


def forecast_fact(found: VolumeForecast, noun: str) -> str:
    total, day = float(found.days["expected"].sum()), found.accuracy[0]
    told = (
        f"About {number_text(total)} {noun}s are to come in the next four weeks. On the last {number_text(day.points)}"
        f" days, forecast before they came, it missed {share_text(day.wape, 1)} of them"
    )  # fmt: skip
    if day.wape_before is None:
        return f"{told}; there is no year before to hold that against."
    better = "less than" if day.wape < day.wape_before else "no less than"
    return f"{told}, {better} taking the same days of the year before ({share_text(day.wape_before, 1)})."


def accuracy_table(found: VolumeForecast) -> pl.DataFrame:
    return pl.DataFrame({
        "by": [each.grain.capitalize() for each in found.accuracy],
        "n": [each.points for each in found.accuracy],
        "misses, WAPE": [each.wape for each in found.accuracy],
        "WAPE of the year before": [each.wape_before for each in found.accuracy],
        "scaled misses, MASE": [_two(each.mase) for each in found.accuracy],
        "MASE of the year before": [_two(each.mase_before) for each in found.accuracy],
        "within the band": [each.covered for each in found.accuracy],
    }, schema_overrides={"WAPE of the year before": pl.Float64})  # fmt: skip


def _two(number: float | None) -> str:
    return ABSENT if number is None else number_text(number, 2)


def hour_told(weekday: int, hour: int) -> str:
    """An hour of the week.

    >>> hour_told(1, 9)
    'Monday from 09:00'
    """
    return f"{WEEKDAYS[weekday - 1]} from {hour:02}:00"


def around_table(frame: pl.DataFrame, patience: bool) -> pl.DataFrame:
    """What so many agents more or fewer do, in words people read; who hangs up where callers do."""
    hung_up = [pl.col("abandoned").alias("hung up")] if patience else []
    return frame.select(
        "agents",
        pl.col("more").map_elements(lambda more: f"{more:+d}" if more else "needed", pl.String).alias("against need"),
        pl.col("answered").alias("answered in time"),
        pl.col("mean_wait").map_elements(time_text, pl.String).fill_null("grows for ever").alias("average wait"),
        *hung_up,
        pl.col("occupancy").alias("agents busy"),
    )  # fmt: skip
