"""Queues of callers by published tables, a chain solved by hand and simulated calls; agents needed; the command."""

from __future__ import annotations

import heapq
import json
from math import inf
from pathlib import Path

import numpy as np
import pytest

from mining.__main__ import main
from mining.service.agents_needed import ServiceTarget, agents_around, agents_needed
from mining.service.waiting_queue import Workload, blocking, queue_state


@pytest.mark.parametrize(
    ("channels", "erlangs"), [(1, 0.0101), (5, 1.361), (10, 4.461), (20, 12.03), (50, 37.90), (100, 84.06)]
)
def test_blocking_is_that_of_the_table_of_erlang_b_at_one_percent(channels: int, erlangs: float) -> None:
    """The table of loss that telephony has used since Erlang: traffic at which 1% is lost, to four digits."""
    assert blocking(erlangs, channels) == pytest.approx(0.01, abs=2e-5)


@pytest.mark.parametrize(
    ("servers", "waiting", "wait", "half", "hour"),
    [(1, 2 / 3, 2 / 3, 0.404, 0.245), (2, 1 / 6, 1 / 24, 0.022, 0.003)],
)
def test_erlang_c_is_the_emergency_room_of_hillier_and_lieberman(
    servers: int, waiting: float, wait: float, half: float, hour: float
) -> None:
    """Introduction to Operations Research, 17.6: two patients an hour, 20 minutes each, one or two doctors."""
    work = Workload(2, 3600, 1200)
    state = queue_state(work, servers, 1800)
    assert state.waiting == pytest.approx(waiting)
    assert state.mean_wait / 3600 == pytest.approx(wait)
    assert 1 - state.answered == pytest.approx(half, abs=6e-4)
    assert 1 - queue_state(work, servers, 3600).answered == pytest.approx(hour, abs=6e-4)


def test_patience_is_the_table_of_garnett_mandelbaum_and_reiman() -> None:
    """Designing a call center with impatient customers (2002): 50 agents, 48 calls a minute of a minute each, patience
    of two: without it 20.8 s and 17 in the queue, agents busy for 96%; with it 3.1% hang up, 3 in the queue, 93%."""
    endless = queue_state(Workload(48, 60, 60), 50, 20)
    assert endless.mean_wait == pytest.approx(20.8, abs=0.05)
    assert endless.mean_wait * 48 / 60 == pytest.approx(17, abs=0.5)
    assert endless.occupancy == pytest.approx(0.96)
    patient = queue_state(Workload(48, 60, 60, 120), 50, 20)
    assert patient.abandoned == pytest.approx(0.031, abs=6e-4)
    assert patient.mean_wait * 48 / 60 == pytest.approx(3, abs=0.05)
    assert patient.occupancy == pytest.approx(0.93, abs=5e-3)


CASES = [(48, 60, 60, 120, 50), (2000, 600, 180, 60, 500), (2000, 600, 180, 60, 700), (2000, 600, 180, 3000, 590),
         (5, 3600, 180, 60, 1), (2000, 600, 180, 20, 10)]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_patience_is_that_of_the_chain_solved_state_by_state(case: tuple[int, ...]) -> None:
    *work, agents = case
    state = queue_state(Workload(*work), agents, 20)
    calls, handled, gone = work[0] / work[1], 1 / work[2], 1 / work[3]
    at = np.arange(1, 6_000)
    steps = np.log(calls) - np.log(np.minimum(at, agents) * handled + np.maximum(at - agents, 0) * gone)
    logs = np.concatenate([[0], np.cumsum(steps)])
    chance = np.exp(logs - logs.max())
    chance /= chance.sum()
    queue = (chance * np.maximum(np.arange(6_000) - agents, 0)).sum()
    assert state.waiting == pytest.approx(chance[agents:].sum())
    assert state.mean_wait == pytest.approx(queue / calls)
    assert state.abandoned == pytest.approx(gone * queue / calls, rel=1e-6)


def test_who_is_answered_in_time_is_who_is_in_simulated_calls() -> None:
    chance, agents, calls = np.random.default_rng(7), 5, 60_000
    arrived = np.cumsum(chance.exponential(20, calls))
    handled, patience = chance.exponential(100, calls), chance.exponential(60, calls)
    free = [0.0] * agents
    waited, answered = np.zeros(calls), np.zeros(calls, bool)
    for at in range(calls):
        wait = max(free[0] - arrived[at], 0.0)
        answered[at], waited[at] = wait <= patience[at], min(wait, patience[at])
        if answered[at]:
            heapq.heapreplace(free, arrived[at] + wait + handled[at])
    state = queue_state(Workload(60, 1200, 100, 60), agents, 15)
    assert state.answered == pytest.approx((answered & (waited <= 15)).mean(), abs=0.006)
    assert state.abandoned == pytest.approx((~answered).mean(), abs=0.006)
    assert state.mean_wait == pytest.approx(waited.mean(), rel=0.03)
    late = queue_state(Workload(60, 1200, 100, 60), agents, 1e6)
    assert late.answered == pytest.approx(1 - late.abandoned)


def test_endless_patience_is_none() -> None:
    patient, endless = Workload(200, 3600, 180, 1e9), Workload(200, 3600, 180)
    assert queue_state(patient, 13, 20).answered == pytest.approx(
        queue_state(endless, 13, 20).answered, abs=1e-5
    )
    assert queue_state(endless, 10, 20).mean_wait == inf


@pytest.mark.parametrize("patience", [None, 60.0])
def test_the_fewest_agents_are_one_more_than_too_few(patience: float | None) -> None:
    for calls in (1, 200, 5_000, 60_000):
        target = ServiceTarget(0.8, 20, max_occupancy=0.9)
        found = agents_needed(Workload(calls, 3600, 180, patience), target)
        assert target.reached_by(found.state)
        assert not target.reached_by(queue_state(found.work, found.agents - 1, 20))
    around = agents_around(found)
    assert around["more"].to_list() == [-2, -1, 0, 1, 2]
    assert around["mean_wait"].is_sorted(descending=True)


def test_who_is_away_is_scheduled_too() -> None:
    assert ServiceTarget(shrinkage=0.3).scheduled(7) == 10
    assert agents_needed(Workload(0, 3600, 180), ServiceTarget()).agents == 0


def test_agents_are_no_busier_than_they_may_be() -> None:
    assert agents_needed(Workload(200, 3600, 180), ServiceTarget(max_occupancy=0.65)).agents == 16


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--calls -1 --handle 180", "calls cannot be -1"),
        ("--calls 9 --handle 0", "handling time cannot be 0"),
        ("--calls 9 --handle 180 --share 1", "less than 1"),
        ("--calls 9 --handle 180 --patience 0", "patience cannot be 0"),
        ("--calls 9 --handle 180 --shrinkage 1", "shrinkage cannot be 1"),
        ("--calls 9 --handle 180 --max-occupancy 0", "occupancy cannot be 0"),
        ("--calls 9e9 --handle 180", "more than 20,000"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    options: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["staffing", *options.split()]) == 2
    assert says in capsys.readouterr().err


def test_the_command_needs_no_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hundred calls in half an hour of three minutes each, eight of ten within 20 seconds: 14 agents; they answer
    88.8% in time, after 7.8 seconds on average, and are busy for 71.4% (the worked example of Call Centre Helper)."""
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "none.duckdb"))
    asked = [
        "staffing",
        "--calls",
        "200",
        "--seconds",
        "3600",
        "--handle",
        "180",
        "--share",
        ".8",
        "--within",
        "20",
    ]
    assert main([*asked, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agents"] == 14
    assert told["answered"] == pytest.approx(0.888, abs=6e-4)
    assert told["mean_wait"] == pytest.approx(7.8, abs=0.05)
    assert told["occupancy"] == pytest.approx(0.714, abs=6e-4)
    assert [row["agents"] for row in told["rows"]] == [12, 13, 14, 15, 16]
    assert main([*asked, "--patience", "120", "--shrinkage", ".3", "--format", "text"]) == 0
    text = capsys.readouterr().out
    assert "agents: 12\nscheduled: 18\n" in text
    assert "| 14     | 2    |" in text
    assert main(asked) == 0
    assert capsys.readouterr().out.startswith("agents,more,waiting,")
    assert not list(tmp_path.iterdir())


def test_ten_million_idle_agents_are_found_at_once() -> None:
    """Beyond those who are ever busy one more changes nothing but how busy all are."""
    found = agents_needed(Workload(200, 3600, 180), ServiceTarget(max_occupancy=1e-6))
    assert (found.agents, found.state.answered) == (10_000_000, 1)
