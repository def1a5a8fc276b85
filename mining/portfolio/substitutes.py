"""Products of one category that lie together in fewer baskets than the margins would have it: likely substitutes.

Chance alone makes small baskets look as if all products shunned each other: whoever buys one thing cannot buy two. So
the margins are those of both sides: how often each product is bought among baskets of about one size in one month, and
how many pairs such baskets hold (the null model of Gionis et al., "Assessing data mining results via swap
randomization", TKDD 1 (3), 2007, in expectation, month by month). The count of baskets with both is then too low by
the Poisson distribution, which is wider than the true one, so that p errs to the safe side.

Benjamini-Hochberg over every pair whose margins alone could have shown it (Tarone, Biometrics 46, 1990): the family is
taken before anything is known of how often two lie together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse
from scipy.special import pdtr
from scipy.stats import false_discovery_control

from mining.portfolio.product_lines import ProductLines

ALPHA = 0.05
MOST_PRODUCTS = 5_000
SIZES = (1, 2, 3, 4, 6, 9, 14, 24, 49)  # the largest basket of each kind
PAIRS = pl.Schema(
    {
        "one": pl.Int64(), "other": pl.Int64(), "category": pl.String(), "together": pl.Int64(),
        "expected": pl.Float64(), "lift": pl.Float64(), "p": pl.Float64(), "q": pl.Float64(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Substitutes:
    """`pairs`: one, other (codes), category, together (baskets that hold both), expected (baskets, by the margins),
    lift (together over expected), p (too few, one-sided), q (Benjamini-Hochberg), customers_of_both (known ones who
    bought either at some time: many speak for substitutes, none for two kinds of customers); the least q first.
    `tested` pairs are the family; `untold` says of how many products no category is known, `passed_over` which
    categories have too many.
    """

    pairs: pl.DataFrame
    tested: int
    untold: int
    passed_over: tuple[str, ...] = ()


def substitutes(lines: ProductLines, alpha: float = ALPHA) -> Substitutes:
    """The pairs within a category that are significant at a false discovery rate of `alpha`."""
    held, weights = _held(lines)
    told = held.join(lines.names.select("product", "category").drop_nulls(), on="product")
    family, passed_over = [pl.DataFrame(schema=PAIRS)], list[str]()
    for (category,), part in told.group_by("category", maintain_order=True):
        if part["product"].n_unique() > MOST_PRODUCTS:
            passed_over.append(str(category))
        else:
            family.append(_tested(part, str(category), weights, alpha))
    tested = pl.concat(family)
    if not tested.is_empty():
        tested = tested.with_columns(q=pl.Series(false_discovery_control(tested["p"].to_numpy())))
    found = tested.filter((pl.col("q") <= alpha) & (pl.col("lift") < 1)).sort("q", "p", "one", "other")
    found = found.with_columns(customers_of_both=_customers_of_both(lines, found))
    return Substitutes(found, tested.height, lines.names["category"].null_count(), tuple(sorted(passed_over)))


def _held(lines: ProductLines) -> tuple[pl.DataFrame, np.ndarray]:
    """Each product of each basket with its stratum (month and size, numbered), and the weight of each stratum.

    The weight w turns the counts a and b of two products in a stratum into the baskets w a b that hold both by the
    margins: all pairs of a stratum add up to those that its baskets hold.
    """
    held = lines.bought.group_by("basket", "product").agg(pl.col("day").min())
    baskets = held.group_by("basket").agg(pl.len().alias("size"), pl.col("day").min())
    months = baskets.select(pl.col("day").dt.year().cast(pl.Int64) * 12 + pl.col("day").dt.month())
    kinds = months.to_series().to_numpy() * (len(SIZES) + 1) + np.searchsorted(
        SIZES, baskets["size"].to_numpy()
    )
    strata = np.unique(kinds, return_inverse=True)[1]
    numbered = baskets.select("basket", "size", stratum=pl.Series(strata, dtype=pl.Int64))
    placed = held.drop("day").join(numbered, on="basket")
    by_product = placed.group_by("stratum", "product").len()
    sums = by_product.group_by("stratum").agg(
        apart=pl.col("len").cast(pl.Float64).sum() ** 2 - (pl.col("len").cast(pl.Float64) ** 2).sum()
    )
    pairs = placed.group_by("stratum").agg(pairs=(pl.col("size") - 1).cast(pl.Float64).sum())
    both = pairs.join(sums, on="stratum").sort("stratum")
    weights = both.select(
        w=pl.when(pl.col("apart") > 0).then(pl.col("pairs") / pl.col("apart")).otherwise(0.0)
    )
    return placed.select("basket", "product", "stratum"), weights["w"].to_numpy()


def _tested(part: pl.DataFrame, category: str, weights: np.ndarray, alpha: float) -> pl.DataFrame:
    """Every pair of a category that its margins let be tested, with its p."""
    products = part["product"].unique().sort()
    columns = products.search_sorted(part["product"]).to_numpy()
    together = _counted(part["basket"].rank("dense").to_numpy().astype(np.int64) - 1, columns)
    strata = _counted(part["stratum"].to_numpy(), columns, len(weights))
    expected = (strata.T @ (sparse.diags_array(weights) @ strata)).toarray()
    one, other = np.triu_indices(len(products), 1)
    testable = np.exp(-expected[one, other]) <= alpha
    one, other = one[testable], other[testable]
    margins, both = expected[one, other], (together.T @ together).toarray()[one, other]
    codes = products.cast(pl.Int64).to_numpy()
    return pl.DataFrame(
        {
            "one": codes[one], "other": codes[other], "category": [category] * len(one),
            "together": both.astype(np.int64), "expected": margins, "lift": both / margins,
            "p": pdtr(both, margins), "q": np.ones(len(one)),
        },
        schema=PAIRS,
    )  # fmt: skip


def _customers_of_both(lines: ProductLines, pairs: pl.DataFrame) -> pl.Series:
    """How many known customers bought both products of each pair, at once or not."""
    bought = lines.known.filter(~pl.col("is_return")).group_by("product").agg(pl.col("customer").unique())
    of = {product: set(customers) for product, customers in bought.iter_rows()}
    both = [
        len(of.get(one, set()) & of.get(other, set()))
        for one, other in pairs.select("one", "other").iter_rows()
    ]
    return pl.Series(both, dtype=pl.Int64)


def _counted(rows: np.ndarray, columns: np.ndarray, height: int | None = None) -> sparse.csr_array:
    """How often each product stands in each row."""
    shape = (height or int(rows.max()) + 1, int(columns.max()) + 1)
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
