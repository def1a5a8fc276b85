"""Order lines checked, merged and published, beside DuckDB's own CSV reader and PostgreSQL's COPY; then changes."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import duckdb

from bench.memory import peak_mb
from bench.question import Disagreement
from bench.table import Value, table
from bench.timing import clocked
from cubes import cube_extension
from data import environment, operational_extension
from data.load import load, read_mapping
from data.store import unfollowed
from data.store.duckdb_engine import LOCAL_ONLY, scratch
from data.store.warehouse import Warehouse

SEED, DAYS = 7, 1087
PARTS = ("narrow", "wide", "database", "changes")
TARGETS, TARGET_MB, TARGET_LINES = {"narrow": 0.5, "wide": 0.5, "database": 0.45}, 2000, 10_000_000
ADDRESS = "BENCH_DATABASE"
EXPORTED, CHANGED, AGAIN = "2026-01-01", "2026-01-02", "2026-01-03"
MOVED_TO = "Neustadt an der Aisch"
HEADS = ["", "rows/s", "s", "CPU s", "MB"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: order lines, customers, rounds; changed customers and lines delivered again."""

    lines: int
    customers: int
    rounds: int
    changed: int = 10_000
    again: int = 100_000


SCALES = {"small": Scale(200_000, 20_000, 3), "full": Scale(10_000_000, 200_000, 3)}

# A column of the export: its type as DuckDB reads it, and how it is made of line i, order o, customer c, product p.
NARROW = {
    "order_no": ("VARCHAR", "'S' || lpad(o::VARCHAR, 9, '0')"),
    "line_no": ("INTEGER", "i % 4 + 1"),
    "order_date": ("DATE", f"DATE '2023-01-01' + (o * 4 * {DAYS} // $lines)::INTEGER"),
    "customer_id": ("VARCHAR", "'C' || lpad(c::VARCHAR, 7, '0')"),
    "product_id": ("VARCHAR", "'P' || lpad(p::VARCHAR, 5, '0')"),
    "channel": ("VARCHAR", "'CH0' || 1 + hash(o, 'channel', $seed) % 4"),
    "quantity": ("INTEGER", "(1 + hash(i, 'n', $seed) % 9)::INTEGER * CASE WHEN returned THEN -1 ELSE 1 END"),
    "unit_price": ("DECIMAL(18,4)", "((hash(i, 'price', $seed) % 9000 + 100) / 100)::DECIMAL(10,2)"),
    "unit_cost": ("DECIMAL(18,4)", "((hash(i, 'price', $seed) % 9000 + 100) / 200)::DECIMAL(10,2)"),
}
NAME = """['Müller, Söhne & Co.', 'Rossi S.p.A.', 'Dupont "Le Bon" SARL', 'García Hermanos', 'Nordic Supply AB',
    'Kowalski i Synowie', 'Smith & Daughters Ltd', 'Van den Berg BV'][1 + (hash(c, 'name') % 8)::INTEGER] || ' ' || c"""
COUNTRY = """['Italy', 'Germany', 'France', 'Spain', 'Austria', 'Poland', 'Portugal', 'Ireland', 'Belgium', 'Greece',
    'Czechia', 'Denmark'][1 + (hash(c, 'city') % 360 % 12)::INTEGER]"""
CITY = "'City ' || hash(c, 'city') % 360"
WIDE = NARROW | {
    "customer_name": ("VARCHAR", NAME),
    "country": ("VARCHAR", COUNTRY),
    "city": ("VARCHAR", CITY),
    "description": ("VARCHAR", """CASE p % 10 WHEN 0 THEN 'Bracket 3/4" steel, galvanised, no. '
        ELSE 'Stainless hexagonal bolt with nut and washer ' END || p"""),
    "category": ("VARCHAR", "'Category ' || p % 40"),
    "currency": ("VARCHAR", "CASE WHEN c % 20 = 0 THEN 'CHF' ELSE 'EUR' END"),
    "discount": ("DECIMAL(18,4)", "(hash(o, 'discount') % 4 * 5 / 100)::DECIMAL(4,2)"),
    "tax": ("DECIMAL(18,4)", "(hash(i, 'price', $seed) % 9000 * 0.22 / 100)::DECIMAL(10,2)"),
    "salesperson": ("VARCHAR", "'Agent ' || c % 50"),
    "warehouse": ("VARCHAR", "'WH' || 1 + p % 6"),
    "document_type": ("VARCHAR", "CASE WHEN returned THEN 'Credit note' ELSE 'Invoice' END"),
}  # fmt: skip
CUSTOMERS = {name: WIDE[name] for name in ("customer_id", "customer_name", "country", "city")}
ATTRIBUTES = ("salesperson", "warehouse")


def _section(name: str, columns: dict[str, str]) -> str:
    return f"[{name}]\n" + "".join(f'{field} = "{column}"\n' for field, column in columns.items())


LINES = _section(
    "order_lines.columns",
    {"order": "order_no", "line": "line_no", "date": "order_date", "customer": "customer_id", "product": "product_id"}
    | {name: name for name in ("channel", "quantity", "unit_price", "unit_cost")},
)  # fmt: skip
BROUGHT = _section("order_lines.attributes", {name: name for name in ATTRIBUTES})
KEY = 'key = ["order", "line"]\n'
LISTED = _section("customers.columns", {"customer": "customer_id", "country": "country", "city": "city"})
LIST = f'[customers]\nfile = "customers.csv"\n{LISTED}'
MAPPINGS = {
    "narrow": f'[order_lines]\nfile = "narrow.csv"\n{LINES}',
    "wide": f'{LIST}[order_lines]\nfile = "wide.csv"\nsettled = ["currency: currency"]\n{LINES}{BROUGHT}',
    "database": f'[order_lines]\ndatabase = "{ADDRESS}"\ntable = "order_lines"\nchanges = "full"\n{LINES}',
    "keyed": f'{LIST}[order_lines]\nfile = "narrow.csv"\n{KEY}{LINES}',
    "changed": LIST.replace("customers.csv", "changed.csv"),
    "again": f'[order_lines]\nfile = "again.csv"\n{KEY}{LINES}',
}
KEPT = {
    "narrow": {"narrow.csv": NARROW},
    "wide": {
        "customers.csv": {name: CUSTOMERS[name] for name in CUSTOMERS if name != "customer_name"},
        "wide.csv": {name: WIDE[name] for name in (*NARROW, *ATTRIBUTES)},
    },
}
TOTALS = "SELECT count(*), sum(quantity * unit_price) FROM"

Totals = tuple[int, Decimal]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench load`."""
    parser.add_argument("--scale", choices=list(SCALES), default="full", help="how much (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what to measure (all of it)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where exports are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure each part and print it as soon as it is known. Raises Disagreement."""
    export = Export(args.folder.resolve(), SCALES[args.scale])
    found: dict[str, Any] = {"scale": args.scale, **asdict(export.scale)}
    for part in args.only:
        found[part] = _changes(export) if part == "changes" else _race(export, part)
    return found


@dataclass(frozen=True)
class Export:
    """What an ERP wrote out, made once: its files lie in `home` until what makes them changes."""

    folder: Path
    scale: Scale

    @cached_property
    def home(self) -> Path:
        """Where its files and mappings lie; those of another recipe are removed."""
        made = "\n".join([duckdb.__version__, *self._makers.values(), *MAPPINGS.values()])
        recipe = hashlib.sha256(self._written_out(made).encode()).hexdigest()[:8]
        home = self.folder / f"export-{self.scale.lines}-{recipe}"
        for stale in self.folder.glob(f"export-{self.scale.lines}-*"):
            if stale != home:
                shutil.rmtree(stale)
        home.mkdir(parents=True, exist_ok=True)
        for name, text in MAPPINGS.items():
            (home / f"{name}.toml").write_text(f'source = "erp"\n{text}')
        return home

    @cached_property
    def totals(self) -> Totals:
        """Lines and revenue."""
        return self._one(f"{TOTALS} ({self._lines(NARROW)})")

    @cached_property
    def totals_again(self) -> Totals:
        """The same after the last lines were delivered again, twice as many of everything."""
        count, revenue = self.totals
        return count, revenue + self._one(f"{TOTALS} ({self._lines(NARROW, self._last)})")[1]

    def files(self, *names: str) -> None:
        """Make sure that these files are there."""
        for name in names:
            if not (self.home / name).exists():
                print(f"Writing {name} for {self.scale.lines:,} lines, once ...", flush=True)
                part = self.home / f"{name}.part"
                self._execute(f"COPY ({self._makers[name]}) TO '{_quoted(part)}' (FORMAT csv, HEADER)")
                part.rename(self.home / name)

    @property
    def _makers(self) -> dict[str, str]:
        """What each file holds."""
        return {
            "narrow.csv": self._lines(NARROW),
            "wide.csv": self._lines(WIDE),
            "customers.csv": self._customers(),
            "changed.csv": self._movers(),
            "again.csv": self._redelivered(),
        }

    def _written_out(self, sql: str) -> str:
        """COPY takes no parameters."""
        return sql.replace("$lines", str(self.scale.lines)).replace("$seed", str(SEED))

    def _execute(self, sql: str) -> list[Any]:
        with scratch() as connection:
            return list(connection.execute(self._written_out(sql)).fetchall())

    def _one(self, sql: str) -> Totals:
        count, revenue = self._execute(sql)[0]
        return int(count), Decimal(revenue)

    def _lines(self, columns: dict[str, tuple[str, str]], first: int = 0) -> str:
        made = ", ".join(f"{sql} AS {name}" for name, (_, sql) in columns.items())
        return f"""SELECT {made} FROM (
            SELECT i, i // 4 AS o, (1 + hash(i // 4, 'customer', $seed) % {self.scale.customers})::BIGINT AS c,
                (1 + hash(i, 'product', $seed) % 5000)::BIGINT AS p, hash(i // 4, 'return', $seed) % 50 = 0 AS returned
            FROM range({first}, $lines) AS t(i))"""

    @property
    def _last(self) -> int:
        return max(self.scale.lines - self.scale.again, 0)

    def _redelivered(self) -> str:
        return f"SELECT * REPLACE (quantity * 2 AS quantity) FROM ({self._lines(NARROW, self._last)})"

    def _customers(self) -> str:
        made = ", ".join(f"{sql} AS {name}" for name, (_, sql) in CUSTOMERS.items())
        return f"SELECT {made} FROM range(1, {self.scale.customers + 1}) AS t(c)"

    def _movers(self) -> str:
        return (
            f"SELECT * REPLACE ('{MOVED_TO}' AS city) FROM ({self._customers()}) LIMIT {self.scale.changed}"
        )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@dataclass(frozen=True, slots=True)
class Took:
    """What one contestant took in a process of its own, or the medians of what many took."""

    seconds: float
    cpu_seconds: float
    peak_mb: int


def _race(export: Export, part: str) -> dict[str, Any]:
    """Clientela and the rival of `part` in turn."""
    rival = "COPY, binary" if part == "database" else "DuckDB"
    export.files(*KEPT.get(part, ["narrow.csv"]))
    mapping, ours, theirs = (export.home / name for name in (f"{part}.toml", "ours.duckdb", "theirs.duckdb"))
    with _served(export, part) as environment:
        if environment is None:
            return {}
        other = ["copy"] if part == "database" else ["duckdb", str(theirs), *_statements(export, part)]
        jobs = {"Clientela": ["clientela", str(mapping), str(ours)], rival: other}
        runs: dict[str, list[Took]] = {name: [] for name in jobs}
        for lap in range(export.scale.rounds):
            for name in sorted(jobs, reverse=bool(lap % 2)):
                _cleared(ours, theirs)
                took, totals = _measured(jobs[name], environment)
                _agree(f"{part}, {name}", totals, export.totals)
                runs[name].append(took)
        _cleared(ours, theirs)
    return _told(part, rival, runs, export.scale.lines)


def _told(part: str, rival: str, runs: dict[str, list[Took]], lines: int) -> dict[str, Any]:
    """The medians of a race, printed."""
    medians = {name: _typical(each) for name, each in runs.items()}
    pairs = list(zip(runs["Clientela"], runs[rival], strict=True))
    wall = median(other.seconds / own.seconds for own, other in pairs)
    processor = median(other.cpu_seconds / own.cpu_seconds for own, other in pairs)
    peak = max(took.peak_mb for took in runs["Clientela"])
    rows: list[list[Value]] = [[name, lines / each.seconds, *astuple(each)] for name, each in medians.items()]
    print(f"\n{part}: {lines:,} lines, medians of {len(pairs)} in turn\n\n{table(HEADS, rows)}")
    print(
        f"\nClientela loads {wall:.2f} times as many rows a second as {rival}, {processor:.2f} by the processor:"
        f" {_met(wall >= TARGETS[part])} the target of {TARGETS[part]} for {TARGET_LINES:,} lines."
        f" Its peak of {peak:,} MB {_met(peak < TARGET_MB)} that of {TARGET_MB:,}."
    )
    told = {name: asdict(each) for name, each in medians.items()}
    every = {name: [asdict(took) for took in each] for name, each in runs.items()}
    return {**told, "rounds": every, "ratio": wall, "cpu_ratio": processor, "largest_peak_mb": peak}


def _met(target: bool) -> str:
    return "meets" if target else "does NOT meet"


def _typical(runs: Sequence[Took]) -> Took:
    return Took(
        median(run.seconds for run in runs),
        median(run.cpu_seconds for run in runs),
        round(median(run.peak_mb for run in runs)),
    )


def _changes(export: Export) -> dict[str, Any]:
    """A first load with a key and a list of customers; then some customers and lines that changed, on top."""
    export.files("narrow.csv", "customers.csv", "changed.csv", "again.csv")
    scale, warehouse = export.scale, export.home / "ours.duckdb"
    moved, again = min(scale.changed, scale.customers), min(scale.again, scale.lines)
    steps = {
        f"{scale.lines:,} keyed lines, {scale.customers:,} customers": ("keyed", EXPORTED, export.totals),
        f"then {moved:,} changed customers": ("changed", CHANGED, export.totals),
        f"then {again:,} keyed lines again": ("again", AGAIN, export.totals_again),
    }
    _cleared(warehouse)
    runs: dict[str, Took] = {}
    for name, (mapping, moment, expected) in steps.items():
        job = ["clientela", str(export.home / f"{mapping}.toml"), str(warehouse), moment]
        runs[name], totals = _measured(job, {})
        _agree(name, totals, expected)
    _check_moved(warehouse, moved)
    _cleared(warehouse)
    print(
        f"\nchanges, once each\n\n{table(['', *HEADS[2:]], [[name, *astuple(took)] for name, took in runs.items()])}"
    )
    return {name: asdict(took) for name, took in runs.items()}


def _check_moved(path: Path, moved: int) -> None:
    with closing(Warehouse(path)) as warehouse:
        sql = "SELECT count(DISTINCT id) FROM customer WHERE city = ?"
        there = warehouse.rows(sql, [MOVED_TO])[0][0]
    if there != moved:
        raise Disagreement(f"{moved:,} customers moved to {MOVED_TO}, and {there:,} are known to live there.")


def _agree(name: str, found: Totals, expected: Totals) -> None:
    if found != expected:
        raise Disagreement(
            f"{name}: {found[0]:,} lines of {found[1]:,.2f} in all, where {expected[0]:,} of {expected[1]:,.2f}"
            " were written."
        )


def _cleared(*warehouses: Path) -> None:
    for each in warehouses:
        for path in each.parent.glob(f"{each.name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _statements(export: Export, part: str) -> Iterator[str]:
    """What an analyst would write: each file into a plain table, the columns that Clientela keeps with their types."""
    for name, kept in KEPT[part].items():
        every = {"narrow.csv": NARROW, "wide.csv": WIDE, "customers.csv": CUSTOMERS}[name]
        types = ", ".join(f"'{column}': '{kind}'" for column, (kind, _) in every.items())
        into = "customers" if name == "customers.csv" else "order_lines"
        yield f"""CREATE TABLE {into} AS SELECT {", ".join(kept)} FROM read_csv('{_quoted(export.home / name)}',
            header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {{{types}}})"""


@contextmanager
def _served(export: Export, part: str) -> Iterator[dict[str, str] | None]:
    """What a contestant's environment needs: the address of a PostgreSQL with the lines, None where none starts."""
    if part != "database":
        yield {}
        return
    try:
        import pytest

        from tests.data.postgres import running
    except ImportError:
        print("\ndatabase: skipped, it needs what tests/requirements.txt names.")
        yield None
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except pytest.skip.Exception as reason:
            print(f"\ndatabase: skipped. {reason}")
            yield None
            return
        asyncio.run(_fill(server.address, export.home / "narrow.csv"))
        yield {ADDRESS: server.address}


async def _fill(address: str, file: Path) -> None:
    kinds = {"VARCHAR": "text", "DECIMAL(18,4)": "numeric(10,2)"}
    columns = ", ".join(f"{name} {kinds.get(kind, kind)}" for name, (kind, _) in NARROW.items())
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(f"CREATE TABLE order_lines ({columns})")
        await connection.copy_to_table("order_lines", source=file, format="csv", header=True)
        await connection.execute("VACUUM ANALYZE order_lines")
    finally:
        await connection.close()


def _measured(job: Sequence[str], environment: dict[str, str]) -> tuple[Took, Totals]:
    """One contestant in a process of its own, so that the peak is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *job],
        stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parent.parent,
        env={**os.environ, **environment},
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    lines, revenue = told.pop("totals")
    return Took(**told), (int(lines), Decimal(revenue))


def _clientela(mapping: str, warehouse: str, moment: str = "") -> Callable[[], Totals]:
    """A load until its lines are seen; of a `moment` with all that follows but what cubes keep."""
    told = read_mapping(Path(mapping))
    if moment:
        load(told, Path(warehouse), as_of=datetime.fromisoformat(moment))
        return lambda: _held(warehouse)
    cube_extension.register()
    operational_extension.register()
    with unfollowed.putting_off():
        load(told, Path(warehouse))
    return lambda: _held(warehouse)


def _held(path: str) -> Totals:
    with closing(Warehouse(Path(path))) as warehouse:
        count, revenue = warehouse.rows("SELECT count(*), sum(revenue) FROM sale")[0]
    return count, revenue


def _duckdb(database: str, *statements: str) -> Callable[[], Totals]:
    """The statements on a new file, until it is closed."""
    with duckdb.connect(database, config={**LOCAL_ONLY, "memory_limit": environment.memory()}) as connection:
        for each in statements:
            connection.execute(each)
    return lambda: _summed(database)


def _summed(database: str) -> Totals:
    with duckdb.connect(database, read_only=True, config={**LOCAL_ONLY}) as connection:
        count, revenue = connection.execute(f"{TOTALS} order_lines").fetchall()[0]
    return count, revenue


def _copy() -> Callable[[], Totals]:
    """Every byte of the table as the server gives it fastest, received and dropped."""
    received = asyncio.run(_received())
    return lambda: (received, asyncio.run(_revenue()))


async def _received() -> int:
    async def drop(_block: bytes) -> None:
        """To nowhere."""

    connection = await asyncpg.connect(os.environ[ADDRESS])
    try:
        told = await connection.copy_from_query("SELECT * FROM order_lines", output=drop, format="binary")
    finally:
        await connection.close()
    return int(told.removeprefix("COPY "))


async def _revenue() -> Decimal:
    connection = await asyncpg.connect(os.environ[ADDRESS])
    try:
        return Decimal(await connection.fetchval("SELECT sum(quantity * unit_price) FROM order_lines"))
    finally:
        await connection.close()


CONTESTANTS: dict[str, Callable[..., Callable[[], Totals]]] = {
    "clientela": _clientela,
    "duckdb": _duckdb,
    "copy": _copy,
}


def measure(name: str, *told: str) -> dict[str, Any]:
    """Be one contestant: what it takes, and what it then holds, which is not timed."""
    held, took = clocked(lambda: CONTESTANTS[name](*told))
    figures = {"seconds": took.wall_ms / 1000, "cpu_seconds": took.cpu_ms / 1000, "peak_mb": peak_mb()}
    lines, revenue = held()
    return {**figures, "totals": [lines, str(revenue)]}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
