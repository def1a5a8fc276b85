"""`python -m mining staffing --calls 200 --handle 180`. How many agents that takes, and what one more does."""

from __future__ import annotations

import argparse

from mining.commands.command_finding import Calculation, Finding, amount
from mining.service.agents_needed import ServiceTarget, agents_around, agents_needed
from mining.service.waiting_queue import Workload

PLACES = 6


def _staffing_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=amount, required=True, help="how many calls come in that time")
    parser.add_argument("--seconds", type=amount, default=3_600.0, help="how long that time is (%(default)g)")
    parser.add_argument("--handle", type=amount, required=True, help="seconds that a call is handled for")
    parser.add_argument(
        "--share", type=amount, default=0.8, help="the share of calls to be answered in time, 0 to 1 (%(default)g)"
    )  # fmt: skip
    parser.add_argument("--within", type=amount, default=20.0, help="seconds to answer in (%(default)g)")
    parser.add_argument(
        "--patience", type=amount, help="seconds after which callers hang up on average (Erlang A); never if left away"
    )  # fmt: skip
    parser.add_argument(
        "--shrinkage", type=amount, default=0.0, help="the share of agents who are away, 0 to 1 (%(default)g)"
    )  # fmt: skip
    parser.add_argument(
        "--max-occupancy", type=amount, default=1.0, help="how busy agents may be, 0 to 1 (%(default)g)"
    )  # fmt: skip


def _staffing(options: argparse.Namespace) -> Finding:
    """A row for each number of agents around the one that is needed."""
    work = Workload(options.calls, options.seconds, options.handle, options.patience)
    target = ServiceTarget(options.share, options.within, options.max_occupancy, options.shrinkage)
    found = agents_needed(work, target)
    state = found.state
    figures = {
        "agents": found.agents,
        "scheduled": found.scheduled,
        "erlangs": round(work.erlangs, PLACES),
        "answered": round(state.answered, PLACES),
        "mean_wait": round(state.mean_wait, PLACES),
        "waiting": round(state.waiting, PLACES),
        "abandoned": round(state.abandoned, PLACES),
        "occupancy": round(state.occupancy, PLACES),
        "model": "Erlang C" if options.patience is None else "Erlang A",
    }
    notes = () if work.calls else ("No call comes: nobody is needed.",)
    return Finding(agents_around(found), figures, notes)


STAFFING = Calculation(
    "how many agents answer enough calls soon enough (Erlang C, Erlang A), and what one more or fewer does",
    "call-centre",
    _staffing_options,
    _staffing,
)
