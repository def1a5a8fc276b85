"""Journeys: paths as loops over each customer make them, credits as published and as simulated, and awkward paths."""

from __future__ import annotations

from itertools import chain, combinations
from math import factorial

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadRequest
from mining.journeys.chain_order import chain_order
from mining.journeys.channel_chain import channel_moves, removal
from mining.journeys.channel_credits import ChannelCredits, channel_credits
from mining.journeys.channel_use import NONE, channel_movement, channel_use
from mining.journeys.credit_rules import OF_ONE_PATH, CreditRule, touch_shares
from mining.journeys.journey_paths import JourneyPaths, PathTerms, RepeatedTouches, given_paths, paths_of
from mining.journeys.journey_simulation import drawn_truth, simulate_journeys
from mining.journeys.path_flow import BOUGHT, MISSED, MORE, OTHERS, drop_off, path_flow
from mining.journeys.step_times import step_times
from mining.journeys.touch_follow import touch_follow

TOUCH = {"customer": pl.Int64, "day": pl.Int64, "second": pl.Int64, "channel": pl.String}
PURCHASE = {"customer": pl.Int64, "day": pl.Int64, "revenue": pl.Float64}
TINY = given_paths([["C1", "C2", "C3"], ["C1"], ["C2", "C3"]], [1, 0, 0], revenue=[90, 0, 0])


def touches(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame([(who, day, None, channel) for who, day, channel in rows], TOUCH, orient="row")


def purchases(*rows: tuple[int, int, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, PURCHASE, orient="row")


def told(paths: JourneyPaths) -> list[tuple[int, tuple[str, ...], float, float]]:
    return [
        (
            int(paths.customer[at]),
            tuple(paths.channels[each] for each in paths.steps[paths.starts[at] : paths.starts[at + 1]]),
            float(paths.bought[at]),
            float(paths.revenue[at]),
        )
        for at in range(len(paths))
    ]


def of_rule(found: ChannelCredits, rule: CreditRule, column: str = "conversions") -> list[float]:
    return found.frame.filter(pl.col("rule") == rule)[column].to_list()


def test_the_published_figure_of_three_channels() -> None:
    """What ChannelAttribution's simulation tells as .2006, .3997, .3997."""
    found = removal(channel_moves(TINY))
    assert found.chance == pytest.approx(1 / 3)
    assert found.effects == pytest.approx([0.5, 1, 1])
    credits = channel_credits(TINY, order=1, draws=20)
    assert of_rule(credits, CreditRule.MARKOV) == pytest.approx([0.2, 0.4, 0.4])
    assert of_rule(credits, CreditRule.MARKOV, "revenue") == pytest.approx([18, 36, 36])


def test_one_path_by_each_rule() -> None:
    path = given_paths([["A", "B", "A", "C"], ["B"]], [1, 0])
    shares = {rule: touch_shares(path, rule)[:4].tolist() for rule in OF_ONE_PATH}
    weights = np.exp2(-np.array([3, 2, 1, 0]) / 7)
    assert shares[CreditRule.FIRST] == [1, 0, 0, 0]
    assert shares[CreditRule.LAST] == [0, 0, 0, 1]
    assert shares[CreditRule.LINEAR] == [0.25] * 4
    assert shares[CreditRule.POSITION] == pytest.approx([0.4, 0.1, 0.1, 0.4])
    assert shares[CreditRule.DECAY] == pytest.approx((weights / weights.sum()).tolist())
    assert shares[CreditRule.SHAPLEY] == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])


def test_shapley_is_that_of_all_coalitions() -> None:
    paths = simulate_journeys(drawn_truth(4, 1, 3), 60, 3)
    players = range(4)

    def worth(among: tuple[int, ...]) -> float:
        return sum(
            paths.bought[at]
            for at in range(len(paths))
            if {*paths.steps[paths.starts[at] : paths.starts[at + 1]].tolist()} <= {*among}
        )

    values = []
    for one in players:
        rest = [each for each in players if each != one]
        without = chain.from_iterable(combinations(rest, size) for size in range(4))
        values.append(
            sum(
                factorial(len(each))
                * factorial(3 - len(each))
                / factorial(4)
                * (worth((*each, one)) - worth(each))
                for each in without
            )
        )
    assert of_rule(channel_credits(paths, 1, draws=0), CreditRule.SHAPLEY) == pytest.approx(values)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_removal_effects_come_back(seed: int) -> None:
    """The truth is followed step by step; the chain is solved. A chain that looks back too little misses it."""
    for order in (1, 2, 3):
        truth = drawn_truth(5, order, seed)
        paths, effects = simulate_journeys(truth, 20_000, seed), truth.removal_effects()
        found = removal(channel_moves(paths, order))
        assert found.chance == pytest.approx(truth.purchase_chance(), abs=0.015)
        assert np.abs(found.effects - effects).max() < 0.02
        assert chain_order(paths, seed).order == order
        if order > 1:
            assert np.abs(removal(channel_moves(paths, 1)).effects - effects).max() > 0.02


def test_bands_hold_what_repeats_of_the_firm_would_tell() -> None:
    truth = drawn_truth(4, 1, 1)
    told = channel_credits(simulate_journeys(truth, 2_000, 5), 1).frame.filter(
        pl.col("rule") == CreditRule.MARKOV
    )
    again = [removal(channel_moves(simulate_journeys(truth, 2_000, seed))).shares for seed in range(40)]
    widths = (told["high"] - told["low"]).to_numpy()
    assert widths == pytest.approx(2 * 1.96 * np.std(again, axis=0), rel=0.5)


SEQUENCES = st.lists(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=7), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(SEQUENCES, st.integers(0, 2**20), st.sampled_from([1, 2, 3, None]))
def test_credits_are_never_negative_and_add_up(
    sequences: list[list[str]], seed: int, order: int | None
) -> None:
    random = np.random.default_rng(seed)
    bought, revenue = (
        random.integers(0, 2, len(sequences)).astype(float),
        random.integers(0, 900, len(sequences)),
    )
    paths = given_paths(sequences, bought, revenue=revenue * bought)
    if not bought.any():
        with pytest.raises(BadRequest, match="nothing to credit"):
            channel_credits(paths)
        return
    found = channel_credits(paths, order, draws=3)
    assert bool(found.refusal) == bool(bought.all())
    assert found.frame.select(pl.col("conversions", "revenue", "share").min() >= -1e-12).row(0) == (True,) * 3
    sums = found.frame.group_by("rule").agg(pl.col("conversions", "revenue").sum())
    assert sums["conversions"].to_list() == pytest.approx([bought.sum()] * sums.height)
    assert sums["revenue"].to_list() == pytest.approx([(revenue * bought).sum()] * sums.height)
    assert sums.height == 7 - bool(found.refusal)


def test_touches_of_one_channel_in_a_row_end_when_the_last_of_them_was() -> None:
    """The last touch, 20 days before the end of what is known, keeps the first path open, and dates the second."""
    mailed = touches((1, 0, "Mail"), (1, 20, "Mail"), (1, 40, "Mail"), (2, 0, "Web"), (2, 25, "Web"))
    terms = PathTerms(30, RepeatedTouches.ONE_IN_A_ROW)
    found = paths_of(mailed, purchases(), (0, 60), 60, terms)
    assert (told(found), found.open_paths) == ([(2, ("Web",), 0, 0)], 1)
    assert (found.watched.tolist(), found.days.tolist()) == ([55], [25])
    assert told(paths_of(mailed, purchases(), (1, 60), 60, terms)) == [(2, ("Web",), 0, 0)]


def test_a_purchase_whose_touches_lie_before_the_period_has_no_next_step_in_it() -> None:
    mailed, bought = touches((1, 5, "Mail")), purchases((1, 12, 9.0))
    paths = paths_of(mailed, bought, (10, 20), 60, PathTerms())
    found = step_times(paths, mailed, bought, (10, 20), 60)
    assert (found.to_purchase.median, found.to_next, found.by_channel) == (7, None, {})


def test_channels_may_be_called_as_ways_and_as_no_channel() -> None:
    ways = path_flow(given_paths([["B › A"], ["B", "A"], ["B", "A"]], [1, 0, 0])).ways
    assert ways.select("channels", "paths", "bought").rows() == [(["B", "A"], 2, 0), (["B › A"], 1, 1)]
    met = touches((1, 0, "none"), (1, 800, "none"), (2, 100, "A"), (3, 800, "A"))
    moved = channel_movement(met, 800).rows()
    assert sorted(moved) == [("(no touch)", "A", 1), ("(no touch)", "none", 1), ("A", "(no touch)", 1)]


def test_without_paths_that_did_not_buy_the_chain_is_refused() -> None:
    found = channel_credits(given_paths([["A", "B"], ["B"]], [1, 1]), draws=5)
    assert "needs paths that led to none" in found.refusal
    assert found.order is None
    assert CreditRule.MARKOV not in found.frame["rule"]
    assert of_rule(found, CreditRule.LINEAR) == [0.5, 1.5]


def naive_paths(
    touched: list[tuple[int, int, str]],
    bought: dict[int, dict[int, float]],
    window: int,
    repeats: RepeatedTouches,
) -> list[tuple[int, tuple[str, ...], float, float, int]]:
    """By a loop over each customer's touches."""
    found = []
    for who in sorted({each[0] for each in touched}):
        own = [each[1:] for each in touched if each[0] == who]
        last: tuple[object, int, str] | None = None
        for day, channel in sorted(own, key=lambda each: each[0]):
            later = sorted(each for each in bought.get(who, {}) if each >= day)
            following = later[0] if later else None
            counts = following is not None and following - day <= window
            kind = (following, counts)
            if last is None or last[0] != kind or (not counts and day - last[1] > window):
                found.append([who, [channel], following if counts else None, day])
            elif not (
                repeats is not RepeatedTouches.KEPT
                and channel == last[2]
                and (repeats is RepeatedTouches.ONE_IN_A_ROW or day == last[1])
            ):
                found[-1][1].append(channel)
                found[-1][3] = day
            last = (kind, day, channel)
    return [
        (
            who,
            tuple(way),
            float(sold is not None),
            bought[who][sold] if sold is not None else 0.0,
            sold or day,
        )
        for who, way, sold, day in found
    ]


@pytest.mark.parametrize("repeats", RepeatedTouches)
def test_paths_are_those_of_a_loop(repeats: RepeatedTouches) -> None:
    random = np.random.default_rng(7)
    for _ in range(25):
        rows = [
            (int(random.integers(1, 5)), int(random.integers(100, 160)), "ABC"[random.integers(3)])
            for _ in range(50)
        ]
        days = {(int(random.integers(1, 5)), int(random.integers(100, 160))) for _ in range(12)}
        sold = {who: {day: float(day) for each, day in days if each == who} for who in range(1, 5)}
        frame = purchases(*((who, day, float(day)) for who, day in sorted(days)))
        for window in (1, 5, 20):
            found = paths_of(touches(*rows), frame, (0, 300), 1_000, PathTerms(window, repeats))
            wanted = naive_paths(rows, sold, window, repeats)
            assert told(found) == [each[:4] for each in wanted]
            assert found.conversions + found.untouched == len(days)
            part = paths_of(touches(*rows), frame, (120, 140), 1_000, PathTerms(window, repeats))
            if repeats is RepeatedTouches.KEPT:
                assert told(part) == [each[:4] for each in wanted if 120 <= each[4] <= 140]


def test_one_purchase_has_one_path_and_what_may_yet_come_is_open() -> None:
    frame = touches((1, 10, "A"), (1, 12, "B"), (1, 13, "C"), (2, 40, "A"), (3, 12, "A"))
    found = paths_of(frame, purchases((1, 12, 5.0), (1, 14, 7.0)), (0, 60), 60, PathTerms(30))
    assert told(found) == [(1, ("A", "B"), 1.0, 5.0), (1, ("C",), 1.0, 7.0), (3, ("A",), 0.0, 0.0)]
    assert found.open_paths == 1
    assert found.watched.tolist() == [2.0, 1.0, 30.0]


def test_channels_are_left_out_before_anything_is_weighed() -> None:
    frame = touches((1, 10, "Direct"), (1, 11, "A"), (1, 12, "Direct"), (2, 10, "Direct"))
    bought = purchases((1, 12, 5.0), (2, 11, 7.0))
    found = paths_of(frame, bought, (0, 60), 60, PathTerms(30, without=("Direct",)))
    assert told(found) == [(1, ("A",), 1.0, 5.0)]
    assert (found.untouched, found.untouched_revenue) == (1, 7.0)
    credited = channel_credits(found, draws=0).frame.filter(pl.col("rule") == CreditRule.LAST)
    assert credited.select("conversions", "revenue").row(0) == (1.0, 5.0)
    with pytest.raises(BadRequest, match="No touch is by the channel 'Fax'"):
        paths_of(frame, bought, (0, 60), 60, PathTerms(30, without=("Fax",)))
    with pytest.raises(BadRequest, match="cannot count for 0 days"):
        paths_of(frame, bought, (0, 60), 60, PathTerms(0))
    with pytest.raises(BadRequest, match="below zero"):
        paths_of(frame, purchases((1, 12, -1.0)), (0, 60), 60, PathTerms())


def test_times_of_a_day_order_its_touches() -> None:
    frame = pl.DataFrame([(1, 5, 900, "B"), (1, 5, 100, "A"), (1, 5, None, "C")], TOUCH, orient="row")
    assert told(paths_of(frame, purchases((1, 5, 1.0)), (0, 9), 9, PathTerms()))[0][1] == ("C", "A", "B")


def test_a_path_of_ten_thousand_touches_loops_and_a_channel_seen_once() -> None:
    way = ["A", "B"] * 5_000
    paths = given_paths([way, ["A", "A", "A"], ["C"], ["B"]], [1, 0, 0, 1], revenue=[10, 0, 0, 5])
    found = channel_credits(paths, draws=5)
    for rule in CreditRule:
        assert sum(of_rule(found, rule)) == pytest.approx(2)
        assert of_rule(found, rule)[2] == pytest.approx(0, abs=1e-9)
    flow = path_flow(paths)
    assert f"A › B › A › B › A › {MORE}" in flow.ways["way"]
    assert drop_off(paths).height == 12


def test_a_hundred_thousand_touches_of_one_customer() -> None:
    random = np.random.default_rng(1)
    many = 100_000
    frame = pl.DataFrame({
        "customer": np.ones(many, np.int64),
        "day": np.sort(random.integers(0, 4_000, many)),
        "second": pl.Series([None] * many, dtype=pl.Int64),
        "channel": np.array(list("ABCD"))[random.integers(0, 4, many)],
    })  # fmt: skip
    bought = purchases(*((1, day, 1.0) for day in range(0, 4_000, 50)))
    paths = paths_of(frame, bought, (0, 3_999), 4_100, PathTerms(30, RepeatedTouches.KEPT))
    assert paths.conversions + paths.untouched == bought.height
    assert len(paths.steps) == many
    assert channel_credits(paths, 1, draws=2).frame["share"].is_finite().all()


def test_nothing_is_nothing_to_credit() -> None:
    none = paths_of(touches(), purchases((1, 5, 2.0)), (0, 9), 9, PathTerms())
    assert (len(none), none.untouched, none.untouched_revenue) == (0, 1, 2.0)
    assert drop_off(none).is_empty()
    assert path_flow(none).bands.is_empty()
    with pytest.raises(BadRequest, match="No path leads to a purchase"):
        channel_credits(none)
    with pytest.raises(BadRequest, match="no path to follow"):
        step_times(none, touches(), purchases(), (0, 9), 9)
    with pytest.raises(BadRequest, match="needs a touch"):
        given_paths([[]], [1])
    with pytest.raises(BadRequest, match="order 4"):
        channel_credits(TINY, 4)


def test_many_channels_take_a_lower_order_and_too_many_none() -> None:
    names = [f"c{each}" for each in range(60)]
    random = np.random.default_rng(0)
    ways = [[names[each] for each in random.integers(0, 60, 4)] for _ in range(900)]
    found = channel_credits(given_paths(ways, random.integers(0, 2, 900)), draws=2)
    assert found.order is not None
    assert found.order.tried["states"].to_list() == [61, None, None]
    with pytest.raises(BadRequest, match="too many for a chain"):
        channel_moves(given_paths([[f"c{each}"] for each in range(900)], [1] * 900))


def test_ways_add_up_to_all_paths_and_bands_to_what_came_of_them() -> None:
    paths = simulate_journeys(drawn_truth(5, 1, 2), 3_000, 2)
    flow = path_flow(paths, 4)
    assert flow.shown == 4
    assert flow.ways["paths"].sum() == 3_000
    ends = flow.bands.filter("is_end")
    sums = dict(ends.group_by("outcome").agg(pl.col("paths").sum()).iter_rows())
    assert sums == {BOUGHT: paths.conversions, MISSED: 3_000 - paths.conversions}
    begins = flow.bands.filter(pl.col("from_step") == 0)
    assert begins["paths"].sum() == 3_000
    assert begins.filter(pl.col("from") == OTHERS)["paths"].sum() == flow.others["paths"].sum()
    steps = drop_off(paths)
    assert steps["reached"][0] == 3_000
    assert (steps["bought"] + steps["went_on"] + steps["stopped"]).to_list() == steps["reached"].to_list()
    assert steps["bought"].sum() == paths.conversions


def test_waiting_counts_who_has_not_gone_on() -> None:
    frame = touches((1, 0, "A"), (1, 4, "B"), (2, 0, "A"), (3, 2, "A"))
    bought = purchases((2, 6, 1.0))
    paths = paths_of(frame, bought, (0, 20), 20, PathTerms(10))
    found = step_times(paths, frame, bought, (0, 20), 20)
    assert found.to_next
    assert (found.to_next.spells, found.to_next.finished) == (4, 2)
    assert found.to_next.frame["time"].to_list() == [4.0, 6.0]
    assert found.to_next.longest == 18.0
    assert (found.to_purchase.spells, found.to_purchase.finished) == (3, 1)


def test_the_use_of_channels_and_who_moved() -> None:
    frame = touches(
        (1, 10, "A"), (1, 11, "A"), (1, 12, "B"), (1, 400, "B"), (2, 30, "A"), (3, 700, "C"), (4, 0, "A")
    )
    use = channel_use(frame, purchases((1, 11, 5.0), (9, 11, 7.0)), (0, 40))
    assert use.mix.rows() == [(1, 2, 0, 0.0), (2, 1, 1, 5.0)]
    assert use.monthly.rows()[0][1:] == ("A", 4, 3)
    moved = channel_movement(frame, 729)
    assert sorted(moved.rows()) == sorted([("A", "B", 1), ("A", NONE, 2), (NONE, "C", 1)])
    with pytest.raises(BadRequest, match="less than two years"):
        channel_movement(frame, 600)


def naive_follow(
    touched: pl.DataFrame, bought: pl.DataFrame, channel: str, last: int, within: int
) -> tuple[int, int, int, int]:
    """Touches followed and not, other days followed and not, by a loop over days."""
    counts = [0, 0, 0, 0]
    for who in touched.filter(pl.col("channel") == channel)["customer"].unique():
        own = {*touched.filter(pl.col("customer") == who, pl.col("channel") == channel)["day"]}
        sold = {*bought.filter(pl.col("customer") == who)["day"]}
        known = [
            at for at in (*touched.filter(pl.col("customer") == who)["day"], *sold) if at <= last - within
        ]
        for at in range(min(known), max(known) + 1):
            followed = any(at + ahead in sold for ahead in range(1, within + 1))
            counts[2 * (at not in own) + (not followed)] += 1
    return tuple(counts)  # type: ignore[return-value]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_odds_of_a_purchase_after_a_touch_come_back(seed: int) -> None:
    """Touches fall so many times as often on days that a purchase follows, as the demonstration firm plants them."""
    random, many, last, within = np.random.default_rng(seed), 150, 500, 14
    sold = np.unique(random.integers(0, many, 1_200) * 1_000 + random.integers(0, last, 1_200))
    parts = []
    for channel, odds in (("A", 4.0), ("B", 1.5), ("N", 1.0)):
        drawn = random.integers(0, many, 20_000) * 1_000 + random.integers(0, last, 20_000)
        following = np.append(sold, 10**9)[np.searchsorted(sold, drawn, side="right")] - drawn <= within
        kept = drawn[random.random(len(drawn)) * odds < np.where(following, odds, 1)][:2_500]
        parts.append(pl.DataFrame({"customer": kept // 1_000, "day": kept % 1_000, "channel": channel}))
    touched = pl.concat(parts).with_columns(second=pl.lit(None, pl.Int64))
    bought = pl.DataFrame({"customer": sold // 1_000, "day": sold % 1_000, "revenue": 1.0})
    found = touch_follow(touched, bought, (0, last), last, within)
    for row in found.to_dicts():
        planted = {"A": 4.0, "B": 1.5, "N": 1.0}[row["channel"]]
        error = np.log(row["odds_high"] / row["odds"]) / 1.96
        assert abs(np.log(row["odds"] / planted)) < 3.5 * error, row
    few = touched.filter(pl.col("customer") < 3)
    part = (
        touch_follow(few, bought, (0, last), last, within).filter(pl.col("channel") == "B").row(0, named=True)
    )
    a, b, c, d = naive_follow(few, bought, "B", last, within)
    assert (part["touches"], part["followed"], part["other_days"]) == (a + b, a, pytest.approx(c / (c + d)))


def test_nothing_to_compare_has_no_odds() -> None:
    found = touch_follow(touches((1, 5, "A"), (2, 40, "A")), purchases((1, 8, 1.0)), (0, 40), 40, 10)
    assert found.select("touches", "followed", "odds").row(0) == (1, 1, None)
    assert touch_follow(touches(), purchases(), (0, 40), 40, 10).is_empty()
