"""What is due: figures behind their targets, and customers who stand in a stage for longer than half of all do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.target_status import TargetVerdict
from pages.overview.part_asked import PartAsked
from pages.overview.targets_tile import KPIS_PAGE, AgainstTarget, against_targets, target_periods
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.open_pages import name_link
from pages.ui.page_states import section
from pages.ui.style.formats import count_text
from pages.value.found_lifecycle import found_lifecycle
from pages.value.kpi_view import held_targets
from pages.value.lifecycle_view import LifecycleView

LIFECYCLE = "value/lifecycle_page.py"
NOTHING = "No figure is behind its target, and no customer is longer in a stage than half of all stay."


@dataclass(frozen=True, slots=True)
class DueThing:
    """One line: what is due, how much of it, why, and the page that it leads to."""

    name: str
    amount: str
    why: str
    script: str
    parameters: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class DueStage:
    """How many customers stand in a stage for longer than `median_days`, in which half leave it."""

    stage: str
    customers: int
    median_days: int


def due_tile(asked: PartAsked) -> None:
    """As of the last day of the data; each line opens its page. Raises BadRequest where nobody is known."""
    section("What is due", "Whom and what to see to, as of the last day of the data.")
    held = held_targets()
    found = [
        *behind(against_targets(target_periods(), held)),
        *due_stages(stages_due(session.warehouse().version)),
    ]
    if not found:
        st.html(f'<p class="clientela-quiet" data-testid="nothing-due">{escape(NOTHING)}</p>')
    for at, each in enumerate(found):
        _row(each, f"due-{asked.key}-{at}")


def behind(found: Iterable[AgainstTarget]) -> Iterator[DueThing]:
    """One line for the figures that are behind their targets, where any are."""
    late = [each.status for each in found if each.status.verdict is TargetVerdict.BEHIND]
    sure = sum(not each.by_chance for each in late)
    if late:
        why = f"{sure} of them not by chance" if sure else "all perhaps by chance"
        yield DueThing("Targets", f"{count_text(len(late), 'figure')} behind", why, KPIS_PAGE, {})


def due_stages(found: Iterable[DueStage]) -> Iterator[DueThing]:
    """One line a stage with customers who are due."""
    for each in found:
        opened = LifecycleView().due_in(each.stage).to_parameters()
        stay = (
            f"median stay of {count_text(each.median_days, 'day')}"
            if each.median_days
            else "day they entered it"
        )
        why = f"past the {stay}"
        yield DueThing(each.stage, count_text(each.customers, "customer"), why, LIFECYCLE, opened)


@st.cache_resource(show_spinner=False, max_entries=2)
def stages_due(version: str) -> tuple[DueStage, ...]:
    """The stages in which anybody is due, in the order of the life cycle. Raises BadRequest where nobody is known."""
    found = found_lifecycle(LifecycleView())
    many = found.due.group_by("stage").agg(pl.len(), pl.col("median").first())
    told = {stage: DueStage(stage, count, int(median)) for stage, count, median in many.iter_rows()}
    return tuple(told[stage] for stage in found.rules.stages if stage in told)


def _row(each: DueThing, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        name_link(each.script, as_plain(each.name), query_params=each.parameters)
        st.space("stretch")
        st.html(
            f'<p class="clientela-against" data-testid="due"><b>{escape(each.amount)}</b>'
            f"<span>{escape(each.why)}</span></p>",
            width="content",
        )
