"""Attainable share by category: what customers spend in it, against a high quantile of who spends alike elsewhere.

An index and not a market share. After Perlich, Rosset et al., "High-quantile modeling for customer wallet estimation
and other applications", KDD 2007: the wallet is a conditional quantile of spend. Look-alikes are told by kind and
country, for how long they have bought, and how much of how many other categories they buy: never by the spend that is
to be judged. Each ceiling is the geometric mean of models fitted on resamples that the customer is not in: nobody sets
the own. It is then calibrated by category.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import ThreadpoolController

from data.errors import BadRequest
from mining.customer_share.category_calibration import category_calibration, shifts
from mining.customer_share.share_tier import Tier, TieredShare

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

QUANTILES = (0.8, 0.9)
FEWEST = 100
FOLDS = 2
RESAMPLES = 6
MOST_FITTED = 25_000
NORMAL_95 = 1.96
TRAITS = ("kind", "country")
MOST_TRAITS = 200
THREADS = ThreadpoolController()


@dataclass(frozen=True, slots=True)
class Band:
    """The ends of a 95% interval, by bootstrap of customers with the model fitted anew."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class AttainableCeiling:
    """`rows` has one a customer and category: customer, category, own, wallet, head_room, low and high (ends of the
    ceiling over resamples), all money. `below` is the part of rows at or under a ceiling that they were no part of:
    near `quantile` where the model is calibrated. `band` is that of `total`; `drawn` has what each resample says of
    the customers that it judges (customer, own, wallet, resample), from which `band_of` tells that of any group.
    `categories` says whether it is calibrated in each, as `category_calibration` gives it.
    """

    quantile: float
    total: TieredShare
    band: Band
    below: float
    customers: int
    rows: pl.DataFrame
    drawn: pl.DataFrame
    categories: pl.DataFrame


def attainable_ceiling(
    frame: pl.DataFrame,
    quantile: float = QUANTILES[0],
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> AttainableCeiling:
    """The ceilings of all customers in all categories that anybody buys.

    `frame` has one row a customer and category with `customer`, `category`, `spend` (money over the same months for
    all; below zero counts as nothing) and of the customer `kind`, `country` (texts, null where not known) and `days`
    (since the first purchase). Raises BadRequest for fewer than 100 customers, and where all spend the same.
    """
    check_frame(frame, quantile)
    cells = _crossed(frame)
    spend, features = cells["spend"].to_numpy(), _features(cells)
    owners = _places(cells["customer"])
    random = np.random.default_rng(seed)
    logged = np.log1p(_ceilings(features, spend, owners, quantile, random, progress))
    middle = np.nanmean(logged, axis=0)
    shift = shifts(np.log1p(spend) - middle, _places(cells["category"]), owners, quantile, random)
    ceilings, ceiling = _money(logged + shift), _money(middle + shift)
    wallet = np.maximum(ceiling, spend)
    rows = cells.select("customer", "category", own="spend").with_columns(
        wallet=wallet,
        head_room=wallet - spend,
        low=np.nanmin(ceilings, axis=0),
        high=np.nanmax(ceilings, axis=0),
    )
    total = TieredShare(Tier.ATTAINABLE, float(spend.sum()), float(wallet.sum()))
    drawn = _drawn(rows, ceilings)
    band = band_of(drawn, total)
    categories = category_calibration(rows.select("category", "own", ceiling=ceiling), quantile)
    return AttainableCeiling(
        quantile,
        total,
        band,
        float((spend <= ceiling).mean()),
        int(owners.max()) + 1,
        rows,
        drawn,
        categories,
    )


def band_of(drawn: pl.DataFrame, of: TieredShare) -> Band:
    """The band around a share from what each resample says of the same customers: `resample`, `own`, `wallet`."""
    sums = drawn.group_by("resample").agg(pl.col("own").sum(), pl.col("wallet").sum())
    spread = float((sums["own"] / sums["wallet"]).std() or 0.0)  # type: ignore[arg-type]
    middle = of.share or 0.0
    return Band(max(0.0, middle - NORMAL_95 * spread), min(1.0, middle + NORMAL_95 * spread))


def check_frame(frame: pl.DataFrame, quantile: float) -> None:
    """Raise BadRequest, in words, for customers of whom no look-alikes can be told."""
    if quantile not in QUANTILES:
        raise BadRequest(f"{quantile:g} is no quantile to compare with.", "Choose 0.8 or 0.9.")
    people = frame["customer"].n_unique()
    if people < FEWEST:
        said = {0: "There is no customer", 1: "There is 1 customer"}.get(
            people, f"There are {people} customers"
        )
        raise BadRequest(
            f"{said} here, and look-alikes are told of {FEWEST} or more.",
            "Choose a longer period or fewer filters.",
        )
    sums = frame.group_by("customer").agg(pl.col("spend").clip(lower_bound=0).sum())
    if not sums["spend"].sum():
        raise BadRequest(
            "Nobody spent anything here: all was returned.", "Choose a longer period or fewer filters."
        )
    if sums["spend"].n_unique() == 1:
        raise BadRequest(
            "All customers spend the same, so nobody shows what more could be.", "Choose a longer period."
        )


def _crossed(frame: pl.DataFrame) -> pl.DataFrame:
    """Every customer by every category that anybody buys, and what the customer does in the others."""
    spent = frame.group_by("customer", "category").agg(pl.col("spend").clip(lower_bound=0).sum())
    bought = spent.filter(pl.col("spend") > 0)["category"].unique().sort()
    people = frame.select("customer", *TRAITS, "days").unique("customer").sort("customer")
    cells = people.join(bought.to_frame(), how="cross").join(spent, on=["customer", "category"], how="left")
    cells = cells.with_columns(pl.col("spend").fill_null(0.0))
    held = (pl.col("spend") > 0).cast(pl.Int64)
    return cells.with_columns(
        elsewhere=pl.col("spend").sum().over("customer") - pl.col("spend"),
        others=held.sum().over("customer") - held,
    )


def _features(cells: pl.DataFrame) -> Numbers:
    """Category, kind, country (codes; the rarest of over 200 and what is not known as one), then numbers."""
    coded = [_coded(cells[name]) for name in ("category", *TRAITS)]
    numbers = cells.select(
        pl.col("days").cast(pl.Float64).fill_null(-1.0),
        pl.col("elsewhere").clip(lower_bound=0).log1p(),
        pl.col("others").cast(pl.Float64),
    )
    found: Numbers = np.column_stack([*coded, numbers.to_numpy()])
    return found


def _coded(values: pl.Series) -> Numbers:
    often = values.drop_nulls().value_counts(sort=True)[values.name].head(MOST_TRAITS).to_list()
    places = {value: float(at) for at, value in enumerate(often)}
    found: Numbers = values.replace_strict(
        places, default=float(len(often)), return_dtype=pl.Float64
    ).to_numpy()
    return found


def _ceilings(
    features: Numbers,
    spend: Numbers,
    owners: Whole,
    quantile: float,
    random: np.random.Generator,
    progress: Callable[[float], None] | None,
) -> Numbers:
    """One row a resample: the ceilings of those who are not in it, not a number for those who are.

    Customers fall into folds anew every few resamples and one fold is left out of each, so that everybody is judged.
    """
    people = int(owners.max()) + 1
    found = np.full((RESAMPLES, len(spend)), np.nan)
    fold = np.empty(0, np.int64)
    for at in range(RESAMPLES):
        if at % FOLDS == 0:
            fold = random.permutation(people) % FOLDS
        kept = np.flatnonzero(fold != at % FOLDS)
        times = np.bincount(random.choice(kept, len(kept)), minlength=people)
        judged = times[owners] == 0
        found[at, judged] = _judged(features, spend, times[owners], judged, quantile, random)
        if progress:
            progress((at + 1) / RESAMPLES)
    return found


def _places(values: pl.Series) -> Whole:
    """The place of each value among the different ones, in their order."""
    found: Whole = values.rank("dense").cast(pl.Int64).to_numpy() - 1
    return found


def _money(logged: Numbers) -> Numbers:
    found: Numbers = np.maximum(np.expm1(logged), 0.0)
    return found


def _judged(
    features: Numbers,
    spend: Numbers,
    times: Whole,
    judged: npt.NDArray[np.bool_],
    quantile: float,
    random: np.random.Generator,
) -> Numbers:
    """The quantile of spend given the features, of a model of the rows that were drawn, for those that were not."""
    rows = np.repeat(np.arange(len(spend)), times)
    if len(rows) > MOST_FITTED:
        rows = random.choice(rows, MOST_FITTED, replace=False)
    model = HistGradientBoostingRegressor(
        loss="quantile",
        quantile=quantile,
        max_iter=60,
        learning_rate=0.15,
        max_leaf_nodes=31,
        min_samples_leaf=50,
        categorical_features=[0, 1, 2],
        early_stopping=False,
        random_state=0,
    )
    with THREADS.limit(limits=1):
        fitted = model.fit(features[rows], np.log1p(spend[rows]))
        return _money(fitted.predict(features[judged]))


def _drawn(rows: pl.DataFrame, ceilings: Numbers) -> pl.DataFrame:
    """Per resample and customer judged in it: own and wallet, summed over categories."""
    own = rows["own"].to_numpy()
    parts = []
    for at, ceiling in enumerate(ceilings):
        judged = np.isfinite(ceiling)
        part = (
            rows.select("customer", "own")
            .filter(judged)
            .with_columns(wallet=np.maximum(ceiling[judged], own[judged]))
        )
        parts.append(part.group_by("customer").agg(pl.all().sum()).with_columns(resample=pl.lit(at)))
    return pl.concat(parts)
