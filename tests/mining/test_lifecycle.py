"""Spells of stages: those still open count as open, exits compete, and who is due is who stands longer than half do."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifecycle.stage_dwell import FEWEST_SPELLS, due, dwell, half_stays
from mining.lifecycle.stage_exits import incidence, rates
from mining.lifecycle.stage_moves import MoveKind, StageOrder, counts_by_kind, flow
from mining.lifecycle.stage_spells import StageSpells, spells

AS_OF = date(2026, 1, 31)
STAGES = ("Try", "Buy", "Stay", "Leave")


def stood(*told: tuple[int, str | None]) -> StageSpells:
    """Spells in Try of so many days, ended by the stage named, or open."""
    rows = [
        (at, seq, day, to)
        for at, (days, then) in enumerate(told)
        for seq, (day, to) in enumerate([(AS_OF - timedelta(days if then is None else 90), "Try")]
                                        + ([(AS_OF - timedelta(90 - days), then)] if then else []), 1)
    ]  # fmt: skip
    schema = {"subject": pl.Int64, "seq": pl.Int64, "day": pl.Date, "to_stage": pl.String}
    return spells(pl.DataFrame(rows, schema, orient="row"), STAGES, AS_OF)


SEVEN = ((6, "Buy"), (10, "Buy"), (14, "Leave"), (8, None), (20, None), (25, None), (30, None))


def test_open_spells_are_censored() -> None:
    """Finished after 6, 10, 14 days, open after 8, 20, 25, 30: figures of lifelines."""
    first = dwell(stood(*SEVEN))[0]
    assert first.curve.frame["surviving"].round(4).to_list() == [0.8571, 0.6857, 0.5143]
    assert first.median is None
    assert first.curve.longest == 30
    assert first.mean_of_finished == pytest.approx(10)


def test_competing_exits_and_who_stands_add_up_to_one() -> None:
    told = incidence(stood(*SEVEN), "Try").frame
    assert told.filter(to="Buy")["incidence"].round(4).to_list() == [0.1429, 0.3143, 0.3143]
    assert told.filter(to="Leave")["incidence"].round(4).to_list() == [0, 0, 0.1714]
    gone = told.group_by("time").agg(pl.col("incidence").sum()).sort("time")["incidence"]
    assert (1 - gone).round(4).to_list() == [0.8571, 0.6857, 0.5143]


def test_competing_exits_are_what_a_loop_over_days_tells() -> None:
    random = np.random.default_rng(5)
    told = [(int(days), str(to) if to else None) for days, to in
            zip(random.integers(0, 40, 300), random.choice(["Buy", "Leave", ""], 300), strict=True)]  # fmt: skip
    found = incidence(stood(*told), "Try").frame
    standing, gone = 1.0, {"Buy": 0.0, "Leave": 0.0}
    for day in range(41):
        at_risk = sum(days >= day for days, _ in told)
        ended = {to: sum(days == day and then == to for days, then in told) for to in gone}
        for to, many in ended.items():
            gone[to] += standing * many / at_risk if at_risk else 0
        standing *= 1 - sum(ended.values()) / at_risk if at_risk else 1
        for to in gone:
            upto = found.filter((pl.col("to") == to) & (pl.col("time") <= day))["incidence"]
            assert (upto[-1] if upto.len() else 0) == pytest.approx(gone[to])


def test_rates_count_those_who_were_watched_long_enough() -> None:
    told = rates(stood(*SEVEN, (40, None), (60, "Leave")), 30).frame.filter(stage="Try")
    rows = told.select("to", "moved", "entered").rows()
    assert rows == [
        ("Buy", 2, 6),
        ("Leave", 1, 6),
    ]  # three of 90 days, those of 30 and 40, and one who left later
    low, high = told.select("low", "high").row(0)
    assert (round(low, 4), round(high, 4)) == (0.0968, 0.7)  # Wilson's of 2 in 6


def late(found: StageSpells) -> pl.DataFrame:
    return due(found, half_stays(found, dwell(found)))


def test_who_is_due_stands_longer_than_half_do() -> None:
    found = stood((5, "Buy"), (7, "Buy"), (9, "Buy"), (6, None), (30, None), (8, None))
    assert dwell(found)[0].median == 9
    assert late(found).select("subject", "days", "median", "spells").rows() == [(4, 30, 9.0, 6)]
    assert late(stood(*SEVEN)).filter(stage="Try").height == 0


def test_who_is_due_is_held_against_their_segment_or_the_stage_where_it_is_small() -> None:
    """Of the quick half leave after 5 days, of the slow after 50; one in a segment of two is held against all."""
    quick, slow = [(5, "Buy")] * FEWEST_SPELLS, [(50, "Buy")] * (2 * FEWEST_SPELLS)
    told = [*quick, (20, None), *slow, (20, None), (7, "Buy"), (60, None)]
    names = ["quick"] * (FEWEST_SPELLS + 1) + ["slow"] * (2 * FEWEST_SPELLS + 1) + ["few"] * 2
    segments = pl.DataFrame({"subject": range(len(told)), "segment": names})
    found = stood(*told).in_segments(segments)
    halves = half_stays(found, dwell(found)).filter(stage="Try")
    few = halves.filter(segment="few").row(0, named=True)
    assert halves.select("segment", "median").sort("segment").rows() == [
        ("few", 50),
        ("quick", 5),
        ("slow", 50),
    ]
    assert few["is_whole_stage"]
    assert (few["own_spells"], few["spells"], few["finished"]) == (2, len(told), len(told) - 3)
    late_in_try = late(found).filter(stage="Try")
    assert late_in_try.select("segment", "days").rows() == [("few", 60), ("quick", 20)]
    assert late(stood(*told)).filter(stage="Try")["days"].to_list() == [
        60
    ]  # the slow two thirds set the stage's half


def test_of_a_segment_whose_half_has_not_left_nobody_is_due() -> None:
    told = [(5, "Buy")] * 40 + [(30, None)] * FEWEST_SPELLS
    segments = pl.DataFrame({"subject": range(len(told)), "segment": ["a"] * 40 + ["b"] * FEWEST_SPELLS})
    found = stood(*told).in_segments(segments)
    stays = half_stays(found, dwell(found)).filter(stage="Try", segment="b")
    assert stays.select("median", "watched", "is_whole_stage").row(0) == (None, 30.0, False)
    assert late(found).is_empty()
    assert late(stood(*told)).height == FEWEST_SPELLS


def test_spells_are_told_apart_by_the_stage_before_them() -> None:
    found = stood((6, "Buy"), (10, "Stay"), (30, None)).by_stage_before().frame
    assert {*found.group_by("stage", "segment").len().rows()} == {
        ("Try", "none before", 3), ("Buy", "Try", 1), ("Stay", "Try", 1)}  # fmt: skip


def test_skipped_and_backward_moves_are_counted() -> None:
    told = [
        (1, 1, "Try"),
        (1, 2, "Stay"),
        (1, 3, "Buy"),
        (1, 4, "Stay"),
        (1, 5, "Leave"),
        (1, 6, "Buy"),
        (2, 1, "Try"),
    ]
    rows = [(who, seq, AS_OF - timedelta(50 - seq), to) for who, seq, to in told]
    frame = pl.DataFrame(rows, ["subject", "seq", "day", "to_stage"], orient="row")
    order = StageOrder(("Try", "Buy", "Stay"), frozenset({"Leave"}))
    found = spells(frame, STAGES, AS_OF)
    assert counts_by_kind(flow(found, order)) == dict.fromkeys(MoveKind, 1)
    recent = flow(found, order, AS_OF - timedelta(46))
    assert recent.select("from", "to", "moves", "kind").rows() == [
        ("Buy", "Stay", 1, "on"), ("Stay", "Leave", 1, "lost"), ("Leave", "Buy", 1, "won back")]  # fmt: skip
    later = spells(frame, STAGES, AS_OF - timedelta(48))
    assert later.frame["is_open"].to_list() == [False, True, True]
    assert counts_by_kind(flow(later, order))[MoveKind.SKIPPED] == 1


def test_what_nothing_tells_of_is_refused_in_words() -> None:
    with pytest.raises(BadRequest, match="stages that the rules do not: Try"):
        spells(
            stood((5, None)).frame.select("subject", seq=1, day="since", to_stage="stage"), ("Buy",), AS_OF
        )
    with pytest.raises(BadRequest, match="Nobody stood in Buy"):
        incidence(stood((5, None)), "Buy")
