"""What proposals tell of customers: their three ranks, and whether those who speak are like those who do not."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.proposals.proposal_ranks import ProposalRanks, proposal_ranks
from mining.proposals.voice_weights import VoiceWeights, voice_weights
from mining.proposals.voices_beside_customers import voices_beside_customers


@dataclass(frozen=True, slots=True, eq=False)
class ProposalInsight:
    """`ranks` of the proposals, `weights` that would make voters stand for all customers (used where `is_weighted`),
    and proposers and voters `beside` customers at large."""

    ranks: ProposalRanks
    weights: VoiceWeights
    beside: pl.DataFrame
    is_weighted: bool


def proposal_insight(
    proposals: pl.DataFrame, supports: pl.DataFrame, customers: pl.DataFrame, is_weighted: bool = False
) -> ProposalInsight:
    """`proposals` have `proposal` and `proposer` (null: nobody who is known); `supports` `proposal` and `customer`,
    each once; `customers` at large `customer`, `segment` and `worth` (both null where not known)."""
    known = supports.filter(pl.col("customer").is_in(customers["customer"].implode()))
    voters = known["customer"].unique()
    weights = voice_weights(voters, customers)
    ranks = proposal_ranks(
        proposals["proposal"], supports, customers, weights.weights if is_weighted else None
    )
    beside = voices_beside_customers(customers, proposals["proposer"].drop_nulls(), voters)
    return ProposalInsight(ranks, weights, beside, is_weighted)
