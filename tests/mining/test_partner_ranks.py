"""Partners ranked: a published example, two libraries as second ways; what a rank band, a floor or a tie must say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pymcdm import methods as pymcdm_methods
from pymcdm.normalizations import minmax_normalization, vector_normalization
from scipy import stats
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel
from skcriteria.agg.topsis import TOPSIS
from skcriteria.preprocessing.invert_objectives import NegateMinimize
from skcriteria.preprocessing.scalers import VectorScaler

from data.errors import BadRequest
from mining.partners.criterion import Criterion
from mining.partners.decision_matrix import DecisionMatrix, decision_matrix
from mining.partners.judged_partners import JudgedPartners, judged_partners
from mining.partners.left_out import reversals
from mining.partners.rank_band import drawn_weights, rank_band
from mining.partners.ranking_methods import RankingMethod, point_scores, ranks

# The stocks of scikit-criteria's tutorial: return on equity, capitalisation, risk.
STOCKS = decision_matrix(
    ("PE", "JN", "AA", "FX", "MM", "GN"),
    (
        Criterion("roe", "ROE", True, weight=2),
        Criterion("cap", "CAP", True, weight=4),
        Criterion("ri", "RI", False, weight=1),
    ),
    [[7, 5, 35], [5, 4, 26], [5, 6, 28], [3, 4, 36], [1, 7, 30], [5, 8, 30]],
)
NAN = math.nan


def scored(matrix: DecisionMatrix, method: RankingMethod) -> np.ndarray:
    towards = [each.towards for each in matrix.criteria]
    return point_scores(method, matrix.values, matrix.weights, towards, matrix.bounds)


def chance(seed: int, partners: int = 9, criteria: int = 5) -> DecisionMatrix:
    random = np.random.default_rng(seed)
    names = [f"c{at}" for at in range(criteria)]
    said = [
        Criterion(name, name, bool(random.integers(2)), weight=float(random.uniform(0.1, 3)))
        for name in names
    ]
    return decision_matrix(
        [f"p{at}" for at in range(partners)], said, random.uniform(1, 50, (partners, criteria))
    )


def simple(*values: tuple[float, ...], weights: tuple[float, ...] = (), **more: float) -> DecisionMatrix:
    """Partners a, b, c ... by criteria of which more is better."""
    wide = len(values[0])
    criteria = [
        Criterion(f"c{at}", f"Criterion {at}", True, weight=(weights or (1.0,) * wide)[at], **more)  # type: ignore[arg-type]
        for at in range(wide)
    ]
    return decision_matrix("abcdefgh"[: len(values)], criteria, np.array(values, dtype=float))


def test_the_published_example_is_met_exactly() -> None:
    topsis = scored(STOCKS, RankingMethod.TOPSIS)
    assert topsis.round(4).tolist() == [0.5597, 0.3761, 0.5767, 0.2077, 0.4386, 0.7899]
    assert ranks(topsis).tolist() == [3, 5, 2, 6, 4, 1]
    promethee = scored(STOCKS, RankingMethod.PROMETHEE)
    assert ranks(promethee).tolist() == [3, 5, 2, 6, 4, 1]
    turned = reversals(STOCKS, RankingMethod.PROMETHEE).rows()
    assert turned == [("JN", "MM", "PE"), ("FX", "MM", "PE"), ("GN", "MM", "PE")]


def test_another_norm_ranks_otherwise_which_is_why_it_is_named() -> None:
    """pymcdm's TOPSIS stretches from 0 to 1 where nobody says otherwise."""
    values, weights, towards = STOCKS.values, STOCKS.weights, np.array([1, 1, -1])
    usual = pymcdm_methods.TOPSIS()(values, weights, towards)
    assert stats.rankdata(-usual).tolist() == [4, 5, 3, 6, 2, 1]
    by_vector = pymcdm_methods.TOPSIS(normalization_function=vector_normalization)(values, weights, towards)
    assert by_vector == pytest.approx(scored(STOCKS, RankingMethod.TOPSIS))


@pytest.mark.parametrize("seed", range(5))
def test_two_libraries_agree(seed: int) -> None:
    matrix = chance(seed)
    values, weights = matrix.values, matrix.weights
    towards = np.array([each.towards for each in matrix.criteria])
    summed = pymcdm_methods.WSM(normalization_function=minmax_normalization)(values, weights, towards)
    assert scored(matrix, RankingMethod.WEIGHTED_SUM) == pytest.approx(summed)
    by_vector = pymcdm_methods.TOPSIS(normalization_function=vector_normalization)(values, weights, towards)
    assert scored(matrix, RankingMethod.TOPSIS) == pytest.approx(by_vector)
    flow = pymcdm_methods.PROMETHEE_II("usual")(values, weights, towards)
    assert scored(matrix, RankingMethod.PROMETHEE) == pytest.approx(flow)
    distance = pymcdm_methods.SPOTIS(matrix.bounds)(values, weights, towards)
    assert 1 - scored(matrix, RankingMethod.SPOTIS) == pytest.approx(distance)

    told = mkdm(values, towards, weights=weights)
    turned = VectorScaler(target="matrix").transform(NegateMinimize().transform(told))
    similar = TOPSIS().evaluate(turned)
    assert scored(matrix, RankingMethod.TOPSIS) == pytest.approx(similar.e_.similarity)
    low, high = values.min(axis=0), values.max(axis=0)
    stretched = np.where(towards > 0, values - low, high - values) / (high - low)
    added = WeightedSumModel().evaluate(mkdm(stretched, np.ones_like(towards), weights=weights))
    assert scored(matrix, RankingMethod.WEIGHTED_SUM) == pytest.approx(added.e_.score)


def test_spotis_turns_nobody_round_within_declared_ends() -> None:
    for seed in range(20):
        matrix = chance(seed)
        ends = tuple(
            Criterion(c.name, c.label, c.is_more_better, weight=c.weight, ends=(0.0, 60.0))
            for c in matrix.criteria
        )
        assert reversals(
            decision_matrix(matrix.partners, ends, matrix.values), RankingMethod.SPOTIS
        ).is_empty()


def test_a_reversal_is_one_by_a_plain_loop() -> None:
    for seed in range(6):
        drawn = np.random.default_rng(seed).integers(1, 4, (6, 3))  # with ties, of which none is a reversal
        matrix, found = simple(*drawn.tolist()), set[tuple[str, str, str]]()
        whole = dict(zip(matrix.partners, scored(matrix, RankingMethod.PROMETHEE), strict=True))
        for at, gone in enumerate(matrix.partners):
            rest = matrix.only(np.arange(6) != at)
            part = dict(zip(rest.partners, scored(rest, RankingMethod.PROMETHEE), strict=True))
            found |= {
                (gone, behind, ahead)
                for ahead in part for behind in part
                if whole[ahead] > whole[behind] and part[ahead] < part[behind]
            }  # fmt: skip
        assert set(reversals(matrix, RankingMethod.PROMETHEE).rows()) == found


@pytest.mark.parametrize("method", RankingMethod)
def test_equal_partners_share_a_place_and_the_first(method: RankingMethod) -> None:
    found = judged_partners(simple((3, 3), (3, 3), (1, 1)), method)
    assert found.ranked["rank"].to_list() == [1, 1, 3]
    assert found.band.frame["share_first"].to_list() == [0.5, 0.5, 0.0]
    assert found.alike.rows() == [("a", "b", 0.5)]


@pytest.mark.parametrize("method", RankingMethod)
def test_a_constant_criterion_tells_nobody_apart_and_is_told(method: RankingMethod) -> None:
    alone, beside = simple((1,), (3,), (2,)), simple((1, 7), (3, 7), (2, 7))
    assert ranks(scored(beside, method)).tolist() == ranks(scored(alone, method)).tolist() == [3, 1, 2]
    assert "Criterion 1 is the same for all" in judged_partners(beside, method).notes[0]
    assert judged_partners(simple((0, 0), (0, 0)), method).ranked["rank"].to_list() == [1, 1]


@pytest.mark.parametrize("weights", [(0.0, 0.0), (-1.0, 2.0), (NAN, 1.0), (math.inf, 1.0)])
def test_weights_that_weigh_nothing_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(BadRequest, match="weigh"):
        simple((1, 2), (2, 1), weights=weights)
    with pytest.raises(BadRequest, match="no end"):
        simple((1, math.inf), (2, 1))


def test_one_alone_and_nobody_are_told() -> None:
    alone = judged_partners(simple((1, 2)))
    assert alone.ranked["rank"].to_list() == [1]
    assert "a is alone" in alone.notes[-1]
    nobody = judged_partners(decision_matrix((), STOCKS.criteria, np.zeros((0, 3))))
    assert nobody.ranked.is_empty()
    assert nobody.notes == ("There is nobody to judge.",)


@pytest.mark.parametrize("method", RankingMethod)
def test_what_is_unknown_is_an_interval_and_never_zero(method: RankingMethod) -> None:
    found = judged_partners(simple((10, 10), (0, 0), (10, NAN), (NAN, NAN), (6, 5)), method)
    by = {row["partner"]: row for row in found.ranked.to_dicts()}
    assert by["c"]["rank"] < by["b"]["rank"], "unknown is not zero"
    assert (by["d"]["best"], by["d"]["worst"]) == (1, 4), "level with the best, or with the worst"
    assert by["c"]["low"] < by["c"]["score"] < by["c"]["high"]
    assert (by["d"]["unknown"], by["a"]["unknown"]) == (2, 0)
    assert by["d"]["low_rank"] <= 2
    assert by["d"]["high_rank"] >= 4


def test_what_is_known_to_be_beyond_is_no_better() -> None:
    days = [Criterion("days", "Days", False)]
    beyond = np.array([[NAN], [NAN], [15.0]])
    found = judged_partners(decision_matrix("abc", days, [[10.0], [20.0], [NAN]], beyond=beyond))
    by = {row["partner"]: row for row in found.ranked.to_dicts()}
    assert (by["c"]["best"], by["c"]["worst"]) == (2, 2), "level with the last at worst"
    assert by["c"]["best_drawn"] == 2


def test_a_floor_sets_apart_who_is_known_to_miss_it_and_nobody_else() -> None:
    found = judged_partners(simple((0.9, 3), (0.7, 9), (NAN, 1), floor=0.8))
    assert found.out.rows() == [("b", "Criterion 0", 0.7, 0.8)]
    assert found.ranked["partner"].to_list() == ["a", "c"]
    missing = judged_partners(simple((NAN, 3), (0.7, 9), (NAN, 1), floor=0.8))
    assert "is known of nobody who is ranked, so that" in " ".join(missing.notes), (
        "of whom it is known is out"
    )
    nobody = judged_partners(simple((0.7,), (0.6,), floor=0.8))
    assert nobody.notes == ("Nobody meets all must-haves.",)
    less = Criterion("late", "Late", False, floor=3.0, target=2.0)
    assert [less.misses(each) for each in (2.0, 3.0, 4.0, NAN)] == [False, False, True, False]
    assert [less.meets_target(each) for each in (2.0, 3.0, NAN)] == [True, False, None]


def test_the_dominated_are_marked_only_where_all_is_known() -> None:
    found = judged_partners(simple((3, 3), (2, 3), (2, NAN), (4, 1), (3, 3)))
    assert found.dominated.rows() == [("b", "a")]
    passed_over = simple((3, 3), (2, 9), weights=(1.0, 0.0))
    assert judged_partners(passed_over).dominated.rows() == [("b", "a")]


def test_the_band_is_sure_of_what_is_sure_and_meets_a_known_chance() -> None:
    sure = rank_band(simple((3, 3), (2, 2), (1, 1)), RankingMethod.WEIGHTED_SUM)
    assert sure.frame.select("best", "worst", "low", "high").rows() == [
        (1, 1, 1, 1),
        (2, 2, 2, 2),
        (3, 3, 3, 3),
    ]
    one = [Criterion("c", "C", True)]
    unsure = decision_matrix("ab", one, [[1.0], [2.0]], errors=np.array([[1.0], [1.0]]))
    band = rank_band(unsure, RankingMethod.WEIGHTED_SUM, draws=20_000)
    assert band.ahead(1, 0) == pytest.approx(stats.norm.cdf(1 / math.sqrt(2)), abs=0.01)
    assert band.frame["share_first"].sum() == pytest.approx(1)
    resampled = decision_matrix(
        "ab", one, [[1.0], [2.0]], draws=[np.array([[1, 2], [3, 2], [1, 2], [1, 2.0]])]
    )
    assert rank_band(resampled, RankingMethod.TOPSIS).frame["share_first"].to_list() == [0.25, 0.75]


def test_drawn_weights_lie_round_the_chosen_ones() -> None:
    weights = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = drawn_weights(weights, 50_000, 30.0, np.random.default_rng(1)).astype(float)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(50_000), abs=1e-5)
    assert drawn.mean(axis=0) == pytest.approx(weights, abs=0.002)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt(weights * (1 - weights) / 31), abs=0.002)


def test_methods_are_compared_by_rank() -> None:
    found = judged_partners(STOCKS, RankingMethod.TOPSIS)
    alike = {row[:2]: row[2:] for row in found.agreement.rows()}
    by_sum, by_topsis = (
        ranks(scored(STOCKS, RankingMethod.WEIGHTED_SUM)),
        ranks(scored(STOCKS, RankingMethod.TOPSIS)),
    )
    distance = int(((by_sum - by_topsis) ** 2).sum())
    assert alike["weighted sum", "TOPSIS"][0] == pytest.approx(1 - 6 * distance / (6 * 35))
    assert alike["TOPSIS", "PROMETHEE II"] == (pytest.approx(1), pytest.approx(1))
    level: JudgedPartners = judged_partners(simple((1,), (1,)))
    assert level.agreement["spearman"].to_list() == [None] * 6
