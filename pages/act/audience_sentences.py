"""What the page Audiences says of an audience, in sentences, and its tables as pages and files have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from data.operational.audiences import Audience
from pages.act.found_audiences import AudienceLine, AudienceReach, OpenedAudience
from pages.ui.local_time import day_in_words, in_words
from pages.ui.style.formats import ABSENT, count_text, format_day, number_text, share_text
from pages.ui.style.told_sentences import in_language

WHAT_IT_IS = (
    "An audience is a list of customers under a name: those behind a cell, in a segment, of a rule, in a stage. It "
    "keeps what was asked. Living, it follows that at each load; frozen, it stays. Campaigns are planned for audiences."
)
LATEST = 12
LISTED: dict[str, Any] = {
    "audience": pl.String, "customers": pl.Int64, "came": pl.Int64, "left": pl.Int64, "kind": pl.String,
    "asks_for": pl.String, "made_by": pl.String, "made_on": pl.String, "note": pl.String, "version": pl.String,
    "id": pl.String,
}  # fmt: skip
IN_FILES = ("version", "id")
COUNTS = dict.fromkeys(("customers", "came", "left"), "count")


def kind_of(audience: Audience) -> str:
    return "Living" if audience.is_living else "Frozen"


def listed(lines: Iterable[AudienceLine]) -> pl.DataFrame:
    """A row an audience; who came and left stands there where a publication changed it since it was made."""
    return pl.DataFrame([_row(each) for each in lines], LISTED, orient="row")


def shown_of(table: pl.DataFrame) -> pl.DataFrame:
    """The columns of it that a page has room for, of those that say anything."""
    kept = table.drop(IN_FILES)
    return kept.select(each.name for each in kept if each.null_count() < kept.height)


def _row(line: AudienceLine) -> tuple[Any, ...]:
    audience, changed = line.audience, line.changed_at is not None
    moves = (line.came, line.left) if changed else (None, None)
    made, note = day_in_words(audience.said_at), notes_words(line) or None
    told = (kind_of(audience), line.words, audience.owner, made, note, audience.version, audience.id)
    return (audience.name, line.customers, *moves, *told)


def main_fact(opened: OpenedAudience, everybody: int) -> str:
    """How many stand in it, of how many, and how it changed last."""
    line = opened.line
    if line.customers is None:
        return f"{line.audience.name}: who stands in it is not written yet."
    count, name = count_text(line.customers, "customer"), line.audience.name
    share = (
        f", {share_text(line.customers / everybody, 1)} of all {number_text(everybody)} known"
        if everybody
        else ""
    )
    return f"{name}: {count}{share}. {_changed(line)}"


def _changed(line: AudienceLine) -> str:
    if line.changed_at is None:
        return "Nobody came or left since it was made."
    came, left = count_text(line.came, "customer"), number_text(line.left)
    return f"With the last publication that changed it, of {in_words(line.changed_at)}, {came} came and {left} left."


def made_words(opened: OpenedAudience) -> str:
    """Who made it, when, of which state of the data, and how many were counted then."""
    audience, course = opened.line.audience, opened.course
    follows = (
        "Living: it follows its question at each load."
        if audience.is_living
        else "Frozen: its customers stay as they were found."
    )
    since = f", written with publication {course['publication'][0]}" if course.height else ""
    counted = count_text(audience.counted, "customer")
    return f"{follows} Made by {audience.owner} on {day_in_words(audience.said_at)} with {counted}{since}."


def notes_words(line: AudienceLine) -> str:
    """What is to be known beside the number."""
    return " ".join(map(in_language, line.standing.notes))


def course_frame(opened: OpenedAudience) -> pl.DataFrame:
    """The latest publications that changed it, as bars take them: `id`, `label`, `value`, `previous`, `text`."""
    rows = opened.course.with_columns(previous=pl.col("members").shift(1)).tail(LATEST)
    return pl.DataFrame(
        [
            (str(each["publication"]), _publication(each), each["members"], each["previous"], _moved(each))
            for each in rows.iter_rows(named=True)
        ],
        {"id": pl.String, "label": pl.String, "value": pl.Int64, "previous": pl.Int64, "text": pl.String},
        orient="row",
    )


def _publication(row: dict[str, Any]) -> str:
    at = row["published_at"]
    return f"No. {row['publication']}, {day_in_words(at)}" if at else f"No. {row['publication']}"


def _moved(row: dict[str, Any]) -> str:
    now = number_text(row["members"])
    if row["previous"] is None:
        return now
    moves = [f"{sign}{number_text(row[each])}" for sign, each in (("+", "came"), ("−", "left")) if row[each]]
    return f"{now}  {' '.join(moves)}"


def publication_words(opened: OpenedAudience, publication: int) -> str:
    """A publication as a choice says it."""
    row = opened.course.filter(pl.col("publication") == publication).row(0, named=True)
    when = in_words(row["published_at"]) if row["published_at"] else ABSENT
    return (
        f"Publication {publication}, {when}: {number_text(row['came'])} came, {number_text(row['left'])} left"
    )


def reach_frame(reach: AudienceReach) -> pl.DataFrame:
    """Those who may be reached, then a bar for each reason, by its name; `words` says it whole."""
    told = reach.reasons.select("reason", "words", "customers").iter_rows()
    reasons = [(reason, reason.capitalize(), said, customers) for reason, said, customers in told]
    rows = [("reached", "May be reached", "may be reached", reach.reached), *reasons]
    shares = [f"{number_text(row[-1])} · {_share(row[-1], reach.customers)}" for row in rows]
    frame = pl.DataFrame(rows, ["id", "label", "words", "value"], orient="row")
    return frame.with_columns(text=pl.Series(shares))


def _share(part: int, whole: int) -> str:
    return share_text(part / whole, 1) if whole else ABSENT


def reach_words(reach: AudienceReach) -> str:
    """How many may be reached, by what, and what was not asked."""
    rules = reach.rules
    purpose = f" for {rules.purpose}" if rules.purpose else ""
    said = (
        f"{number_text(reach.reached)} of {count_text(reach.customers, 'customer')} may be reached by {rules.channel}"
        f"{purpose}, as far as was known on {format_day(rules.day)}."
    )
    return " ".join([said, *map(in_language, reach.notes)])


def bars_told(title: str, frame: pl.DataFrame) -> str:
    """Bars in words, for those who do not see them; of `words`, where there are any, after the number."""
    rows = frame.iter_rows(named=True)
    told = "; ".join(
        f"{number_text(row['value'])} {row['words']}"
        if "words" in row
        else f"{row['label']} {number_text(row['value'])}"
        for row in rows
    )
    return f"{title}. {told}."
