"""Ranks, weights and groups of opinion: published intervals, hand-made firms, planted groups, and votes without any."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from data.errors import BadRequest
from mining.proposals import opinion_groups as opinion
from mining.proposals.jeffreys_interval import jeffreys, mean_of_shares
from mining.proposals.opinion_groups import SURE, opinion_groups
from mining.proposals.proposal_insight import proposal_insight
from mining.proposals.proposal_ranks import proposal_ranks
from mining.proposals.shuffled_votes import shuffled_votes
from mining.proposals.voice_weights import voice_weights
from mining.proposals.voices_beside_customers import voices_beside_customers

CUSTOMERS = pl.DataFrame(
    {
        "customer": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
        "segment": ["Firm", "Firm", *["House"] * 7, None],
        "worth": [900.0, 100.0, 10.0, 10.0, 10.0, 10.0, 10.0, -5.0, None, 0.0],
    }
)
SUPPORTS = pl.DataFrame(
    {
        "proposal": ["P1", "P1", "P2", "P2", "P2", "P2", "P3", "P3", "P1"],
        "customer": ["a", "b", "c", "d", "e", "i", "h", "nobody", "a"],
    }
)
PROPOSALS = pl.Series("proposal", ["P1", "P2", "P3", "P4"])


def test_intervals_are_those_that_were_published() -> None:
    """Brown, Cai and DasGupta 2001, table 5: n = 10, x = 0 to 5, as they print them."""
    low, high = jeffreys([0, 1, 2, 3, 4, 5], 10)
    assert np.round(low, 3).tolist() == [0.0, 0.011, 0.044, 0.093, 0.153, 0.224]
    assert np.round(high, 3).tolist() == [0.217, 0.381, 0.503, 0.606, 0.696, 0.776]
    assert jeffreys([10], [10])[1].tolist() == [1.0]
    assert np.isnan(jeffreys([0], [0])).all()


def test_a_jeffreys_interval_covers_as_often_as_it_says() -> None:
    for share in (0.03, 0.1, 0.4):
        seen = np.arange(41)
        low, high = jeffreys(seen, 40)
        covered = binom.pmf(seen, 40, share)[(low <= share) & (share <= high)].sum()
        assert 0.9 < covered < 0.99


def test_the_interval_of_a_mean_of_shares_is_that_of_its_draws() -> None:
    parts, wholes = np.array([[2.0, 0.0, 30.0]]), np.array([[20.0, 9.0, 100.0]])
    random = np.random.default_rng(0)
    draws = random.beta(parts + 0.5, wholes - parts + 0.5, (40_000, 3)).mean(axis=1)
    low, high = mean_of_shares(parts, wholes)
    assert [low[0], high[0]] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.01)
    assert np.isnan(mean_of_shares(parts * 0, wholes * 0)).all()


def test_three_ranks_stand_side_by_side_and_say_what_holds_them_up() -> None:
    found = proposal_ranks(PROPOSALS, SUPPORTS, CUSTOMERS)
    rows = {row["proposal"]: row for row in found.rows.to_dicts()}
    assert (found.voices, found.outside) == (7, 1)
    assert [rows[each]["persons"] for each in PROPOSALS] == [2, 4, 1, 0]  # a's second vote for P1 is none
    assert [rows[each]["rank_persons"] for each in PROPOSALS] == [2, 1, 3, 4]
    assert [rows[each]["rank_value"] for each in PROPOSALS] == [1, 2, 3, None]
    assert [rows[each]["rank_segments"] for each in PROPOSALS] == [1, 2, 3, 4]
    assert (rows["P1"]["value"], rows["P1"]["top_share"]) == (1000, 0.9)
    assert rows["P1"]["herfindahl"] == pytest.approx(0.81 + 0.01)
    assert rows["P1"]["value_high"] - 1000 == pytest.approx(1.96 * np.hypot(900, 100), rel=1e-3)
    assert (rows["P2"]["value"], rows["P2"]["valued"]) == (30, 3)  # of i nobody knows the worth
    assert (rows["P3"]["value"], rows["P3"]["top_share"]) == (-5, None)
    assert (rows["P4"]["value"], rows["P4"]["share"], rows["P4"]["low"]) == (None, 0, 0)
    assert rows["P1"]["segment_share"] == pytest.approx(
        0.5
    )  # all firms, no household; who is in no group is left out
    assert [rows["P1"][each] for each in ("share", "low", "high")] == pytest.approx(
        [2 / 7, *(each[0] for each in jeffreys([2], [7]))]
    )
    cell = found.segments.filter(proposal="P2", segment="House").row(0, named=True)
    assert (cell["persons"], cell["customers"]) == (4, 7)


def test_nobody_who_speaks_is_no_data() -> None:
    found = proposal_ranks(PROPOSALS, SUPPORTS.clear(), CUSTOMERS)
    assert (found.voices, found.effective) == (0, 0)
    assert found.rows.select("share", "low", "value", "rank_persons").null_count().row(0) == (4, 4, 4, 4)
    nobody = proposal_insight(
        pl.DataFrame({"proposal": PROPOSALS, "proposer": pl.Series([None] * 4, dtype=pl.String)}),
        SUPPORTS,
        CUSTOMERS.clear(),
        is_weighted=True,
    )
    assert (nobody.ranks.voices, nobody.ranks.outside) == (0, 8)
    assert nobody.beside.is_empty()


def test_weights_make_voters_stand_for_all_customers() -> None:
    voters = pl.Series(["a", "b", "c", "d"])
    known = CUSTOMERS.with_columns(pl.col("segment").fill_null("Shop"))
    found = voice_weights(voters, known)
    weights = dict(found.groups.select("segment", "weight").iter_rows())
    assert weights == {
        "House": pytest.approx(7 / 9 * 4 / 2),
        "Firm": pytest.approx(2 / 9 * 4 / 2),
        "Shop": None,
    }
    assert found.weights["weight"].sum() == pytest.approx(4)
    assert found.effective == pytest.approx(16 / sum(2 * each**2 for each in weights.values() if each))
    assert (found.silent, found.silent_share) == (("Shop",), 0.1)
    assert found.largest == pytest.approx(14 / 9)
    told = pl.DataFrame({"proposal": ["P1", "P1", "P2"], "customer": ["a", "b", "c"]})
    ranks = proposal_ranks(PROPOSALS.head(2), told, known, voice_weights(told["customer"], known).weights)
    rows = {row["proposal"]: row for row in ranks.rows.to_dicts()}
    assert (rows["P1"]["persons"], rows["P2"]["persons"]) == (2, 1)
    assert rows["P2"]["share"] == pytest.approx(
        7 / 9
    )  # households are seven of the nine for whom somebody speaks
    assert rows["P2"]["rank_persons"] == 1


def test_weighted_shares_meet_those_of_all_customers() -> None:
    """Of a thousand customers half in each group, voters are nine to one: weights undo it, within the interval."""
    held = [_weighted_and_plain(seed) for seed in range(20)]
    assert sum(weighted for weighted, _ in held) >= 17
    assert sum(plain for _, plain in held) <= 2


def _weighted_and_plain(seed: int) -> tuple[bool, bool]:
    """Whether the intervals of the weighted and of the plain share hold what all customers want."""
    random = np.random.default_rng(seed)
    group = np.repeat(["A", "B"], 500)
    customers = pl.DataFrame({"customer": np.arange(1000), "segment": group, "worth": 1.0})
    wants = random.random(1000) < np.where(group == "A", 0.8, 0.2)
    votes = np.flatnonzero(random.random(1000) < np.where(group == "A", 0.45, 0.05))
    both = pl.DataFrame({"proposal": np.where(wants[votes], "wanted", "other"), "customer": votes})
    weights = voice_weights(both["customer"], customers)
    assert weights.effective < len(votes) / 2
    told = []
    for each in (weights.weights, None):
        rows = proposal_ranks(pl.Series(["wanted", "other"]), both, customers, each).rows
        row = rows.filter(proposal="wanted").row(0, named=True)
        told.append(bool(row["low"] < wants.mean() < row["high"]))
    return told[0], told[1]


def test_proposers_are_held_beside_customers() -> None:
    customers = pl.DataFrame({"customer": range(100), "segment": ["A"] * 50 + ["B"] * 50})
    found = voices_beside_customers(
        customers, pl.Series([*range(20), 0, 500]), pl.Series([0, 60], dtype=pl.Int64)
    )
    rows = {row["segment"]: row for row in found.to_dicts()}
    assert (rows["A"]["proposers"], rows["B"]["proposers"]) == (20, 0)
    assert (rows["A"]["proposers_word"], rows["B"]["proposers_word"]) == ("more", "less")
    assert (rows["A"]["voters_share"], rows["A"]["voters_word"]) == (0.5, "as many")
    nobody = voices_beside_customers(customers, pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64))
    assert nobody.select("voters_share", "voters_low", "voters_word").null_count().row(0) == (2, 2, 2)


def planted_votes(seed: int, groups: int, lean: float = 2.2) -> tuple[pl.DataFrame, np.ndarray]:
    """Votes of 240 voters on 60 proposals, and the group of each: each group likes a share of the proposals more."""
    random = np.random.default_rng(seed)
    group = random.integers(0, groups, 240)
    odds = random.normal(-2.2, 0.8, 60) + random.normal(0, 0.7, 240)[:, None]
    if groups > 1:
        odds = odds + np.where(np.arange(60) % groups == group[:, None], lean, -lean / 2)
    voter, proposal = np.nonzero(random.random((240, 60)) < 1 / (1 + np.exp(-odds)))
    return pl.DataFrame({"customer": voter, "proposal": [f"P{each:02}" for each in proposal]}), group


def test_shuffled_votes_keep_how_often_each_votes_and_is_voted_for() -> None:
    votes = np.random.default_rng(0).random((31, 12)) < 0.3
    one, other = shuffled_votes(votes, 2, np.random.default_rng(1))
    for each in (one, other):
        assert (each.sum(axis=0) == votes.sum(axis=0)).all()
        assert (each.sum(axis=1) == votes.sum(axis=1)).all()
        assert (each != votes).sum() > 40
    assert (one != other).any()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_groups_of_opinion_are_found_and_what_they_support(seed: int) -> None:
    supports, group = planted_votes(seed, 3)
    found = opinion_groups(supports, seed)
    assert found.is_found
    assert found.members["group"].n_unique() == 3
    table = np.zeros((3, 3))
    np.add.at(table, (group[found.members["customer"].to_numpy()], found.members["group"].to_numpy() - 1), 1)
    assert table.max(axis=0).sum() / table.sum() > 0.9
    liked = found.supported.filter(pl.col("q") <= SURE).with_columns(
        of=pl.col("proposal").str.slice(1).cast(pl.Int64) % 3
    )
    planted = table.argmax(axis=0)
    right = [planted[row["group"] - 1] == row["of"] for row in liked.to_dicts()]
    assert len(right) > 40
    assert np.mean(right) >= 0.95


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_votes_without_groups_show_none(seed: int) -> None:
    found = opinion_groups(planted_votes(seed, 1)[0], seed)
    assert not found.is_found
    assert found.supported.is_empty()
    assert found.counts.height == 4


def test_what_groups_of_noise_differ_in_is_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were they shown, hardly anything would be told of them: nothing is judged by groups that it formed."""
    monkeypatch.setattr(opinion, "SURE", 1.0)
    monkeypatch.setattr(opinion, "SPREADS", -99.0)
    found = opinion_groups(planted_votes(0, 1)[0])
    assert found.is_found
    assert found.supported.filter(pl.col("q") <= 0.05).height <= 2


def test_few_voters_or_proposals_are_refused_in_a_sentence() -> None:
    supports = planted_votes(0, 3)[0]
    for few in (supports.filter(pl.col("customer") < 40), supports.filter(pl.col("proposal") < "P15")):
        with pytest.raises(BadRequest, match="need more than 50 voters"):
            opinion_groups(few)
    with pytest.raises(BadRequest, match="here are 0 and 0"):
        opinion_groups(supports.clear())
