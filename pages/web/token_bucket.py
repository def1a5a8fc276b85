"""How fast somebody may ask: so many times a second in the long run, and more at once for a moment."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class TokenBucket:
    """Holds at most `most` tokens and gains `rate` a second; what is asked takes some away."""

    rate: float
    most: float
    left: float
    at: float

    def take(self, cost: float, now: float) -> float:
        """0 where it may be asked at once; else the seconds until it may, and nothing is taken."""
        self._gain(now)
        if self.left >= min(cost, self.most):
            self.left -= cost
            return 0.0
        return (min(cost, self.most) - self.left) / self.rate

    def owe(self, cost: float, now: float) -> float:
        """Take it whatever is left; the seconds until it was earned, for which whoever asks waits."""
        self._gain(now)
        self.left -= cost
        return max(0.0, -self.left / self.rate)

    def give_back(self, cost: float) -> None:
        """What was taken is not to count."""
        self.left = min(self.most, self.left + cost)

    def is_full(self, now: float) -> bool:
        self._gain(now)
        return self.left >= self.most

    def _gain(self, now: float) -> None:
        self.left = min(self.most, self.left + max(0.0, now - self.at) * self.rate)
        self.at = now


@dataclass(slots=True)
class TokenBuckets:
    """One bucket for each who asks. Those who have not asked for a while are forgotten: theirs would be full."""

    rate: float
    most: float
    kept: int = 10_000
    _of: dict[Hashable, TokenBucket] = field(default_factory=dict)

    def of(self, who: Hashable, now: float) -> TokenBucket:
        found = self._of.get(who)
        if found is None:
            if len(self._of) >= self.kept:
                self._of = {each: bucket for each, bucket in self._of.items() if not bucket.is_full(now)}
            found = self._of[who] = TokenBucket(self.rate, self.most, self.most, now)
        return found
