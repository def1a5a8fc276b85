"""The book of partners' stages, the time to the first order, renewals due: by hand, and by a property."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl
import pytest

from mining.lifecycle.stage_spells import StageSpells, spells
from mining.partners.first_order import time_to_first
from mining.partners.renewals_due import renewals_due
from mining.partners.stage_book import stage_book, stage_stock

STAGES = ("A", "B", "C")
BEGIN, END = date(2024, 1, 1), date(2024, 12, 31)


def some_spells(seed: int) -> StageSpells:
    chance = random.Random(seed)
    rows = []
    for subject in range(30):
        days = sorted(chance.sample(range(366), chance.randint(1, 6)))
        stages = [chance.choice(STAGES)]
        while len(stages) < len(days):
            stages.append(chance.choice([each for each in STAGES if each != stages[-1]]))
        rows += [
            (subject, at, BEGIN + timedelta(day), stage)
            for at, (day, stage) in enumerate(zip(days, stages, strict=True))
        ]
    schema = {"subject": pl.Int32, "seq": pl.Int32, "day": pl.Date, "to_stage": pl.String}
    return spells(pl.DataFrame(rows, schema, orient="row"), STAGES, END)


@pytest.mark.parametrize("seed", range(20))
def test_the_book_balances_and_meets_the_stock_of_any_period(seed: int) -> None:
    found, chance = some_spells(seed), random.Random(1000 + seed)
    for _ in range(10):
        since, until = sorted(BEGIN + timedelta(chance.randrange(366)) for _ in range(2))
        book = stage_book(found, since, until)
        assert (book["opening"] + book["entered"] - book["left"]).to_list() == book["closing"].to_list()
        known = found.frame.filter(pl.col("since") <= until)["subject"].n_unique()
        assert book["closing"].sum() == known
        stock = stage_stock(found, [since - timedelta(1), until])
        assert stock["standing"].to_list() == [*book["opening"], *book["closing"]]


def test_who_waits_for_a_first_order_counts_as_waiting() -> None:
    partners = pl.DataFrame(
        {
            "known": [BEGIN] * 4 + [END + timedelta(5)],
            "first": [BEGIN + timedelta(10), BEGIN + timedelta(30), None, BEGIN, None],
        }
    )
    curve = time_to_first(partners, END)
    assert curve is not None
    assert (curve.spells, curve.finished, curve.median) == (3, 2, 30.0)
    assert curve.frame["surviving"].to_list() == pytest.approx([2 / 3, 1 / 3])
    assert time_to_first(partners.filter(pl.col("first") == pl.col("known")), END) is None


def test_the_last_agreement_of_each_is_due_over_or_running() -> None:
    told = [
        ("gone", date(2024, 1, 1), "signed", date(2024, 6, 1)), ("gone", date(2024, 5, 1), "left", None),
        ("over", date(2024, 1, 1), "signed", date(2024, 12, 1)),
        ("due", date(2023, 1, 1), "signed", date(2024, 1, 1)), ("due", date(2023, 12, 1), "renewed", date(2025, 3, 31)),
        ("far", date(2024, 2, 1), "signed", date(2025, 4, 1)),
        ("open", date(2024, 2, 1), "signed", None),
        ("later", date(2025, 2, 1), "signed", date(2025, 2, 2)),
    ]  # fmt: skip
    schema = {"partner": pl.String, "day": pl.Date, "kind": pl.String, "until": pl.Date}
    due = renewals_due(pl.DataFrame(told, schema, orient="row"), END)
    assert due.select("partner", "days_left", "state").rows() == [
        ("over", -30, "over"), ("due", 90, "due"), ("far", 91, "running"),
    ]  # fmt: skip
