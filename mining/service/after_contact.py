"""What customers do after a bad contact, beside matched others: purchases, spend and coming back, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import t

from data.errors import BadRequest
from mining.service.contact_moments import HISTORY, OUTCOMES, ContactMoments
from mining.service.matched_moments import MatchedMoments, MomentMatching, match_moments
from mining.service.unseen_cause import UnseenCause, unseen_cause

OBSERVATIONAL = "Observational: this shows what happened after, not what the contact caused."
LEAST_PAIRS, UNLIKE = 20, 0.1
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AfterContact:
    """`effects` has a row each outcome (OUTCOMES): the means `after` the bad contact and of the `others`, made even,
    their `difference` with `low` and `high` (95%), and `plain`, the difference without matching. Each side was watched
    for `within_days` days; `bad` moments there were, of which `pairs` were matched."""

    effects: pl.DataFrame
    matched: MatchedMoments
    cause: UnseenCause
    within_days: int
    bad: int
    pairs: int

    @property
    def days_at_risk(self) -> int:
        """Of each side."""
        return self.pairs * self.within_days

    @property
    def is_even(self) -> bool:
        """Whether no measure of the past differs by a tenth of a standard deviation or more (Austin 2009)."""
        return bool((self.matched.balance["after"].abs() < UNLIKE).all())


def after_contact(
    moments: ContactMoments, how: MomentMatching = MomentMatching.NEAREST, seed: int = 0
) -> AfterContact:
    """Bad moments held against matched others.

    The difference of a pair is regressed on what is left of their unlikeness, and told where that is none (Rubin 1973;
    Abadie & Imbens 2011), with errors that need no equal variance (MacKinnon & White 1985, HC2).
    Raises BadRequest where there are fewer than LEAST_PAIRS pairs.
    """
    frame = moments.frame
    bad = frame.filter(pl.col("is_bad")).height
    if bad < LEAST_PAIRS:
        raise BadRequest(
            f"{bad} customers with such a contact have bought before and were watched for {moments.within_days} days:"
            f" too few to tell, {LEAST_PAIRS} are needed.",
            "Take another kind of bad contact, fewer days, or a longer period.",
        )
    matched = match_moments(frame, how, seed)
    pairs = matched.pairs.height
    if pairs < LEAST_PAIRS:
        raise BadRequest(
            f"Only {pairs} of {bad} have another customer who bought alike before: too few to tell.",
            "Match by nearest, hold them against all customers, or take a longer period.",
        )
    one, other = (frame[matched.pairs[side]] for side in ("one", "other"))
    unlike = _logs(one) - _logs(other)
    rows = [_effect(name, frame, one, other, unlike) for name in OUTCOMES]
    came, stayed = (side["bought"].to_numpy() > 0 for side in (one, other))
    cause = unseen_cause(int((came & stayed).sum()), int((came & ~stayed).sum()), int((~came & stayed).sum()))
    schema = dict.fromkeys(("outcome", "after", "others", "difference", "low", "high", "plain"), pl.Float64)
    effects = pl.DataFrame(rows, schema | {"outcome": pl.String}, orient="row")
    return AfterContact(effects, matched, cause, moments.within_days, bad, pairs)


def _logs(frame: pl.DataFrame) -> Numbers:
    return np.asarray(np.log1p(frame.select(HISTORY).to_numpy().clip(0).astype(float)))


def _effect(
    name: str, frame: pl.DataFrame, one: pl.DataFrame, other: pl.DataFrame, unlike: Numbers
) -> tuple[object, ...]:
    after = one[name].to_numpy()
    difference, error, freedom = even_difference(after - other[name].to_numpy(), unlike)
    half = float(t.ppf(0.975, freedom)) * error
    bad = frame["is_bad"].to_numpy().astype(bool)
    values = frame[name].to_numpy()
    plain = values[bad].mean() - values[~bad].mean()
    mean = float(after.mean())
    return name, mean, mean - difference, difference, difference - half, difference + half, float(plain)


def even_difference(differences: Numbers, unlike: Numbers) -> tuple[float, float, int]:
    """The mean difference of pairs that are alike, its standard error, and the degrees of freedom: the height at 0 of
    the plane through `differences` (of pairs) over `unlike` (pairs x measures)."""
    moving = unlike[:, unlike.std(0) > 1e-9]
    if len(differences) < 5 * (moving.shape[1] + 1):
        moving = moving[:, :0]
    x = np.column_stack([np.ones(len(differences)), moving])
    inner = np.linalg.pinv(x.T @ x)
    slopes = inner @ x.T @ differences
    rest = differences - x @ slopes
    leverage = np.clip(np.einsum("ij,jk,ik->i", x, inner, x), 0, 1 - 1e-9)
    spread = inner @ (x.T * (rest**2 / (1 - leverage))) @ x @ inner
    return float(slopes[0]), float(np.sqrt(max(spread[0, 0], 0.0))), len(differences) - x.shape[1]
