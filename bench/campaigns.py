"""Campaigns of a million customers: contacts written and given as a file, and whom a campaign changes."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.memory import peak_mb
from bench.question import Disagreement
from bench.target import Target
from bench.uplift_race import race

A_MILLION, SECONDS, EFFECT_SECONDS, TIMES, MEGABYTES = 1_000_000, 6.0, 0.3, 5.0, 2_000
DAY, HELD_OUT = date(2026, 3, 2), 0.1
MAPPED = "TIMESTAMP '2024-01-01'"
# Customers with a name and an e-mail address by one source, each with two orders of one line.
FIRM = (
    "INSERT OR REPLACE INTO setting VALUES ('currency', 'EUR')",
    f"INSERT INTO batch VALUES (1, 'crm', {MAPPED}, {MAPPED}, 'load')",
    """INSERT INTO customer BY NAME SELECT i AS customer_key, i AS customer_code, 'K' || i AS id,
        'Ann Bell ' || i AS name,
        TIMESTAMP '1900-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to, 'Country ' || i % 20 AS country,
        'Region ' || i % 200 AS region, 'City ' || i % 2000 AS city, 'person' AS customer_kind
    FROM range(1, $1 + 1) AS t(i)""",
    "INSERT INTO customer_identity SELECT i, 'crm', 'K' || i, i FROM range(1, $1 + 1) AS t(i)",
    f"""INSERT INTO customer_record BY NAME SELECT i AS identity_key, 'crm/customers' AS stream, 10 AS trust,
        {MAPPED} AS valid_from, {MAPPED} AS seen_until, false AS deleted, i::UBIGINT AS hash, [{MAPPED}] AS held,
        1 AS batch, i AS row_in_source, 'Ann Bell ' || i AS name, 'ann' || i || '@mail.example' AS email
    FROM range(1, $1 + 1) AS t(i)""",
    """INSERT INTO sale BY NAME SELECT 20200 + hash(i) % 300 AS day_key, 1 + i % $1 AS customer_key,
        1 + i % $1 AS customer_code, 1 + i % $1 AS identity_key, 0 AS product_key, 0 AS product_code,
        0 AS channel_key, 0 AS line_key, i + 1 AS order_key, 1 AS units, 5 + hash(i) % 100 AS revenue, 3 AS cost,
        false AS is_return, true AS is_order, 1 AS batch, i + 1 AS row_in_source
    FROM range(2 * $1) AS t(i) ORDER BY day_key // 30, customer_key""",
    "INSERT INTO sales_order SELECT i + 1, 'crm', '' FROM range(2 * $1) AS t(i)",
)  # fmt: skip
NAIVE = """SELECT i.id AS customer, c.name, r.email FROM customer_identity AS i JOIN customer AS c USING (customer_code)
JOIN customer_record AS r USING (identity_key)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=100_000, help="how many (%(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """In a process of its own, so that its memory is that of the campaign."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.campaigns", str(args.customers), str(args.folder.resolve())],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise Disagreement((done.stderr.strip().splitlines() or ["no campaign was written"])[-1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"\nA campaign of {found['customers']:,} customers with two order lines each: arms drawn in"
        f" {found['drawn']:.2f} s, contacts of {found['treated']:,} treated written in {found['written']:.2f} s, their"
        f" file in {found['filed']:.2f} s; a notebook's way (hash, merge, to_csv; nothing kept) takes"
        f" {found['naive']:.2f} s. What everybody did is read in {found['read']:.2f} s, its effect told in"
        f" {found['effect']:.3f} s. {found['peak_mb']:,} MB."
    )
    whole = found["customers"] >= A_MILLION
    both = found["written"] + found["filed"]
    targets = [
        Target("a million assigned and exported", both if whole else None, SECONDS, "s"),
        Target("the effect of a million, once read", found["effect"] if whole else None, EFFECT_SECONDS, "s"),
    ]
    for each in targets:
        print(each.sentence())
    learned, more = _learned(args.customers, whole)
    targets += more
    for each in more:
        print(each.sentence())
    return {**found, "uplift": learned, "targets": [each.figures() for each in targets]}


def _learned(customers: int, whole: bool) -> tuple[dict[str, Any], list[Target]]:
    """The race of the learners, and what it was to reach."""
    learned = race(customers)
    own, other = learned["clientela"], learned["causalml"]
    times = other["cpu_seconds"] / own["cpu_seconds"]
    print(
        f"\nWhom it changes, {customers:,} customers by 20 columns, doubly robust, with curve and bands:"
        f" {own['seconds']:.1f} s ({own['cpu_seconds']:.1f} CPU s, {own['peak_mb']:,} MB), its best half holds"
        f" {own['found']:.0%} of what was planted; causalml, with its curve: {other['seconds']:.1f} s"
        f" ({other['cpu_seconds']:.1f} CPU s), {other['found']:.0%}. {times:.1f} times as fast."
    )
    return learned, [
        Target("times as fast as causalml", times if whole else None, TIMES, "x", at_least=True),
        Target("memory of the learner", own["peak_mb"] if whole else None, MEGABYTES, "MB"),
    ]


def firm_of(folder: Path, customers: int) -> Path:
    """The warehouse of a firm with so many customers, made if it is not there."""
    from data.store.schema_release import SCHEMA
    from data.store.warehouse import writing

    path = folder / f"campaigns-{customers}-{SCHEMA}-{_recipe()}.duckdb"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with writing(path) as connection:
            for sql in FIRM:
                connection.execute(sql, [customers] if "$1" in sql else [])
    return path


def _recipe() -> str:
    return hashlib.sha256("".join(FIRM).encode()).hexdigest()[:8]


@contextmanager
def timed(found: dict[str, Any], name: str) -> Iterator[None]:
    began, used = time.perf_counter(), time.process_time()
    yield
    found[name], found[f"{name}_cpu"] = time.perf_counter() - began, time.process_time() - used


def main(customers: int, folder: Path) -> None:
    """Write them, and print a line of figures."""
    from cubes import cube_extension
    from data import operational_extension

    cube_extension.register()
    operational_extension.register()
    source = firm_of(folder, customers)
    with TemporaryDirectory(dir=folder) as scratch:
        path = Path(shutil.copy(source, scratch))
        figures = _measured(path, customers)
    print(json.dumps({"customers": customers, **figures, "peak_mb": peak_mb()}))


def _measured(path: Path, customers: int) -> dict[str, Any]:
    from data.campaigns.assignment import assign
    from data.campaigns.contact_files import contact_list, csv_bytes, write_file
    from data.campaigns.planned_rules import planned_rules
    from data.campaigns.write_contacts import write_contacts
    from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign
    from data.store.warehouse import Warehouse

    design = CampaignDesign((("treated", 1 - HELD_OUT),), HELD_OUT)
    campaign = PlannedCampaign(
        "Spring", "Discount", "Newsletter", "everybody", date(2026, 3, 1), date(2026, 4, 1), "revenue", design,
        cost=Decimal("0.5"), id="C-1", salt="0123456789abcdef", state="running",
    )  # fmt: skip
    found: dict[str, Any] = {}
    warehouse = Warehouse(path)
    units = warehouse.frame("SELECT numbering || ':' || id AS unit FROM customer_identity")["unit"]
    with timed(found, "drawn"):
        assign(campaign.salt, units, design.shares)
    notebook = warehouse.frame(NAIVE)
    warehouse.close()
    everybody = np.arange(1, customers + 1, dtype=np.int32)
    with timed(found, "written"):
        done = write_contacts(path, campaign, everybody, planned_rules(campaign, [campaign], DAY))
    with timed(found, "filed"):
        warehouse = Warehouse(path)
        write_file(csv_bytes(contact_list(warehouse, campaign)), path.with_suffix(".csv"))
        warehouse.close()
    found |= _effect(path, campaign.id)
    found["naive"] = _naive(notebook.to_pandas(), path.with_name("notebook.csv"))
    return {**found, "treated": done.added, "held_out": done.held_out}


def _effect(path: Path, campaign: str) -> dict[str, Any]:
    """Seconds of reading what everybody did since, and of the effect from what was read."""
    from cubes.analysis.campaign_outcomes import campaign_named, campaign_outcomes
    from data.store.warehouse import Warehouse
    from mining.campaigns.campaign_effect import campaign_effect

    found: dict[str, Any] = {}
    warehouse = Warehouse(path)
    with timed(found, "read"):
        told = campaign_outcomes(warehouse, campaign_named(warehouse, campaign), "revenue")
    warehouse.close()
    with timed(found, "effect"):
        campaign_effect(told.frame, (1 - HELD_OUT, HELD_OUT))
    return found


def _naive(customers: Any, to: Path) -> float:
    """Seconds of the way that a notebook takes: a hash a row, a merge, to_csv; nothing is kept or checked."""
    began = time.perf_counter()
    drawn = customers[["customer"]].copy()
    places = [int(hashlib.md5(f"salt{each}".encode()).hexdigest(), 16) % 1000 for each in drawn["customer"]]
    drawn["arm"] = np.where(np.array(places) < 1000 * HELD_OUT, "held out", "treated")
    drawn["number"] = [f"C-1-{nth:07d}" for nth in range(1, len(drawn) + 1)]
    listed = drawn[drawn["arm"] == "treated"].merge(customers, on="customer")
    listed.to_csv(to, index=False)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
