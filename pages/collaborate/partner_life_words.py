"""What the page Partner life cycle says, and the frames that it draws."""

from __future__ import annotations

import polars as pl

from data.collaborate.partner_history import unknown_words
from mining.lifecycle.stage_dwell import StageDwell
from mining.partners.renewals_due import DUE, OVER
from pages.collaborate.found_partner_life import FoundPartnerLife
from pages.ui.style.formats import count_text, format_day, format_month, number_text

NO_END = "No agreement with an end is known. Record one at a partner, or load a file of partner events."


def main_fact(found: FoundPartnerLife) -> str:
    """Who stands where, in a sentence."""
    standing = found.partners.drop_nulls("stage").group_by("stage").len()
    counts = dict(standing.iter_rows())
    told = [f"{number_text(counts[stage])} in {stage}" for stage in found.rules.stages if counts.get(stage)]
    due = found.renewals.filter(pl.col("state").is_in([DUE, OVER])).height
    renew = f" {count_text(due, 'agreement')} to be renewed or over." if due else ""
    return f"{count_text(found.partners.height, 'partner')} on {format_day(found.until)}: {', '.join(told)}.{renew}"


def cautions(found: FoundPartnerLife) -> list[str]:
    """What makes the picture less sure."""
    said = []
    strange = unknown_words(found.events)
    if strange:
        told = ", ".join(f"“{word}” ({number_text(many)})" for word, many in strange[:5])
        said.append(f"Events in words that the life cycle does not know change no stage: {told}.")
    suspended = found.events.filter(pl.col("kind") == "suspended")["code"].n_unique()
    if suspended:
        said.append(
            f"{count_text(suspended, 'partner')} suspended at some time: that is no stage, they stay where they are."
        )
    waits = found.events.filter(~pl.col("is_row")).height
    if waits:
        said.append(
            f"{count_text(waits, 'event')} recorded since the last publication: stages follow with the next one."
        )
    return said


def stay_words(each: StageDwell) -> str:
    """After how long half have left; where that was not reached, how far anybody was watched."""
    if each.median is None:
        return f"more than {count_text(round(each.curve.longest), 'day')}"
    return "the same day" if each.median == 0 else count_text(round(each.median), "day")


def dwell_table(found: FoundPartnerLife) -> pl.DataFrame:
    rows = [
        (each.stage, each.curve.spells, each.curve.spells - each.curve.finished, stay_words(each))
        for each in found.dwell
    ]
    schema = {"stage": pl.String, "stays": pl.Int64, "still_open": pl.Int64, "half_leave_after": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def first_words(found: FoundPartnerLife) -> str:
    """How long until the first order, with how many wait."""
    curve = found.first
    if curve is None:
        return "No partner was known before its first order, so nothing tells how long that takes."
    waits = curve.spells - curve.finished
    half = (
        f"Fewer than half have a first order or sale within {count_text(round(curve.longest), 'day')} of being known"
        if curve.median is None
        else f"Half have a first order or sale within {count_text(round(curve.median), 'day')} of being known"
    )
    return (
        f"{half}: {number_text(curve.finished)} of"
        f" {count_text(curve.spells, 'partner')} have one, {number_text(waits)} still wait and count as far as watched."
        " Whoever was known by an order itself is left out."
    )


def stock_parts(found: FoundPartnerLife) -> pl.DataFrame:
    """Who stood in each stage at each month's end, as parts of bars."""
    return found.stock.select(
        row_id=pl.col("day").cast(pl.String),
        row_label=pl.col("day").map_elements(format_month, return_dtype=pl.String),
        column_id="stage",
        column_label="stage",
        value=pl.col("standing").cast(pl.Float64),
    )


def first_curve(found: FoundPartnerLife) -> pl.DataFrame:
    """The share that still waits for a first order, by days since it was known."""
    if found.first is None or found.first.frame.is_empty():
        return pl.DataFrame(
            schema={"id": pl.String, "label": pl.String, "age": pl.Float64, "value": pl.Float64}
        )
    steps = found.first.frame.select(age="time", value="surviving", low="low", high="high")
    begin = pl.DataFrame({"age": [0.0], "value": [1.0], "low": [1.0], "high": [1.0]})
    whole = pl.concat([begin, steps]).unique("age", keep="last", maintain_order=True)
    return whole.select(
        pl.lit("first").alias("id"), pl.lit("Still without an order").alias("label"), pl.all()
    )


def flow_bands(found: FoundPartnerLife) -> pl.DataFrame:
    return found.flow.select(
        row_id="from", row_label="from", column_id="to", column_label="to",
        value=pl.col("moves").cast(pl.Float64), kind="kind",
    )  # fmt: skip
