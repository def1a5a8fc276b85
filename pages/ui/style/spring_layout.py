"""Places for the nodes of a small network: springs along edges, repulsion between nodes, the same every time.

Fruchterman & Reingold (1991), Graph drawing by force-directed placement, eqs. f_a = d^2/k and f_r = k^2/d.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROUNDS = 240
GRAVITY = 1.1


def layout(nodes: Sequence[str], edges: Sequence[tuple[str, str, float]]) -> dict[str, tuple[float, float]]:
    """Each node's place in the square from -1 to 1."""
    names = list(dict.fromkeys(nodes))
    if len(names) < 2:
        return dict.fromkeys(names, (0.0, 0.0))
    pull = _pull(names, edges)
    turn = 2 * np.pi * np.arange(len(names)) / len(names)
    spots: NDArray[np.float64] = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ideal = 1.6 / np.sqrt(len(names))
    for heat in np.linspace(0.14, 0.004, ROUNDS):
        spots = _moved(spots, pull, ideal, float(heat))
    spots = spots - (spots.max(axis=0) + spots.min(axis=0)) / 2
    spots = spots / np.maximum(np.abs(spots).max(axis=0), 1e-9)
    return {name: (float(x), float(y)) for name, (x, y) in zip(names, spots, strict=True)}


def _pull(names: list[str], edges: Sequence[tuple[str, str, float]]) -> NDArray[np.float64]:
    place = {name: index for index, name in enumerate(names)}
    pull = np.zeros((len(names), len(names)))
    heaviest = max((weight for _, _, weight in edges), default=1.0) or 1.0
    for source, target, weight in edges:
        if source in place and target in place and source != target:
            strength = 0.4 + 0.6 * weight / heaviest
            pull[place[source], place[target]] = pull[place[target], place[source]] = strength
    return pull


def _moved(
    spots: NDArray[np.float64], pull: NDArray[np.float64], ideal: float, heat: float
) -> NDArray[np.float64]:
    apart = spots[:, None, :] - spots[None, :, :]
    far = np.sqrt((apart**2).sum(axis=-1)) + 1e-6
    force = apart / far[..., None] * (ideal**2 / far - pull * far**2 / ideal)[..., None]
    total = force.sum(axis=1) - GRAVITY * spots
    length = np.sqrt((total**2).sum(axis=-1, keepdims=True)) + 1e-9
    moved: NDArray[np.float64] = spots + total / length * np.minimum(length, heat)
    return moved
