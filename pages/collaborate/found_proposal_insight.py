"""What the page Proposal insight finds: proposals and customers at large handed to the miners, results remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from cubes.analysis.customer_slice import cuts_on_customers
from cubes.analysis.customers_at_large import customers_at_large, levels_of_groups, worths_offered
from cubes.analysis.proposal_voices import ProposalVoices, proposal_voices
from cubes.analysis.slice_days import span_of
from cubes.query import Cut, Query
from data.collaborate.proposal_board import KINDS
from data.errors import BadRequest, did_you_mean
from data.operational import operational_store, statement_log
from mining.proposals.opinion_groups import OpinionGroups, opinion_groups
from mining.proposals.proposal_insight import ProposalInsight, proposal_insight
from mining.proposals.similar_proposals import alike_pairs
from pages.collaborate.proposal_insight_view import OPEN, ProposalInsightView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work

USUAL_LEVEL = "customer_kind"
NO_MARGIN = "No margin of these customers is known, so revenue stands in its place."


@dataclass(frozen=True, slots=True, eq=False)
class FoundProposalInsight:
    """`voices` of the slice and the `insight` into them, in groups of `level` ("" none is told apart); customers are
    worth what `worth` says, by the close of `until`. `customers` are at large. `state` says what was said until now."""

    voices: ProposalVoices
    insight: ProposalInsight
    customers: int
    level: str
    worth: str
    until: date | None
    notes: tuple[str, ...]
    state: str


def offered_levels() -> list[str]:
    return levels_of_groups(session.warehouse().profile)


def offered_worths() -> tuple[str, ...]:
    return worths_offered(session.warehouse().profile)


def usual_level() -> str:
    offered = offered_levels()
    return USUAL_LEVEL if USUAL_LEVEL in offered else next(iter(offered), "")


def found_proposal_insight(view: ProposalInsightView) -> FoundProposalInsight:
    """Ranks, weights and who speaks. Raises BadRequest for groups and worths that are not told of customers."""
    level = view.by or usual_level()
    if level and level not in (offered := offered_levels()):
        raise BadRequest(f"Customers are not told apart by {level[:40]!r}.", did_you_mean(level, offered))
    store, state = session.warehouse(), _state()
    cuts = session.sets_read(view.cuts)
    voices = _voices(store.version, state, cuts, view.only)
    own = cuts_on_customers(store, Query(cuts=cuts))
    span = span_of((), store.profile)
    customers, worth, notes = _nobody(), view.worth or offered_worths()[0], voices.notes
    if span:
        customers = _at_large(store.version, own, level, worth, span[1])
        if not view.worth and customers.height and customers["worth"].null_count() == customers.height:
            worth, notes = offered_worths()[1], (*notes, NO_MARGIN)
            customers = _at_large(store.version, own, level, worth, span[1])
    insight = proposal_insight(voices.proposals, voices.supports, customers, view.weighted)
    return FoundProposalInsight(
        voices, insight, customers.height, level, worth, span[1] if span else None, notes, state
    )


def asked_groups(view: ProposalInsightView, found: FoundProposalInsight) -> AskedWork[OpinionGroups]:
    """Groups of opinion asked for; finding them raises BadRequest where there are too few voters or proposals."""
    shown = _shown_supports(view, found)

    def work(progress: Progress) -> OpinionGroups:
        return opinion_groups(shown, told=progress)

    return asked_work("groups of opinion", (session.sets_read(view.cuts), view.only, found.state), work)


def asked_pairs(view: ProposalInsightView, found: FoundProposalInsight) -> AskedWork[pl.DataFrame]:
    """Pairs that say nearly the same asked for; finding them raises BadRequest where too many do."""
    proposals = found.voices.proposals

    def work(progress: Progress) -> pl.DataFrame:
        return alike_pairs(proposals, view.alike)

    asked = (session.sets_read(view.cuts), view.only, view.alike, found.state)
    return asked_work("proposals alike", asked, work)


def _shown_supports(view: ProposalInsightView, found: FoundProposalInsight) -> pl.DataFrame:
    """Supports of customers within the cuts."""
    if not cuts_on_customers(session.warehouse(), Query(cuts=session.sets_read(view.cuts))):
        return found.voices.supports
    return found.voices.supports.filter(
        pl.col("customer").is_in(found.insight.weights.weights["customer"].implode())
    )


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"customer": pl.String, "segment": pl.String, "worth": pl.Float64})


def _state() -> str:
    """What differs whenever anything more was said of proposals."""
    store = operational_store.of(session.warehouse())
    return repr([statement_log.state_of(store, each) for each in KINDS])


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _voices(version: str, state: str, cuts: tuple[Cut, ...], only: str) -> ProposalVoices:
    found = proposal_voices(session.warehouse(), session.ask_whole, Query(cuts=cuts))
    if only != OPEN:
        return found
    proposals = found.proposals.filter("is_open")
    kept = found.supports.filter(pl.col("proposal").is_in(proposals["proposal"].implode()))
    return ProposalVoices(proposals, kept, found.notes)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _at_large(version: str, cuts: tuple[Cut, ...], level: str, worth: str, until: date) -> pl.DataFrame:
    return customers_at_large(session.warehouse(), session.ask_whole, cuts, level, worth, until)
