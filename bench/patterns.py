"""Frequent itemsets beside mlxtend's fpgrowth and pyfim's eclat: a million baskets, from a long table to itemsets."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from bench import firms, rules_road
from bench.memory import peak_mb
from bench.question import Disagreement
from bench.table import table
from bench.target import Target
from mining.patterns.association_rules import RuleDemands, mine, passing
from mining.patterns.basket_matrix import encode_codes
from mining.patterns.candidate_rules import candidate_rules
from mining.patterns.exact_shares import count_at_least, exact
from mining.patterns.itemsets import frequent
from mining.patterns.rule_redundancy import redundant
from mining.patterns.rule_significance import Correction

ITEMS_A_BASKET = 10
TEN_MILLION = 10_000_000
RIVALS = {"mlxtend": 50, "pyfim": 5}
HEADS = ["who", "CPU s", "wall s", "peak MB", "itemsets", "times ours", "target"]

Found = tuple[int, int]  # how many itemsets, and what their counts add up to


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench patterns`."""
    parser.add_argument("--baskets", type=int, default=1_000_000, help="of ten items (%(default)s)")
    parser.add_argument("--products", type=int, default=50_000, help="that they are drawn from (%(default)s)")
    parser.add_argument("--support", type=Decimal, default=Decimal("0.001"), help="(%(default)s)")
    parser.add_argument(
        "--lines",
        type=int,
        default=300_000,
        help="of the firm whose first rules the page finds (%(default)s)",
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where that firm is kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Find the same itemsets by all, each in a process of its own; then rules of a tenth of the baskets, ours."""
    ours = _apart("ours", args)
    rows = [["clientela", f"{ours['cpu_seconds']:.2f}", f"{ours['seconds']:.2f}", ours["peak_mb"],
             ours["found"][0], "1", "500 MB"]]  # fmt: skip
    for rival, target in RIVALS.items():
        if importlib.util.find_spec("fim" if rival == "pyfim" else rival) is None:
            print(f"{rival} is not installed: pip install -r bench/requirements.txt")
            continue
        theirs = _apart(rival, args)
        if theirs["found"] != ours["found"]:
            raise Disagreement(f"{rival} found {theirs['found']}, ours are {ours['found']}.")
        times = theirs["cpu_seconds"] / ours["cpu_seconds"]
        rows.append([rival, f"{theirs['cpu_seconds']:.2f}", f"{theirs['seconds']:.2f}", theirs["peak_mb"],
                     theirs["found"][0], f"{times:.1f}", f"{target} times"])  # fmt: skip
    print(f"\n{table(HEADS, rows)}\n")
    tenth, again = _apart("tenth", args), _apart("redundant", args)
    targets = [
        Target("a tenth of the baskets to rules with all measures", 1000 * tenth["seconds"], 150, "ms"),
        Target("the same, of the processor", 1000 * tenth["cpu_seconds"], 150, "ms"),
        Target(f"memory that {again['found'][0]:,} rules need to be told from shorter ones",
               again["peak_mb"] - again["before_mb"], 200, "MB"),
    ]  # fmt: skip
    road = rules_road.measured(firms.firm(args.folder, args.lines).resolve())
    whole = road["lines"] >= TEN_MILLION
    print(
        f"The page's first rules by product of {road['lines']:,} lines: {road['seconds']:.2f} s,"
        f" {road['cpu_seconds']:.2f} CPU s, {road['peak_mb']:,} MB, of which {road['before_mb']:,} MB stood before."
    )
    targets += [
        Target(
            "the page's first rules of ten million lines", road["cpu_seconds"] if whole else None, 2, "CPU s"
        ),
        Target("the memory of that", road["peak_mb"] if whole else None, 600, "MB"),
    ]
    print("\n".join(each.sentence() for each in targets))
    return {
        "itemsets": [dict(zip(HEADS, row, strict=True)) for row in rows],
        "road": road,
        "targets": [each.figures() for each in targets],
    }


def _apart(who: str, args: argparse.Namespace) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.patterns", who, str(args.baskets), str(args.products), str(args.support)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise Disagreement(f"{who}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def long_table(baskets: int, products: int) -> tuple[np.ndarray, np.ndarray]:
    """Basket and product of each row, in any order: the n-th product is bought in proportion to 1 / (n + 10), and one
    of the fifty most popular draws its neighbour along every third time."""
    random = np.random.default_rng(0)
    share = np.cumsum(1 / (np.arange(products) + 10.0))
    codes = np.searchsorted(share / share[-1], random.random((baskets, ITEMS_A_BASKET))).astype(np.int32)
    codes = np.minimum(codes, products - 1)
    drawn = (codes[:, 0] < min(50, products - 1)) & (random.random(baskets) < 1 / 3)
    codes[drawn, 1] = codes[drawn, 0] + 1
    rows = np.repeat(np.arange(baskets, dtype=np.int32), ITEMS_A_BASKET)
    order = random.permutation(len(rows))
    return rows[order], codes.ravel()[order]


def main(who: str, baskets: int, products: int, support: Decimal) -> None:
    """Make the long table, find its itemsets, and print a line of figures."""
    rows, codes = long_table(1_000 if who == "redundant" else baskets, products)
    if who == "tenth":
        rows, codes = rows[rows < baskets // 10], codes[rows < baskets // 10]
    contestants: dict[str, Callable[..., Found]] = {
        "ours": _ours, "mlxtend": _mlxtend, "pyfim": _pyfim, "tenth": _rules, "redundant": _redundant,
    }  # fmt: skip
    if who != "redundant":
        contestants[who](*long_table(1_000, 50), 50, Decimal("0.05"))  # first imports are not counted
    before = peak_mb()
    began, used = time.perf_counter(), time.process_time()
    found = contestants[who](rows, codes, products, support)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        json.dumps(
            {
                "found": found,
                "seconds": seconds,
                "cpu_seconds": cpu,
                "peak_mb": peak_mb(),
                "before_mb": before,
            }
        )
    )


def _ours(rows: np.ndarray, codes: np.ndarray, products: int, support: Decimal) -> Found:
    found = frequent(encode_codes(rows, codes, [f"{at:06d}" for at in range(products)]), support)
    return len(found), int(sum(counts.sum() for counts in found.counts.values()))


def _rules(rows: np.ndarray, codes: np.ndarray, products: int, support: Decimal) -> Found:
    """Rules of one in ten, tested, with every measure."""
    found = mine(encode_codes(rows, codes, [f"{at:06d}" for at in range(products)]), support, "0.1")
    tested = passing(
        found.candidates, found.items, RuleDemands(support, "0.1", Correction.BENJAMINI_HOCHBERG)
    )
    return found.frame.height, tested.frame.height


def _redundant(rows: np.ndarray, codes: np.ndarray, products: int, support: Decimal) -> Found:
    """Which of a quarter of a million rules say what a shorter one says: fifteen items often together."""
    held = np.random.default_rng(1).random((400, 15)) < 0.9
    baskets, items = np.nonzero(held)
    found = candidate_rules(frequent(encode_codes(baskets, items, [f"{at:06d}" for at in range(15)]), "0.01"))
    return len(found), int(redundant(found).sum())


def _mlxtend(rows: np.ndarray, codes: np.ndarray, products: int, support: Decimal) -> Found:
    """As sparse as it takes it, with infrequent items dropped before: the fastest way that it has."""
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth
    from scipy import sparse

    size = int(rows.max()) + 1
    matrix = sparse.csr_array((np.ones(len(rows), dtype=bool), (rows, codes)), shape=(size, products))
    matrix.data[:] = True
    least = count_at_least(exact(support, "support"), size)
    kept = np.flatnonzero(np.bincount(matrix.indices, minlength=products) >= least)
    frame = pd.DataFrame.sparse.from_spmatrix(matrix[:, kept])
    found = fpgrowth(frame, min_support=(least - 0.5) / size)
    return len(found), int(np.rint(found["support"].to_numpy() * size).sum())


def _pyfim(rows: np.ndarray, codes: np.ndarray, products: int, support: Decimal) -> Found:
    import fim

    order = np.argsort(rows, kind="stable")
    starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    items = codes[order].tolist()
    baskets = [items[a:b] for a, b in zip(starts.tolist(), [*starts[1:].tolist(), len(items)], strict=True)]
    least = count_at_least(exact(support, "support"), len(baskets))
    found = fim.eclat(baskets, target="s", supp=-least, report="a")
    return len(found), sum(count for _, count in found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Decimal(sys.argv[4]))
