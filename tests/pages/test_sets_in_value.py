"""Value, Sequences and Offers within a named set: its present members, and nothing of a set that another keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cubes.query import Cut, parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from data.operational.operational_store import OperationalStore
from mining.customer_share.share_tier import Tier
from pages.collaborate.found_proposal_insight import found_proposal_insight
from pages.collaborate.proposal_insight_view import ProposalInsightView
from pages.discover import found_sequences
from pages.discover.found_offers import found_offers
from pages.discover.offers_view import OffersView
from pages.discover.sequences_view import SequencesView
from pages.ui import session
from pages.value.found_cohorts import found_cohorts, found_histories
from pages.value.found_lifecycle import found_lifecycle
from pages.value.found_lifetime import question
from pages.value.found_loyalty import found_loyalty, loyalty_customers, loyalty_degrees
from pages.value.found_share import found_share
from pages.value.lifecycle_view import LifecycleView
from pages.value.lifetime_view import LifetimeView
from pages.value.loyalty_view import LoyaltyView
from pages.value.retention_view import RetentionView
from pages.value.share_view import ShareView
from tests.tiny import Line, tiny_warehouse

Cuts = tuple[Cut, ...]
COUNTRIES = ("Italy", "France", "Spain")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperationalStore:
    path = tmp_path.resolve() / "w.duckdb"
    lines = [
        Line(date(2024, month, 5), f"{name}{month}", f"Of {name}", name, name, name, revenue=f"{month}.00")
        for name in COUNTRIES
        for month in (1, 2, 9)
    ]
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    return operational_store.of(session.renewed())


def loyal(cuts: Cuts) -> int:
    frame, day = loyalty_customers(cuts)
    assert day
    return found_loyalty(LoyaltyView(cuts), frame, day).cells.members.height


def cohorts(cuts: Cuts) -> int:
    return int(found_cohorts(RetentionView(cuts)).cells.frame["customers"].max())  # type: ignore[arg-type]


FOUND: dict[str, Callable[[Cuts], int]] = {
    "cohorts": cohorts,
    "histories": lambda cuts: found_histories(RetentionView(cuts)).frame.height,
    "life cycle": lambda cuts: found_lifecycle(LifecycleView(cuts)).spells.frame["subject"].n_unique(),
    "lifetime": lambda cuts: len(
        question(LifetimeView(cuts), date(2024, 9, 5)).cuts[0].named_set.content.members
    ),  # type: ignore[union-attr]
    "loyalty": loyal,
    "degrees": lambda cuts: int(loyalty_degrees(cuts).frame["customers"].sum()),
    "sequences": lambda cuts: len(found_sequences.encoded(SequencesView(cuts)) or ()),
    "offers": lambda cuts: len(found_offers(OffersView(cuts, horizon=220)).found.bought.customers),
    "proposal insight": lambda cuts: found_proposal_insight(ProposalInsightView(cuts)).base.customers.height,
    "share": lambda cuts: found_share(ShareView(cuts, tier=Tier.BREADTH)).members.height,
}


@pytest.mark.parametrize("name", FOUND)
def test_a_changed_set_gives_no_kept_finding_and_anothers_none_at_all(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    id = member_sets.save(store, "Mine", "country", ["Italy"], PRIVATE, "ann")
    cuts = (parse_cut(f"country in set {id}"),)
    assert FOUND[name](cuts) == 1
    member_sets.add(store, id, ["France"], "ann")
    assert FOUND[name](cuts) == 2
    monkeypatch.setenv("CLIENTELA_USER", "bob")
    with pytest.raises(BadRequest, match="nobody shares it"):
        FOUND[name](cuts)
