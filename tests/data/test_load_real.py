"""Public data loaded as a person would, against its published totals and a naive second reading."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cubes.catalogue.kpis import KPIS
from data.load import load, read_mapping
from data.store.warehouse import Warehouse
from tests.data.load_files import REAL, ask
from tests.kpis_by_hand import kpi_by_hand, kpi_told

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

pytestmark = [
    pytest.mark.skipif(not REAL.exists(), reason=f"no real data at {REAL}"),
    pytest.mark.usefixtures("as_in_use"),
]


@pytest.fixture(scope="module")
def retail() -> pl.DataFrame:
    return pl.read_parquet(REAL / "online_retail" / "online_retail.parquet")


def check_retail(tmp_path: Path, retail: pl.DataFrame) -> None:
    lines, total, orders, customers, countries = ask(
        tmp_path,
        """SELECT count(*), sum(revenue), count(DISTINCT order_key),
            count(DISTINCT s.customer_code) FILTER (s.customer_code > 0), count(DISTINCT country)
        FROM sale AS s JOIN customer USING (customer_key)""",
    )[0]
    assert (lines, round(total, 2), orders, customers, countries) == (
        541_909,
        Decimal("9747747.93"),
        25_900,
        4_372,
        38,
    )
    amount = (
        pl.col("Quantity").cast(pl.Decimal(38, 4)) * pl.col("UnitPrice").round(3).cast(pl.Decimal(18, 4))
    ).sum()
    naive = dict(retail.group_by("Country").agg(amount.alias("revenue")).iter_rows())
    loaded = dict(
        ask(tmp_path, "SELECT country, sum(revenue) FROM sale JOIN customer USING (customer_key) GROUP BY 1")
    )
    assert loaded == naive
    assert ask(tmp_path, "SELECT count(*), sum(is_order::INT) FROM sale WHERE is_return") == [(9_288, 0)]
    assert ask(tmp_path, "SELECT count(*) FROM sale WHERE customer_code = 0") == [(135_080,)]
    kept = retail.filter(~pl.col("InvoiceNo").str.starts_with("C"))["InvoiceNo"].n_unique()
    assert ask(tmp_path, "SELECT sum(is_order::INT) FROM sale") == [(kept,)]


def check_kpis(path: Path) -> None:
    """Every KPI is its SQL; order lines alone tell 14 of them in the one year that is there nearly whole."""
    with closing(Warehouse(path)) as warehouse:
        told = {kpi.name: kpi_told(warehouse, kpi, 2011) for kpi in KPIS}
        assert told == pytest.approx({kpi: kpi_by_hand(warehouse, kpi, 2011) for kpi in told})
    assert sum(each is not None for each in told.values()) == 14


def test_online_retail_from_parquet(tmp_path: Path, retail: pl.DataFrame) -> None:
    mapping = read_mapping(EXAMPLES / "online_retail.toml")
    report = load(mapping, tmp_path / "w.duckdb", REAL / "online_retail" / "online_retail.parquet")
    assert (report.rows_read, report.rows_loaded, report.repeats_kept) == (541_909, 541_909, 5_268)
    assert round(report.revenue, 2) == Decimal("9747747.93")
    check_retail(tmp_path, retail)
    check_kpis(tmp_path / "w.duckdb")
    before = (tmp_path / "w.duckdb").read_bytes()
    again = load(mapping, tmp_path / "w.duckdb", REAL / "online_retail")
    assert again.unchanged
    assert again.batch == report.batch
    assert again.revenue == report.revenue
    assert (tmp_path / "w.duckdb").read_bytes() == before


def test_online_retail_from_csv_as_excel_writes_it(tmp_path: Path, retail: pl.DataFrame) -> None:
    frame = retail.with_columns(pl.col("InvoiceDate").dt.strftime("%-m/%-d/%Y %-H:%M"))
    (tmp_path / "online_retail.csv").write_bytes(frame.write_csv().encode("cp1252"))
    mapping = read_mapping(EXAMPLES / "online_retail.toml")
    report = load(mapping, tmp_path / "w.duckdb", tmp_path)
    assert (report.rows_loaded, report.repeats_kept) == (541_909, 5_268)
    check_retail(tmp_path, retail)
    days = retail["InvoiceDate"].dt.date()
    assert (report.first_day, report.last_day) == (days.min(), days.max())


def test_repeats_of_online_retail_dropped(tmp_path: Path, retail: pl.DataFrame) -> None:
    text = (EXAMPLES / "online_retail.toml").read_text().replace('repeats = "keep"', 'repeats = "drop"')
    (tmp_path / "m.toml").write_text(text)
    report = load(read_mapping(tmp_path / "m.toml"), tmp_path / "w.duckdb", REAL / "online_retail")
    assert (report.rows_loaded, report.repeats_dropped, report.repeats_kept) == (541_909 - 5_268, 5_268, 0)
    assert retail.unique().height == report.rows_loaded


def check_northwind(tmp_path: Path) -> None:
    assert ask(
        tmp_path,
        """SELECT count(*), round(sum(revenue), 2), count(DISTINCT order_key), count(DISTINCT customer_code),
            count(DISTINCT product_code), sum(is_order::INT) FROM sale""",
    ) == [(2_155, Decimal("1265793.04"), 830, 89, 77, 830)]
    assert ask(tmp_path, "SELECT count(*) FROM customer WHERE customer_code > 0") == [(91,)]
    folder = REAL / "northwind"
    naive = duckdb.connect().execute(
        """SELECT companyName, round(sum(d.unitPrice * quantity * (1 - discount)), 2) FROM read_parquet($lines) AS d
        JOIN read_parquet($products) USING (productID) JOIN read_parquet($suppliers) USING (supplierID) GROUP BY 1""",
        {name: str(folder / f"{file}.parquet") for name, file in
         (("lines", "order-details"), ("products", "products"), ("suppliers", "suppliers"))},
    )  # fmt: skip
    loaded = ask(
        tmp_path,
        "SELECT supplier, round(sum(revenue), 2) FROM sale JOIN product USING (product_key) GROUP BY 1",
    )
    assert {name: float(value) for name, value in loaded} == pytest.approx(dict(naive.fetchall()), abs=0.011)
    assert len(ask(tmp_path, "SELECT DISTINCT shipper FROM sale JOIN line USING (line_key)")) == 3
    assert len(ask(tmp_path, "SELECT DISTINCT employee FROM sale JOIN line USING (line_key)")) == 9


def test_northwind_from_parquet(tmp_path: Path) -> None:
    mapping = read_mapping(EXAMPLES / "northwind.toml")
    report = load(mapping, tmp_path / "w.duckdb", REAL / "northwind" / "order-details.parquet")
    assert {books.part: books.rows_loaded for books in report.parts} == {
        "customers": 91, "products": 77, "categories": 8, "suppliers": 29, "orders": 830, "employees": 9,
        "shippers": 3, "order_lines": 2_155,
    }  # fmt: skip
    check_northwind(tmp_path)


def test_northwind_from_csv_and_xlsx(tmp_path: Path) -> None:
    for number, path in enumerate(sorted((REAL / "northwind").glob("*.parquet"))):
        frame = pl.read_parquet(path)
        if number % 2:
            frame.write_csv(tmp_path / f"{path.stem}.csv", separator=";")
        else:
            frame.write_excel(tmp_path / f"{path.stem}.xlsx")
    load(read_mapping(EXAMPLES / "northwind.toml"), tmp_path / "w.duckdb", tmp_path)
    check_northwind(tmp_path)


def test_malformed_northwind_is_rejected_by_line(tmp_path: Path) -> None:
    for name in ("orders", "customers", "suppliers"):
        (tmp_path / f"{name}.csv").write_bytes(
            (REAL / "northwind" / f"{name}_raw_malformed.csv").read_bytes()
        )
    for path in (REAL / "northwind").glob("*.parquet"):
        if path.stem not in ("orders", "customers", "suppliers"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    report = load(read_mapping(EXAMPLES / "northwind.toml"), tmp_path / "w.duckdb", tmp_path)
    books = {each.part: each for each in report.parts}
    assert (books["orders"].rows_rejected, books["customers"].rows_rejected) == (176, 24)
    assert books["suppliers"].rows_rejected == 9
    assert all(each.balance for each in report.parts)
    bad = {
        line.split(",")[0]
        for line in (tmp_path / "orders.csv").read_text().splitlines()
        if line.count(",") != 13
    }
    lines = pl.read_parquet(REAL / "northwind" / "order-details.parquet")
    lost = lines.filter(pl.col("orderID").cast(pl.String).is_in(bad)).height
    assert report.rows_rejected == lost > 0
    assert report.rejected.filter(part="orders")["reason"].unique().to_list() == [
        "15 fields where the header has 14"
    ]
    whole = (tmp_path / "orders.csv").read_text().splitlines()
    for row, raw in report.rejected.filter(part="orders").select("row", "raw").iter_rows():
        assert whole[row].split(",")[0] in raw


def test_cdnow_loads_whole(tmp_path: Path) -> None:
    report = load(read_mapping(EXAMPLES / "cdnow.toml"), tmp_path / "w.duckdb", REAL / "cdnow")
    assert report.rows_loaded == report.rows_read == 6_919
