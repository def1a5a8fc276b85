"""Contacts expected by day and hour: a level, times the weekday, times the season of the year where it is known.

The season is a few harmonics of the year, fitted to the logarithms of weekly sums beside a straight trend, as many as
BIC pays for, and none before two years are known. The level is an exponentially weighted mean of weekly sums without
their season (simple exponential smoothing; Hyndman & Athanasopoulos, "Forecasting: principles and practice", 2021,
8.1), whose weight is that which would have told the next four weeks best. It goes on as it is: no trend is drawn out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from mining.service.contact_counts import HOURS, WEEK, ContactCounts, Numbers

YEAR = 365.25
FEWEST_WEEKS, SEASONAL_WEEKS, PROFILE_WEEKS = 8, 104, 52
HARMONICS = (0, 1, 2, 3)
WEIGHTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.8)
AHEAD_WEEKS = 4
PRIOR = 30.0  # contacts of the whole week's profile that each weekday's begins with


@dataclass(frozen=True, slots=True, eq=False)
class VolumeModel:
    """`level` contacts a week; the `weekday` share of it (7, Monday first), the share of each weekday's `hour` (7 x
    24), and the coefficients of the `season` (cosine and sine of each harmonic)."""

    first: date
    known: int
    level: float
    weekday: Numbers
    hour: Numbers
    season: Numbers

    def expected(self, days: int) -> Numbers:
        """What the next so many days are to bring."""
        at = np.arange(self.known, self.known + days)
        season = np.exp(_waves(self.first, at, len(self.season) // 2) @ self.season)
        return np.asarray(self.level * self.weekday[self._weekdays(days)] * season)

    def expected_hours(self, days: int) -> Numbers:
        """The same, a column an hour."""
        return np.asarray(self.expected(days)[:, None] * self.hour[self._weekdays(days)])

    def _weekdays(self, days: int) -> np.ndarray:
        return (np.arange(self.known, self.known + days) + self.first.weekday()) % WEEK


def fit_volumes(counts: ContactCounts) -> VolumeModel:
    """The model of what is known so far, of eight whole weeks or more."""
    known = len(counts.days)
    weeks = known // WEEK
    begin = known - weeks * WEEK
    sums = counts.days[begin:].reshape(weeks, WEEK).sum(1)
    middles = begin + np.arange(weeks) * WEEK + WEEK // 2
    season = _season(counts.first, middles, sums) if weeks >= SEASONAL_WEEKS else np.zeros(0)
    plain = sums / np.exp(_waves(counts.first, middles, len(season) // 2) @ season)
    level = _smoothed(plain, _weight(plain))[-1]
    return VolumeModel(
        counts.first, known, float(level), _weekday_shares(counts), _hour_shares(counts), season
    )  # fmt: skip


def _waves(first: date, at: np.ndarray, harmonics: int) -> Numbers:
    angle = 2 * np.pi * (at + first.toordinal()) / YEAR
    waves = [wave(k * angle) for k in range(1, harmonics + 1) for wave in (np.cos, np.sin)]
    return np.column_stack(waves) if waves else np.zeros((len(at), 0))


def _season(first: date, middles: np.ndarray, sums: Numbers) -> Numbers:
    logs, weeks = np.log(sums + 0.5), len(sums)
    best, found = np.inf, np.zeros(0)
    for harmonics in HARMONICS:
        base = [np.ones(weeks), np.arange(weeks) / weeks]
        design = np.column_stack([*base, _waves(first, middles, harmonics)])
        fitted, *_ = np.linalg.lstsq(design, logs, rcond=None)
        left = max(float(((logs - design @ fitted) ** 2).mean()), 1e-12)
        score = weeks * np.log(left) + design.shape[1] * np.log(weeks)
        if score < best:
            best, found = score, fitted[2:]
    return found


def _smoothed(sums: Numbers, weight: float) -> Numbers:
    """The level after each week, begun with the mean of the first eight."""
    level, found = float(sums[:FEWEST_WEEKS].mean()), []
    for each in sums:
        level += weight * (float(each) - level)
        found.append(level)
    return np.array(found)


def _weight(sums: Numbers) -> float:
    """The weight whose levels lay nearest to the mean of the four weeks after each."""
    if len(sums) < FEWEST_WEEKS + AHEAD_WEEKS + 1:
        return WEIGHTS[2]
    ahead = np.convolve(sums, np.ones(AHEAD_WEEKS) / AHEAD_WEEKS, "valid")[FEWEST_WEEKS:]

    def missed(weight: float) -> float:
        levels = _smoothed(sums, weight)[FEWEST_WEEKS - 1 : FEWEST_WEEKS - 1 + len(ahead)]
        return float(((levels - ahead) ** 2).sum())

    return min(WEIGHTS, key=missed)


def _weekday_shares(counts: ContactCounts) -> Numbers:
    late = slice(-PROFILE_WEEKS * WEEK, None)
    sums = np.bincount(counts.weekdays[late], counts.days[late], WEEK)
    return sums / sums.sum() if sums.sum() else np.full(WEEK, 1 / WEEK)


def _hour_shares(counts: ContactCounts) -> Numbers:
    late = slice(-PROFILE_WEEKS * WEEK, None)
    sums = np.zeros((WEEK, HOURS))
    np.add.at(sums, counts.weekdays[late], counts.hours[late])
    whole = sums.sum(0)
    if not whole.sum():
        return np.full((WEEK, HOURS), 1 / HOURS)
    sums += PRIOR * whole / whole.sum()
    return np.asarray(sums / sums.sum(1, keepdims=True))
