"""Customers who may leave after each purchase, with a chance of their own: the BG/NBD and what came of it.

The likelihood is Platzer & Reutterer's (Marketing Science 35, 2016, equation 7 and appendix): purchases are every
k-th event of a Poisson process. With k = 1 it is the BG/NBD, or the MBG/NBD where who bought once may have left too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.special import betainc, betaln, expit, gammaln, hyp2f1, psi

from mining.lifetime.purchase_histories import DistinctHistories, KnownFor, Numbers
from mining.lifetime.purchase_model import UNLIKELY, Lives, PurchaseModel, even_share

NEAR_ONE = 1e-4
NEVER = 10**9
ALIKE = 100.0
ROWS_AT_ONCE = 8_192


@dataclass(frozen=True)
class BetaGeometric(PurchaseModel):
    """Rates are gamma(`r`, `alpha`), chances to leave after a purchase beta(`a`, `b`); both differ by customer."""

    r: float
    alpha: float
    a: float
    b: float

    ESTIMATED: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    TIMES: ClassVar[tuple[str, ...]] = ("alpha",)
    LEAVES_AT_ONCE: ClassVar[bool]
    k: ClassVar[int] = 1

    @classmethod
    def start(cls, rows: DistinctHistories) -> Self:
        return cls(rows.unit, 1.0, float(rows.weights @ rows.age / rows.weights.sum()) + 1, 1.0, 2.0)

    def log_prior(self, start: Self) -> tuple[float, Numbers]:
        """1 / (1 + r), 1 / (1 + a + b) and a / (a + b) are even between 0 and 1, log alpha knows nothing."""
        of_rates, by_r = even_share(float(np.log(self.r)))
        of_leaving, by_both = even_share(float(np.log(self.a + self.b)))
        of_mean, by_odds = even_share(float(np.log(self.a / self.b)))
        part = self.a / (self.a + self.b)
        slopes = np.array([by_r, 0.0, by_both * part + by_odds, by_both * (1 - part) - by_odds])
        return of_rates + of_leaving + of_mean, slopes

    def scores(self, rows: DistinctHistories) -> tuple[Numbers, Numbers]:
        shape, days, counts = self._tables(rows)
        x, log_days, inverse_days = rows.repeats, np.log(days), 1 / days
        log_age, waited = log_days[rows.age_days], (log_days[rows.age_days] - log_days[rows.recency_days])
        ripe, ripe_by_shape, ripe_by_scale = self._ripening(rows)
        gone = self._log_odds_gone(rows) - ripe
        left = expit(gone)
        by_count, slopes = self._by_count(shape, counts)
        found = by_count[x] - shape[x] * log_age + ripe + np.logaddexp(0, gone) + self._spacing(rows)
        inverse_age = inverse_days[rows.age_days]
        changes = slopes[:, x]
        changes[0] += self.r * (left * waited - log_age + (1 - left) * ripe_by_shape)
        changes[1] -= (
            self.alpha * shape[x] * (inverse_age + left * (inverse_days[rows.recency_days] - inverse_age))
        )
        changes[1] += self.alpha * (1 - left) * ripe_by_scale
        changes[2] += left
        changes[3] -= left * (self.b / np.maximum(counts + self.b + self.LEAVES_AT_ONCE - 1, 1e-300))[x]
        return found, changes

    def summed(self, rows: DistinctHistories) -> tuple[float, Numbers]:
        """As of every model; for k = 1, sums by x and by age spare what hangs on those alone from every row."""
        if self.k > 1:
            return super().summed(rows)
        shape, days, counts = self._tables(rows)
        by_count, slopes = self._by_count(shape, counts)
        people, purchases = rows.by_age
        powers, log_days, inverse = self.r * people + purchases, np.log(days), 1 / days
        either, later, sooner, left_by_count = self._silences(rows, shape, log_days, inverse, counts)
        total = rows.by_count @ by_count - powers @ log_days + either
        stayed = np.maximum(counts + self.b + self.LEAVES_AT_ONCE - 1, 1e-300)
        further = [
            self.r * (later - people @ log_days),
            -self.alpha * (powers @ inverse + sooner),
            left_by_count.sum(),
            -self.b * (left_by_count / stayed).sum(),
        ]
        return float(total), slopes @ rows.by_count + np.array(further)

    def _silences(
        self, rows: DistinctHistories, shape: Numbers, log_days: Numbers, inverse: Numbers, counts: Numbers
    ) -> tuple[float, float, float, Numbers]:
        """What hangs on x, t_x and T together, in parts that fit the processor's cache: the sum of log(1 + odds to be
        gone); of who is gone, the sums of log(alpha + T) - log(alpha + t_x) and of its change, and how many by x."""
        chance, sums, by_count = self._log_chance_gone(counts), np.zeros(3), np.zeros(len(counts))
        for part in rows.parts(ROWS_AT_ONCE):
            x, since, age, weights = (column[part] for column in rows.columns)
            waited, powers = log_days[age] - log_days[since], shape[x]
            gone = chance[x] + powers * waited
            odds = np.exp(-np.abs(gone))
            left = weights * (np.where(gone > 0, 1.0, odds) / (1 + odds))
            either = np.maximum(gone, 0) + np.log1p(odds)
            sums += weights @ either, left @ waited, (left * powers) @ (inverse[since] - inverse[age])
            by_count += np.bincount(x, weights=left, minlength=len(counts))
        either_of_all, later, sooner = map(float, sums)
        return either_of_all, later, sooner, by_count

    def phases(self, rows: DistinctHistories) -> Numbers:
        ripe = self._ripeness(rows)
        whole = ripe.sum(axis=0)
        alive: Numbers = ripe / whole * expit(np.log(whole) - self._log_odds_gone(rows))
        return alive

    def coming(self, horizon: float, pairs: KnownFor) -> Numbers:
        """Equation 10 of Fader, Hardie & Lee 2005, its hypergeometric function transformed by Euler, so that x
        stands in one place only; for k > 1, or where all are nearly alike, the sum of the tails."""
        if self.k == 1 and max(self.r, self.a, self.b) < ALIKE:
            return self._coming(self.a, horizon, pairs)[None]
        count, total = 1, np.zeros((self.k, len(pairs)), dtype=np.float64)
        while (tail := self.at_least(count, horizon, pairs)).max() > UNLIKELY:
            total = total + tail
            count += 1
        return total

    def at_least(self, count: int, horizon: float, pairs: KnownFor) -> Numbers:
        stayed = pairs.repeats + self.b + self.LEAVES_AT_ONCE
        stays = np.exp(betaln(self.a, stayed + count - 1) - betaln(self.a, stayed))
        age = self.alpha + pairs.age
        shape = self.r + self.k * pairs.repeats
        ripe = np.arange(self.k)[:, None]
        found: Numbers = stays * betainc(self.k * count - ripe, shape + ripe, horizon / (age + horizon))
        return found

    def draw(self, size: int, random: np.random.Generator) -> Lives:
        leaves = random.beta(self.a, self.b, size)
        bought = np.minimum(random.geometric(np.maximum(leaves, 1e-9)), NEVER).astype(float)
        return Lives(
            random.gamma(self.r, 1 / self.alpha, size),
            self.k,
            bought - self.LEAVES_AT_ONCE,
            np.full(size, np.inf),
        )

    def _coming(self, a: float, horizon: float, pairs: KnownFor) -> Numbers:
        if abs(a - 1) < NEAR_ONE:
            beside = (self._coming(1 + sign * 2 * NEAR_ONE, horizon, pairs) for sign in (1, -1))
            mean: Numbers = sum(beside, np.zeros(len(pairs))) / 2
            return mean
        stayed = pairs.repeats + self.b + self.LEAVES_AT_ONCE
        part = horizon / (self.alpha + pairs.age + horizon)
        series = hyp2f1(a - 1, a + self.b + self.LEAVES_AT_ONCE - 1 - self.r, a + stayed - 1, part)
        found: Numbers = (a + stayed - 1) / (a - 1) * (1 - (1 - part) ** (a - 1) * series)
        return found

    def _by_count(self, shape: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
        """What of the likelihood hangs on x alone, and its derivatives by logarithms."""
        stayed = counts + self.b + self.LEAVES_AT_ONCE
        found = gammaln(shape) - gammaln(self.r) + betaln(self.a, stayed) - betaln(self.a, self.b)
        both = psi(self.a + self.b) - psi(self.a + stayed)
        slopes = [
            self.r * (psi(shape) - psi(self.r) + np.log(self.alpha)),
            np.full(len(counts), self.r),
            self.a * both,
            self.b * (psi(stayed) - psi(self.b) + both),
        ]
        return found + self.r * np.log(self.alpha), np.stack(slopes)

    def _tables(self, rows: DistinctHistories) -> tuple[Numbers, Numbers, Numbers]:
        """r + kx by x, alpha + t by day, and x: all that logarithms are taken of, once each."""
        counts = np.arange(int(rows.repeats.max()) + 1.0)
        days = self.alpha + rows.unit.of(np.arange(int(rows.age_days.max()) + 1))
        return self.r + self.k * counts, days, counts

    def _log_odds_gone(self, rows: DistinctHistories) -> Numbers:
        """log S1: that the last purchase was the last of all, against k = 1 and none since."""
        shape, days, counts = self._tables(rows)
        chance = self._log_chance_gone(counts)
        log_days = np.log(days)
        waited = log_days[rows.age_days] - log_days[rows.recency_days]
        found: Numbers = chance[rows.repeats] + shape[rows.repeats] * waited
        return found

    def _log_chance_gone(self, counts: Numbers) -> Numbers:
        """The odds, by x, that the last purchase was the last of all, before any silence."""
        found: Numbers = np.log(self.a) - np.log(
            np.maximum(self.b + counts - 1 + self.LEAVES_AT_ONCE, 1e-300)
        )
        if not self.LEAVES_AT_ONCE:
            found[0] = -np.inf
        return found

    def _ripeness(self, rows: DistinctHistories) -> Numbers:
        """The terms of S2: j events of k since the last purchase (k x rows)."""
        shape = self.r + self.k * rows.repeats
        part = (rows.age - rows.recency) / (self.alpha + rows.age)
        steps = [(shape + j) / (j + 1) * part for j in range(self.k - 1)]
        terms: Numbers = np.cumprod(np.stack([np.ones(len(rows)), *steps]), axis=0, dtype=np.float64)
        return terms

    def _ripening(self, rows: DistinctHistories) -> tuple[Numbers | float, Numbers | float, Numbers | float]:
        """log S2 and its derivatives by r and by alpha."""
        if self.k == 1:
            return 0.0, 0.0, 0.0
        terms = self._ripeness(rows)
        whole = terms.sum(axis=0)
        shape = self.r + self.k * rows.repeats
        events = np.arange(self.k)[:, None]
        by_shape = (terms * (psi(shape + events) - psi(shape))).sum(axis=0) / whole
        by_scale = -(terms * events).sum(axis=0) / whole / (self.alpha + rows.age)
        return np.log(whole), by_shape, by_scale

    def _spacing(self, rows: DistinctHistories) -> Numbers | float:
        """What k says of t_x among x purchases, whatever the rate; none for k = 1."""
        if self.k == 1:
            return 0.0
        bought = np.maximum(rows.repeats, 1)
        recency = np.where(rows.repeats > 0, rows.recency, 1.0)
        return np.where(
            rows.repeats > 0,
            (self.k - 1) * bought * np.log(recency) - gammaln(self.k * bought) + gammaln(bought),
            0.0,
        )
