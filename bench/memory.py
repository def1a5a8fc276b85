"""The most memory that a dashboard takes: `python -m bench.memory WAREHOUSE`, in a process of its own.

Reads one question a line on standard input, as URLs hold them, and writes one line of JSON. Nothing that only
benchmarks need is imported, so that the figure is the dashboard's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from bench import walk
from cubes.ask.answer import Answer, ask
from cubes.query import Query, parse_query
from data.store.warehouse import Warehouse

SESSIONS = 4


def measured(warehouse: Path, queries: Iterable[Query]) -> dict[str, Any]:
    """The peaks of a fresh process, in MB: warehouse opened, all answered in turn, all by several at once."""
    asked = "".join(f"{urlencode(query.to_parameters(), doseq=True)}\n" for query in queries)
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(warehouse)],
        input=asked, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main(path: Path, asked: Sequence[str]) -> None:
    """Do what a dashboard does, and say how much it took."""
    queries = [parse_query(parse_qs(line.strip())) for line in asked]
    warehouse = Warehouse(path)
    walk.walk(walk.Server(warehouse), len(walk.STARTS))
    opened = peak_mb()
    kept = _answers(warehouse, queries)
    alone = peak_mb()
    orders = [[*queries[at:], *queries[:at]] for at in range(0, SESSIONS * 3, 3)]
    with ThreadPoolExecutor(SESSIONS) as pool:
        kept += chain.from_iterable(pool.map(lambda order: _answers(warehouse, order), orders))
    figures = {"opened_mb": opened, "answered_mb": alone, "together_mb": peak_mb(), "sessions": SESSIONS}
    print(json.dumps({**figures, "answers_kept": len(kept), "pandas": "pandas" in sys.modules}))


def _answers(warehouse: Warehouse, queries: Iterable[Query]) -> list[Answer]:
    return [ask(warehouse, query) for query in queries]


def peak_mb() -> int:
    """The peak so far of this process alone; `ru_maxrss` would count the parent it was forked from."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(peak.split()[1]) * 1024 / 1e6)
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin.readlines())
