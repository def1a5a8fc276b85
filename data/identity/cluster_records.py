"""From pairs to customers: what is sure is joined, unless those joined would contradict each other.

Where nothing speaks against it, a cluster is a connected component of sure pairs. Where two records of one
component were found to differ, or it is larger than anyone's records can be, it is built up again from the
surest pair on: two parts join only if all that is known between them speaks for it together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import polars as pl

from data.errors import BadInput

MOST = 25
CONTRADICTS = 0.5
GREATEST_ODDS = 7.0
DECIDED = 1e6

Edge = tuple[float, int, int]


class Contradiction(BadInput):
    """What was decided about `records` cannot be, beside what else was decided."""

    def __init__(self, records: tuple[int, int], named: str) -> None:
        super().__init__(
            f"What was decided about {named} contradicts other decisions.",
            "Take back the decision about them, or those about what links them.",
        )
        self.records = records


def components(size: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """For each of `size` places, the number of what it hangs together with."""
    from scipy.sparse import coo_array  # a third of the start of every command, which few need
    from scipy.sparse.csgraph import connected_components

    joined = coo_array((np.ones(len(a), bool), (a, b)), (size, size))
    found: np.ndarray = connected_components(joined, directed=False)[1]
    return found


def clusters(known: pl.DataFrame, pairs: pl.DataFrame) -> np.ndarray:
    """For each known record, the smallest record of its cluster.

    `known`: record (sorted), its component `whole`, and `master`, the same number for records of one list that
    has nobody twice. `pairs`: a, b, probability of everything compared inside components, and `decided` where a
    person said so (1 or 0 is meant). Errors: BadInput where decisions contradict each other.
    """
    records, whole, master = known["record"].to_numpy(), known["whole"].to_numpy(), known["master"]
    a, b = (np.searchsorted(records, pairs[end].to_numpy()) for end in ("a", "b"))
    chance = pairs["probability"].to_numpy()
    first = np.full(whole.max(initial=-1) + 1, len(records))
    np.minimum.at(first, whole, np.arange(len(records)))
    root = first[whole]
    weight = _weights(chance, pairs["decided"].to_numpy())
    disputed = _disputed(known, whole[a[chance < CONTRADICTS]])
    for edges in _groups(whole[a], np.flatnonzero(disputed[whole[a]])):
        members = np.unique(np.concatenate((a[edges], b[edges])))
        listed = zip(weight[edges].tolist(), a[edges].tolist(), b[edges].tolist(), strict=True)
        root[members] = _settled(members.tolist(), list(listed), records, master)
    found: np.ndarray = records[root]
    return found


def _disputed(known: pl.DataFrame, contradicted: np.ndarray) -> np.ndarray:
    """Which components are too large, contradicted by a pair, or have one of a master list twice."""
    disputed: np.ndarray = np.bincount(known["whole"].to_numpy()) > MOST
    disputed[contradicted] = True
    listed = known.select("whole", "master").drop_nulls()
    disputed[listed.filter(listed.is_duplicated())["whole"].to_numpy()] = True
    return disputed


def _weights(chance: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """Log odds within bounds, so that no one pair outweighs all others; a decision does."""
    odds = np.log(np.maximum(chance, 1e-12)) - np.log(np.maximum(1 - chance, 1e-12))
    bounded = np.clip(odds, -GREATEST_ODDS, GREATEST_ODDS)
    found: np.ndarray = np.where(decided, np.where(chance >= 0.5, DECIDED, -DECIDED), bounded)
    return found


def _groups(label: np.ndarray, edges: np.ndarray) -> list[np.ndarray]:
    """The edges of each label apart."""
    order = edges[np.argsort(label[edges], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []


def _settled(members: list[int], edges: list[Edge], records: np.ndarray, master: pl.Series) -> list[int]:
    """The root of each member after joining from the surest edge on, where the whole speaks for it."""
    parts = {member: [member] for member in members}
    root = {member: member for member in members}
    between: dict[int, dict[int, float]] = defaultdict(dict)
    for weight, a, b in (*_rivals(members, master), *edges):
        between[a][b] = between[b][a] = weight
    for weight, a, b in sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2])):
        one, other = sorted((root[a], root[b]))
        if one == other or weight <= 0:
            continue
        if between[one][other] < -DECIDED / 2 or (weight < DECIDED and between[one][other] <= 0):
            continue
        if weight < DECIDED and len(parts[one]) + len(parts[other]) > MOST:
            continue
        _join(one, other, parts, root, between)
    _check(edges, root, records)
    return [root[member] for member in members]


def _rivals(members: list[int], master: pl.Series) -> Iterator[Edge]:
    """Records of one list that has nobody twice speak against each other, compared or not."""
    lists = [(member, master[member]) for member in members]
    for (a, one), (b, other) in combinations([each for each in lists if each[1] is not None], 2):
        if one == other:
            yield -GREATEST_ODDS, a, b


def _join(
    one: int,
    other: int,
    parts: dict[int, list[int]],
    root: dict[int, int],
    between: dict[int, dict[int, float]],
) -> None:
    for member in parts[other]:
        root[member] = one
    parts[one] += parts.pop(other)
    for third, weight in between.pop(other).items():
        between[third].pop(other, None)
        if third != one:
            between[one][third] = between[third][one] = between[one].get(third, 0.0) + weight


def _check(edges: list[Edge], root: dict[int, int], records: np.ndarray) -> None:
    for weight, a, b in edges:
        if abs(weight) >= DECIDED and (root[a] == root[b]) != (weight > 0):
            one, other = int(records[a]), int(records[b])
            raise Contradiction((one, other), f"records {one} and {other}")
