"""Who the customers of an audience are: how many of them each country, kind or attribute has, as described today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.model.warehouse_profile import Profile

Frames = Callable[[str, Sequence[Any]], pl.DataFrame]
FEWEST, MOST = 2, 200
# The last version of each customer; `descriptor` is the name of a declared column.
DESCRIBED = """SELECT * FROM (SELECT {descriptor} AS label, count(*) AS customers FROM (
  SELECT {descriptor} FROM customer SEMI JOIN (SELECT unnest(?::INTEGER[]) AS customer_code) USING (customer_code)
  QUALIFY row_number() OVER (PARTITION BY customer_code ORDER BY valid_to DESC, customer_key DESC) = 1)
GROUP BY ALL) ORDER BY label = '{unknown}', customers DESC, label"""


def makeup_descriptors(profile: Profile) -> tuple[str, ...]:
    """What describes customers by a few members, the firm's own attributes and saved findings among it."""
    own = [each.name for each in profile.attributes if each.dimension == CUSTOMER.name]
    offered = dict.fromkeys((*CUSTOMER.descriptors, *own))
    return tuple(each for each in offered if FEWEST <= profile.known.get(each, 0) <= MOST)


def audience_makeup(frame: Frames, profile: Profile, codes: np.ndarray, descriptor: str) -> pl.DataFrame:
    """`label` and `customers` (how many of these codes), the greatest first and those of whom it is not known last.

    Raises BadRequest for what does not describe customers.
    """
    offered = makeup_descriptors(profile)
    if descriptor not in offered:
        raise BadRequest(
            f"Customers are not told apart by {descriptor[:40]!r}.", did_you_mean(descriptor, offered)
        )
    return frame(DESCRIBED.format(descriptor=descriptor, unknown=UNKNOWN), [codes.tolist()])
