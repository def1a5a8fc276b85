"""The tables and sentences in which findings are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from textwrap import fill

from bench.findings import OURS, QUICK_MS, SHARES, Findings, spreads, taken, times
from bench.following import Followed
from bench.overhead import Overhead
from bench.race import Outcome
from bench.rollups import Built
from bench.source import is_scan
from bench.table import Value, table
from bench.timing import percentile, spread

WIDTH = 110
SLOWEST = 5
SOURCE = 44


def say(sentence: str) -> None:
    """One paragraph."""
    print(fill(sentence, WIDTH), flush=True)


def built(found: Built) -> None:
    """Time and room of the roll-ups."""
    say(
        f"Roll-ups built anew in {found.seconds:.1f} s ({found.cpu_seconds:.1f} s of the processor), published:"
        f" {found.tables} tables, {found.rollups_mb:,.0f} MB beside a fact of {found.fact_mb:,.0f} MB:"
        f" {found.share:.1%}. The file holds {found.file_mb:,.0f} MB."
    )


def questions(part: Sequence[Outcome], rounds: int) -> None:
    """A row a question: ours, then each rival's milliseconds and how many times ours they are; its source."""
    rivals = [name for name in part[0].medians if name != OURS]
    print(f"\nAll answers agree. Medians of up to {rounds} rounds in turn, ms on the wall; x: times ours\n")
    heads = [
        "question",
        "cells",
        "ours",
        "CPU",
        *(head for name in rivals for head in (name, "x")),
        "answered from",
    ]
    print(table(heads, [_row(each, rivals) for each in part]))


def _row(each: Outcome, rivals: Sequence[str]) -> list[Value]:
    own = each.medians[OURS]
    row: list[Value] = [each.question.name, each.cells, own.wall_ms, own.cpu_ms]
    for rival in rivals:
        row += [each.medians[rival].wall_ms, each.ratio(rival, OURS).wall_ms]
    return [*row, each.source[:SOURCE]]


def summary(title: str, part: Sequence[Outcome]) -> None:
    """A row a contestant: percentiles over the questions, and how many times ours at the median."""
    rows: list[list[Value]] = []
    for name, own in spreads(part).items():
        ratio = times(part, name)
        clocks = [own[f"{clock}_p{share}"] for clock in ("wall", "cpu") for share in SHARES]
        rows.append([name, *clocks, ratio.wall_ms, ratio.cpu_ms])
    first = spread([each.first[OURS] for each in part], SHARES)
    rows.insert(1, ["ours, first asked", *first.values(), "", ""])
    heads = [title, "p50", "p95", "p99", "CPU p50", "p95", "p99", "x wall", "x CPU"]
    print(f"\n{table(heads, rows)}\n", flush=True)


def sources(part: Sequence[Outcome]) -> None:
    """Where sums made beforehand are held against a scan, and where lines are held against lines."""
    scans = sum(is_scan(each.source) for each in part)
    counted = Counter(each.source for each in part if not is_scan(each.source))
    listed = "; ".join(f"{source} ({count})" for source, count in counted.most_common(SLOWEST))
    say(
        f"In {len(part) - scans} of {len(part)} what was aggregated beforehand is compared with a scan of all lines"
        f" that count{f' (answered from: {listed})' if listed else ''}; in {scans} lines are compared with lines."
    )


def drills(part: Sequence[Outcome]) -> None:
    """How many were quick, which were the slowest, how many were asked with a top."""
    quick = sum(each.wall_ms < QUICK_MS for each in taken(part, OURS))
    topped = sum(bool(each.question.query.top) for each in part)
    say(
        f"{quick / len(part):.1%} of {len(part)} drills under {QUICK_MS} ms; {topped} were asked with tops, being too"
        " large to show. The slowest:"
    )
    for each in sorted(part, key=lambda each: -each.medians[OURS].wall_ms)[:SLOWEST]:
        print(f"  {each.medians[OURS].wall_ms:9,.1f} ms  {each.question.name}  [{each.source or 'lines'}]")


def overhead(found: Overhead) -> None:
    """Ours over the SQL by hand."""
    if not found.ratios:
        say(
            "No question was answered from roll-ups alone, so there is nothing to hold the cube's overhead against."
        )
        return
    ratios = list(found.ratios.values())
    worst = max(found.ratios, key=lambda name: found.ratios[name])
    say(
        "Beside the best SQL by hand on the same table, names and order included, end to end:"
        f" {percentile(ratios, 0.5):.2f} times at the median of {len(ratios)} questions,"
        f" p95 {percentile(ratios, 0.95):.2f}, at worst"
        f" {max(ratios):.2f} ({worst}); {len(found.skipped)} were not answered from roll-ups alone."
    )


def followed(found: Followed) -> None:
    """What following took, and what readers met meanwhile."""
    met = found.readers
    first_s, each_s = (", ".join(f"{each:.1f}" for each in some) for some in (found.first, found.after))
    say(
        f"{found.lines:,} more lines a load (a tenth of them late, returns among them) written and published in"
        f" {found.seconds:.1f} s, the median of {each_s}; {found.inserted_s:.1f} s of it are the inserts. The first"
        f" load, which copies all {found.copied_mb:,.0f} MB, took {first_s} s. What follows from them, roll-ups among"
        f" it, was published {median(found.followed_s):.1f} s later. Meanwhile {met['readers']} readers"
        f" asked {met['asked']:,} questions ({met['pause_s']:g} s between two of one): {met['errors']} errors,"
        f" {met['torn']} torn answers, p50 {met['p50_ms']:.0f} ms, p99 {met['p99_ms']:.0f}; new snapshots were"
        f" {'' if met['snapshots'] > 1 else 'NOT '}seen. Some questions asked again of the last"
        f" agree with its base, before what follows from it and after."
    )
    if met["errors"]:
        print(f"  first error: {met['first_error']}")


def growth(all_found: Sequence[Findings]) -> None:
    """Each figure at each size, and how many times it is what it was at the size before."""
    if len(all_found) < 2:
        return
    small, large = all_found[0], all_found[-1]
    after = large.grown()
    rows: list[list[Value]] = [
        [name, before, after[name], after[name] / before if before else 0.0]
        for name, before in small.grown().items()
        if name in after
    ]
    print(f"\nFrom {small.lines:,} to {large.lines:,} lines ({large.lines / small.lines:.1f} times)\n")
    print(table(["", "before", "after", "times"], rows))


def targets(found: Findings, meant_for: int) -> None:
    """Each target with its verdict."""
    note = (
        ""
        if found.lines > 0.9 * meant_for
        else f" (they are meant for {meant_for:,}: only to see that it works)"
    )
    print(f"\nTargets at {found.lines:,} lines{note}\n")
    for each in found.targets():
        print(each.sentence())
    checked = sum(len(part) for name, part in found.parts.items() if name != "additive questions")
    if checked:
        print(f"{'met':<12}  answers: the base's in all {checked} questions", flush=True)
