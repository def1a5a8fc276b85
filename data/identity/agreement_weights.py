"""What agreement is worth: Fellegi and Sunter's model, its weights learnt from the pairs themselves.

Fellegi & Sunter (1969) weigh two classes, matches and others, and take fields as independent inside each.
Households and firms under one roof break that: they share address, phone and surname at once. So there are
six classes (`CLASSES`), learnt by EM (Winkler 1988) on the counts of patterns, with the starting values as
prior counts (a Dirichlet), which alone decide where there are few pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.identity.compare_records import FIELDS, SAME, SIMILAR, SIZES, WORDS

CLASSES = ("one", "family", "neighbour", "namesake", "stranger", "heir")
START = (0.40, 0.07, 0.12, 0.20, 0.20, 0.01)
DEFINING = {
    "address": (1, 2, 3, 4, 5),
    "family_name": (2, 5),
    "given_name": (3, 5),
    "numbering": (5,),
    "phone": (5,),
}
REACHED_BY = ("address", "email", "phone")
NAME_ALONE = 0.8
PRIOR_PAIRS = 200.0
ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Weights:
    """`classes`: the share of pairs in each of CLASSES.

    `levels`: for each field, the chance of each level in each class; level 0 (missing) is 1 throughout.
    """

    classes: np.ndarray
    levels: tuple[np.ndarray, ...]

    def joint(self, levels: np.ndarray) -> np.ndarray:
        """For each pattern (a row of levels), the chance of class and pattern together."""
        found = np.tile(self.classes, (len(levels), 1))
        for at, chances in enumerate(self.levels):
            found *= chances[:, levels[:, at]].T
        return found


def unpacked(pattern: np.ndarray) -> np.ndarray:
    """The level of each field from a pattern's number."""
    return np.stack(np.unravel_index(pattern, SIZES), axis=1)


def starting() -> Weights:
    """The weights before anything is learnt."""
    levels = (np.array(field.chances) for field in FIELDS)
    return Weights(np.array(START), tuple(_with_missing(chances) for chances in levels))


def learnt(pattern: np.ndarray, pairs: np.ndarray) -> Weights:
    """The weights that explain how often each pattern is seen."""
    weights, first, levels = starting(), starting(), unpacked(pattern)
    for _ in range(ROUNDS):
        joint = weights.joint(levels)
        expected = joint / joint.sum(axis=1, keepdims=True) * pairs[:, None]
        weights = _maximised(expected, levels, first)
    return weights


def _maximised(expected: np.ndarray, levels: np.ndarray, first: Weights) -> Weights:
    classes = expected.sum(axis=0) + PRIOR_PAIRS * first.classes
    found = []
    for at, (size, prior) in enumerate(zip(SIZES, first.levels, strict=True)):
        seen = np.stack(
            [np.bincount(levels[:, at], expected[:, each], size) for each in range(len(CLASSES))]
        )[:, 1:]
        counts = seen + PRIOR_PAIRS * prior[:, 1:]
        chances = _with_missing(counts / counts.sum(axis=1, keepdims=True))
        fixed = list(DEFINING.get(FIELDS[at].name, ()))
        chances[fixed] = prior[fixed]
        found.append(chances)
    return Weights(classes / classes.sum(), tuple(found))


def _with_missing(chances: np.ndarray) -> np.ndarray:
    return np.concatenate((np.ones((len(CLASSES), 1)), chances), axis=1)


def patterns(weights: Weights, pattern: np.ndarray) -> pl.DataFrame:
    """Each pattern with its chance in each class, whether more than a name agrees, and what it says in words."""
    levels = unpacked(pattern)
    joint = weights.joint(levels)
    said = {
        field.name: pl.Series(np.array(field.words, object)[levels[:, at]], dtype=pl.Enum(WORDS))
        for at, field in enumerate(FIELDS)
    }
    evidence = pl.DataFrame(said).select(pl.struct(pl.all()).alias("evidence")).to_series()
    columns = {name: joint[:, at] for at, name in enumerate(CLASSES)}
    return pl.DataFrame(
        {"pattern": pattern.astype(np.int32), **columns, "reach": _reach(levels), "evidence": evidence}
    )


def counted(weights: Weights, pattern: np.ndarray, given: np.ndarray, family: np.ndarray) -> pl.DataFrame:
    """How much each field counted in each pair: the binary logarithm of how many times likelier it makes that the two
    are one, beside the same pair with the field not known. `given` and `family` say how common agreed names are."""
    levels, ones = unpacked(pattern), np.ones(len(pattern))
    whole = log_odds(weights, levels, given, family)
    found = {}
    for at, field in enumerate(FIELDS):
        without = levels.copy()
        without[:, at] = 0
        common = (
            ones if field.name == "given_name" else given,
            ones if field.name == "family_name" else family,
        )
        found[field.name] = whole - log_odds(weights, without, *common)
    return pl.DataFrame(found)


def log_odds(weights: Weights, levels: np.ndarray, given: np.ndarray, family: np.ndarray) -> np.ndarray:
    """The binary logarithm of the odds that each pair is one, as `matches` weighs all pairs."""
    one, household, neighbour, namesake, stranger, heir = weights.joint(levels).T
    others = given * (household + heir + family * (neighbour + namesake + stranger))
    chance = np.where(_reach(levels), 1.0, NAME_ALONE) * one
    found: np.ndarray = np.log2(chance) - np.log2(one + others - chance)
    return found


def _reach(levels: np.ndarray) -> np.ndarray:
    """Whether more than a name agrees."""
    agree = [
        np.isin(np.array(field.words, object)[levels[:, at]], (SAME, SIMILAR))
        for at, field in enumerate(FIELDS)
        if field.name in REACHED_BY
    ]
    found: np.ndarray = np.any(agree, axis=0)
    return found
