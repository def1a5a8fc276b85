"""Past answers to named prices, judged against the best rule of one threshold, on prices that the rule was not
chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.pricing.acceptance_curve import Flags
from mining.pricing.past_answers import decided
from mining.pricing.person_draws import person_draws
from mining.pricing.price_sample import Places
from mining.retention.wilson_interval import Numbers

FEWEST, THRESHOLDS, DRAWS = 20, 501, 500
SAME_TALK_DAYS = 30
LEARNT_SHARE = 0.6


class RuleBase(StrEnum):
    """What a threshold is a multiple of: what the product costs, the price asked, or money itself."""

    COST = "cost"
    ASKED = "asked"
    MONEY = "money"


class HeldOutBy(StrEnum):
    """What parts the prices that choose the rule from those that judge it: time (the later ones judge), or
    persons."""

    TIME = "time"
    PERSON = "person"


@dataclass(frozen=True, slots=True, eq=False)
class JudgedAnswers:
    """The rule "accept from `threshold` times the base on", chosen on `learnt` talks, judged on `held` others of so
    many `people`: what the answers that were given earned a talk (`given`, money), what the rule would have
    (`by_rule`), and the `regret` between, with its interval of 95% by drawing persons anew. `hindsight` is what the
    best threshold of the judging talks themselves would have earned, which nobody could have known; `accepted` are
    the shares of talks that were accepted, as given and by the rule."""

    by: HeldOutBy
    base: RuleBase
    threshold: float
    learnt: int
    held: int
    people: int
    given: float
    by_rule: float
    regret: float
    regret_low: float
    regret_high: float
    hindsight: float
    accepted: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Talks:
    """Prices in order of talks and time: `ratio` to the base, what accepting each `earns`, its `talk`; and of each
    talk the person, the day on which it began, what was earned and whether it was accepted."""

    ratio: Numbers
    earns: Numbers
    talk: Places
    person: Places
    began: Places
    given: Numbers
    accepted: Flags

    def earned(self, threshold: float) -> tuple[Numbers, Flags]:
        """What each talk earns, and whether it ends in a sale, where the first price that reaches the threshold is
        taken."""
        reached = np.flatnonzero(self.ratio >= threshold)
        talks, first = np.unique(self.talk[reached], return_index=True)
        found, sold = np.zeros(len(self.person)), np.zeros(len(self.person), bool)
        found[talks], sold[talks] = self.earns[reached[first]], True
        return found, sold


def judged_answers(
    kept: pl.DataFrame,
    base: RuleBase,
    by: HeldOutBy = HeldOutBy.TIME,
    draws: int = DRAWS,
    seed: int = 0,
) -> JudgedAnswers:
    """From rows in order of time: `customer`, `product`, `day` (key), `price`, `asked`, `cost`, `quantity`, `answer`.

    Prices of a person for a product are one talk until one is accepted, or 30 days pass without another. A rule
    takes the first that reaches it: what somebody would have named after an answer that they did not get, is not
    known and counts as no sale. Raises BadRequest with fewer than 20 talks on either side, and where no cost is
    known.
    """
    talks = _talks(kept, base)
    learns = _learns(talks, by, seed)
    if min(int(learns.sum()), int((~learns).sum())) < FEWEST:
        raise BadRequest(
            f"{len(learns)} prices were answered whose cost is known: too few to choose a rule by some and judge it by"
            " others.",
            f"It takes {FEWEST} on either side.",
        )
    candidates = np.unique(np.quantile(talks.ratio, np.linspace(0, 1, THRESHOLDS), method="lower"))
    table = [talks.earned(each)[0] for each in candidates]
    threshold = float(candidates[int(np.argmax([each[learns].sum() for each in table]))])
    ruled, sold = talks.earned(threshold)
    held = ~learns
    low, high = _interval((ruled - talks.given)[held], talks.person[held], draws, seed)
    return JudgedAnswers(
        by, base, threshold, int(learns.sum()), int(held.sum()), len(np.unique(talks.person[held])),
        float(talks.given[held].mean()), float(ruled[held].mean()), float((ruled - talks.given)[held].mean()),
        low, high, max(float(each[held].mean()) for each in table),
        (float(talks.accepted[held].mean()), float(sold[held].mean())),
    )  # fmt: skip


def usual_base(kept: pl.DataFrame) -> RuleBase:
    """Cost where nine of ten rows know it, else the price asked, else money."""
    known = {RuleBase.COST: "cost", RuleBase.ASKED: "asked"}
    for base, column in known.items():
        if kept.height and (kept[column] > 0).sum() >= 0.9 * kept.height:
            return base
    return RuleBase.MONEY


def _talks(kept: pl.DataFrame, base: RuleBase) -> _Talks:
    told = decided(kept).filter(pl.col("cost") >= 0)
    if base is not RuleBase.MONEY:
        told = told.filter(pl.col(base.value) > 0)
    own = ["customer", "product"]
    begins = (
        pl.col("taken").shift(1).fill_null(True) | (pl.col("day") - pl.col("day").shift(1) > SAME_TALK_DAYS)
    ).over(own)
    told = told.sort(*own, "day", maintain_order=True).with_columns(talk=begins.cum_sum().cast(pl.Int64) - 1)
    pieces = pl.col("quantity").fill_null(1)
    of = pl.lit(1.0) if base is RuleBase.MONEY else pl.col(base.value)
    told = told.with_columns(ratio=pl.col("price") / of, earns=(pl.col("price") - pl.col("cost")) * pieces)
    each = told.group_by("talk", maintain_order=True).agg(
        pl.col("customer").first(),
        pl.col("day").first(),
        given=pl.col("earns").filter("taken").sum(),
        accepted=pl.col("taken").any(),
    )
    return _Talks(
        told["ratio"].to_numpy(), told["earns"].to_numpy(), told["talk"].to_numpy(), each["customer"].to_numpy(),
        each["day"].to_numpy(), each["given"].to_numpy(), each["accepted"].to_numpy(),
    )  # fmt: skip


def _learns(talks: _Talks, by: HeldOutBy, seed: int) -> Flags:
    """Which talks choose the rule: the first three fifths, or those of a drawn half of the persons."""
    if by is HeldOutBy.TIME:
        if not len(talks.began):
            return np.zeros(0, bool)
        return talks.began <= np.quantile(talks.began, LEARNT_SHARE, method="lower")
    persons, places = np.unique(talks.person, return_inverse=True)
    drawn: Flags = (np.random.default_rng(seed).permutation(len(persons)) % 2 == 0)[places]
    return drawn


def _interval(values: Numbers, persons: Places, draws: int, seed: int) -> tuple[float, float]:
    """The ends of 95% of a mean over talks, persons drawn anew."""
    _, places = np.unique(persons, return_inverse=True)
    sums, counts = np.bincount(places, values), np.bincount(places)
    means = [(times @ sums) / (times @ counts) for times in person_draws(len(sums), draws, seed)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
