"""Partners judged: ranks by four methods, how far they hold, who is out, dominated or overtaken; one frozen result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mining.partners.criterion import Criterion
from mining.partners.decision_matrix import DecisionMatrix, Numbers
from mining.partners.left_out import agreement, dominated, reversals
from mining.partners.rank_band import DRAWS, FIRMNESS, RankBand, rank_band, undecided_pairs
from mining.partners.ranking_methods import RankingMethod, point_scores, ranks

RANKS = {"partner": pl.String, "method": pl.String, "score": pl.Float64, "low": pl.Float64, "high": pl.Float64,
         "rank": pl.Int32, "best": pl.Int32, "worst": pl.Int32, "unknown": pl.Int32}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPartners:
    """`ranks`, a row each method and partner that is ranked: `score` and `rank` with what is unknown in the middle of
    its range, `low` and `high` (score), `worst` and `best` (rank) with all of it at the worst and best end, `unknown`
    how many criteria that weigh are so.

    `band`, `alike` (pairs that cannot be told apart) and `turned` (pairs that change places when one is left out) are
    of the chosen `method`. `out` (`partner`, `criterion`, `value`, `floor`) are not ranked. `notes` belong beside.
    """

    matrix: DecisionMatrix
    method: RankingMethod
    ranks: pl.DataFrame
    band: RankBand
    alike: pl.DataFrame
    dominated: pl.DataFrame
    turned: pl.DataFrame
    agreement: pl.DataFrame
    out: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def ranked(self) -> pl.DataFrame:
        """The chosen method's ranks with the band of each, best first."""
        own = self.ranks.filter(pl.col("method") == str(self.method)).drop("method")
        band = self.band.frame.rename({"best": "best_drawn", "worst": "worst_drawn", "low": "low_rank",
                                       "high": "high_rank", "middle": "middle_rank"})  # fmt: skip
        return own.join(band, on="partner", maintain_order="left").sort(
            "rank", "middle_rank", maintain_order=True
        )


def judged_partners(
    matrix: DecisionMatrix,
    method: RankingMethod = RankingMethod.WEIGHTED_SUM,
    draws: int = DRAWS,
    firmness: float = FIRMNESS,
    seed: int = 0,
) -> JudgedPartners:
    """All of it. Who is known to miss a floor is set apart; who is not known to is ranked with the others."""
    missed = _missed(matrix)
    kept = ~np.isin(np.arange(len(matrix.partners)), missed["at"].to_numpy())
    rest = matrix.only(kept)
    places = {each: _ranks(rest, each) for each in RankingMethod} if len(rest.partners) else {}
    whole = (
        pl.concat([_rows(rest, each, found) for each, found in places.items()])
        if places
        else pl.DataFrame(schema=RANKS)
    )
    band = (
        rank_band(rest, method, draws, firmness, seed)
        if places
        else RankBand(_NO_BAND, np.zeros((draws, 0), np.int32))
    )
    own = places[method][0][1] if places else np.zeros(0, np.int32)
    return JudgedPartners(
        matrix, method, whole, band, undecided_pairs(band, own), dominated(rest), reversals(rest, method),
        agreement({each: found[0][1] for each, found in places.items()}), missed.drop("at"), _notes(matrix, rest),
    )  # fmt: skip


_NO_BAND = pl.DataFrame(
    schema={"partner": pl.String, "share_first": pl.Float64}
    | dict.fromkeys(("best", "worst", "low", "high", "middle"), pl.Int64)
)

Scored = tuple[Numbers, NDArray[np.int32]]


def _ranks(matrix: DecisionMatrix, method: RankingMethod) -> tuple[Scored, Scored, Scored]:
    """Scores and ranks with what is unknown in the middle; of each partner with its own at the worst, and at the best,
    end while that of all others stays in the middle."""
    middle = matrix.filled()
    gone = np.isnan(matrix.values)
    found = _scored(matrix, method, middle)
    ends = []
    for share in (0.0, 1.0):
        at_end, scored, placed = matrix.filled(share), found[0].copy(), found[1].copy()
        for own in np.flatnonzero(gone.any(axis=1)):
            table = middle.copy()
            table[own] = at_end[own]
            score, rank = _scored(matrix, method, table)
            scored[own], placed[own] = score[own], rank[own]
        ends.append((scored, placed))
    return found, ends[0], ends[1]


def _scored(matrix: DecisionMatrix, method: RankingMethod, values: Numbers) -> Scored:
    towards = [each.towards for each in matrix.criteria]
    found = point_scores(method, values, matrix.weights, towards, np.nan_to_num(matrix.bounds))
    return found, ranks(found)


def _rows(
    matrix: DecisionMatrix, method: RankingMethod, found: tuple[Scored, Scored, Scored]
) -> pl.DataFrame:
    middle, worst, best = found
    unknown = np.isnan(matrix.values[:, matrix.weights > 0]).sum(axis=1)
    return pl.DataFrame({
        "partner": matrix.partners, "method": [str(method)] * len(matrix.partners), "score": middle[0],
        "low": worst[0], "high": best[0], "rank": middle[1], "best": best[1], "worst": worst[1], "unknown": unknown,
    }).cast(RANKS)  # type: ignore[arg-type]  # fmt: skip


def _missed(matrix: DecisionMatrix) -> pl.DataFrame:
    rows = [
        (at, name, each.label, float(matrix.values[at, place]), each.floor)
        for at, name in enumerate(matrix.partners)
        for place, each in enumerate(matrix.criteria)
        if each.misses(matrix.values[at, place])
    ]
    kinds = {
        "at": pl.Int64,
        "partner": pl.String,
        "criterion": pl.String,
        "value": pl.Float64,
        "floor": pl.Float64,
    }
    return pl.DataFrame(rows, kinds, orient="row")


def _notes(matrix: DecisionMatrix, rest: DecisionMatrix) -> tuple[str, ...]:
    weighed = [(each, rest.values[:, at]) for at, each in enumerate(rest.criteria) if each.weight > 0]
    notes = [_of_criterion(each, column) for each, column in weighed]
    if not rest.partners:
        notes.append("Nobody meets all must-haves." if matrix.partners else "There is nobody to judge.")
    elif len(rest.partners) == 1:
        notes.append(f"{rest.partners[0]} is alone, so that there is nobody to rank it against.")
    return tuple(filter(None, notes))


def _of_criterion(criterion: Criterion, column: Numbers) -> str:
    known = column[~np.isnan(column)]
    if not len(column):
        return ""
    if not len(known):
        return f"{criterion.label} is known of nobody, so that its weight tells nobody apart."
    if len(known) > 1 and np.ptp(known) == 0:
        return f"{criterion.label} is the same for all of whom it is known, so that its weight tells nobody apart."
    return ""
