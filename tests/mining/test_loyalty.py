"""Degrees of loyalty against loops, a published set's figures, and intervals computed in another way."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import pearsonr, spearmanr

from data.errors import BadRequest
from mining.loyalty.cell_movement import cell_movement
from mining.loyalty.duration_profit import duration_profit
from mining.loyalty.loyalty_cells import (
    BARNACLES,
    BUTTERFLIES,
    STRANGERS,
    TOO_NEW,
    TRUE_FRIENDS,
    LoyaltyThresholds,
    loyalty_cells,
)
from mining.loyalty.promoter_scores import promoter_scores, score_differences
from tests.mining.planted import real

AS_OF = date(2025, 12, 31)
LATER = date(2030, 1, 1)


def people(*rows: tuple[int | None, int, float]) -> pl.DataFrame:
    """Customers from (first purchase, days before AS_OF; duration in days; profit)."""
    first = [None if ago is None else AS_OF - timedelta(ago) for ago, _, _ in rows]
    return pl.DataFrame(
        {
            "customer": [f"c{at}" for at in range(len(rows))],
            "first_purchase": first,
            "last_purchase": [
                day and day + timedelta(days) for day, (_, days, _) in zip(first, rows, strict=True)
            ],
            "profit": [profit for *_, profit in rows],
        },
        schema_overrides={"first_purchase": pl.Date, "last_purchase": pl.Date},
    )


def many(size: int = 500, seed: int = 1) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    ago = random.integers(1, 1000, size)
    rows = zip(ago, random.integers(0, ago), random.lognormal(5, 2, size) - 50, strict=True)
    return people(*((int(a), int(d), float(p)) for a, d, p in rows))


def retailer() -> pl.DataFrame:
    """Online Retail: customers of lines with a known customer, quantity and price above zero."""
    lines = pl.read_parquet(real("online_retail/online_retail.parquet")).filter(
        pl.col("CustomerID").is_not_null(), pl.col("Quantity") > 0, pl.col("UnitPrice") > 0
    )
    return lines.group_by(customer="CustomerID").agg(
        first_purchase=pl.col("InvoiceDate").min(),
        last_purchase=pl.col("InvoiceDate").max(),
        profit=(pl.col("Quantity") * pl.col("UnitPrice")).sum(),
    )


def counts(frame: pl.DataFrame, as_of: date) -> dict[str, int]:
    return dict(loyalty_cells(frame, as_of).cells.select("cell", "customers").rows())


def test_a_retailers_published_figures() -> None:
    frame = retailer()
    found = loyalty_cells(frame, LATER)
    assert found.thresholds == LoyaltyThresholds(92.5, pytest.approx(674.485))
    expected = {TRUE_FRIENDS: 1694, BUTTERFLIES: 475, BARNACLES: 475, STRANGERS: 1694}
    assert counts(frame, LATER) == expected
    assert found.cells["profit"].sum() == pytest.approx(frame["profit"].sum())
    told = duration_profit(frame)
    assert told.spearman.value == pytest.approx(0.7226, abs=5e-5)
    assert told.pearson.value == pytest.approx(0.2257, abs=5e-5)
    assert told.pearson.low < 0.2257 < told.pearson.high


def test_cells_equal_a_loop_and_add_up() -> None:
    frame = many()
    found = loyalty_cells(frame, AS_OF)
    counted: dict[str, list[float]] = {}
    for row in frame.iter_rows(named=True):
        days = (row["last_purchase"] - row["first_purchase"]).days
        if days > found.thresholds.duration_days:
            cell = TRUE_FRIENDS if row["profit"] > found.thresholds.profit else BARNACLES
        elif (AS_OF - row["first_purchase"]).days <= found.thresholds.duration_days:
            cell = TOO_NEW
        else:
            cell = BUTTERFLIES if row["profit"] > found.thresholds.profit else STRANGERS
        counted.setdefault(cell, []).append(row["profit"])
    told = {cell: (n, profit) for cell, n, profit in found.cells.select("cell", "customers", "profit").rows()}
    assert told == {cell: (len(each), pytest.approx(sum(each))) for cell, each in counted.items()}
    assert found.cells["customers"].sum() == frame.height
    assert found.cells["share_profit"].sum() == pytest.approx(1)


def test_who_stands_on_a_threshold_is_not_above_it() -> None:
    at = LoyaltyThresholds(100, 50.0)
    frame = people(
        (400, 101, 51), (400, 101, 50), (400, 100, 51), (400, 100, 50), (100, 99, 90), (101, 99, 90)
    )
    cells = loyalty_cells(frame, AS_OF, at).members["cell"].to_list()
    assert cells == [TRUE_FRIENDS, BARNACLES, BUTTERFLIES, STRANGERS, TOO_NEW, BUTTERFLIES]


def test_who_bought_once_has_lasted_no_day_and_who_only_returned_is_told() -> None:
    found = loyalty_cells(people((900, 0, 5), (900, 300, 90), (None, 0, -20)), AS_OF)
    assert found.members["duration_days"].to_list() == [0, 300, 0]
    assert found.never_bought == 1
    assert found.members["cell"].to_list() == [STRANGERS, TRUE_FRIENDS, STRANGERS]
    assert found.cells["share_profit"].sum() == pytest.approx(1)


def test_shares_of_a_loss_are_not_told() -> None:
    assert loyalty_cells(people((900, 0, -5), (900, 300, 2)), AS_OF).cells["share_profit"].null_count() == 2


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (people(), "no customer"),
        (
            people((9, 1, 1.0)).with_columns(profit=pl.lit(None, pl.Float64)),
            "1 of 1 customers brought is not known",
        ),
    ],
)
def test_cells_of_nothing_are_refused(frame: pl.DataFrame, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        loyalty_cells(frame, AS_OF)


def test_correlations_equal_scipys_and_their_intervals_a_plain_bootstrap() -> None:
    frame = many(300, 5)
    x = (frame["last_purchase"] - frame["first_purchase"]).dt.total_days().to_numpy()
    y, told = frame["profit"].to_numpy(), duration_profit(frame)
    assert told.spearman.value == pytest.approx(spearmanr(x, y)[0])
    assert told.pearson.value == pytest.approx(pearsonr(x, y)[0])
    random = np.random.default_rng(0)
    drawn = [random.integers(0, 300, 300) for _ in range(200)]
    low, high = np.quantile([spearmanr(x[rows], y[rows])[0] for rows in drawn], (0.025, 0.975))
    assert (told.spearman.low, told.spearman.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (many(9), "Fewer than 10 customers"),
        (people(*[(900, 30, float(at)) for at in range(20)]), "bought for equally long"),
        (people(*[(900, at, 7.0) for at in range(20)]), "brought the same"),
    ],
)
def test_no_correlation_without_differences(frame: pl.DataFrame, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        duration_profit(frame)


def answers(promoters: int, passives: int, detractors: int, group: str = "a") -> pl.DataFrame:
    points = [100.0] * promoters + [0.0] * passives + [-100.0] * detractors
    return pl.DataFrame({"cell": [group] * len(points), "points": points, "answers": [1] * len(points)})


def test_a_score_has_the_published_interval() -> None:
    ((cell, people_, n, score, margin),) = promoter_scores(answers(50, 30, 20), "cell").rows()
    assert (cell, people_, n, score) == ("a", 100, 100, 30)
    assert margin == pytest.approx(1.96 * 100 * np.sqrt((0.7 - 0.3**2) / 100))
    assert round(margin, 1) == 15.3


def test_a_customer_who_answers_twice_is_one_draw() -> None:
    once = answers(50, 30, 20)
    twice = once.with_columns(pl.col("points") * 2, pl.col("answers") * 2)
    same = promoter_scores(twice, "cell")
    assert same["margin"].to_list() == pytest.approx(promoter_scores(once, "cell")["margin"].to_list())
    assert same["answers"].to_list() == [200]


def test_scores_differ_only_where_the_interval_of_the_difference_excludes_nothing() -> None:
    near, far = answers(45, 30, 25, "near"), answers(20, 30, 50, "far")
    scores = promoter_scores(pl.concat([answers(50, 30, 20), near, far, answers(1, 0, 0, "one")]), "cell")
    assert scores.filter(cell="one")["margin"].to_list() == [None]
    told = {(one, other): differ for one, other, *_, differ in score_differences(scores, "cell").rows()}
    assert told == {("a", "near"): False, ("a", "far"): True, ("near", "far"): True}
    ((_, _, gap, margin, _),) = score_differences(scores.head(2), "cell").rows()
    assert gap == pytest.approx(10)
    assert margin == pytest.approx(np.hypot(scores["margin"][0], scores["margin"][1]))


def years(size: int, change: float, seed: int = 0) -> pl.DataFrame:
    """Customers who bought once long ago, then in two years each month by chance at a rate of their own; in the second
    year half of them buy `change` times as much and the others as much less."""
    random = np.random.default_rng(seed)
    rate = random.gamma(1.0, 0.4, size)
    factor = np.where(random.random(size) < 0.5, change, 1 / change)
    rows = [(f"c{at}", -int(random.integers(1, 30)), 10.0, 1) for at in range(size)]
    for month in range(24):
        bought = random.poisson(rate * (factor if month >= 12 else 1.0))
        rows += [(f"c{at}", month, 10.0 * n, int(n)) for at, n in enumerate(bought) if n]
    return pl.DataFrame(rows, schema=["customer", "month", "profit", "purchases"], orient="row")


def test_who_has_not_changed_moves_by_chance_alone_and_who_has_is_seen() -> None:
    same = [cell_movement(years(400, 1.0, seed), 12, seed) for seed in range(10)]
    assert sum(each.beyond_chance for each in same) <= 2
    assert min(each.moved for each in same) > 0.1
    changed = cell_movement(years(400, 6.0), 12)
    assert changed.beyond_chance
    assert changed.moved > changed.high


def test_movement_equals_a_loop() -> None:
    frame = years(60, 2.0, 4)
    found = cell_movement(frame, 12)
    at, cells = found.thresholds, {12: {}, 24: {}}
    for until, told in cells.items():
        for customer in frame["customer"].unique():
            mine = [row for row in frame.filter(customer=customer).to_dicts() if row["month"] < until]
            days = (max(row["month"] for row in mine) - min(row["month"] for row in mine)) * 30.4375
            profit = sum(row["profit"] for row in mine if row["month"] >= until - 12)
            names = {(True, True): TRUE_FRIENDS, (False, True): BUTTERFLIES, (True, False): BARNACLES}
            told[customer] = names.get((days > at.duration_days, profit > at.profit), STRANGERS)
    pairs = [(cells[12][each], cells[24][each]) for each in cells[12]]
    assert {(one, other): n for one, other, n in found.flow.rows()} == {
        each: pairs.count(each) for each in pairs
    }
    assert found.moved == pytest.approx(sum(one != other for one, other in pairs) / 60)
    assert (found.customers, found.newcomers, found.flow["members"].sum()) == (60, 0, 60)


def test_newcomers_are_told_and_too_few_of_old_are_refused() -> None:
    new = pl.DataFrame({"customer": ["new"], "month": [3], "profit": [5.0], "purchases": [1]})
    assert cell_movement(pl.concat([years(40, 1.0), new]), 12).newcomers == 1
    with pytest.raises(BadRequest, match="Nobody bought before the 24 months"):
        cell_movement(new, 12)
    with pytest.raises(
        BadRequest, match="Only one customer bought before the 24 months looked at, and 30 are"
    ):
        cell_movement(new.with_columns(month=pl.lit(-1)), 12)
