"""What is known of each partner by each criterion: the figure, its n, and resamples that say how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from mining.partners.decision_matrix import Numbers
from mining.partners.partner_evidence import PartnerEvidence
from mining.partners.rank_band import DRAWS
from mining.partners.unit_sums import Ends, Sums, UnitSums, by_unit, column, plain_units, resampled

LIKELY = (2.5, 97.5)
HALF, NINE_TENTHS = 0.5, 0.1  # of the orders still awaited
SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class PartnerFigure:
    """One criterion over all partners: `values` (NaN is unknown), `counts`, `draws` (draws x partners); what is unknown
    is known to be over `beyond`, where that is a number: so many orders are still open that none tells the median."""

    values: Numbers
    counts: NDArray[np.int64]
    draws: Numbers
    beyond: Numbers

    @property
    def interval(self) -> tuple[Numbers, Numbers]:
        """The ends within which 95% of the resamples lie; NaN where nothing is known."""
        low, high = np.full((2, len(self.values)), np.nan)
        known = ~np.isnan(self.values)
        if known.any():
            low[known], high[known] = np.nanpercentile(self.draws[:, known], LIKELY, axis=0)
        return np.fmin(low, self.values), np.fmax(high, self.values)


def partner_figures(evidence: PartnerEvidence, draws: int = DRAWS, seed: int = 0) -> dict[str, PartnerFigure]:
    """Each criterion by its name, partners in the order of `evidence.partners`; sum over sum within a partner.

    Resamples are a Bayesian bootstrap over orders, customers or answers (Rubin 1981), to which each draw adds one more
    that might have been anybody's (a Dirichlet process prior of mass 1: Ferguson 1973), of orders half of it come as it
    should and half not at all, which of single orders is Jeffreys' prior: so three orders in time do not make sure of
    the fourth. The figures themselves are without it. Criteria of the same rows are drawn together.
    """
    codes = evidence.partners["partner"].to_list()
    found: dict[str, PartnerFigure] = {}
    for at, (rows, tell) in enumerate((
        (_supply_sums(evidence.supply), _of_supply), (_price_sums(evidence.prices), _of_prices),
        (_sale_sums(evidence.sales), _of_sales),
        (_contact_sums(evidence.contacts), _of_contacts), (_answer_sums(evidence.answers), _of_answers),
    )):  # fmt: skip
        found |= _told(rows, codes, tell, draws, np.random.default_rng([seed, at]))
    return found


class FigureTold(NamedTuple):
    """A criterion of one partner by draws; its n, and what an unknown value is known to be beyond, where the sums are
    the partner's own."""

    values: Numbers
    n: int
    beyond: float = math.nan


Tell = Callable[[Sums, Numbers], Mapping[str, FigureTold]]
"""From sums (draws x places) of a partner and the days of places: each criterion."""


def _told(
    rows: UnitSums, codes: Sequence[int], tell: Tell, draws: int, random: np.random.Generator
) -> dict[str, PartnerFigure]:
    points, drawn = [], []
    for code in codes:
        own = rows.summands[np.flatnonzero(rows.owner == code)]
        points.append(tell(rows.parted(np.asarray(own.sum(axis=0)).reshape(1, -1)), rows.days))
        sums = resampled(own, rows.ends, draws, random) if own.shape[0] else None
        drawn.append(None if sums is None else tell(rows.parted(sums), rows.days))
    names = tell(rows.parted(np.zeros((1, rows.summands.shape[1]))), rows.days)
    return {
        name: _figure(
            [each[name] for each in points], [each[name] if each else None for each in drawn], draws
        )
        for name in names
    }


def _figure(points: Sequence[FigureTold], drawn: Sequence[FigureTold | None], draws: int) -> PartnerFigure:
    nothing = np.full(draws, np.nan)
    columns = [nothing if each is None else each.values for each in drawn]
    return PartnerFigure(
        np.array([each.values[0] for each in points], dtype=float),
        np.array([each.n for each in points], dtype=np.int64),
        np.column_stack(columns) if columns else np.zeros((draws, 0)),
        np.array([each.beyond for each in points], dtype=float),
    )


SUPPLY_PARTS = ("due", "on_time", "whole_on_time", "pieces_due", "pieces_on_time", "told", "whole", "filled")


def _supply_sums(frame: pl.DataFrame) -> UnitSums:
    lead = frame["lead"]
    is_told = lead.is_not_null().to_numpy()
    days, place = np.unique(lead.fill_null(0).to_numpy().astype(np.int64), return_inverse=True)
    each, shape = np.arange(len(frame)), (len(frame), len(days))
    seen = sparse.csr_array((is_told.astype(float), (each, place)), shape=shape)
    arrived = seen.multiply(column(frame, "has_come")[:, None])
    told, filled = (
        frame[name].is_not_null().to_numpy().astype(float) for name in ("whole", "pieces_on_time")
    )
    due = column(frame, "due")
    numbers = np.column_stack([
        due, due * column(frame, "on_time"), due * column(frame, "whole_on_time"),
        filled * column(frame, "pieces_due"), column(frame, "pieces_on_time"), told, column(frame, "whole"), filled,
    ])  # fmt: skip
    wide, many = len(SUPPLY_PARTS), len(days)
    places = {name: slice(at, at + 1) for at, name in enumerate(SUPPLY_PARTS)}
    places |= {"arrived": slice(wide, wide + many), "seen": slice(wide + many, wide + 2 * many)}
    summands = sparse.csr_array(sparse.hstack([sparse.csr_array(numbers), arrived, seen], format="csr"))
    return by_unit(frame, summands, places, days.astype(float), _well_and_badly)


def _well_and_badly(summands: sparse.csr_array) -> Ends:
    """Orders that were due, as if each had come whole in time, and as if not at all; when they came stays."""
    numbers, rest = summands[:, : len(SUPPLY_PARTS)].toarray(), summands[:, len(SUPPLY_PARTS) :]
    lines, pieces = np.maximum(numbers[:, 0], 1), numbers[:, 3]
    ends = []
    for share in (1.0, 0.0):
        table = [
            lines,
            lines * share,
            lines * share,
            pieces,
            pieces * share,
            lines,
            lines * share,
            numbers[:, 7],
        ]
        ends.append(
            sparse.csr_array(sparse.hstack([sparse.csr_array(np.column_stack(table)), rest], format="csr"))
        )
    return ends[0], ends[1]


def _of_supply(sums: Sums, days: Numbers) -> Mapping[str, FigureTold]:
    due, orders = _counted(sums["due"]), _counted(sums["seen"])
    waiting = _still_waiting(sums["arrived"], sums["seen"])
    waited = days[sums["seen"][0] > SLACK] if len(days) else days
    longest = float(waited.max()) if len(waited) else math.nan
    return {
        "on_time": FigureTold(_ratio(sums["on_time"], sums["due"]), due),
        "in_full": FigureTold(_ratio(sums["whole"], sums["told"]), _counted(sums["told"])),
        "on_time_in_full": FigureTold(_ratio(sums["whole_on_time"], sums["due"]), due),
        "fill_rate": FigureTold(_ratio(sums["pieces_on_time"], sums["pieces_due"]), _counted(sums["filled"])),
        "lead_days": FigureTold(_first_day(waiting, days, HALF), orders, longest),
        "late_lead_days": FigureTold(_first_day(waiting, days, NINE_TENTHS), orders, longest),
    }


def _price_sums(frame: pl.DataFrame) -> UnitSums:
    columns = {name: column(frame, name) for name in ("paid", "usual")}
    return plain_units(frame, columns | {"priced": np.ones(len(frame))})


def _of_prices(sums: Sums, days: Numbers) -> Mapping[str, FigureTold]:
    return {"price_index": FigureTold(_ratio(sums["paid"], sums["usual"]), _counted(sums["priced"]))}


def _sale_sums(frame: pl.DataFrame) -> UnitSums:
    known = pl.col("margin").is_not_null().any()
    customers = frame.group_by("partner", "unit", maintain_order=True).agg(
        pl.col("sold", "returned", "margin").sum(), known=known, customers=pl.lit(1)
    )
    names = ("sold", "returned", "margin", "known", "customers")
    return plain_units(customers.drop("unit"), {name: column(customers, name) for name in names})


def _of_sales(sums: Sums, days: Numbers) -> Mapping[str, FigureTold]:
    margin = np.where(sums["known"] > SLACK, sums["margin"], np.nan)[:, 0]
    return {
        "return_rate": FigureTold(_ratio(sums["returned"], sums["sold"]), _counted(sums["customers"])),
        "margin": FigureTold(margin, _counted(sums["known"])),
    }


def _contact_sums(frame: pl.DataFrame) -> UnitSums:
    return plain_units(
        frame, {"satisfaction": column(frame, "satisfaction"), "contacts": np.ones(len(frame))}
    )


def _of_contacts(sums: Sums, days: Numbers) -> Mapping[str, FigureTold]:
    return {
        "satisfaction": FigureTold(_ratio(sums["satisfaction"], sums["contacts"]), _counted(sums["contacts"]))
    }


def _answer_sums(frame: pl.DataFrame) -> UnitSums:
    return plain_units(frame, {"waited": column(frame, "waited"), "answers": np.ones(len(frame))})


def _of_answers(sums: Sums, days: Numbers) -> Mapping[str, FigureTold]:
    return {"answer_days": FigureTold(_ratio(sums["waited"], sums["answers"]), _counted(sums["answers"]))}


def _still_waiting(arrived: Numbers, seen: Numbers) -> Numbers:
    """The share of orders still awaited after each day (Kaplan & Meier 1958, the product limit)."""
    at_risk = seen[:, ::-1].cumsum(axis=1)[:, ::-1]
    rate = np.divide(arrived, at_risk, out=np.zeros(arrived.shape), where=at_risk > SLACK)
    found: Numbers = np.cumprod(1 - np.minimum(rate, 1), axis=1)
    return found


def _first_day(waiting: Numbers, days: Numbers, share: float) -> Numbers:
    """The first day after which no more than a share is awaited; NaN where that was never seen."""
    if not len(days):
        return np.full(len(waiting), np.nan)
    done = waiting <= share + SLACK
    return np.where(done.any(axis=1), days[done.argmax(axis=1)], np.nan)


def _ratio(one: Numbers, by: Numbers) -> Numbers:
    """Sum over sum of each draw; NaN where there is nothing to divide by."""
    found: Numbers = np.divide(one, by, out=np.full(one.shape, np.nan), where=by > SLACK)[:, 0]
    return found


def _counted(sums: Numbers) -> int:
    """The n of the first draw."""
    return round(float(sums[0].sum()))
