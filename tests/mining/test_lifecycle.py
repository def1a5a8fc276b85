"""Spells of stages: those still open count as open, exits compete, and who is due is who stands longer than half do."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifecycle.stage_dwell import due, dwell
from mining.lifecycle.stage_exits import incidence, rates
from mining.lifecycle.stage_spells import StageMoves, StageSpells, moves, spells

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


def test_who_is_due_stands_longer_than_half_do() -> None:
    found = stood((5, "Buy"), (7, "Buy"), (9, "Buy"), (6, None), (30, None), (8, None))
    stages = dwell(found)
    assert stages[0].median == 9
    assert due(found, stages).select("subject", "days").rows() == [(4, 30)]
    assert due(stood(*SEVEN), dwell(stood(*SEVEN))).filter(stage="Try").height == 0


def test_skipped_and_backward_moves_are_counted() -> None:
    told = [(1, 1, "Try"), (1, 2, "Stay"), (1, 3, "Buy"), (1, 4, "Stay"), (2, 1, "Try")]
    rows = [(who, seq, AS_OF - timedelta(50 - seq), to) for who, seq, to in told]
    frame = pl.DataFrame(rows, ["subject", "seq", "day", "to_stage"], orient="row")
    assert moves(spells(frame, STAGES, AS_OF)) == StageMoves(forward=1, skipped=1, backward=1)
    later = spells(frame, STAGES, AS_OF - timedelta(48))
    assert later.frame["is_open"].to_list() == [False, True, True]
    assert moves(later) == StageMoves(0, 1, 0)


def test_what_nothing_tells_of_is_refused_in_words() -> None:
    with pytest.raises(BadRequest, match="stages that the rules do not: Try"):
        spells(
            stood((5, None)).frame.select("subject", seq=1, day="since", to_stage="stage"), ("Buy",), AS_OF
        )
    with pytest.raises(BadRequest, match="Nobody stood in Buy"):
        incidence(stood((5, None)), "Buy")
