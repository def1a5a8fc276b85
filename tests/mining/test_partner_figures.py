"""Figures of partners: by hand on a few orders, against a survival curve, and how often intervals hold the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from mining.partners.partner_course import EVERYBODY, ITSELF, partner_course
from mining.partners.partner_criteria import CRITERIA, MEANT, criteria_with
from mining.partners.partner_figures import PartnerFigure, partner_figures
from mining.partners.partner_worth import partner_worth
from mining.retention.kaplan_meier import kaplan_meier

ORDER = {"partner": 1, "unit": 0, "day": 0, "lead": 5, "has_come": True, "due": 1, "on_time": 1, "whole_on_time": 1,
         "whole": 1, "pieces_due": 10.0, "pieces_on_time": 10.0}  # fmt: skip
CAME_IN_PART = {"whole": 0, "whole_on_time": 0, "pieces_on_time": 5.0}


def orders(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Rows that say what differs from an order that came as it should."""
    return pl.DataFrame(
        [ORDER | {"unit": at} | dict(row) for at, row in enumerate(rows)], infer_schema_length=None
    )


NUMBER, WHOLE = pl.Float64, pl.Int64
NO_PRICE = pl.DataFrame(
    schema={"partner": WHOLE, "unit": WHOLE, "day": WHOLE, "paid": NUMBER, "usual": NUMBER}
)
NO_SALE = pl.DataFrame(
    schema={
        "partner": WHOLE,
        "unit": WHOLE,
        "day": WHOLE,
        "sold": NUMBER,
        "returned": NUMBER,
        "margin": NUMBER,
    }
)
NO_CONTACT = pl.DataFrame(schema={"partner": WHOLE, "unit": WHOLE, "day": WHOLE, "satisfaction": NUMBER})
NO_ANSWER = pl.DataFrame(schema={"partner": WHOLE, "day": WHOLE, "waited": WHOLE})


@dataclass
class Evidence:
    partners: pl.DataFrame = field(default_factory=lambda: pl.DataFrame({"partner": [1, 2]}))
    span: tuple[date, date] = (date(1970, 1, 1), date(1970, 12, 31))
    supply: pl.DataFrame = field(default_factory=lambda: orders({}).clear())
    prices: pl.DataFrame = field(default_factory=lambda: NO_PRICE)
    sales: pl.DataFrame = field(default_factory=lambda: NO_SALE)
    contacts: pl.DataFrame = field(default_factory=lambda: NO_CONTACT)
    answers: pl.DataFrame = field(default_factory=lambda: NO_ANSWER)


def test_sums_are_divided_by_sums_and_nothing_is_no_data() -> None:
    not_due = {"due": 0, "on_time": None, "whole_on_time": None, "whole": None, "has_come": False}
    supply = orders(
        {},
        {"on_time": 0, "whole_on_time": 0, "pieces_due": 90.0, "pieces_on_time": 0.0},
        CAME_IN_PART | {"unit": 1},
        not_due | {"pieces_due": None, "pieces_on_time": None},
    )
    found = partner_figures(Evidence(supply=supply))
    shares = [found[name].values[0] for name in ("on_time", "in_full", "on_time_in_full")]
    assert shares == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert found["fill_rate"].values[0] == pytest.approx(15 / 110), "not the mean of three rates"
    assert found["fill_rate"].counts.tolist() == [3, 0]
    assert found["lead_days"].counts.tolist() == [4, 0]
    for name, each in found.items():
        assert math.isnan(each.values[1]), name
        assert math.isnan(each.interval[0][1]), name
    assert {*found} == {*CRITERIA} == {*MEANT}


def test_other_rows_by_hand() -> None:
    sales = pl.DataFrame({"partner": [1, 1, 1, 2], "unit": [7, 7, 8, 7], "day": [0, 31, 0, 0],
                          "sold": [4.0, 6.0, 30.0, 5.0], "returned": [0.0, 0.0, 2.0, 5.0],
                          "margin": [40.0, 60.0, -20.0, None]})  # fmt: skip
    contacts = pl.DataFrame({"partner": [1] * 4, "unit": [7, 7, 7, 8], "satisfaction": [9.0, 9.0, 9.0, 5.0]})
    answers = pl.DataFrame({"partner": [2, 2], "waited": [1, 4]})
    prices = pl.DataFrame({"partner": [1, 1], "unit": [1, 2], "paid": [110.0, 20.0], "usual": [100.0, 50.0]})
    found = partner_figures(Evidence(prices=prices, sales=sales, contacts=contacts, answers=answers))

    def told(name: str) -> list[tuple[float, int]]:
        return [*zip(found[name].values.tolist(), found[name].counts.tolist(), strict=True)]

    assert told("return_rate") == [(pytest.approx(0.05), 2), (1.0, 1)]
    assert told("margin") == [(80.0, 2), (pytest.approx(math.nan, nan_ok=True), 0)]
    assert told("satisfaction")[0] == (8.0, 4)
    assert told("answer_days")[1] == (2.5, 2)
    assert told("price_index")[0] == (pytest.approx(130 / 150), 2)


def test_lead_times_wait_for_open_orders() -> None:
    random = np.random.default_rng(3)
    lead, has_come = random.integers(1, 30, 60), random.random(60) < 0.7
    supply = orders(
        *({"lead": int(days), "has_come": bool(came)} for days, came in zip(lead, has_come, strict=True))
    )
    found = partner_figures(Evidence(supply=supply), draws=10)
    curve = kaplan_meier(lead, has_come)
    assert found["lead_days"].values[0] == curve.median
    reached = curve.frame.filter(pl.col("surviving") <= 0.1 + 1e-9)
    last = reached["time"].min() if reached.height else math.nan
    assert found["late_lead_days"].values[0] == pytest.approx(last, nan_ok=True)
    open_alone = partner_figures(Evidence(supply=orders({"has_come": False})), draws=10)["lead_days"]
    assert math.isnan(open_alone.values[0]), "nothing has come yet"
    assert (open_alone.counts[0], open_alone.beyond[0]) == (1, 5)


def interval_of(found: PartnerFigure, at: int) -> tuple[float, float]:
    low, high = found.interval
    return float(low[at]), float(high[at])


def test_three_good_orders_do_not_make_sure_of_the_fourth() -> None:
    """Of single orders the interval is Jeffreys', but that it reaches to the figure itself."""
    supply = orders(*({"partner": 2, "on_time": int(at < 24)} for at in range(40)), *({} for _ in range(3)))
    found = partner_figures(Evidence(supply=supply), draws=20_000)["on_time"]
    assert interval_of(found, 0) == (pytest.approx(stats.beta.ppf(0.025, 3.5, 0.5), abs=0.01), 1.0)
    ends = stats.beta.ppf([0.025, 0.975], 24.5, 16.5)
    assert interval_of(found, 1) == pytest.approx(tuple(ends), abs=0.01)


def test_lines_of_one_order_are_resampled_together() -> None:
    apart = [{"on_time": at % 2, "unit": at} for at in range(60)]
    together = [{"on_time": at // 10 % 2, "unit": at // 10} for at in range(60)]
    narrow, wide = (
        interval_of(partner_figures(Evidence(supply=orders(*rows)))["on_time"], 0)
        for rows in (apart, together)
    )
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


@pytest.mark.parametrize(("n", "truth"), [(8, 0.9), (30, 0.7), (900, 0.8)])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int, truth: float) -> None:
    random, many = np.random.default_rng(n), 150
    came = random.random((many, n)) < truth
    codes = np.repeat(np.arange(many), n)
    one = {name: [each] * (many * n) for name, each in ORDER.items()}
    supply = pl.DataFrame(
        one | {"partner": codes, "unit": np.arange(many * n), "on_time": came.ravel().astype(int)}
    )
    low, high = partner_figures(
        Evidence(partners=pl.DataFrame({"partner": np.arange(many)}), supply=supply), draws=300
    )["on_time"].interval
    held = ((low <= truth) & (truth <= high)).mean()
    assert 0.88 <= held <= 0.99


def test_criteria_are_called_by_their_names() -> None:
    told = criteria_with({"margin": 7}, {"on_time": 0.8}, {"lead_days": 4})
    by = {each.name: each for each in told}
    assert (by["margin"].weight, by["on_time"].floor, by["lead_days"].target) == (7, 0.8, 4)
    with pytest.raises(Exception, match="Did you mean 'margin'"):
        criteria_with({"margn": 1}, {}, {})


def sold(month: int, who: int, margin: float | None, partner: int = 1) -> dict[str, Any]:
    return {
        "partner": partner,
        "unit": who,
        "day": 31 * month,
        "sold": 1.0,
        "returned": 0.0,
        "margin": margin,
    }


def test_the_course_is_that_of_each_month_beside_everybody() -> None:
    rows = [{"day": 2, "on_time": 0}, {"day": 9}, {"day": 40}, {"day": 40, "partner": 2, "on_time": 0}]
    evidence = Evidence(supply=orders(*rows), sales=pl.DataFrame([sold(1, 7, 5.0), sold(1, 7, 6.0, 2)]))
    course = partner_course(evidence, 1, draws=20)

    def told(whose: str, criterion: str) -> list[tuple[Any, ...]]:
        own = course.filter(pl.col("whose") == whose, pl.col("criterion") == criterion).sort("month")
        return own.select(pl.col("month").dt.month(), "value", "n").rows()

    assert told(ITSELF, "on_time") == [(1, 0.5, 2), (2, 1.0, 1)]
    assert told(EVERYBODY, "on_time") == [(1, 0.5, 2), (2, 0.5, 2)]
    assert told(ITSELF, "margin") == [(2, 5.0, 1)]
    assert told(EVERYBODY, "margin") == [(2, 11.0, 1)]
    assert partner_course(Evidence(), 1, draws=20).is_empty()


def test_worth_adds_up_month_by_month_with_a_band() -> None:
    sales = [sold(0, who, 10.0) for who in range(40)] + [sold(2, who, -5.0) for who in range(20)]
    worth = partner_worth(pl.DataFrame([*sales, sold(2, 99, None), sold(5, 1, 9.0, 2)]), 1)
    assert worth["so_far"].to_list() == [400.0, 400.0, 300.0]
    assert worth["customers"].to_list() == [40, 0, 20]
    low, high = worth.row(-1)[-2:]
    spread = 40 * np.std([5.0] * 20 + [10.0] * 20) / math.sqrt(41)  # of a Bayesian bootstrap's total
    assert (high - low) / 2 == pytest.approx(1.96 * spread, rel=0.1)
    assert partner_worth(pl.DataFrame([sold(0, 1, 3.0)]), 1)["low"].to_list() == [None]
    assert partner_worth(NO_SALE, 1).is_empty()
