"""Proposals that say nearly the same: all pairs of many beside what rapidfuzz takes at equal recall; looking one up.

The texts are drawn words of a made-up language, one in twenty an earlier one with some words changed. rapidfuzz
compares all pairs of fewer texts, from the highest score on at which its recall is ours, and is scaled by the square of
the sizes; that is fair to it or better: fewer texts lie nearer to the processor. Both run in one process, in turn.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from mining.proposals.letter_grams import postings
from mining.proposals.near_pairs import near_pairs
from mining.proposals.similar_proposals import ALIKE, proposal_index
from mining.proposals.text_weights import text_weights

LARGE, SMALL, INDEXED, ASKED = 100_000, 5_000, 10_000, 200
WORDS, KNOWN, REPEATED = 20, 20_000, 0.05
SCALES = (90, 85, 80, 75, 70, 65, 60)
Pairs = set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class DrawnTexts:
    """Texts, and which of them are another one with some words changed: (earlier, later)."""

    texts: list[str]
    same: Pairs


def drawn_texts(count: int, seed: int = 0) -> DrawnTexts:
    """So many texts; one, two or three of the words of a repeat are others, and one letter is gone."""
    random = np.random.default_rng(seed)
    letters = np.array(list("abcdefghilmnoprstuvz"))
    known = ["".join(random.choice(letters, random.integers(3, 10))) for _ in range(KNOWN)]
    weights = 1 / np.arange(1, KNOWN + 1) ** 0.9
    chosen = random.choice(KNOWN, (count, WORDS), p=weights / weights.sum())
    repeats = np.flatnonzero(random.random(count) < REPEATED)
    same: Pairs = set()
    texts = [[known[word] for word in row] for row in chosen]
    for at in repeats[repeats > 0]:
        first = int(random.integers(at))
        text = list(texts[first])
        for place in random.choice(WORDS, random.integers(1, 4), replace=False):
            text[place] = known[random.integers(KNOWN)]
        place = int(random.integers(WORDS))
        text[place] = text[place][1:] or text[place]
        texts[at] = text
        same.add((first, int(at)))
    return DrawnTexts([" ".join(text) for text in texts], same)


def ours(drawn: DrawnTexts) -> tuple[Pairs, float, float]:
    """The pairs, and the seconds by the wall and by the processor."""
    wall, worked = perf_counter(), process_time()
    first, second, _ = near_pairs(text_weights(postings(drawn.texts).table), ALIKE)
    took = perf_counter() - wall, process_time() - worked
    return set(zip(first.tolist(), second.tolist(), strict=True)), *took


def by_rapidfuzz(drawn: DrawnTexts, least: float) -> tuple[Pairs, float, float]:
    """All pairs by the likeness of words in order of the alphabet, at a least score (0 to 100)."""
    found: Pairs = set()
    wall, worked = perf_counter(), process_time()
    for start in range(0, len(drawn.texts), 500):
        part = drawn.texts[start : start + 500]
        scores = process.cdist(
            part, drawn.texts, scorer=fuzz.ratio, score_cutoff=least, dtype=np.uint8, workers=-1
        )
        one, other = np.nonzero(scores)
        found |= {(int(a) + start, int(b)) for a, b in zip(one, other, strict=True) if a + start < b}
    return found, perf_counter() - wall, process_time() - worked


def recall(found: Pairs, drawn: DrawnTexts) -> float:
    return len(found & drawn.same) / len(drawn.same)


def similar_texts(large: int = LARGE, small: int = SMALL) -> pl.DataFrame:
    """A row a run (ours over few and many, rapidfuzz over few, and scaled to many): `by`, `texts`, `wall`, `cpu` (both
    seconds), `pairs`, `recall`, `precision`."""
    many, few = drawn_texts(large), drawn_texts(small)
    own = _row("five letters", few, ours(few))
    rows = [own, _row("five letters", many, ours(many))]
    least = next((each for each in SCALES if recall(_sampled(few, each), few) >= own["recall"]), SCALES[-1])
    other = _row(f"rapidfuzz from {least} on", few, by_rapidfuzz(few, least))
    scale = (large / len(few.texts)) ** 2
    scaled = {
        "by": f"{other['by']}, scaled",
        "texts": large,
        "wall": other["wall"] * scale,
        "cpu": other["cpu"] * scale,
    }
    return pl.DataFrame([*rows, other, other | scaled])


def _row(by: str, drawn: DrawnTexts, ran: tuple[Pairs, float, float]) -> dict[str, Any]:
    found, wall, cpu = ran
    precision = len(found & drawn.same) / max(len(found), 1)
    told = {"by": by, "texts": len(drawn.texts), "wall": wall, "cpu": cpu, "pairs": len(found)}
    return told | {"recall": recall(found, drawn), "precision": precision}


def _sampled(drawn: DrawnTexts, least: float) -> Pairs:
    """Of the pairs that are the same those that reach a score: what the recall at it will be."""
    return {
        (one, other) for one, other in drawn.same if fuzz.ratio(drawn.texts[one], drawn.texts[other]) >= least
    }


def similar_look_ups(count: int = INDEXED, asked: int = ASKED) -> dict[str, float]:
    """Milliseconds of looking up the nearest five of `count` proposals: p50, p95; and of adding one."""
    texts = drawn_texts(count).texts
    held = pl.DataFrame(
        {
            "proposal": [f"P{at}" for at in range(count)], "title": [each[:60] for each in texts],
            "text": texts, "place": pl.Series([None] * count, dtype=pl.String),
        }
    )  # fmt: skip
    index = proposal_index(held)
    index.similar(texts[0])
    took = []
    for text in texts[:asked]:
        start = perf_counter()
        index.similar(text[:60], text)
        took.append(1000 * (perf_counter() - start))
    start = perf_counter()
    index.added(held.head(1))
    adding = 1000 * (perf_counter() - start)
    p50, p95 = np.quantile(took, [0.5, 0.95])
    return {"p50_ms": float(p50), "p95_ms": float(p95), "adding_ms": adding}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--texts", type=int, default=LARGE, help="among which pairs are found (%(default)s)")
    parser.add_argument("--compared", type=int, default=SMALL, help="all pairs by rapidfuzz (%(default)s)")
    parser.add_argument(
        "--indexed", type=int, default=INDEXED, help="among which one is looked up (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The runs, how many times quicker than rapidfuzz (scaled), and looking one up."""
    runs = similar_texts(args.texts, args.compared).to_dicts()
    own, other = runs[1], runs[-1]
    quicker = {f"times_quicker_{clock}": other[clock] / own[clock] for clock in ("wall", "cpu")}
    print(f"\nTexts that are alike from {ALIKE} on, seconds by the clock and of the processor:")
    for each in runs:
        told = f"{each['by']}, {each['texts']:,} texts"
        print(f"  {told:<52} {each['wall']:>10.2f} {each['cpu']:>10.2f}  recall {each['recall']:.3f}")
    found = similar_look_ups(args.indexed)
    print(
        f"  looking one up among {args.indexed:,}: p50 {found['p50_ms']:.1f} ms, p95 {found['p95_ms']:.1f} ms"
    )
    return {"runs": runs, **quicker, "look_ups": found}
