"""Units that are resampled as a whole (an order, a customer, an answer), and the sums of a partner's over draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from mining.partners.decision_matrix import Numbers

MOST_UNITS = 400  # resampled one by one; of more, so many lots drawn by chance

Sums = Mapping[str, Numbers]
"""Of each part its sums: draws x places."""
Ends = tuple[sparse.csr_array, sparse.csr_array]


@dataclass(frozen=True, slots=True, eq=False)
class UnitSums:
    """A row a unit: `owner` (code of its partner) and its summands (units x places), the places by name; `days` of
    those that are counted by day. `ends`: the same units had they gone well, and badly."""

    owner: NDArray[np.int64]
    summands: sparse.csr_array
    ends: Ends
    places: Mapping[str, slice]
    days: Numbers

    def parted(self, sums: Numbers) -> Sums:
        return {name: sums[:, place] for name, place in self.places.items()}


def by_unit(
    frame: pl.DataFrame,
    summands: sparse.csr_array,
    places: Mapping[str, slice],
    days: Numbers,
    ends: Callable[[sparse.csr_array], Ends],
) -> UnitSums:
    """Rows of one `unit` added up; without such a column each row stands by itself."""
    owner = frame["partner"].to_numpy().astype(np.int64)
    if "unit" in frame.columns and not frame.is_empty():
        unit = frame.select(pl.struct("partner", "unit").rank("dense") - 1).to_series()
        place = unit.to_numpy().astype(np.int64)
        owner, summands = owner[np.unique(place, return_index=True)[1]], added_up(place, summands)
    return UnitSums(owner, summands, ends(summands), places, days)


def plain_units(frame: pl.DataFrame, columns: Mapping[str, Numbers]) -> UnitSums:
    places = {name: slice(at, at + 1) for at, name in enumerate(columns)}
    numbers = sparse.csr_array(np.column_stack([*columns.values()]))
    return by_unit(frame, numbers, places, np.zeros(0), lambda rows: (rows, rows))


def resampled(
    own: sparse.csr_array,
    ends: Ends,
    draws: int,
    random: np.random.Generator,
) -> Numbers:
    """Sums (draws x places) of a partner's units, each counted by chance, and one more of anybody's, as if there were
    as many as there are."""
    many = own.shape[0]
    lots = random.permutation(many) % min(many, MOST_UNITS)
    lot_sums = added_up(lots, own).toarray()
    times = random.standard_exponential((draws, len(lot_sums)))
    sums = times @ lot_sums
    counted = times @ np.bincount(lots)[:, None]
    for end in ends:
        another = random.standard_gamma(0.5, (draws, 1))
        sums += another * end[random.integers(0, end.shape[0], draws)].toarray()
        counted += another
    found: Numbers = sums * (many / counted)
    return found


def added_up(places: NDArray[np.int64], rows: sparse.csr_array) -> sparse.csr_array:
    """The rows of each place added up."""
    many = len(places)
    shape = (int(places.max()) + 1 if many else 0, many)
    return sparse.csr_array((np.ones(many), (places, np.arange(many))), shape=shape) @ rows


def column(frame: pl.DataFrame, name: str) -> Numbers:
    """As numbers; 0 where there is none."""
    return frame[name].cast(pl.Float64).fill_null(0.0).to_numpy()
