"""How often a price was taken: answers of the past by price, as a curve of one form and as one of any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.errors import BadRequest
from mining.pricing.person_draws import person_draws
from mining.retention.wilson_interval import Z95, Numbers

FEWEST = 10
POINTS, DRAWS = 61, 200
STEPS, NEAR = 50, 1e-9
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class LogisticLine:
    """`chance = 1 / (1 + exp(-(intercept + slope (x - centre) / scale)))`, with the covariance of both."""

    intercept: float
    slope: float
    centre: float
    scale: float
    covariance: Numbers

    def chance(self, prices: Numbers) -> Numbers:
        return _expit(self._line(prices))

    def interval(self, prices: Numbers) -> tuple[Numbers, Numbers]:
        """The ends of 95% at each price, from the error of the line (delta method)."""
        design = _design((prices - self.centre) / self.scale)
        half = Z95 * np.sqrt(np.einsum("ij,jk,ik->i", design, self.covariance, design))
        line = self._line(prices)
        return _expit(line - half), _expit(line + half)

    def _line(self, prices: Numbers) -> Numbers:
        return self.intercept + self.slope * (prices - self.centre) / self.scale


@dataclass(frozen=True, slots=True, eq=False)
class AcceptanceCurve:
    """The chance (0 to 1) that a price is taken, at `prices`, each with its interval of 95%: by a `line` of logistic
    form, and by steps that only rise or only fall (`isotonic`). Of so many `answers` of so many `people`, some of
    them `taken`. `losses` are the mean log losses of both on persons who were held out, the smaller the better."""

    prices: Numbers
    line: LogisticLine
    isotonic: Numbers
    isotonic_low: Numbers
    isotonic_high: Numbers
    answers: int
    taken: int
    people: int
    losses: tuple[float, float]


def acceptance_curve(
    prices: Numbers,
    taken: Flags,
    persons: npt.NDArray[np.generic],
    rising: bool = True,
    draws: int = DRAWS,
    seed: int = 0,
) -> AcceptanceCurve:
    """The curve from prices (of any unit, or shares of another price), whether each was taken, and whose each is.

    `rising`: higher prices are taken more often (a seller's answers); else less often (a buyer's). Steps are by
    pooled adjacent violators (Ayer et al., Annals of Mathematical Statistics 26, 1955), their interval by drawing
    persons anew. Raises BadRequest for fewer than 10 answers.
    """
    if len(prices) < FEWEST:
        raise BadRequest(
            f"{len(prices)} answers are too few to tell how often a price is taken.",
            f"It takes {FEWEST} answers.",
        )
    _, places = np.unique(persons, return_inverse=True)
    people = int(places.max()) + 1
    at = np.linspace(float(prices.min()), float(prices.max()), POINTS)
    seen, at_seen = np.unique(prices, return_inverse=True)
    drawn = np.array([
        _steps(seen, at_seen, taken, at, rising, times[places]) for times in person_draws(people, draws, seed)
    ])  # fmt: skip
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0) if draws else np.full((2, POINTS), np.nan)
    return AcceptanceCurve(
        at,
        logistic_line(prices, taken, places),
        isotonic_chance(prices, taken, at, rising),
        low,
        high,
        len(prices),
        int(taken.sum()),
        people,
        _losses(prices, taken, places, rising),
    )


def logistic_line(prices: Numbers, taken: Flags, persons: npt.NDArray[np.generic]) -> LogisticLine:
    """The line by penalised likelihood, which is finite also where one price parts all answers (Firth, Biometrika 80,
    1993); its covariance the wider of the model's own and that by persons (Liang & Zeger, Biometrika 73,
    1986)."""
    centre, scale = float(prices.mean()), float(prices.std()) or 1.0
    design, said = _design((prices - centre) / scale), taken.astype(float)
    beta: Numbers = np.zeros(2)
    for _ in range(STEPS):
        chance = _expit(design @ beta)
        weight = chance * (1 - chance)
        inverse = _inverse(design, weight)
        leverage = weight * np.einsum("ij,jk,ik->i", design, inverse, design)
        step = inverse @ (design.T @ (said - chance + leverage * (0.5 - chance)))
        beta = beta + step * min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < NEAR:
            break
    chance = _expit(design @ beta)
    own = _inverse(design, chance * (1 - chance))
    by_persons = _sandwich(design * (said - chance)[:, None], own, persons)
    wider = own if np.trace(own) >= np.trace(by_persons) else by_persons
    return LogisticLine(float(beta[0]), float(beta[1]), centre, scale, wider)


def isotonic_chance(
    prices: Numbers, taken: Flags, at: Numbers, rising: bool = True, weights: Numbers | None = None
) -> Numbers:
    """The chance at prices by steps that never turn, straight between the prices that were seen."""
    own = np.ones(len(prices)) if weights is None else weights
    return _steps(*np.unique(prices, return_inverse=True), taken, at, rising, own)


def _steps(
    seen: Numbers,
    places: npt.NDArray[np.intp],
    taken: Flags,
    at: Numbers,
    rising: bool,
    weights: Numbers,
) -> Numbers:
    from sklearn.isotonic import isotonic_regression

    whole, part = np.bincount(places, weights), np.bincount(places, weights * taken)
    held = whole > 0
    if not held.any():
        return np.full(len(at), np.nan)
    share = isotonic_regression(part[held] / whole[held], sample_weight=whole[held], increasing=rising)
    found: Numbers = np.interp(at, seen[held], share)
    return found


def _losses(
    prices: Numbers, taken: Flags, persons: npt.NDArray[np.int64], rising: bool
) -> tuple[float, float]:
    """Mean log loss of both curves, each person told from four fifths of the others; NaN of one person alone."""
    folds = persons % 5
    chances = np.full((2, len(prices)), np.nan)
    for fold in range(5):
        held = folds == fold
        if held.all() or not held.any():
            continue
        learnt = ~held
        line = logistic_line(prices[learnt], taken[learnt], persons[learnt])
        chances[0, held] = line.chance(prices[held])
        chances[1, held] = isotonic_chance(prices[learnt], taken[learnt], prices[held], rising)
    least = 0.5 / len(prices)  # no curve is surer than half an answer
    chances = np.clip(chances, least, 1 - least)
    losses = -np.where(taken, np.log(chances), np.log1p(-chances))
    told = losses[:, ~np.isnan(chances[0])]
    return (float(told[0].mean()), float(told[1].mean())) if told.size else (np.nan, np.nan)


def _design(x: Numbers) -> Numbers:
    return np.column_stack((np.ones(len(x)), x))


def _inverse(design: Numbers, weight: Numbers) -> Numbers:
    return np.asarray(np.linalg.pinv(design.T @ (design * weight[:, None])), dtype=np.float64)


def _sandwich(scores: Numbers, inverse: Numbers, persons: npt.NDArray[np.generic]) -> Numbers:
    _, places = np.unique(persons, return_inverse=True)
    sums = np.column_stack([np.bincount(places, column) for column in scores.T])
    return inverse @ (sums.T @ sums) @ inverse * len(sums) / max(len(sums) - 1, 1)


def _expit(x: Numbers) -> Numbers:
    return 0.5 * (1 + np.tanh(0.5 * x))
