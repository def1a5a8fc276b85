"""Next best offers: a firm whose habits are planted, EASE a second way, and published order lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from data.model.calendar import day_key
from mining.offers.bought_products import bought_products
from mining.offers.eligibility import RULES, Barred
from mining.offers.next_offers import NextOffers, OfferTerms, find_offers, removed_told
from mining.offers.offer_chance import OfferChance
from mining.offers.offer_models import PersonalFrequency, RecentFrequency, fit_ease
from mining.offers.offer_words import fewer_told, first_offers, told_offers
from mining.offers.product_pace import product_pace
from mining.offers.ranked_offers import again_offers, new_offers
from mining.offers.repurchase import fit_repurchase
from mining.offers.scoreboard import OfferList, first_of, gini, scoreboard, time_split
from tests.data.load_files import REAL

AGAIN, NEW = OfferList
BATTERIES, WASHING_MACHINE, CAMERA, CASE, OLD = 1, 2, 3, 4, 5
OTHERS = range(6, 12)
CUSTOMERS, UNTIL, EVERY = 400, 720, 30
BACK, GIFT_BACK, SEGMENTS = 7, 9, pl.DataFrame({"customer": [1, 2, 999], "segment": ["firm", "firm", "firm"]})
TERMS = OfferTerms(UNTIL, 30, 3)


def planted() -> pl.DataFrame:
    """Batteries every 30 days, a washing machine once; of every two who buy a camera one buys its case 30 days later;
    other products by chance, one of which nobody has bought for long. Customer 7 returned the batteries,
    and customer 9 a case that was a gift."""
    random = np.random.default_rng(4)
    rows: list[tuple[int, int, int, bool]] = []
    for customer in range(1, CUSTOMERS + 1):
        first = int(random.integers(0, EVERY))
        rows += [(customer, BATTERIES, day, False) for day in range(first, UNTIL + 1, EVERY)]
        rows += [(customer, WASHING_MACHINE, int(random.integers(0, UNTIL)), False)]
        if customer % 2:
            day = int(random.integers(0, UNTIL))
            rows += [(customer, CAMERA, day, False)]
            if random.random() < 0.5 and day + 30 <= UNTIL and customer != GIFT_BACK:
                rows += [(customer, CASE, day + 30, False)]
        if customer % 10 == 0:
            rows += [(customer, OLD, 100, False)]
        for product in random.choice(OTHERS, 2, replace=False):
            rows += [(customer, int(product), int(random.integers(0, UNTIL)), False)]
    rows += [(BACK, BATTERIES, UNTIL - 1, True), (GIFT_BACK, CASE, UNTIL - 1, True)]
    types = {"customer": pl.Int32, "product": pl.Int32, "day": pl.Int32, "returned": pl.Boolean}
    return pl.DataFrame(rows, schema=types, orient="row").with_columns(
        revenue=pl.lit(10.0), margin=pl.when(pl.col("product") == CASE).then(5.0).otherwise(4.0)
    )


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return planted()


@pytest.fixture(scope="module")
def found(frame: pl.DataFrame) -> NextOffers:
    return find_offers(frame, TERMS, Barred(), SEGMENTS.cast({"customer": pl.Int32}))


def names(*codes: int) -> pl.DataFrame:
    return pl.DataFrame({"code": codes, "id": [f"#{each}" for each in codes], "label": [f"N{each}" for each in codes]},
                        schema={"code": pl.Int32, "id": pl.String, "label": pl.String})  # fmt: skip


def test_batteries_are_offered_again_and_washing_machines_never(
    frame: pl.DataFrame, found: NextOffers
) -> None:
    pace = {row["product"]: row for row in product_pace(frame, UNTIL).iter_rows(named=True)}
    assert pace[BATTERIES]["gap_days"] == EVERY
    assert pace[BATTERIES]["share"] == 1
    assert (pace[WASHING_MACHINE]["share"], pace[WASHING_MACHINE]["replenishable"]) == (0, False)
    again = found.lists[AGAIN].frame
    assert set(again["product"]) == {BATTERIES}
    assert again.height == CUSTOMERS - 1
    assert again["chance"].min() > 0.95
    assert BACK not in again["customer"]


def test_a_case_is_new_to_who_bought_a_camera_and_the_reason_counts_them(
    frame: pl.DataFrame, found: NextOffers
) -> None:
    bought: dict[int, set[int]] = {}
    for customer, product in frame.filter(~pl.col("returned")).select("customer", "product").iter_rows():
        bought.setdefault(customer, set()).add(product)
    without = {who for who, held in bought.items() if CAMERA in held and CASE not in held} - {GIFT_BACK}
    first = found.lists[NEW].frame.filter(pl.col("place") == 1, pl.col("customer").is_in(without))
    cases = first.filter(pl.col("product") == CASE)
    assert cases.height > 0.8 * len(without)
    because = cases.filter(pl.col("because") == CAMERA)
    assert because.height == cases.height
    both = sum(CAMERA in held and CASE in held for held in bought.values())
    assert set(because["both"]) == {both}
    assert set(because["of"]) == {sum(CAMERA in held for held in bought.values())}
    told = told_offers(found.of(because["customer"][0]), NEW, names(*range(401)), names(*range(20)))
    assert told["why"][0] == f"Bought with N{CAMERA} by {both} of {because['of'][0]}"


def test_nothing_new_was_bought_before_and_lists_are_whole_or_say_why(
    frame: pl.DataFrame, found: NextOffers
) -> None:
    new = found.lists[NEW]
    assert new.frame.join(frame, on=["customer", "product"], how="semi").is_empty()
    assert OLD not in new.frame["product"]
    assert new.frame.filter(pl.col("customer") == GIFT_BACK, pl.col("product") == CASE).is_empty()
    assert new.frame.filter(pl.col("customer") == 13, pl.col("product") == CASE).height == 1
    assert new.counts["offers"].to_list() == [TERMS.offers] * CUSTOMERS
    counts = found.lists[AGAIN].counts
    assert counts["offers"].sum() == found.lists[AGAIN].frame.height
    fewer = fewer_told(found, AGAIN)
    assert fewer.height == CUSTOMERS
    assert "of them not to be offered" in fewer["reason"][0]


def test_lists_are_ordered_by_expected_margin(found: NextOffers) -> None:
    for each in found.lists.values():
        falls = each.frame["expected_margin"].diff() <= 1e-6
        assert falls.filter(each.frame["place"] > 1).all()
        product = each.frame["chance"] * each.frame["margin"]
        assert np.allclose(product, each.frame["expected_margin"])


def test_a_dear_product_goes_before_a_likelier_cheap_one() -> None:
    rows = [
        (who, product, day, False) for who in (1, 2) for product, day in ((1, 8), (1, 9), (2, 9), (3, who))
    ]
    rows = [row for row in rows if row[:2] != (2, 2)]
    bought = bought_products(
        pl.DataFrame(rows, schema=["customer", "product", "day", "returned"], orient="row"), 9
    )
    chance = OfferChance(np.array([-5.0, 5.0]), np.array([0.0, 1.0]), 1)
    again = again_offers(RecentFrequency(bought), chance, np.array([1.0, 9.0, 0.1]), Barred(), 2).frame
    assert again.filter(pl.col("customer") == 1)["product"].to_list() == [2, 1]
    new = new_offers(fit_ease(bought, 1.0), chance, np.array([1.0, 9.0, 0.1]), Barred(), 2).frame
    assert new.select("customer", "product", "of").rows() == [(2, 2, 2)]


def test_every_rule_bars_and_is_counted(frame: pl.DataFrame, found: NextOffers) -> None:
    barred = Barred({"consent": np.array([3, 4]), "cap": np.array([4, 5])}, {"stock": np.array([BATTERIES])})
    without = find_offers(frame, TERMS, barred, SEGMENTS.cast({"customer": pl.Int32}))
    assert without.lists[AGAIN].frame.is_empty()
    assert not set(without.lists[NEW].frame["customer"]) & {3, 4, 5}
    told = {(row["list"], row["rule"]): row["removed"] for row in removed_told(without).iter_rows(named=True)}
    words = {each.name: each.words for each in RULES}
    assert told["new", words["consent"]] == 2
    assert told["new", words["cap"]] == 1
    assert told["again", words["stock"]] == CUSTOMERS - 3
    before = {(row["list"], row["rule"]): row["removed"] for row in removed_told(found).iter_rows(named=True)}
    assert before["again", words["returned"]] == 1
    assert "stock" not in {rule for _, rule in before}
    reasons = dict(fewer_told(without, NEW).select("customer", "reason").rows())
    assert reasons == {3: "no consent", 4: "no consent", 5: words["cap"]}


def test_cold_customers_get_what_is_popular_and_are_told_so(found: NextOffers) -> None:
    assert set(found.cold["customer"]) == {999}
    assert found.cold["product"][0] == BATTERIES
    assert OLD not in found.cold["product"]
    told = told_offers(found, NEW, names(*range(401), 999), names(*range(20))).filter(
        pl.col("customer") == "#999"
    )
    assert told.height == TERMS.offers
    assert told["chance"].null_count() == told.height
    assert (
        told["why"][0]
        == f"Nothing bought yet. Popular with all customers: bought by {CUSTOMERS} of {CUSTOMERS}"
    )


def test_the_first_offers_of_a_customer_by_name_for_a_message(found: NextOffers) -> None:
    first = first_offers(found, NEW, names(*range(20)), most=2)
    assert first.group_by("customer").len()["len"].unique().to_list() == [2]
    assert first.filter(customer=999, place=1)["product"].to_list() == [f"N{BATTERIES}"]
    one = found.of(7).lists[NEW].frame.sort("place")
    assert first.filter(customer=7).sort("place")["product"].to_list() == [
        f"N{code}" for code in one["product"][:2]
    ]
    again = first_offers(found, AGAIN, names(*range(20)))
    assert 999 not in again["customer"]
    assert again["place"].max() <= 3


def test_chances_are_what_comes(frame: pl.DataFrame) -> None:
    """Told at the close of day 690, held against the 30 days after it, which nothing was fitted to."""
    told = find_offers(
        frame, replace(TERMS, until=UNTIL - 30), Barred(), SEGMENTS.head(0).cast({"customer": pl.Int32})
    )
    after = (
        frame.filter(pl.col("day") > UNTIL - 30, ~pl.col("returned")).select("customer", "product").unique()
    )
    for which in OfferList:
        offers = told.lists[which].frame
        came = offers.join(after, on=["customer", "product"], how="semi").height
        expected = float(offers["chance"].sum())
        assert abs(came - expected) < 3 * max(expected, 9) ** 0.5


def test_ease_is_the_ridge_regression_of_each_product_on_the_others(frame: pl.DataFrame) -> None:
    """Steck's constraint of a zero diagonal, solved product by product."""
    bought = bought_products(frame, UNTIL)
    ease, whole = fit_ease(bought, 20.0), bought.matrix().toarray().astype(float)
    for at in range(whole.shape[1]):
        rest = np.delete(whole, at, axis=1)
        slopes = np.linalg.solve(rest.T @ rest + 20.0 * np.eye(rest.shape[1]), rest.T @ whole[:, at])
        assert np.allclose(np.delete(ease.weights[:, at], at), slopes, atol=1e-5)
    assert not ease.weights.diagonal().any()


def test_the_first_of_scores_and_gini() -> None:
    scores = np.array([[1.0, 3.0, 2.0], [-np.inf, 0.0, -np.inf]])
    assert first_of(scores, 2).tolist() == [[1, 2], [1, -1]]
    assert gini(np.zeros(3)) == 0


def test_the_first_of_many_scores_are_those_of_a_stable_sort_with_ties_and_without_some() -> None:
    random = np.random.default_rng(0)
    for width, at, digits, gone in ((900, 5, 2, 0.1), (900, 50, 0, 0.5), (40, 60, 1, 0.3), (200, 9, 6, 0.99)):
        scores = np.round(random.normal(size=(20, width)), digits).astype(np.float32)
        scores[random.random(scores.shape) < gone] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :at]
        wanted = np.where(np.take_along_axis(scores, order, 1) > -np.inf, order, -1)
        assert (first_of(scores, at) == wanted).all()


@pytest.mark.parametrize("farthest", [5, 2**31 - 1])  # keys of more than 63 bits are sorted in another way
def test_purchases_in_order_give_what_groups_of_rows_give(farthest: int) -> None:
    random, many = np.random.default_rng(0), 400
    rows = pl.DataFrame({
        "customer": random.choice([1, 3, 4, farthest], many), "product": random.choice([2, 7, farthest], many),
        "day": random.integers(100, 160, many), "returned": random.random(many) < 0.1,
        "margin": np.ones(many),
    }).cast({"customer": pl.Int32, "product": pl.Int32, "day": pl.Int32})  # fmt: skip
    kept = rows.filter(~pl.col("returned"), pl.col("day") <= 150)
    pairs = kept.group_by("customer", "product").agg(
        days=pl.col("day").n_unique(),
        last=pl.col("day").max(),
        weight=(0.5 ** ((150 - pl.col("day")) / 90)).sum(),
    )
    wanted = pairs.sort("customer", "product")
    bought, pace = bought_products(rows, 150), product_pace(rows, 150)
    assert bought.customers[bought.rows].tolist() == wanted["customer"].to_list()
    assert bought.products[bought.indices].tolist() == wanted["product"].to_list()
    assert bought.days.tolist() == wanted["days"].to_list()
    assert bought.last.tolist() == wanted["last"].to_list()
    assert np.allclose(bought.weight, wanted["weight"].to_numpy(), rtol=1e-5)
    gaps = kept.unique(["customer", "product", "day"]).sort("customer", "product", "day").with_columns(
        gap=pl.col("day").diff().over("customer", "product")
    )  # fmt: skip
    asked = (
        gaps.group_by("product").agg(pl.col("customer").n_unique(), pl.col("gap").median()).sort("product")
    )
    assert pace["buyers"].to_list() == asked["customer"].to_list()
    assert pace["gap_days"].to_list() == asked["gap"].to_list()
    twice = pairs.filter(pl.col("days") > 1).group_by("product").len().sort("product")
    assert pace["twice"].to_list() == twice["len"].to_list()


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (lambda: OfferTerms(1, 30, 0), "0 offers are no list"),
        (lambda: OfferTerms(1, 0, 5), "No chance is told over 0 days"),
    ],
)
def test_terms_that_cannot_be(terms: object, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        terms()  # type: ignore[operator]


@pytest.mark.parametrize("kept", ["product", "customer"])
def test_one_product_and_one_customer_are_no_trouble(frame: pl.DataFrame, kept: str) -> None:
    one = frame.filter(pl.col(kept) == 1)
    found = find_offers(one, TERMS, Barred(), SEGMENTS.head(0).cast({"customer": pl.Int32}))
    assert BATTERIES in found.lists[AGAIN].frame["product"]
    assert found.lists[NEW].frame.is_empty()
    assert "new to them" in fewer_told(found, NEW)["reason"][0]


def test_too_short_a_history_is_told(frame: pl.DataFrame) -> None:
    with pytest.raises(BadRequest, match="Nothing was bought before the last 365 days"):
        time_split(frame.filter(pl.col("day") > UNTIL - 100), UNTIL, 365)


@pytest.mark.skipif(not REAL.exists(), reason="the public data are not here")
def test_recall_on_online_retail() -> None:
    """A customer, quantity and price above zero, codes of five digits and more; 2011-11-01 on is held out."""
    lines = pl.read_parquet(REAL / "online_retail" / "online_retail.parquet").filter(
        pl.col("CustomerID").is_not_null(),
        pl.col("Quantity") > 0,
        pl.col("UnitPrice") > 0,
        pl.col("StockCode").str.contains(r"^\d{5}"),
    )
    frame = lines.select(
        customer="CustomerID",
        product=pl.col("StockCode").rank("dense").cast(pl.Int32),
        day=pl.col("InvoiceDate").dt.date().cast(pl.Int32),
        returned=pl.lit(False),
    ).unique()
    split = time_split(frame, day_key(date(2011, 12, 9)), 39)
    assert (len(split.customers), len(split.known.products)) == (1538, 3607)
    before = time_split(frame, split.known.until, 39)
    line = fit_repurchase(before, product_pace(frame, before.known.until))
    assert line
    own = line.of(split.known, product_pace(frame, split.known.until))
    told = {
        (row["list"], row["model"]): row
        for row in scoreboard(split, [own, fit_ease(split.known)]).frame.iter_rows(named=True)
    }
    assert told["again", "Popularity"]["recall_all"] == pytest.approx(0.031, abs=5e-4)
    assert told["again", PersonalFrequency.NAME]["recall_all"] == pytest.approx(0.164, abs=5e-4)
    assert told["again", RecentFrequency.NAME]["recall_all"] >= 0.1665
    assert told["again", own.NAME]["recall_all"] == pytest.approx(0.175, abs=2e-3)
    assert told["again", own.NAME]["recall"] > told["again", PersonalFrequency.NAME]["recall"] + 0.02
    assert told["new", "EASE"]["recall"] == pytest.approx(0.064, abs=5e-4)
    assert told["new", "Popularity"]["recall"] == pytest.approx(0.019, abs=5e-4)
    assert told["again", PersonalFrequency.NAME]["coverage"] == pytest.approx(0.41, abs=5e-3)
