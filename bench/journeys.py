"""Credits of channels by a chain of Markov: the exact solution beside ChannelAttribution's C++ and a plain loop."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from bench.question import Disagreement
from bench.target import Target
from mining.journeys.channel_chain import ORDERS, channel_moves, removal
from mining.journeys.channel_credits import channel_credits
from mining.journeys.journey_paths import JourneyPaths, Numbers

A_HUNDRED_THOUSAND, CHANNELS = 100_000, 8
ITS_CPU_SECONDS = 0.19  # of ChannelAttribution 2.2.5 on two cores of 2026, where it is not installed
CLOSE = 0.05  # it draws paths, and stops at an error of its own of 5%
BETWEEN = " > "
# In a process of its own: it is under the GPL, and prints.
ITS_WORDS = """
import json, sys, time
import pandas
try:
    import ChannelAttribution
except ImportError as error:
    print("absent"); sys.exit()
told = json.load(sys.stdin)
frame = pandas.DataFrame(told).assign(value=lambda each: each["bought"] * 10.0)
began = time.process_time()
found = ChannelAttribution.markov_model(
    frame, "path", "bought", var_value="value", var_null="missed", order=1, verbose=False, flg_pro=False)
used = time.process_time() - began
print(json.dumps({"cpu_seconds": used, "credits": dict(zip(found.iloc[:, 0], map(float, found.iloc[:, 1])))}))
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--paths", type=int, default=A_HUNDRED_THOUSAND, help="how many (%(default)s)")
    parser.add_argument("--channels", type=int, default=CHANNELS, help="how many (%(default)s)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Credits of the same paths, written as text, by each contestant."""
    texts, bought = written(args.paths, args.channels)
    ours, own = timed(lambda: credits_of(read(texts, bought), 1))
    plain, by_loop = timed(lambda: plainly(texts, bought))
    check(own, by_loop, 1e-6, "a plain loop")
    theirs = channel_attribution(texts, bought)
    if theirs:
        check(own, theirs["credits"], CLOSE, "ChannelAttribution")
    rival = theirs["cpu_seconds"] if theirs else ITS_CPU_SECONDS
    paths = read(texts, bought)
    higher = {order: timed(partial(credits_of, paths, order))[0] for order in ORDERS}
    every, _ = timed(lambda: channel_credits(paths, 1))
    said = "measured just now" if theirs else "its figure: it is not installed here"
    print(f"\n{args.paths:,} paths over {args.channels} channels, {len(paths.steps):,} touches, CPU s:")
    print(f"  Clientela, exact, with reading the texts   {ours:.3f}")
    print(f"  ChannelAttribution 2.2.5 (C++), drawn      {rival:.3f}  ({said})")
    print(f"  a plain loop over the texts, solved        {plain:.3f}")
    print(
        "  the chain alone, of order 1, 2, 3          " + ", ".join(f"{each:.3f}" for each in higher.values())
    )
    print(f"  all seven rules with 100 resamples         {every:.2f}")
    target = Target("credits of a chain", ours if args.paths >= A_HUNDRED_THOUSAND else None, rival, "CPU s")
    print(target.sentence())
    return {
        "paths": args.paths, "touches": len(paths.steps), "cpu_seconds": ours, "plain_cpu_seconds": plain,
        "channel_attribution_cpu_seconds": rival, "channel_attribution_measured": bool(theirs),
        "by_order": higher, "all_rules_cpu_seconds": every, "targets": [target.figures()],
    }  # fmt: skip


def written(paths: int, channels: int, seed: int = 0) -> tuple[list[str], Numbers]:
    """Paths of about five touches as people write them, of which three in ten led to a purchase."""
    random = np.random.default_rng(seed)
    names = [f"C{each}" for each in range(channels)]
    liked = random.dirichlet(np.full(channels, 2.0))
    texts = [
        BETWEEN.join(names[each] for each in random.choice(channels, length, p=liked))
        for length in random.geometric(0.2, paths)
    ]
    return texts, (random.random(paths) < 0.3).astype(float)


def read(texts: Sequence[str], bought: Numbers) -> JourneyPaths:
    """The paths out of their texts."""
    touches = pl.Series("path", texts).str.split(BETWEEN)
    lengths = touches.list.len().to_numpy().astype(np.int64)
    steps = touches.explode()
    names = tuple(steps.unique().sort())
    place = steps.replace_strict(
        {name: at for at, name in enumerate(names)}, return_dtype=pl.Int64
    ).to_numpy()
    starts = np.concatenate([[0], np.cumsum(lengths)])
    days = np.repeat(starts[1:], lengths) - 1.0 - np.arange(starts[-1])
    return JourneyPaths(
        names, place, starts, days, np.arange(len(bought)), bought, 1 - bought, bought * 10, lengths - 1.0
    )


def credits_of(paths: JourneyPaths, order: int) -> dict[str, float]:
    shares = removal(channel_moves(paths, order)).shares
    return dict(zip(paths.channels, (shares * paths.conversions).tolist(), strict=True))


def plainly(texts: Sequence[str], bought: Numbers) -> dict[str, float]:
    """The same by counting in a loop, and a system of equations for each channel that is left out."""
    moves: Counter[tuple[str, str]] = Counter()
    for text, sold in zip(texts, bought, strict=True):
        way = ["", *text.split(BETWEEN), "+" if sold else "-"]
        moves.update(pairwise(way))
    names = sorted({one for one, _ in moves})
    whole = Counter[str]()
    for (one, _), many in moves.items():
        whole[one] += many

    def chance(without: str | None) -> float:
        kept = [each for each in names if each != without]
        between = np.array([[moves[one, to] / whole[one] for to in kept] for one in kept])
        ends = np.array([moves[one, "+"] / whole[one] for one in kept])
        return float(np.linalg.solve(np.eye(len(kept)) - between, ends)[0])

    lost = {each: 1 - chance(each) / chance(None) for each in names if each}
    return {name: each / sum(lost.values()) * float(bought.sum()) for name, each in lost.items()}


def channel_attribution(texts: Sequence[str], bought: Numbers) -> dict[str, Any] | None:
    """What ChannelAttribution tells and how long it takes; None where it is not installed."""
    told = json.dumps({"path": texts, "bought": bought.tolist(), "missed": (1 - bought).tolist()})
    done = subprocess.run([sys.executable, "-c", ITS_WORDS], input=told, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        raise Disagreement(
            f"ChannelAttribution failed: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}"
        )
    found: dict[str, Any] | None = None if lines[-1] == "absent" else json.loads(lines[-1])
    return found


def check(own: dict[str, float], other: dict[str, float], within: float, whose: str) -> None:
    """Raises Disagreement where two contestants credit a channel differently."""
    for name, each in own.items():
        if abs(each - other[name]) > within * max(each, 1.0):
            raise Disagreement(f"{name} is credited {each:.2f}, by {whose} {other[name]:.2f}.")


def timed(work: Callable[[], dict[str, float] | Any]) -> tuple[float, Any]:
    """CPU seconds of the best of three, and what was found."""
    best, found = float("inf"), None
    for _ in range(3):
        began = time.process_time()
        found = work()
        best = min(best, time.process_time() - began)
    return best, found
