"""One customer behind a million records of four systems: right, missed, time and memory, beside exact keys."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.memory import peak_mb
from bench.table import table
from data.demo import Firm
from data.demo.simulated_customers import people
from data.demo.system_records import records
from data.identity import Matches, match
from data.identity.cluster_records import components
from data.store import duckdb_engine

RECORDS_PER_PERSON = 2.585
SCALES = {"small": 100_000, "full": 1_000_000}
SEEDS = (7, 23, 41)
TUNED = SEEDS[0]
HEADS = [
    "seed",
    "records",
    "F1",
    "precision",
    "recall",
    "sure pairs",
    "to review",
    "s",
    "CPU s",
    "MB",
    "keys F1",
]
TARGET_F1, TARGET_PRECISION, TARGET_SECONDS, TARGET_MB = 0.97, 0.995, 60, 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench identity`."""
    parser.add_argument(
        "--scale", choices=list(SCALES), default="full", help="how many records (%(default)s)"
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=list(SEEDS), help="firms to match (%(default)s)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where records are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Match the records of each seed in a process of its own, and print what came of it."""
    args.folder.mkdir(parents=True, exist_ok=True)
    found = [_measured(args.folder, SCALES[args.scale], seed) for seed in args.seeds]
    rows = [
        [f"{each['seed']}{' (tuned)' if each['seed'] == TUNED else ''}", each["records"],
         *(f"{each[name]:.4f}" for name in ("f1", "precision", "recall", "sure_precision")),
         each["doubtful"], each["seconds"], each["cpu_seconds"], each["peak_mb"], f"{each['keys']['f1']:.4f}"]
        for each in found
    ]  # fmt: skip
    print(f"\n{table(HEADS, rows)}")
    print(
        f"\nTargets on seeds that nothing was tuned on: F1 {TARGET_F1}, precision without review {TARGET_PRECISION},"
        f" under {TARGET_SECONDS} s and {TARGET_MB:,} MB. `sure pairs`: precision of each pair joined without review;"
        " `precision`: of all pairs inside the customers that came of it."
    )
    return {"scale": args.scale, "firms": found}


def _measured(folder: Path, wanted: int, seed: int) -> dict[str, Any]:
    size = round(wanted / RECORDS_PER_PERSON)
    firm = Firm(lines=20 * size, customers=size, seed=seed)
    frame = records(firm, people(firm)).rename({"system": "numbering"}).with_row_index("record")
    path = folder / "identity.parquet"
    frame.drop("person").with_columns(pl.col("record").cast(pl.Int32)).write_parquet(path)
    done = subprocess.run(
        [sys.executable, "-m", "bench.identity", str(path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    person = frame["person"]
    labels = pl.read_parquet(path.with_suffix(".clusters.parquet"))["cluster"]
    pairs = pl.read_parquet(path.with_suffix(".pairs.parquet"))
    right = person.gather(pairs["a"].cast(pl.UInt32)) == person.gather(pairs["b"].cast(pl.UInt32))
    keys = _scores(_by_keys(frame), person)
    return {"seed": seed, **_scores(labels, person), "sure_precision": right.mean(), **figures, "keys": keys}


def _scores(cluster: pl.Series, person: pl.Series) -> dict[str, float]:
    """Pairwise precision, recall and F1."""
    both = pl.DataFrame({"cluster": cluster, "person": person})
    right, said, true = (
        _pairs(both.select(names)) for names in (["cluster", "person"], ["cluster"], ["person"])
    )
    precision, recall = right / said, right / true
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


def _pairs(labels: pl.DataFrame) -> int:
    sizes = labels.group_by(pl.all()).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _by_keys(frame: pl.DataFrame) -> pl.Series:
    """What equal keys find: e-mail and name, phone and name, or name and address, whatever the case and spacing."""
    name = (
        pl.col("name")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}]+", " ")
        .str.split(" ")
        .list.sort()
        .list.join(" ")
    )
    phone = pl.col("phone").str.replace_all(r"\D", "").str.slice(-8)
    place = (pl.col("street") + pl.col("postcode")).str.to_lowercase().str.replace_all(r"[^\p{L}\d]", "")
    keyed = frame.select(
        "record", name=name, email=pl.col("email").str.to_lowercase(), phone=phone, place=place
    )
    joined = [
        keyed.drop_nulls([key]).select("record", first=pl.col("record").min().over("name", key))
        for key in ("email", "phone", "place")
    ]
    edges = pl.concat(joined)
    return pl.Series(components(len(frame), edges["record"].to_numpy(), edges["first"].to_numpy()))


def main(path: Path) -> None:
    """Match the records in a Parquet file, keep what was found beside it, and say what it took."""
    file = path.with_suffix(".duckdb")
    file.unlink(missing_ok=True)
    with duckdb_engine.database(str(file)) as connection:
        connection.execute("CREATE TABLE record AS SELECT * FROM read_parquet(?)", [str(path)])
        began, used = time.perf_counter(), time.process_time()
        found = match(connection, "record")
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - used
    figures = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak_mb(), **_kept(path, found)}
    file.unlink()
    print(json.dumps(figures))


def _kept(path: Path, found: Matches) -> dict[str, int]:
    found.clusters.write_parquet(path.with_suffix(".clusters.parquet"))
    sure = found.pairs.join(found.doubtful, on=["a", "b"], how="anti")
    sure.select("a", "b").write_parquet(path.with_suffix(".pairs.parquet"))
    clusters = int(np.unique(found.clusters["cluster"].to_numpy()).size)
    return {"records": len(found.clusters), "customers": clusters, "doubtful": len(found.doubtful)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
