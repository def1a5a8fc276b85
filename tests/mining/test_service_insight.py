"""Contacts per order, cost to serve, rising subjects, and what came after a bad contact, against simulated truths."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from data.demo import Firm, call_centre
from data.demo.simulated_world import World
from data.errors import BadRequest
from mining.service.after_contact import AfterContact, after_contact, even_difference
from mining.service.bad_contacts import BadContact, marked_contacts
from mining.service.contact_moments import (
    CustomerCourse,
    beside_quiet,
    contact_moments,
    moments_of,
    quiet_moments,
)
from mining.service.contacts_per_order import contacts_per_order, of_last_order, single_orders
from mining.service.cost_to_serve import (
    ServicePrices,
    cost_groups,
    losing_customers,
    served_customers,
    with_parts,
)
from mining.service.matched_moments import MomentMatching, match_moments
from mining.service.rising_subjects import rising_subjects
from mining.service.unseen_cause import e_value, rosenbaum_gamma, unseen_cause

DAYS, WITHIN = 900, 60
SPAN = (400, 800)


def firm(seed: int, kept: float, customers: int = 3_000) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Contacts and purchases: who buys more is in touch more, and who bought more in the year before more often badly
    so. Of the purchases of the 60 days after a bad contact the share `kept` stays."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(1.5, 1 / 60, customers)
    code = np.arange(1, customers + 1)
    bought = np.repeat(code, chance.poisson(rate * DAYS))
    sold = pl.DataFrame({"customer": bought, "day": chance.integers(0, DAYS, len(bought))}).sort(
        "customer", "day"
    )
    touched = np.repeat(code, chance.poisson(45 * rate))
    days = chance.integers(0, DAYS, len(touched))
    past = CustomerCourse.of(sold).count(touched, days - 365, days)
    is_bad = chance.random(len(touched)) < np.clip(0.05 + 0.01 * past, 0, 0.5)
    contacts = pl.DataFrame({"customer": touched, "day": days, "is_bad": is_bad}).with_columns(
        kind=pl.lit("call")
    )
    bad = contacts.filter("is_bad").select("customer", "day", bad="day").sort("customer", "day")
    near = sold.join_asof(bad, on="day", by="customer", strategy="backward", check_sortedness=False)
    lost = (near["day"] - near["bad"]).is_between(1, 60).fill_null(value=False).to_numpy()
    stays = ~lost | (chance.random(sold.height) < kept)
    each = sold.filter(stays).group_by("customer", "day").agg(revenue=pl.lit(20.0).first(), orders=pl.len())
    return contacts, each.sort("customer", "day")


def came(seed: int, kept: float, how: MomentMatching = MomentMatching.NEAREST) -> AfterContact:
    contacts, purchases = firm(seed, kept)
    return after_contact(contact_moments(contacts, purchases, SPAN, DAYS - 1, WITHIN), how)


def covers(found: AfterContact, truth: float) -> bool:
    row = found.effects.row(0, named=True)
    return bool(row["low"] <= truth <= row["high"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_planted_loss_comes_back_though_bad_contacts_befall_good_customers(seed: int) -> None:
    found = came(seed, kept=0.5)
    row = found.effects.row(0, named=True)
    assert covers(found, -0.5 * row["others"])
    assert row["high"] < 0
    assert row["plain"] > row["difference"] + 0.2  # who buys more is in touch more: unmatched, the loss hides
    before, after = found.matched.balance["before"].abs().max(), found.matched.balance["after"].abs().max()
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after < 0.1 < 0.3 < before
    assert found.is_even
    assert found.days_at_risk == 60 * found.pairs


@pytest.mark.parametrize("how", MomentMatching)
def test_where_nothing_is_planted_nothing_is_found(how: MomentMatching) -> None:
    found = [came(seed, 1.0, how) for seed in range(10, 22)]
    assert sum(covers(each, 0.0) for each in found) >= 10  # 11.4 of 12 expected
    assert sum(each.cause.gamma is not None and each.cause.gamma > 1 for each in found) <= 2


def test_quiet_customers_are_others_too() -> None:
    contacts, purchases = firm(5, 0.5)
    moments = contact_moments(contacts, purchases, SPAN, DAYS - 1, WITHIN)
    quiet = quiet_moments(contacts, purchases, SPAN, WITHIN)
    touched = contacts.join(quiet, on="customer", how="inner", suffix="_quiet")
    gap = touched["day_quiet"] - touched["day"]
    assert not gap.is_between(0, WITHIN).any()
    found = after_contact(beside_quiet(moments, moments_of(quiet, purchases, DAYS - 1, WITHIN)))
    assert found.effects["high"][0] < 0
    assert found.pairs > came(5, 0.5).pairs


def frame_of(
    days: dict[str, list[int]], bad: list[tuple[int, int]], good: list[tuple[int, int]]
) -> pl.DataFrame:
    rows = [(*each, True) for each in bad] + [(*each, False) for each in good]
    return pl.DataFrame(rows, ["customer", "day", "is_bad"], orient="row").with_columns(kind=pl.lit("call"))


def test_the_past_and_what_came_after_are_counted_by_hand() -> None:
    purchases = pl.DataFrame(
        {
            "customer": [1, 1, 1, 1, 1, 2],
            "day": [10, 400, 450, 500, 520, 100],
            "revenue": [5.0, 7.0, 9.0, 11.0, -4.0, 1.0],
            "orders": [1, 1, 1, 1, 0, 1],
        }
    )
    contacts = frame_of({}, [(1, 500), (1, 700), (2, 995), (3, 500)], [(1, 480), (1, 600), (2, 50), (2, 480)])
    found = contact_moments(contacts, purchases, (0, 999), 1_000, 30)
    rows = {(row["customer"], row["day"]): row for row in found.frame.iter_rows(named=True)}
    assert set(rows) == {
        (1, 500),
        (1, 480),
        (2, 480),
    }  # 600 and 700 follow a bad one; 2 had not bought on day 50
    assert found.unripe == 1
    assert found.without_past == 2
    own = rows[1, 500]
    assert (own["recency"], own["frequency"], own["spend"], own["tenure"]) == (50, 2, 16.0, 490)
    assert (own["purchases"], own["spent"], own["bought"]) == (0, -4.0, 0)  # of the day itself nothing counts
    assert rows[1, 480]["purchases"] == 1


def test_pairs_are_of_one_month_and_kind_and_no_customer_stands_twice() -> None:
    contacts, purchases = firm(7, 1.0, 3_000)
    kinds = contacts.with_columns(
        kind=pl.when(pl.col("customer") % 2 == 0).then(pl.lit("case")).otherwise("kind")
    )
    frame = contact_moments(kinds, purchases, SPAN, DAYS - 1, WITHIN).frame
    for how in MomentMatching:
        pairs = match_moments(frame, how).pairs
        one, other = frame[pairs["one"]], frame[pairs["other"]]
        assert pairs.height > 20
        assert one["is_bad"].all()
        assert not other["is_bad"].any()
        assert (one["month"] == other["month"]).all()
        assert (one["kind"] == other["kind"]).all()
        assert other["customer"].is_unique().all()
        assert (one["customer"] != other["customer"]).all()


def test_too_few_are_told_in_a_sentence() -> None:
    purchases = pl.DataFrame({"customer": [1, 2], "day": [1, 1], "revenue": [1.0, 1.0], "orders": [1, 1]})
    contacts = frame_of({}, [(1, 50)], [(2, 50)])
    with pytest.raises(BadRequest, match="too few to tell"):
        after_contact(contact_moments(contacts, purchases, (0, 99), 500, 30))
    nobody = contact_moments(contacts.clear(), purchases.clear(), (0, 99), 500, 30)
    with pytest.raises(BadRequest, match="0 customers"):
        after_contact(nobody)
    assert quiet_moments(contacts.clear(), purchases.clear(), (0, 99), 30).is_empty()


def test_unlikeness_left_in_pairs_is_taken_out() -> None:
    chance = np.random.default_rng(1)
    unlike = chance.normal(0.3, 1, (400, 1))
    found, error, freedom = even_difference(2 + 5 * unlike[:, 0] + chance.normal(0, 1, 400), unlike)
    assert found == pytest.approx(2, abs=3 * error)
    assert error == pytest.approx(1 / 20, rel=0.25)
    assert freedom == 398


def test_e_values_are_those_of_the_paper() -> None:
    """VanderWeele and Ding (2017): breast-feeding and respiratory death, risk ratio 3.9 (1.8 to 8.7)."""
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))


def test_the_bound_of_rosenbaum_is_that_of_smoking_and_lung_cancer() -> None:
    """Rosenbaum (2002), 4.3.2, data of Hammond (1964): of 122 discordant pairs the smoker died in 110; beyond chance at
    five times the odds, no longer at six."""
    found = rosenbaum_gamma(110, 122, 0.05)
    assert found
    assert 5 < found < 6
    assert binom.sf(109, 122, found / (1 + found)) == pytest.approx(0.05)
    assert rosenbaum_gamma(0, 0) is None
    assert rosenbaum_gamma(5, 10) == 1


def test_ratios_of_pairs_have_the_interval_of_paired_shares() -> None:
    found = unseen_cause(30, 20, 10)
    assert found.ratio == pytest.approx(50 / 40)
    assert found.low
    assert found.high
    assert np.log(found.high / found.low) == pytest.approx(2 * 1.96 * np.sqrt(30 / 2_000), rel=1e-3)
    assert found.e_value_end == 1  # the interval holds 1
    assert unseen_cause(0, 0, 5).ratio is None


def test_what_makes_a_contact_bad() -> None:
    contacts = pl.DataFrame(
        {
            "customer": [1, 2, 3, 4, 5, 6, 7],
            "day": [1] * 7,
            "kind": ["call", "call", "call", "case", "visit", "call", "call"],
            "satisfaction": [4, 5, None, None, None, None, None],
            "hung_up": [False, False, True, None, False, False, False],
            "waited": [200, 10, 180, None, None, None, None],
            "outgoing": [False] * 5 + [True, False],
        }
    )
    contacts = contacts.with_columns(pl.col("satisfaction", "waited").cast(pl.Float64))
    again = pl.DataFrame({"customer": [4], "day": [9]})

    def marks(what: BadContact) -> list[bool | None]:
        return marked_contacts(contacts, again, what)["is_bad"].to_list()

    assert marks(BadContact.UNHAPPY) == [True, False, None, None, None, None, None]
    assert marks(BadContact.HUNG_UP) == [False, False, True, None, None, None, None]
    assert marks(BadContact.WAITED) == [True, False, True, None, None, None, None]
    assert marks(BadContact.REOPENED) == [None, None, None, False, None, None, None, True]
    assert marks(BadContact.ANY) == [True, False, True, False, None, None, None, True]


def test_contacts_per_order_with_the_interval_of_a_ratio() -> None:
    chance = np.random.default_rng(3)
    orders = chance.poisson(4, 500) + 1
    made = chance.poisson(0.3 * orders)
    contacts = pl.DataFrame({"customer": np.repeat(np.arange(500), made)}).with_columns(
        subject=pl.lit("Bill")
    )
    found = contacts_per_order(
        contacts, pl.DataFrame({"customer": np.arange(500), "orders": orders}), "subject"
    )
    row = found.row(0, named=True)
    assert row["per_order"] == pytest.approx(made.sum() / orders.sum())
    draws = chance.integers(0, 500, (2_000, 500))
    low, high = np.quantile(made[draws].sum(1) / orders[draws].sum(1), [0.025, 0.975])
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.004)  # the bootstrap says the same
    assert contacts_per_order(contacts, pl.DataFrame({"customer": [1], "orders": [0]}), "subject").is_empty()


def test_a_contact_is_of_the_last_order_where_that_was_of_one_category() -> None:
    lines = pl.DataFrame(
        {
            "customer": [1, 1, 1, 2],
            "day": [10, 20, 20, 5],
            "member": ["A", "A", "B", "B"],
            "orders": [1, 1, 1, 1],
        }
    )
    contacts = pl.DataFrame({"customer": [1, 1, 1, 2, 2], "day": [9, 10, 21, 34, 40]})
    told = of_last_order(contacts, lines, "member", 30)
    assert told["member"].to_list() == [None, "A", None, "B", None]
    assert single_orders(lines, "member").select("day", "member").rows() == [(10, "A"), (5, "B")]
    ratios = contacts_per_order(told, single_orders(lines, "member"), "member")
    assert ratios.select("member", "contacts", "orders", "per_order").rows() == [
        ("A", 1, 1, 1.0),
        ("B", 1, 1, 1.0),
    ]


def test_costs_are_minutes_and_contacts_at_their_prices() -> None:
    contacts = pl.DataFrame(
        {
            "customer": [1, 1, 2, 9],
            "kind": ["call", "case", "visit", "call"],
            "seconds": [120.0, None, 600.0, 60.0],
        }
    )
    worth = pl.DataFrame({"customer": [1, 2, 3, 4], "brought": [5.0, 20.0, None, -3.0]})
    served = served_customers(contacts, worth, ServicePrices(1.0, {"call": 0.5, "case": 3.0, "visit": 30.0}))
    cost = dict(served.select("customer", "cost").iter_rows())
    assert cost == {1: 5.5, 2: 40.0, 3: 0.0, 4: 0.0, 9: 1.5}
    assert losing_customers(served)["customer"].to_list() == [
        2,
        1,
    ]  # of 9 and 3 nobody knows, 4 costs nothing
    zero = served_customers(contacts, worth, ServicePrices(1.0, {}), absent=0.0)
    assert 9 in losing_customers(zero)["customer"]
    groups = cost_groups(with_parts(served).sort("part", nulls_last=True), "part")
    assert groups["customers"].sum() == 5
    assert groups["cost"].sum() == pytest.approx(47.0)
    assert groups["losing"].sum() == 2
    assert groups.filter(pl.col("part").is_null())["share"].to_list() == [None]


def counts(rising: float, seed: int) -> pl.DataFrame:
    """Three years of four subjects by month, one of which grows by a share a month over the last six."""
    chance, rows = np.random.default_rng(seed), []
    for at in range(36):
        for subject, usual in (
            ("Bill", 300),
            ("Parcel " if at % 2 else "parcel", 500),
            ("Damage", 200),
            ("Other", 250),
        ):
            more = (1 + rising) ** max(at - 29, 0) if subject == "Damage" else 1
            rows.append((date(2023 + at // 12, at % 12 + 1, 7), subject, int(chance.poisson(usual * more))))
    return pl.DataFrame(rows, ["day", "subject", "contacts"], orient="row")


def test_a_rising_subject_is_found_and_nothing_where_none_rises() -> None:
    first, last = date(2023, 1, 1), date(2025, 12, 31)
    for seed in (1, 2, 3):
        found = rising_subjects(counts(0.15, seed), first, last)
        assert [found.names[each.series] for each in found.rising] == ["Damage"]
        assert found.rising[0].last == date(2025, 12, 1)
        assert len(found.names) == 4
        assert not rising_subjects(counts(0.0, seed), first, last).rising
    part = rising_subjects(counts(0.15, 1), date(2023, 1, 5), date(2025, 12, 30))
    assert (part.trends.periods[0], part.trends.periods[-1]) == (date(2023, 2, 1), date(2025, 11, 1))
    with pytest.raises(BadRequest):
        rising_subjects(counts(0.0, 1), date(2025, 10, 1), last)


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_subject_that_rises_in_the_demonstration_firm_is_found(seed: int) -> None:
    calls = next(call_centre.deliveries(World(Firm(200_000, 4_000, 1_000, seed)))).frame
    each = calls.group_by(pl.col("Date").cast(pl.Date).alias("day"), subject="Reason")
    counts = each.agg(contacts=pl.len().cast(pl.Int64)).sort("day", "subject")
    found = rising_subjects(counts, counts["day"][0], counts["day"][-1])
    assert [found.names[each.series] for each in found.rising] == [call_centre.RISING]
    rising = found.rising[0]
    assert rising.last == counts["day"][-1].replace(day=1)
    assert rising.latest >= call_centre.RISES_FROM
