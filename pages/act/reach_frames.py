"""From an audience to who is reached, as the steps of a waterfall and in words."""

from __future__ import annotations

import polars as pl

from cubes.members.member_names import names_of
from data.campaigns.contact_rules import REASON
from data.campaigns.drawn_contacts import NOT_KNOWN, TWO_ARMS
from data.operational.planned_campaigns import HELD_OUT, OPEN, TREATED
from data.store.warehouse import Warehouse
from pages.act.found_reach import FoundReach
from pages.ui.figures.waterfall import STEPS
from pages.ui.style.formats import count_text, number_text

WORDS = {each.name: each.words for each in REASON.values()} | {
    NOT_KNOWN: "are not known any longer",
    TWO_ARMS: "came into two arms when two customers were found to be one",
}


def reach_steps(found: FoundReach) -> pl.DataFrame:
    """The steps of the picture: the audience, each reason, who may be reached, who is held out, and who is reached.

    Those of earlier exports count among them.
    """
    rows: list[tuple[str, str, str, float]] = [("audience", "Audience", "before", len(found.members))]
    rows += [(reason, reason.capitalize(), "part", -many) for reason, many in _reasons(found)]
    if found.left_out:
        rows.append(("reachable", "May be reached", "now", found.reachable))
    less = {"Taken back": found.taken_back, "Held out": found.held_out}
    rows += [(label, label, "part", -many) for label, many in less.items() if many]
    is_open = OPEN in found.arms or not found.drawn.before.filter(pl.col("arm") == OPEN).is_empty()
    rows.append(("reached", "Open to others" if is_open else "Reached", "now", found.reached))
    return pl.DataFrame([(*each, number_text(each[3])) for each in rows], schema=STEPS, orient="row")


def steps_told(frame: pl.DataFrame) -> str:
    """The same in a sentence."""
    return "; ".join(f"{label} {text}" for label, text in frame.select("label", "text").iter_rows())


def arms_sentence(found: FoundReach) -> str:
    """The arms with their sizes: `Drawn by lot: A 450, B 450, held out 100.`"""
    if found.drawn.fresh.is_empty():
        return ""
    return f"Drawn by lot: {', '.join(f'{arm} {number_text(many)}' for arm, many in found.arms.items())}."


def reasons_sentence(found: FoundReach) -> str:
    """Who is left out and why."""
    told = ", ".join(f"{number_text(many)} {WORDS[reason]}" for reason, many in _reasons(found))
    if told:
        return f"Left out, each for the first reason there is: {told}."
    return "Nobody is left out." if len(found.members) else ""


def _reasons(found: FoundReach) -> list[tuple[str, int]]:
    """Those that leave anybody out, in the order in which they are asked, with how many."""
    return [(reason, found.drawn.left_out[reason]) for reason in WORDS if reason in found.drawn.left_out]


def export_sentence(found: FoundReach) -> str:
    """What an export would write now."""
    drawn, held = found.drawn, found.arms[HELD_OUT]
    if not drawn.is_new:
        return "Nothing is new: an export would write nothing."
    others = drawn.fresh.height - held
    is_open = bool((drawn.fresh["arm"] == OPEN).any())
    deed = "would stay open to other campaigns" if is_open else "would be written"
    said = [
        f"{count_text(others, 'customer' if is_open else 'contact')} {deed} and {number_text(held)} held out"
    ]
    if found.left_out:
        said.append(f"{number_text(found.left_out)} left out")
    if drawn.taken_back:
        said.append(f"{number_text(drawn.taken_back)} taken back")
    if drawn.unchanged:
        said.append(f"{number_text(drawn.unchanged)} unchanged")
    return f"{', '.join(said)}."


def changes_frame(found: FoundReach, store: Warehouse) -> pl.DataFrame:
    """Who would be reached anew and who taken back: `name`, `customer` (their id), `change`; nobody who is held out."""
    fresh = found.drawn.fresh.filter(pl.col("arm") == TREATED)
    changes = {"added": fresh["customer"], "taken back": found.drawn.removed["customer"].unique()}
    parts = []
    for change, codes in changes.items():
        labels, ids = names_of(store).of("customer", codes.to_numpy())
        parts.append(pl.DataFrame({"name": labels, "customer": ids}).with_columns(change=pl.lit(change)))
    return pl.concat(parts)
