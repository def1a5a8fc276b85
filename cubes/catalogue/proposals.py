"""The proposals cube: what customers propose, and what becomes of it."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure(
        "proposals",
        "Proposals",
        Kind.ADDITIVE,
        "count",
        "Proposals of customers.",
        aggregate="count",
    ),
    Measure(
        "proposals_decided",
        "Proposals decided",
        Kind.ADDITIVE,
        "count",
        "Proposals on which was decided, by the day on which they were made.",
        aggregate="count",
        condition="proposal.decided_on IS NOT NULL",
        rising=0,
    ),
    Measure(
        "customers_proposing",
        "Customers proposing",
        Kind.DISTINCT,
        "count",
        "Different customers with a proposal; (unknown) is not one.",
        column="proposal.customer_code",
        condition="proposal.customer_code > 0",
    ),
    Measure(
        "decided_share",
        "Decided",
        Kind.RATIO,
        "percent",
        "Share of the proposals on which was decided.",
        numerator="proposals_decided",
        denominator="proposals",
    ),
    Measure(
        "days_to_decide",
        "Days to decide",
        Kind.RATIO,
        "days",
        "Days from a proposal to its decision, on average over those decided.",
        numerator="days_undecided",
        denominator="proposals_decided",
        rising=-1,
    ),
    Measure(
        "days_undecided",
        "Days until decided, summed",
        Kind.ADDITIVE,
        "days",
        "Days from a proposal to its decision, summed.",
        column="proposal.decided_on - (DATE '1970-01-01' + proposal.day_key)::DATE",
        condition="proposal.decided_on IS NOT NULL",
        rising=-1,
        hidden=True,
    ),
)

cube = DeclaredCube("proposals", "Proposals", "proposal", MEASURES)
