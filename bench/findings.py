"""What one firm showed: outcomes of each part, its spreads, and the targets that they are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.following import Followed
from bench.overhead import Overhead
from bench.race import Outcome
from bench.rollups import Built
from bench.target import Target
from bench.timing import Clocked, percentile, spread, typical

OURS = "ours"
SHARES = (50, 95, 99)
QUICK_MS, SLOW_MS = 50, 500


@dataclass(frozen=True, slots=True)
class Findings:
    """The parts that were measured of one firm; what was left out is None or empty."""

    lines: int
    built: Built | None = None
    questions: Sequence[Outcome] = ()
    drills: Sequence[Outcome] = ()
    distinct: Sequence[Outcome] = ()
    passes: Sequence[Outcome] = ()
    fresh: Sequence[Outcome] = ()
    overhead: Overhead | None = None
    followed: Followed | None = None

    @property
    def parts(self) -> dict[str, Sequence[Outcome]]:
        """Those that were races."""
        additive = [each for each in self.questions if not each.question.distinct]
        named = {
            "questions": self.questions,
            "additive questions": additive,
            "drills": self.drills,
            "distinct": self.distinct,
            "passes": self.passes,
            "fresh drills": self.fresh,
        }
        return {name: part for name, part in named.items() if part}

    def grown(self) -> dict[str, float]:
        """The figures that are followed from one size of firm to the next."""
        found: dict[str, float] = {}
        for name, part in self.parts.items():
            own = spread(taken(part, OURS), SHARES)
            found |= {f"{name}, p{share} (ms)": own[f"wall_p{share}"] for share in SHARES}
        if self.built:
            found["roll-ups built (s)"] = self.built.seconds
            found["roll-ups (MB)"] = self.built.rollups_mb
            found["roll-ups (% of the fact)"] = 100 * self.built.share
        if self.overhead and self.overhead.ratios:
            found["over SQL by hand (times)"] = self.overhead.share(0.5)
        if self.followed:
            found["more lines followed (s)"] = self.followed.seconds
        return found

    def targets(self) -> list[Target]:
        """Item by item."""
        return [
            *_speed(self.parts.get("additive questions", ())),
            *_drills(self.drills),
            *_fresh(self.drills, self.fresh),
            Target("exact distinct counts, p95", _wall(self.distinct, 0.95), 10, "ms"),
            *_against(self.distinct, "exact distinct counts", {"star": 1000}),
            Target("additive questions that nobody prepared for, at worst", _wall(self.passes, 1), 150, "ms"),
            *_against(self.passes, "the same", {"wide": 5}),
            Target(
                "over the best SQL by hand on the same table, at the median",
                self.overhead.share(0.5) if self.overhead and self.overhead.ratios else None,
                1.1,
                "times",
            ),
            Target(
                "room of the roll-ups", 100 * self.built.share if self.built else None, 40, "% of the fact"
            ),
            Target("roll-ups built", self.built.seconds if self.built else None, 90, "s"),
            Target("more lines followed", self.followed.seconds if self.followed else None, 3, "s"),
            Target("readers meanwhile", _errors(self.followed), 0, "errors"),
        ]

    def figures(self) -> dict[str, Any]:
        """Everything, as JSON holds it."""
        return {
            "lines": self.lines,
            "built": self.built.figures() if self.built else None,
            "overhead": self.overhead.figures() if self.overhead else None,
            "followed": self.followed.figures() if self.followed else None,
            "spreads": {name: spreads(part) for name, part in self.parts.items()},
            "outcomes": {
                name: [_outcome(each) for each in part]
                for name, part in self.parts.items()
                if name != "additive questions"
            },
            "targets": [each.figures() for each in self.targets()],
        }


def taken(part: Sequence[Outcome], name: str) -> list[Clocked]:
    """What a contestant took for each question."""
    return [each.medians[name] for each in part]


def spreads(part: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Percentiles of each contestant over the questions."""
    return {name: spread(taken(part, name), SHARES) for name in part[0].medians}


def times(part: Sequence[Outcome], rival: str) -> Clocked:
    """How many times as long a rival took, at the median of the questions."""
    return typical([each.ratio(rival, OURS) for each in part])


def _wall(part: Sequence[Outcome], share: float) -> float | None:
    return percentile([each.wall_ms for each in taken(part, OURS)], share) if part else None


def _speed(part: Sequence[Outcome]) -> list[Target]:
    found = [
        Target("additive questions, p50", _wall(part, 0.5), 1, "ms"),
        Target("additive questions, p95", _wall(part, 0.95), 10, "ms"),
    ]
    return [*found, *_against(part, "additive questions", {"wide": 150, "star": 500, "chDB": 200})]


def _against(part: Sequence[Outcome], name: str, rivals: Mapping[str, float]) -> list[Target]:
    """How many times as long each rival takes at the median of some questions."""
    found = []
    for rival, limit in rivals.items():
        there = bool(part) and rival in part[0].medians
        ratio = times(part, rival) if there else None
        clocks = (ratio.wall_ms, ratio.cpu_ms) if ratio else (None, None)
        for clock, value in zip(("wall", "processor"), clocks, strict=True):
            found.append(Target(f"{name} against the {rival}, {clock}", value, limit, "times", True))
    return found


def _fresh(known: Sequence[Outcome], fresh: Sequence[Outcome]) -> list[Target]:
    """Drills of a seed that nobody looked at, held against the others."""
    name = "drills of a fresh seed, p95, beside the others'"
    if not known or not fresh:
        return [Target(name, None, 1.1, "times")]
    return [Target(name, (_wall(fresh, 0.95) or 0) / max(_wall(known, 0.95) or 0, 1e-3), 1.1, "times")]


def _drills(part: Sequence[Outcome]) -> list[Target]:
    quick = [each.wall_ms < QUICK_MS for each in taken(part, OURS)]
    share = 100 * sum(quick) / len(quick) if quick else None
    return [
        Target(f"random drills under {QUICK_MS} ms", share, 95, "%", True),
        Target("random drills, p99", _wall(part, 0.99), SLOW_MS, "ms"),
    ]


def _errors(followed: Followed | None) -> int | None:
    """Errors and torn answers; one as well where nobody saw the new snapshot."""
    if followed is None:
        return None
    met = followed.readers
    return int(met["errors"] + met["torn"] + (met["snapshots"] < 2))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "question": outcome.question.name,
        "cells": outcome.cells,
        "source": outcome.source,
        "medians": {name: asdict(took) for name, took in outcome.medians.items()},
        "first": asdict(outcome.first[OURS]),
    }
