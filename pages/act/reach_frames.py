"""From an audience to who is reached, as the steps of a waterfall and in words."""

from __future__ import annotations

import polars as pl

from data.operational.planned_campaigns import HELD_OUT
from pages.act.found_reach import FoundReach
from pages.ui.figures.waterfall import STEPS
from pages.ui.style.formats import number_text

Step = tuple[str, str, str, float]


def reach_steps(found: FoundReach, arms: dict[str, int]) -> pl.DataFrame:
    """The steps of the picture: the audience, each reason, who may be reached, who is held out, and who is reached."""
    rows: list[Step] = [("audience", "Audience", "before", found.audience)]
    for reason, many in found.reasons.select("reason", "customers").iter_rows():
        rows.append((reason, reason.capitalize(), "part", -many))
    if found.left_out:
        rows.append(("reachable", "May be reached", "now", len(found.reached)))
    held = arms.get(HELD_OUT, 0)
    if held:
        rows.append((HELD_OUT, "Held out", "part", -held))
    rows.append(("treated", "Reached", "now", len(found.reached) - held))
    return pl.DataFrame([(*each, number_text(each[3])) for each in rows], schema=STEPS, orient="row")


def steps_told(frame: pl.DataFrame) -> str:
    """The same in a sentence."""
    return "; ".join(f"{label} {text}" for label, text in frame.select("label", "text").iter_rows())


def arms_told(arms: dict[str, int]) -> str:
    """The arms with their sizes, as `A 450, B 450, held out 100`."""
    return ", ".join(f"{name} {number_text(many)}" for name, many in arms.items())


def reasons_sentence(found: FoundReach) -> str:
    """Who is left out and why: `Left out: 3 withdrew their consent, 1 ...`."""
    told = ", ".join(
        f"{number_text(many)} {words}" for words, many in found.reasons.select("words", "customers").iter_rows()
    )
    return f"Left out, each for the first reason there is: {told}." if told else "Nobody is left out."
