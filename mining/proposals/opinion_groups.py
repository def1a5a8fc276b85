"""Groups of voters who support the same proposals, shown only where votes without any groups do not give as much.

k-means finds groups in noise too, so the same is done with votes that were shuffled. And whatever groups were formed by
they differ in: what a group supports more is judged by groups that were formed without that proposal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import linear_sum_assignment
from scipy.stats import hypergeom

from data.errors import BadRequest
from mining.campaigns.false_discoveries import false_discoveries
from mining.proposals.jeffreys_interval import jeffreys
from mining.proposals.shuffled_votes import Votes, shuffled_votes
from mining.segments.kmeans_fit import fit
from mining.segments.silhouette import silhouettes

MORE_VOTERS, MORE_PROPOSALS = 50, 20
VOTES_OF_A_VOTER, VOTES_OF_A_PROPOSAL = 3, 3  # fewer say nothing of what goes with what
MOST_VOTERS, MOST_PROPOSALS = 1_000, 300
COUNTS, AXES, STARTS = (2, 3, 4, 5), 4, 4
SHUFFLES, SURE, SPREADS = 19, 0.05, 5.0
PARTS = 5
Labels = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Told = Callable[[float], None]


MEMBERS = {"group": pl.Int64, "x": pl.Float64, "y": pl.Float64}
SUPPORTED = {
    "group": pl.Int64, "proposal": pl.String, "persons": pl.Int64, "voters": pl.Int64, "share": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "others": pl.Float64, "q": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class OpinionGroups:
    """Of `voters` and `proposals` that enough is known of (`left_out` voters are not: too few votes, or beyond a
    sample).

    `counts`: `groups` (how many), `silhouette`, `shuffled` and `shuffled_high` (mean and highest of the shuffled
    votes). `p` is how often shuffled votes stand apart as much, over all counts; `spreads` by how many of their
    standard deviations they stand apart less. Where these are not enough (SURE, SPREADS) nothing is shown: `members`
    (`customer`, `group` from 1, the largest first, `x`, `y`) and `supported` (`group`, `proposal`, `persons`, `voters`,
    `share`, `low`, `high`, `others` (their share), `q`: what part of those at or below it is luck) are empty.
    """

    voters: int
    proposals: int
    left_out: int
    counts: pl.DataFrame
    p: float
    spreads: float
    members: pl.DataFrame
    supported: pl.DataFrame

    @property
    def is_found(self) -> bool:
        return not self.members.is_empty()


def opinion_groups(supports: pl.DataFrame, seed: int = 0, told: Told = lambda done: None) -> OpinionGroups:
    """Of `supports`: `proposal`, `customer`, each once. `told` hears how much is done, 0 to 1.

    Raises BadRequest where there are not more than MORE_VOTERS voters and MORE_PROPOSALS proposals.
    """
    random = np.random.default_rng(seed)
    votes, voters, proposals = _matrix(supports, random)
    everybody = supports["customer"].n_unique()
    if len(voters) <= MORE_VOTERS or len(proposals) <= MORE_PROPOSALS:
        raise BadRequest(
            f"Groups of opinion need more than {MORE_VOTERS} voters with {VOTES_OF_A_VOTER} votes or more, and more"
            f" than {MORE_PROPOSALS} proposals with {VOTES_OF_A_PROPOSAL}; here are {len(voters):,} and"
            f" {len(proposals):,}.",
            "Take a longer period, or wait for more votes.",
        )
    points = _points(votes)
    labels, score = _grouped(points, seed)
    luck = []
    for at, shuffled in enumerate(shuffled_votes(votes, SHUFFLES, random)):
        luck.append(_grouped(_points(shuffled), seed)[1])
        told((at + 1) / SHUFFLES)
    counts, best, p, spreads = _judged(score, luck)
    members = pl.DataFrame(schema={"customer": voters.dtype, **MEMBERS})
    supported = pl.DataFrame(schema=SUPPORTED)
    if p <= SURE and spreads > SPREADS:
        members, supported = _shown(votes, points, labels[best], voters, proposals, seed)
    left_out = everybody - len(voters)
    return OpinionGroups(len(voters), len(proposals), left_out, counts, p, spreads, members, supported)


def _matrix(supports: pl.DataFrame, random: np.random.Generator) -> tuple[Votes, pl.Series, pl.Series]:
    """Voters x proposals, of those that enough is known of; of very many voters a sample, of proposals the best
    known."""
    kept, before = supports.select("proposal", "customer").unique(), -1
    while kept.height != before:
        before = kept.height
        kept = kept.filter(pl.len().over("proposal") >= VOTES_OF_A_PROPOSAL)
        kept = kept.filter(pl.len().over("customer") >= VOTES_OF_A_VOTER)
    most = kept.group_by("proposal").len().sort("len", "proposal", descending=[True, False])
    proposals = most["proposal"].head(MOST_PROPOSALS).sort()
    kept = kept.filter(pl.col("proposal").is_in(proposals.implode()))
    kept = kept.filter(pl.len().over("customer") >= VOTES_OF_A_VOTER)
    voters = kept["customer"].unique().sort()
    if len(voters) > MOST_VOTERS:
        voters = voters.gather(np.sort(random.choice(len(voters), MOST_VOTERS, replace=False)).tolist())
        kept = kept.filter(pl.col("customer").is_in(voters.implode()))
    votes = np.zeros((len(voters), len(proposals)), dtype=bool)
    votes[
        voters.search_sorted(kept["customer"]).to_numpy(),
        proposals.search_sorted(kept["proposal"]).to_numpy(),
    ] = True
    return votes, voters, proposals


def _points(votes: Votes) -> Numbers:
    """Voters on the main axes of what they support: principal components of votes, each voter of length 1, so that who
    votes often lies no farther out."""
    rows = votes / np.sqrt(np.maximum(votes.sum(axis=1, keepdims=True), 1))
    rows = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(rows.T @ rows)
    found: Numbers = rows @ axes[:, ::-1][:, :AXES]
    return found


def _grouped(points: Numbers, seed: int) -> tuple[dict[int, Labels], dict[int, float]]:
    labels = {count: fit(points, count, seed, STARTS).labels.astype(np.int64) for count in COUNTS}
    return labels, silhouettes(points, labels)


def _judged(score: dict[int, float], luck: list[dict[int, float]]) -> tuple[pl.DataFrame, int, float, float]:
    """By how many groups voters stand apart most, beyond what shuffled votes do; how often those do as much, and by how
    many of their spreads they do not."""
    table = np.array([[each[count] for count in COUNTS] for each in luck])
    mean, spread = table.mean(axis=0), table.std(axis=0, ddof=1)
    own = np.array([score[count] for count in COUNTS])
    beyond = (table - (table.sum(axis=0) - table) / (len(table) - 1)).max(axis=1)
    best = int((own - mean).argmax())
    p = (1 + int((beyond >= (own - mean)[best]).sum())) / (1 + len(table))
    counts = {"groups": COUNTS, "silhouette": own, "shuffled": mean, "shuffled_high": table.max(axis=0)}
    return pl.DataFrame(counts), COUNTS[best], p, float((own - mean)[best] / max(spread[best], 1e-9))


def _shown(
    votes: Votes, points: Numbers, labels: Labels, voters: pl.Series, proposals: pl.Series, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    place = np.empty(labels.max() + 1, dtype=np.int64)
    place[np.argsort(-np.bincount(labels), kind="stable")] = np.arange(len(place))
    labels = place[labels]
    members = {"customer": voters, "group": labels + 1, "x": points[:, 0], "y": points[:, 1]}
    counted, sizes = _counted(votes, labels)
    whole = votes.sum(axis=0)
    low, high = jeffreys(counted, sizes)
    group, proposal = (each.ravel() for each in np.indices(counted.shape))
    told = pl.DataFrame(
        {
            "group": group + 1,
            "proposal": proposals.gather(proposal.tolist()),
            "persons": counted.ravel(),
            "voters": sizes.ravel(),
            "share": (counted / sizes).ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "others": ((whole - counted) / (len(votes) - sizes)).ravel(),
            "q": false_discoveries(pl.Series(_chances(votes, labels, seed).ravel())),
        }
    )
    return pl.DataFrame(members), told.sort("group", "q", "persons", descending=[False, False, True])


def _counted(votes: Votes, labels: Labels) -> tuple[Labels, Labels]:
    """How many of each group support each proposal, and how large the group is: groups x proposals."""
    sizes = np.bincount(labels)
    counted = np.array([votes[labels == group].sum(axis=0) for group in range(len(sizes))])
    return counted, np.broadcast_to(sizes[:, None], counted.shape)


def _chances(votes: Votes, labels: Labels, seed: int) -> Numbers:
    """How often by chance as many of a group or more would support a proposal (Fisher), the groups formed without it:
    without a fifth of the proposals each time, and named as those that are shown."""
    count = int(labels.max()) + 1
    part = np.random.default_rng(seed).permutation(votes.shape[1]) % PARTS
    found = np.ones((count, votes.shape[1]))
    for at in range(PARTS):
        points = _points(votes[:, part != at])
        apart = _named_alike(labels, fit(points, count, seed, STARTS).labels, count)
        counted, sizes = _counted(votes[:, part == at], apart)
        whole = votes[:, part == at].sum(axis=0)
        found[:, part == at] = hypergeom.sf(counted - 1, len(votes), whole, sizes)
    return found


def _named_alike(labels: Labels, others: Labels, count: int) -> Labels:
    """The other labels, each named as the label with which it has most voters in common, one to one."""
    common = np.bincount(others * count + labels, minlength=count * count).reshape(count, count)
    named: Labels = linear_sum_assignment(-common)[1][others]
    return named
