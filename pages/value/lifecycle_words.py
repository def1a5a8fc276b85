"""What the page Life cycle says and tabulates: dwell where half have not left, the book that balances, the rules."""

from __future__ import annotations

import polars as pl

from data.lifecycle.stage_rules import NO_LIMIT, StageRules, StageTransition
from mining.lifecycle.stage_dwell import FEWEST_SPELLS, StageDwell
from pages.ui import session
from pages.ui.style.formats import count_text, format_day, number_text
from pages.value.found_lifecycle import CUBE, FoundLifecycle, held_against
from pages.value.lifecycle_view import BEFORE, LifecycleView


def stay_words(dwell: StageDwell) -> str:
    """After how long half have left a stage; of a median that was not reached, how far anybody was watched."""
    return half_words(dwell.median, dwell.curve.longest)


def half_words(median: float | None, watched: float) -> str:
    """A median in days; where it was not reached, more than the longest that anybody was watched."""
    if median is not None:
        return "the same day" if median == 0 else count_text(round(median), "day")
    return f"more than {count_text(round(watched), 'day')}"


def main_fact(found: FoundLifecycle) -> str:
    """The book in a sentence."""
    opening, entered, left = (int(found.book[name].sum()) for name in ("opening", "entered", "left"))
    return (
        f"{count_text(found.known, 'customer')} known on {format_day(found.until)}, {number_text(opening)} before"
        f" {format_day(found.since)}. In between {count_text(left, 'move')} from stage to stage, and"
        f" {number_text(entered - left)} who became known."
    )


def dwell_table(found: FoundLifecycle) -> pl.DataFrame:
    """A row a stage: spells, how many are open, half leave after, and the mean of the finished ones beside it."""
    rows = [
        (
            each.stage,
            each.curve.spells,
            each.curve.spells - each.curve.finished,
            stay_words(each),
            each.mean_of_finished,
        )
        for each in found.dwell
    ]
    schema = {"stage": pl.String, "spells": pl.Int64, "still_open": pl.Int64, "half_leave_after": pl.String,
              "mean_of_finished_days": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row").with_columns(pl.col("mean_of_finished_days").round(1))


def dwell_curves(found: FoundLifecycle) -> pl.DataFrame:
    """The share that still stands in each stage, by days since it was entered; stages that nobody left have none."""
    parts = []
    for each in found.dwell:
        if each.curve.finished:
            steps = each.curve.frame.select(age="time", value="surviving")
            begin = pl.DataFrame({"age": [0.0], "value": [1.0]})
            whole = pl.concat([begin, steps, steps.tail(1).with_columns(age=pl.lit(each.curve.longest))])
            once = whole.unique("age", keep="last", maintain_order=True)
            parts.append(
                once.select(pl.lit(each.stage).alias("id"), pl.lit(each.stage).alias("label"), pl.all())
            )
    return pl.concat(parts) if parts else pl.DataFrame(schema={"id": pl.String, "age": pl.Float64})


def segment_name(by: str) -> str:
    """A level, or the stage that customers came from, as the page names it."""
    if by == BEFORE:
        return "the stage they came from"
    return session.cube(CUBE).level(by).label.lower() if by else "all in the stage"


def half_table(view: LifecycleView, found: FoundLifecycle) -> pl.DataFrame:
    """A row a stage and segment in which anybody stands: half leave after, and of which stays that is known."""
    own = found.halves.filter(pl.col("stage") == view.stage) if view.stage else found.halves
    half = [half_words(median, watched) for median, watched in own.select("median", "watched").iter_rows()]
    told = own.select(
        "stage",
        "segment",
        half_leave_after=pl.Series(half, dtype=pl.String),
        held_against=held_against(),
        of_stays="spells",
        finished="finished",
        stays_of_its_own="own_spells",
    )
    return told if view.by else told.drop("segment", "held_against", "stays_of_its_own")


def due_words(view: LifecycleView) -> str:
    """Who is due, in a sentence or two."""
    said = "Customers who stand in a stage for longer than the time after which half leave it; nobody where half have "
    said += "not left within the longest time that anybody was watched."
    if not view.by:
        return said
    few = f" One of fewer than {FEWEST_SPELLS} stays in a stage is held against the whole stage."
    if view.by == BEFORE:
        return f"{said} Each is held against those who came from the same stage.{few}"
    return (
        f"{said} Each is held against customers of the same {segment_name(view.by)}, as they are described on the last"
        f" day.{few}"
    )


def cautions(found: FoundLifecycle) -> list[str]:
    """What to know beside the numbers."""
    said = [f"Passed over, as the life cycle knows customers alone: {cut}." for cut in found.passed_over]
    reached = set(found.spells.frame["stage"])
    for each in found.rules.stages:
        if each not in reached:
            said.append(f"Nobody ever stood in {each}: nothing that was loaded leads there.")
    if found.runs and found.runs[-1].rule_version != found.rules.version:
        said.append("The stages were derived by earlier rules; the next load derives them by those of today.")
    return said


def rule_words(rules: StageRules) -> list[str]:
    """Each rule as a sentence."""
    told = [f"{rules.first}: from the first day on which a {rules.subject} is known."]
    told += [_transition(each) for each in rules.transitions]
    told += [
        f"{each.to}: from {' or '.join(each.origins)}, when {each.silent_days} days passed without a {each.since}."
        for each in rules.timers
    ]
    return told


def _transition(each: StageTransition) -> str:
    which = f"a {each.on}"
    if (each.at_least, each.at_most) != (1, NO_LIMIT):
        upto = " or later" if each.at_most == NO_LIMIT else f" to {each.at_most}"
        which = f"{each.on} {each.at_least}{upto}"
    stay = f", after {each.stay_days} days at least" if each.stay_days else ""
    return f"{each.to}: from {' or '.join(each.origins)}, on {which}{stay}."
