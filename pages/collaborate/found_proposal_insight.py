"""What the page Proposal insight finds: proposals and customers at large handed to the miners, results remembered."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from cubes.analysis.customers_at_large import (
    CustomersAtLarge,
    customers_at_large,
    levels_of_groups,
    worths_offered,
)
from cubes.analysis.proposal_voices import ProposalVoices, proposal_voices
from cubes.query import Cut, Query
from data.collaborate.proposal_board import KINDS
from data.operational import operational_store, statement_log
from mining.proposals.opinion_groups import OpinionGroups, opinion_groups
from mining.proposals.proposal_insight import ProposalInsight, proposal_insight
from mining.proposals.similar_proposals import alike_pairs
from pages.collaborate.proposal_insight_view import OPEN, ProposalInsightView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work


@dataclass(frozen=True, slots=True, eq=False)
class FoundProposalInsight:
    """`voices` of the slice, `base` all customers within it, and the `insight` into both. `state` says what was said
    until now."""

    voices: ProposalVoices
    base: CustomersAtLarge
    insight: ProposalInsight
    state: str

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.voices.notes, *self.base.notes)


def offered_levels() -> list[str]:
    return levels_of_groups(session.warehouse().profile)


def offered_worths() -> tuple[str, ...]:
    return worths_offered(session.warehouse().profile)


def found_proposal_insight(view: ProposalInsightView) -> FoundProposalInsight:
    """Ranks, weights and who speaks. Raises BadRequest for groups and worths that are not told of customers."""
    version, state = session.warehouse().version, _state()
    cuts = session.sets_read(view.cuts)
    voices, base = _voices(version, state, cuts, view.only), _at_large(version, cuts, view.by, view.worth)
    insight = proposal_insight(voices.proposals, voices.supports, base.customers, view.weighted)
    return FoundProposalInsight(voices, base, insight, state)


def asked_groups(view: ProposalInsightView, found: FoundProposalInsight) -> AskedWork[OpinionGroups]:
    """Groups of opinion asked for; finding them raises BadRequest where there are too few voters or proposals."""
    heard = found.insight.weights.weights["customer"]
    shown = found.voices.supports.filter(pl.col("customer").is_in(heard.implode()))

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
def _at_large(version: str, cuts: tuple[Cut, ...], level: str, worth: str) -> CustomersAtLarge:
    return customers_at_large(session.warehouse(), session.ask_whole, Query(cuts=cuts), level, worth)
