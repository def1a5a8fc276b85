"""What is due: figures behind their targets, and customers who stand in a stage for longer than half of all do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

import streamlit as st

from cubes.analysis.target_status import TargetVerdict
from data.operational import operational_store, targets
from pages.overview.part_asked import PartAsked
from pages.overview.targets_tile import KPIS_PAGE, AgainstTarget, against_targets, target_periods
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.page_states import section
from pages.ui.style.formats import count_text
from pages.value.found_lifecycle import FoundLifecycle, found_lifecycle
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


def due_tile(asked: PartAsked) -> None:
    """As of the last day of the data; each line opens its page. Raises BadRequest where nobody is known."""
    section("What is due", "Whom and what to see to, as of the last day of the data.")
    held = targets.targets(operational_store.of(session.warehouse()))
    found = [
        *behind(against_targets(target_periods(), held)),
        *due_stages(found_lifecycle(LifecycleView())),
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


def due_stages(found: FoundLifecycle) -> Iterator[DueThing]:
    """One line a stage with customers who are due, in the order of the life cycle."""
    told = dict(found.due.group_by("stage").len().iter_rows())
    medians = dict(found.due.select("stage", "median").unique().iter_rows())
    for stage in found.rules.stages:
        if stage in told:
            why = f"there for over {count_text(int(medians[stage]), 'day')}, when half have left"
            opened = LifecycleView().due_in(stage).to_parameters()
            yield DueThing(stage, count_text(told[stage], "customer"), why, LIFECYCLE, opened)


def _row(each: DueThing, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        st.page_link(each.script, label=as_plain(each.name), query_params=each.parameters)
        st.space("stretch")
        st.html(
            f'<p class="clientela-against" data-testid="due"><b>{escape(each.amount)}</b>'
            f"<span>{escape(each.why)}</span></p>",
            width="content",
        )
