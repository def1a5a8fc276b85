"""Order lines that are removed leave what has to be looked at again: their orders, and the members they told of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemovedLines:
    """The temporary tables in which they leave it: `orders` (order_key) and `members` (dimension, identity_key)."""

    orders: str
    members: str
