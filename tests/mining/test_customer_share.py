"""Customer share in five tiers against loops, published figures and simulated wallets."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.customer_share.attainable_ceiling import AttainableCeiling, attainable_ceiling, band_of
from mining.customer_share.breadth_share import breadth_share
from mining.customer_share.category_calibration import category_calibration, shifts
from mining.customer_share.ceiling_check import ceiling_check
from mining.customer_share.head_room import by_category, by_customer, by_group, offers
from mining.customer_share.nbd_dirichlet import NbdDirichlet, PanelBrand, nbd_dirichlet
from mining.customer_share.share_tier import Tier, TieredShare, rolled_up
from mining.customer_share.told_share import observed_share, surveyed_share
from mining.customer_share.wallet_answers import wallet_answers

TOOTHPASTE = [
    PanelBrand("Colgate", 0.25, 0.20),
    PanelBrand("Macleans", 0.19, 0.17),
    PanelBrand("Close Up", 0.10, 0.09),
    PanelBrand("Signal", 0.10, 0.08),
    PanelBrand("Ultrabrite", 0.09, 0.08),
    PanelBrand("Gibbs SR", 0.08, 0.07),
    PanelBrand("Boots", 0.03, 0.03),
    PanelBrand("Sainsbury", 0.02, 0.02),
]


def test_shares_add_up_as_sums_and_tiers_never_mix() -> None:
    one, other = TieredShare(Tier.OBSERVED, 30, 60), TieredShare(Tier.OBSERVED, 10, 100)
    assert (one + other).share == pytest.approx(40 / 160)
    assert rolled_up(Tier.OBSERVED, [one, other]).head_room == 120
    assert TieredShare(Tier.BREADTH, 0, 0).share is None
    with pytest.raises(BadRequest, match="observed and one that is attainable do not add up"):
        one + TieredShare(Tier.ATTAINABLE, 1, 2)
    with pytest.raises(BadRequest, match="do not add up"):
        rolled_up(Tier.SURVEYED, [one])
    with pytest.raises(BadRequest, match="is no share"):
        TieredShare(Tier.OBSERVED, 45, 1)


def answers(
    *rows: tuple[str | None, str, int, float | None, float | None, float | None, float | None],
) -> pl.DataFrame:
    """Answers from (customer, category, day of January, spend, own spend, rank, brands)."""
    names = ("customer", "wallet_category", "day", "spend", "own_spend", "rank", "brands")
    kinds = [pl.String, pl.String, pl.Int64, *[pl.Float64] * 4]
    frame = pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")
    return frame.with_columns(day=pl.lit(date(2025, 1, 1)) + pl.duration(days=pl.col("day")))


def test_bad_answers_are_left_out_or_mended_and_counted() -> None:
    told = wallet_answers(
        answers(
            ("a", "Wool", 1, 100, 40, 1, 2),
            ("a", "Wool", 9, 200, 50, 1, 2),
            ("b", "Wool", 1, 80, 120, 3, 2),
            ("c", "Wool", 1, -5, 0, 1, 1),
            ("c", "Silk", 1, None, 3, 1, 1),
            ("c", "Flax", 1, 10, -3, 1, 1),
            ("(unknown)", "Wool", 1, 50, 5, 1, 1),
            (None, "Wool", 1, 50, 5, 1, 1),
            ("d", "Wool", 1, 60, None, 2, 3),
        )
    )
    assert (told.nameless, told.unreadable, told.earlier, told.raised) == (2, 3, 1, 1)
    assert told.rows.sort("customer")["wallet"].to_list() == [200, 120, 60]
    observed = observed_share(told)
    assert (observed.total, observed.silent) == (TieredShare(Tier.OBSERVED, 170, 320), 1)
    surveyed = surveyed_share(told)
    assert surveyed.silent == 1  # a rank of 3 among 2 brands
    assert surveyed.total.own == pytest.approx(200 * (1 - 1 / 3) * 2 / 2 + 60 * (1 - 2 / 4) * 2 / 3)
    assert surveyed.total.whole == 260


def test_the_allocation_rule_has_its_published_shares() -> None:
    frame = answers(*((str(rank), "Wool", 1, 1000.0, 1.0, float(rank), 3.0) for rank in (1, 2, 3)))
    rows = surveyed_share(wallet_answers(frame)).rows.sort("own", descending=True)
    assert rows["own"].to_list() == pytest.approx([500, 333.33, 166.67], abs=0.01)


@pytest.mark.parametrize(("wallet", "told"), [(100.0, 20), (1.0, 2), (92.31, 20)])
def test_shares_are_not_taken_for_money(wallet: float, told: int) -> None:
    """In parts, in percent, and in percent that were turned from another currency."""
    shares = answers(*((f"c{at}", "Wool", 1, wallet, 0.5, 1.0, 2.0) for at in range(told)))
    with pytest.raises(BadRequest, match=f"{told} of {told} wallets are exactly {wallet:g}"):
        wallet_answers(shares)


@pytest.mark.parametrize(
    ("own", "wallet", "doubts"), [(80.0, 2000.0, 1), (0.8, 2000.0, 1), (80.0, 300.0, 0), (180.0, 2000.0, 0)]
)
def test_own_spend_that_may_be_a_share_is_doubted(own: float, wallet: float, doubts: int) -> None:
    told = answers(*((f"c{at}", "Wool", 1, wallet + at, own, 1.0, 2.0) for at in range(20)))
    assert len(wallet_answers(told).doubts) == doubts


@pytest.mark.parametrize(
    "rows", [(), (("(unknown)", "Wool", 1, 5.0, 1.0, 1.0, 1.0),), (("a", "W", 1, 0.0, 0.0, 1.0, 1.0),)]
)
def test_no_wallets_are_told_so(rows: tuple[tuple[str, str, int, float, float, float, float], ...]) -> None:
    with pytest.raises(BadRequest, match="No customer told"):
        wallet_answers(answers(*rows))


def test_a_tier_that_nobody_told_is_told_so() -> None:
    told = wallet_answers(answers(("a", "Wool", 1, 10, None, None, 2)))
    with pytest.raises(BadRequest, match="how much of it they spend with us"):
        observed_share(told)
    with pytest.raises(BadRequest, match="our rank among the brands"):
        surveyed_share(told)


def test_breadth_counts_categories_bought_of_those_that_anybody_buys() -> None:
    frame = pl.DataFrame(
        [("a", "x", 5.0), ("a", "y", 1.0), ("b", "x", 2.0), ("c", "z", -3.0)],
        schema=["customer", "category", "spend"], orient="row",
    )  # fmt: skip
    found = breadth_share(frame)
    assert found.members["own"].to_list() == [2, 1, 0]
    assert (found.offered, found.total) == (2, TieredShare(Tier.BREADTH, 3, 6))
    with pytest.raises(BadRequest, match="Nobody bought"):
        breadth_share(frame.filter(customer="c"))


def test_breadth_tells_where_to_sell_as_a_loop_does() -> None:
    random = np.random.default_rng(2)
    frame = pl.DataFrame(
        [
            (f"c{at:02}", name, float(random.integers(-5, 40)))
            for at in range(60)
            for name in "vwxyz"
            if random.random() < 0.5
        ],
        schema=["customer", "category", "spend"], orient="row",
    )  # fmt: skip
    found = breadth_share(frame)
    spend = {(who, what): money for who, what, money in frame.iter_rows() if money > 0}
    everybody = sorted(frame["customer"].unique())
    bought = {who: {what for each, what in spend if each == who} for who in everybody}
    for row in found.categories.iter_rows(named=True):
        name = row["category"]
        buyers = [who for who in everybody if name in bought[who]]
        usual = np.median([len(bought[who]) - 1 for who in buyers])
        median = np.median([spend[who, name] for who in buyers])
        assert (row["own"], row["wallet"]) == (len(buyers), len(everybody))
        assert row["cross_sell"] == sum(
            name not in bought[who] and len(bought[who]) >= usual for who in everybody
        )
        assert row["up_sell"] == sum(spend[who, name] < median / 2 for who in buyers)
    assert found.categories["own"].sum() == found.total.own
    assert found.categories["head_room"].sum() == found.total.head_room
    assert found.categories["own"].is_sorted()
    most = found.categories["category"].to_list()[::-1]
    offers = dict(found.offers.select("customer", "category").iter_rows())
    for who in everybody:
        assert offers.get(who) == next((name for name in most if name not in bought[who]), None)


def test_the_toothpaste_market_is_as_published() -> None:
    model = nbd_dirichlet(0.56, 2.6, TOOTHPASTE)
    assert (round(model.m, 3), round(model.k, 4), round(model.s, 4)) == (1.456, 0.7788, 1.5499)
    colgate = model.brand("Colgate", 0.25)
    assert round(colgate.penetration, 3) == 0.205
    assert round(colgate.rate, 2) == 1.77
    assert round(colgate.share_of_requirements, 3) == 0.555


def test_a_brand_of_the_model_equals_simulated_households() -> None:
    model, size = NbdDirichlet(1.456, 0.7788, 1.5499), 200_000
    random = np.random.default_rng(4)
    n = random.poisson(random.gamma(model.k, model.m / model.k, size))
    mine = random.binomial(n, random.beta(model.s * 0.25, model.s * 0.75, size))
    told, buys = model.brand("Colgate", 0.25), mine > 0
    assert told.penetration == pytest.approx(buys.mean(), abs=0.004)
    assert told.share_of_requirements == pytest.approx(mine[buys].sum() / n[buys].sum(), abs=0.006)


@pytest.mark.parametrize(
    ("penetration", "rate", "brands", "says"),
    [
        (56, 2.6, TOOTHPASTE, "go from 0 to 1"),
        (0.56, 1.0, TOOTHPASTE, "too few for a penetration"),
        (0.56, 2.6, [], "names no brand"),
        (0.56, 2.6, [PanelBrand("x", 0.0, 0.1)], "lie between 0 and 1"),
        (0.56, 2.6, [PanelBrand("x", 1e-300, 1e-300)], "lie between 0 and 1"),
        (0.56, 2.6, [PanelBrand("x", 0.6, 0.3), PanelBrand("y", 0.6, 0.3)], "more than all purchases"),
        (0.56, 2.6, [PanelBrand("x", 0.1, 0.5)], "in any market"),
        (0.56, 2.6, [PanelBrand("x", 1.0, 0.5)], "all purchases, so nobody has a choice"),
        (0.56, 3000.0, [PanelBrand("x", 0.3, 0.2)], "more than the model is reckoned for"),
    ],
)
def test_totals_that_no_market_has(
    penetration: float, rate: float, brands: list[PanelBrand], says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        nbd_dirichlet(penetration, rate, brands)


def market(size: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers of one need each, of which they buy a part here; what they would tell of each wallet."""
    random = np.random.default_rng(seed)
    categories = np.array(["Wool", "Silk", "Flax", "Lace"])
    kind = random.choice(["firm", "home"], size)
    need = random.lognormal(5 + (kind == "firm"), 0.8, size)
    wallet = need[:, None] * random.dirichlet(np.full(4, 3.0), size)
    own = wallet * random.beta(2, 2, (size, 4)) * (random.random((size, 4)) < 0.75)
    names = np.array([f"c{at:05}" for at in range(size)])
    frame = pl.DataFrame(
        {
            "customer": np.repeat(names, 4),
            "category": np.tile(categories, size),
            "spend": own.ravel(),
            "kind": np.repeat(kind, 4),
            "country": ["Italy"] * 4 * size,
            "days": np.repeat(random.integers(1, 900, size), 4),
        }
    )
    room = pl.col("wallet") - pl.col("own")
    told = frame.select("customer", "category", own="spend").with_columns(wallet=wallet.ravel())
    return frame, told.with_columns(head_room=room)


@pytest.fixture(scope="module")
def simulated() -> tuple[AttainableCeiling, pl.DataFrame]:
    frame, told = market(3000, 1)
    return attainable_ceiling(frame), told


def test_held_out_customers_lie_below_as_often_as_said(
    simulated: tuple[AttainableCeiling, pl.DataFrame],
) -> None:
    found, _ = simulated
    assert found.below == pytest.approx(0.8, abs=0.02)
    assert attainable_ceiling(market(3000, 2)[0], 0.9).below == pytest.approx(0.9, abs=0.02)


def test_each_category_is_calibrated_by_itself(
    simulated: tuple[AttainableCeiling, pl.DataFrame],
) -> None:
    told = simulated[0].categories
    assert told["customers"].to_list() == [3000] * 4
    assert ((told["below"] - 0.8).abs() <= 0.02).all()
    assert told["doubt"].null_count() == 4


def test_shifts_hold_where_categories_differ_and_lean_on_all_where_customers_are_few() -> None:
    """Of one category a ceiling is far too low, of the other far too high: one shift for both holds in neither."""
    random = np.random.default_rng(5)
    for people, weight in ((6000, 1.0), (400, 0.5)):
        categories, owners = np.tile([0, 1], people), np.repeat(np.arange(people), 2)
        off = random.normal(np.where(categories == 0, 1.0, -1.0), 0.5)
        moved = shifts(off, categories, owners, 0.9, np.random.default_rng(1))
        pooled = np.quantile(off, 0.9)
        for category in (0, 1):
            here = categories == category
            wanted = weight * np.quantile(off[here], 0.9) + (1 - weight) * pooled
            assert moved[here].mean() == pytest.approx(wanted, abs=0.06)
            if weight == 1:
                assert (off[here] <= moved[here]).mean() == pytest.approx(0.9, abs=0.01)
                assert (off[here] <= pooled).mean() != pytest.approx(0.9, abs=0.05)


def test_a_category_is_in_doubt_for_a_reason() -> None:
    def category(name: str, own: list[float], ceiling: float) -> pl.DataFrame:
        return pl.DataFrame({"category": name, "own": own, "ceiling": ceiling})

    rows = pl.concat(
        [
            category("held", [1.0] * 800 + [9.0] * 200, 5.0),
            category("few", [1.0] * 80 + [9.0] * 20, 5.0),
            category("rare", [0.0] * 900 + [9.0] * 100, 0.0),
            category("off", [1.0] * 700 + [9.0] * 300, 5.0),
            category("high", [1.0] * 900 + [9.0] * 100, 5.0),
        ]
    )
    told = category_calibration(rows, 0.8)
    assert dict(told.select("category", "doubt").iter_rows()) == {
        "held": None, "few": "few customers", "rare": "few buyers", "off": "off", "high": "off",
    }  # fmt: skip
    assert told.filter(category="rare").select("customers", "buyers", "below").row(0) == (1000, 100, 0.9)


def test_head_room_ranks_planted_wallets_and_the_check_covers_them(
    simulated: tuple[AttainableCeiling, pl.DataFrame],
) -> None:
    found, told = simulated
    check = ceiling_check(found.rows, told)
    assert check is not None
    assert check.rank_correlation >= 0.5
    assert check.covered == pytest.approx(0.9, abs=0.03)
    asked = told.select("customer").unique().sort("customer").head(50)
    assert ceiling_check(found.rows, told.join(asked, on="customer", how="semi")) is None


def test_nobody_sets_the_own_ceiling() -> None:
    """One customer's spend a thousand times as great moves the ceiling of that spend by nothing like it."""
    frame, _ = market(400, 3)
    first = (pl.col("customer") == "c00000") & (pl.col("category") == "Wool")
    grown = frame.with_columns(spend=pl.when(first).then(1e6).otherwise("spend"))
    plain, changed = (attainable_ceiling(each).rows.filter(first) for each in (frame, grown))
    assert changed["high"].item() == pytest.approx(plain["high"].item(), rel=0.1)
    assert changed["head_room"].item() == 0


def test_shares_roll_up_as_sum_over_sum(simulated: tuple[AttainableCeiling, pl.DataFrame]) -> None:
    found, _ = simulated
    wallet = sum(max(row["wallet"], row["own"]) for row in found.rows.iter_rows(named=True))
    assert found.total.share == pytest.approx(found.rows["own"].sum() / wallet)
    assert found.band.low < (found.total.share or 0) < found.band.high
    people = by_customer(found.rows)
    assert people["wallet"].sum() == pytest.approx(found.total.whole)
    members = people.with_columns(
        group=pl.col("customer").str.slice(5, 1), revenue="own", contacts=pl.lit(None, pl.Int64)
    )
    groups = by_group(members, Tier.ATTAINABLE, found.drawn)
    parts = [TieredShare(Tier.ATTAINABLE, own, whole) for own, whole in groups.select("own", "wallet").rows()]
    assert rolled_up(Tier.ATTAINABLE, parts).share == pytest.approx(found.total.share)
    assert (groups["low"] < groups["share"]).all()
    assert (groups["share"] < groups["high"]).all()
    assert groups["share_contacts"].null_count() == 10
    assert by_category(found.rows)["head_room"].sum() == pytest.approx(found.total.head_room)


def test_a_band_is_that_of_the_share_of_each_resample() -> None:
    drawn = pl.DataFrame({"resample": [0, 0, 1], "own": [1.0, 1.0, 3.0], "wallet": [2.0, 2.0, 4.0]})
    band = band_of(drawn, TieredShare(Tier.ATTAINABLE, 60, 100))
    spread = np.std([0.5, 0.75], ddof=1)
    assert (band.low, band.high) == (pytest.approx(0.6 - 1.96 * spread), pytest.approx(0.6 + 1.96 * spread))


def test_offers_are_the_greatest_head_room_of_each() -> None:
    rows = pl.DataFrame(
        [("a", "x", 0.0, 9.0), ("a", "y", 2.0, 20.0), ("a", "z", 5.0, 5.0), ("b", "x", 1.0, 3.0)],
        schema=["customer", "category", "own", "wallet"], orient="row",
    ).with_columns(head_room=pl.col("wallet") - pl.col("own"))  # fmt: skip
    told = offers(rows, 2).select("customer", "category", "offer").rows()
    assert told == [("a", "y", "up-sell"), ("a", "x", "cross-sell"), ("b", "x", "up-sell")]
    assert by_category(rows).select("category", "cross_sell", "up_sell").rows() == [
        ("y", 0, 1),
        ("x", 1, 1),
        ("z", 0, 0),
    ]


def test_who_takes_more_time_than_money_is_seen() -> None:
    members = pl.DataFrame(
        [("a", "g", 1.0, 2.0, 1.0, 10.0, 90), ("b", "h", 1.0, 2.0, 1.0, 90.0, 10)],
        schema=["customer", "group", "own", "wallet", "head_room", "revenue", "contacts"], orient="row",
    )  # fmt: skip
    told = by_group(members, Tier.OBSERVED).sort("group")
    assert told["share_revenue"].to_list() == [0.1, 0.9]
    assert told["share_contacts"].to_list() == [0.9, 0.1]
    assert told["low"].null_count() == 2


@pytest.mark.parametrize(
    ("frame", "quantile", "says"),
    [
        (market(100, 1)[0].clear(), 0.8, "There is no customer"),
        (market(1, 1)[0], 0.8, "There is 1 customer here"),
        (market(99, 1)[0], 0.8, "There are 99 customers"),
        (market(100, 1)[0].with_columns(spend=pl.lit(7.0)), 0.8, "All customers spend the same"),
        (market(100, 1)[0].with_columns(spend=pl.lit(-7.0)), 0.8, "all was returned"),
        (market(100, 1)[0], 0.5, "is no quantile"),
    ],
)
def test_customers_without_look_alikes(frame: pl.DataFrame, quantile: float, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        attainable_ceiling(frame, quantile)


def test_traits_that_nobody_knows_and_returns_do_no_harm() -> None:
    frame, _ = market(300, 5)
    bare = frame.with_columns(
        kind=pl.lit(None, pl.String), country=pl.lit(None, pl.String), days=pl.lit(None, pl.Int64),
        spend=pl.col("spend") - 5,
    )  # fmt: skip
    found = attainable_ceiling(bare)
    assert found.rows["own"].min() == 0
    assert (found.rows["wallet"] >= found.rows["own"]).all()
