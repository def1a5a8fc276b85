"""What the page Life cycle says and tabulates: dwell where half have not left, the book that balances, the rules."""

from __future__ import annotations

import polars as pl

from data.lifecycle.stage_rules import NO_LIMIT, StageRules, StageTransition
from mining.lifecycle.stage_dwell import StageDwell
from pages.ui.style.formats import count_text, format_day, number_text
from pages.value.found_lifecycle import FoundLifecycle, lost_stages


def stay_words(dwell: StageDwell) -> str:
    """After how long half have left a stage; of a median that was not reached, how far anybody was watched."""
    if dwell.median is not None:
        return "the same day" if dwell.median == 0 else count_text(round(dwell.median), "day")
    return f"more than {count_text(round(dwell.curve.longest), 'day')}"


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


def flow_cells(found: FoundLifecycle) -> pl.DataFrame:
    """The moves from each stage to each, for a heat map; who became known is no move."""
    begun, reached = {*found.flow["from"]}, {*found.flow["to"]}
    rows = pl.DataFrame({"from": [stage for stage in found.rules.stages if stage in begun]})
    columns = pl.DataFrame({"to": [stage for stage in found.rules.stages if stage in reached]})
    cells = rows.join(columns, how="cross").join(
        found.flow, on=["from", "to"], how="left", maintain_order="left"
    )
    return cells.select(
        row_id="from",
        row_label="from",
        column_id="to",
        column_label="to",
        value=pl.col("moves").cast(pl.Float64),
    )


def flow_words(found: FoundLifecycle) -> str:
    """The same in words, for whoever hears it."""
    told = [f"{row['from']} to {row['to']} {number_text(row['moves'])}" for row in
            found.flow.sort("moves", descending=True).to_dicts()]  # fmt: skip
    return f"Moves from stage to stage: {', '.join(told)}."


def move_words(found: FoundLifecycle) -> str:
    """How many moves skipped a stage, led back, lost somebody or won them back, all time until the last day."""
    told, ended = found.moves, found.spells.frame.filter(~pl.col("is_open"))
    lost = lost_stages(found.rules)
    away, again = (ended.filter(pl.col(name).is_in(lost)).height for name in ("next", "stage"))
    return (
        f"Since the beginning {count_text(told.forward, 'move')} went to the next stage, {number_text(told.skipped)}"
        f" skipped one or more, {number_text(told.backward)} went back. Customers were lost"
        f" {count_text(away, 'time')} and won back {count_text(again, 'time')}."
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
