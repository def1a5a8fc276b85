"""A small firm whose warehouse is kept as SQL, a file a release: `python -m tests.data.releases.kept_firm [CHECKOUT]`.

Run it where the declared schema changed, after `SCHEMA` was raised: it loads the firm with the code of this checkout
(or of an earlier one) and writes `<release>.sql`, small enough for a review and in no engine's own format.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CRM = """source = "crm"
firm = "Bottega"
currency = "EUR"
[customers]
file = "customers_*.csv"
as_of = "customers_%Y%m%d"
changes = "full"
[customers.columns]
customer = "Number"
customer_name = "Name"
country = "Country"
city = "City"
email = "Mail"
[customers.attributes]
tier = "Tier"
[calls]
file = "calls.csv"
key = ["number"]
[calls.columns]
number = "Call"
date = "Day"
customer = "Number"
topic = "Topic"
"""
TILL = """source = "till"
firm = "Bottega"
currency = "EUR"
[order_lines]
file = "sales*.csv"
ids = "crm"
key = ["order", "line"]
[order_lines.columns]
date = "Day"
order = "Order"
line = "Line"
customer = "Number"
product = "Item"
category = "Group"
channel = "Channel"
quantity = "Qty"
unit_price = "Price"
cost = "Cost"
"""
FILES = {
    "crm.toml": CRM,
    "till.toml": TILL,
    "customers_20240101.csv": """Number,Name,Country,City,Mail,Tier
c1,Anna Bellini,Italy,Siena,anna.bellini@posta.example,gold
c2,Bruno Conti,Italy,Rome,bruno@posta.example,silver
c3,Chloé Petit,France,Lille,,gold
""",
    "customers_20240301.csv": """Number,Name,Country,City,Mail,Tier
c1,Anna Bellini,France,Lyon,anna.bellini@posta.example,gold
c2,Bruno Conti,Italy,Rome,bruno@posta.example,gold
c3,Chloé Petit,France,Lille,,gold
""",
    "calls.csv": """Call,Day,Number,Kind,Topic
1,2024-01-12,c1,call,late
2,2024-02-02,c2,call,said that Bruno Conti moves
3,2024-03-05,c1,call,late
""",
    "sales_1.csv": """Day,Order,Line,Number,Item,Group,Channel,Qty,Price,Cost
2024-01-05,A1,1,c1,Cup,Kitchen,Web,2,10.00,12.00
2024-01-05,A1,2,c1,Lamp,Light,Web,1,40.00,25.00
2024-01-20,A2,1,c2,Cup,Kitchen,Shop,1,10.00,6.00
2024-02-10,A3,1,c3,Lamp,Light,Web,1,40.00,
2024-02-10,A3,2,c3,Cup,Kitchen,Web,x,10.00,6.00
2024-03-09,A4,1,c1,Lamp,Light,Shop,1,45.00,25.00
2024-03-10,A5,1,,Cup,Kitchen,Shop,-1,10.00,-6.00
""",
    "sales_2.csv": """Day,Order,Line,Number,Item,Group,Channel,Qty,Price,Cost
2024-03-20,A6,1,c2,Lamp,Light,Shop,9,45.00,25.00
""",
}
COMMANDS = (
    ("load", "crm.toml"),
    ("load", "till.toml", "--file", "sales_1.csv"),
)
UNDONE = (("load", "till.toml", "--file", "sales_2.csv"), ("undo-load",))
SEGMENT = """
from pathlib import Path
try:
    from data.store.warehouse import save_attribute
except ImportError:
    from data.warehouse import save_attribute
import duckdb
with duckdb.connect("w.duckdb", read_only=True) as connection:
    ids = connection.execute("SELECT id FROM customer WHERE country = 'Italy' ORDER BY id").fetchall()
save_attribute(Path("w.duckdb"), "customer", "fate", "Fate", {id: "stays" for (id,) in ids})
"""
SCORES = """
from datetime import date
from pathlib import Path
try:
    from data.model.scoring import Scoring
    from data.store.saved_scores import save_scores
except ImportError:
    raise SystemExit(0)
import duckdb
import polars as pl
with duckdb.connect("w.duckdb", read_only=True) as connection:
    ids = connection.execute("SELECT DISTINCT id FROM customer WHERE country = 'Italy' ORDER BY id").fetchall()
scores = pl.DataFrame({"customer": [id for (id,) in ids]}).with_columns(value=pl.lit(80.5), chance=pl.lit(0.25))
save_scores(Path("w.duckdb"), scores, Scoring(date(2024, 2, 29), "BG/NBD", 90, {"rate": 0.1}, "kept firm"))
"""
TABLES = """SELECT table_name, sql FROM duckdb_tables()
WHERE schema_name = 'main' AND database_name = current_database() ORDER BY table_name"""


def write_files(folder: Path) -> None:
    """The files that the firm's systems export, and their mappings."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


def make(folder: Path, checkout: Path = ROOT) -> Path:
    """The firm's warehouse as the code of `checkout` makes it; the first release could not undo a load."""
    write_files(folder)
    path = folder / "w.duckdb"
    can_undo = "undo-load" in _run([sys.executable, "-m", "data", "--help"], checkout)
    for command, *arguments in (*COMMANDS, *(UNDONE if can_undo else ())):
        named = [each if each.startswith("--") else str(folder / each) for each in arguments]
        _run([sys.executable, "-m", "data", command, *named, "--warehouse", str(path)], checkout)
    for code in (SEGMENT, SCORES):
        _run([sys.executable, "-c", code.replace('"w.duckdb"', repr(str(path)))], checkout)
    return path


def _run(command: list[str], checkout: Path) -> str:
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: {done.stderr or done.stdout}")
    return done.stdout


def told(path: Path) -> str:
    """A warehouse as SQL."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return "\n".join(_statements(connection)) + "\n"


def _statements(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for table, create in connection.execute(TABLES).fetchall():
        yield create
        rows = connection.execute(f"FROM {table} ORDER BY rowid").fetchall()
        if rows:
            yield f"INSERT INTO {table} VALUES"
            yield ",\n".join(f"({', '.join(_literal(each) for each in row)})" for row in rows) + ";"


def _literal(value: object) -> str:
    if value is None or isinstance(value, bool | int | float | Decimal):
        return "NULL" if value is None else str(value)
    if isinstance(value, list):
        return f"[{', '.join(_literal(each) for each in value)}]"
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


def releases() -> Mapping[int, Path]:
    """The kept warehouses by the release that made them."""
    return {int(each.stem): each for each in sorted(HERE.glob("*.sql"))}


def open_kept(release: int, path: Path) -> Path:
    """The kept warehouse of a release, as a file at `path`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("BEGIN")
        connection.execute(releases()[release].read_text(encoding="utf-8"))
        connection.execute("COMMIT")
    return path


def _release_of(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT value FROM setting WHERE name = 'schema'").fetchall()
    return int(found[0][0]) if found else 1


def main(checkout: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), checkout.resolve())
        to = HERE / f"{_release_of(path)}.sql"
        if to.exists():
            raise SystemExit(
                f"{to.name} is kept already. Raise SCHEMA in data/store/schema_release.py first; one that was never "
                "merged may be deleted and written again."
            )
        to.write_text(told(path), encoding="utf-8")
        print(f"{to}: {to.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT)
