"""Head-room of each customer and what they spend here, as the page Customer share saves them: with their tier."""

from __future__ import annotations

import polars as pl

from cubes.analysis.slice_days import span_of
from cubes.query import Query
from data import environment
from data.errors import BadRequest
from data.model.scoring import TIER, Scoring
from mining.customer_share.share_tier import Tier
from pages.ui import session
from pages.value.found_share import FoundShare
from pages.value.save_scores import ScoresOffered
from pages.value.share_view import ShareView

IN_MONEY = (Tier.OBSERVED, Tier.SURVEYED, Tier.ATTAINABLE)
WORDS = (
    "Head-room and spend of each customer, with their tier, as of the period's last day, for Explore to drill"
)
EXPLORED = Query(("head_room", "customer_share"), ("country",), cube="scores")


def offered(view: ShareView, found: FoundShare) -> ScoresOffered:
    """For tiers that are counted in money (`IN_MONEY`)."""

    def made() -> tuple[pl.DataFrame, Scoring]:
        return score_frame(found), scoring_of(view, found)

    return ScoresOffered("head_room", WORDS, EXPLORED, made)


def score_frame(found: FoundShare) -> pl.DataFrame:
    """customer, head_room and spend."""
    return found.members.select("customer", "head_room", spend="own")


def scoring_of(view: ShareView, found: FoundShare) -> Scoring:
    """When, of which tier and with what settings: head-room is that of as many days as the period has.

    Raises BadRequest where no day is left.
    """
    span = span_of(view.cuts, session.warehouse().profile)
    if span is None:
        raise BadRequest("No day of the data lies in this period.", "Choose a period that has order lines.")
    first, last = span
    settings = view.open("").to_parameters()
    return Scoring(
        last,
        f"customer share, {found.tier}",
        (last - first).days + 1,
        {**settings, TIER: found.tier.value},
        by=environment.who(),
    )
