"""Drill across and drill-through on the demonstration firm of four systems, beside SQL written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest

from cubes.ask.answer import Answer, ask
from cubes.catalogue.kpis import KPIS
from cubes.drill_through import rows_behind
from cubes.query import Query, parse_cut
from data.demo import Firm, exports
from data.demo.integration import integrate
from data.model.scoring import Scoring
from data.store.saved_scores import save_scores
from data.store.warehouse import Warehouse
from tests.kpis_by_hand import kpi_by_hand, kpi_told

pytestmark = pytest.mark.usefixtures("as_in_use")

SERVICE = (
    "revenue",
    "orders",
    "interactions.interactions",
    "interactions.satisfaction",
    "interactions_per_order",
)
BY_COUNTRY = """
WITH sold AS (
    SELECT country, year(DATE '1970-01-01' + s.day_key) AS year, sum(revenue)::DOUBLE AS revenue,
        count(DISTINCT CASE WHEN NOT is_return THEN order_key END) AS orders
    FROM sale AS s JOIN customer AS c ON c.customer_key = s.customer_key GROUP BY CUBE (country, year)
), called AS (
    SELECT country, year(DATE '1970-01-01' + i.day_key) AS year, count(*) AS calls,
        avg(satisfaction)::DOUBLE AS satisfaction
    FROM interaction AS i JOIN customer AS c ON c.customer_key = i.customer_key GROUP BY CUBE (country, year)
)
SELECT coalesce(sold.country, called.country), coalesce(sold.year, called.year), coalesce(revenue, 0),
    coalesce(orders, 0), coalesce(calls, 0), satisfaction, coalesce(calls, 0) / nullif(orders, 0)
FROM sold FULL JOIN called
    ON sold.country IS NOT DISTINCT FROM called.country AND sold.year IS NOT DISTINCT FROM called.year"""
BY_CAMPAIGN = """
SELECT name, contacts, coalesce(costs, 0), coalesce(answered, 0), coalesce(answered, 0) / nullif(contacted, 0)
FROM (SELECT campaign_code, count(*) FILTER (WHERE arm = 'treated') AS contacts, sum(cost)::DOUBLE AS costs,
        count(DISTINCT customer_code) FILTER (WHERE arm = 'treated' AND customer_code > 0) AS contacted
    FROM contact GROUP BY ALL)
LEFT JOIN (SELECT campaign_code, count(DISTINCT customer_code) FILTER (WHERE customer_code > 0) AS answered
    FROM response GROUP BY ALL) USING (campaign_code)
JOIN (SELECT DISTINCT campaign_code, name FROM campaign) USING (campaign_code)"""
STOCK = """
SELECT category, sum(on_hand)::DOUBLE FROM (
    FROM stock JOIN product USING (product_key) WHERE day_key < DATE '2025-12-01' - DATE '1970-01-01'
    QUALIFY row_number() OVER (PARTITION BY stock.product_code, stock.partner_code, place ORDER BY day_key DESC) = 1)
GROUP BY ALL"""
ALIVE = """
SELECT count(DISTINCT customer_code) FROM sale
WHERE NOT is_return AND customer_code > 0 AND DATE '1970-01-01' + day_key BETWEEN '2024-07-01' AND '2025-06-30'"""
MEDIAN = """
SELECT channel.name, median(revenue)::DOUBLE FROM sale JOIN channel USING (channel_key)
WHERE NOT is_return GROUP BY ALL"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("demo") / "firm.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            exports, "SYSTEMS", ("erp", "crm", "callcentre")
        )  # what the shop's log brings is not asked
        integrate(path, Firm(lines=6_000, customers=150, products=200))
    worth = pl.DataFrame({"customer": ["C0000002", "C0000003"], "value": [120.5, 10.0]})
    save_scores(path, worth, Scoring(date(2025, 11, 3), "BG/NBD", 365))
    warehouse = Warehouse(path)
    yield warehouse
    warehouse.close()


def rounded(rows: Any) -> list[tuple[Any, ...]]:
    """Rows in an order of their own, amounts to a hundredth."""
    told = [tuple(round(each, 6) if isinstance(each, float) else each for each in row) for row in rows]
    return sorted(told, key=repr)


def shown(answer: Answer, *columns: str) -> list[tuple[Any, ...]]:
    return rounded(answer.frame.select(*columns).iter_rows())


def test_sales_beside_interactions(firm: Warehouse) -> None:
    whole = ask(firm, Query(SERVICE, ("country",), ("year",), totals=True))
    by_hand = [(country, year and str(year), *rest) for country, year, *rest in firm.rows(BY_COUNTRY)]
    assert shown(whole, "country", "year", *SERVICE) == rounded(by_hand)
    assert len(by_hand) > 20


def test_contacts_beside_responses(firm: Warehouse) -> None:
    measures = ("contacts", "contact_cost", "responses.customers_responded", "response_rate")
    answer = ask(firm, Query(measures, ("campaign",), cube="contacts"))
    known = answer.frame.filter(answer.frame["contacts"] > 0).select("campaign", *measures)
    assert rounded(known.iter_rows()) == rounded(firm.rows(BY_CAMPAIGN))


def test_stock_of_a_day(firm: Warehouse) -> None:
    query = Query(("on_hand",), ("category",), cuts=(parse_cut("day=..2025-11-30"),), cube="stock")
    assert shown(ask(firm, query), "category", "on_hand") == rounded(firm.rows(STOCK))


def test_customers_alive_at_the_end_of_a_month(firm: Warehouse) -> None:
    answer = ask(firm, Query(("customers_alive",), cuts=(parse_cut("month=2025-06"),)))
    assert answer.frame["customers_alive"].to_list() == [firm.rows(ALIVE)[0][0]]


def test_the_median_line(firm: Warehouse) -> None:
    answer = ask(firm, Query(("median_line_value",), ("channel",)))
    assert shown(answer, "channel", "median_line_value") == rounded(firm.rows(MEDIAN))


@pytest.mark.parametrize(
    ("cube", "count", "amount", "column", "cut"),
    [
        ("sales", "order_lines", "revenue", "revenue", "category=Upholstered furniture"),
        ("interactions", "interactions", "waited_seconds", "waited_seconds", "country=Italy"),
        ("interactions", "interactions", "duration_seconds", "duration_seconds", "month=2025-03"),
        ("responses", "responses", "response_amount", "amount", "campaign_type!=(unknown)"),
        ("invoices", "invoices", "invoiced", "amount", "year=2024"),
    ],
)
def test_rows_of_a_cell_add_up_to_it(
    firm: Warehouse, cube: str, count: str, amount: str, column: str, cut: str
) -> None:
    query = Query((count, amount), cuts=(parse_cut(cut),), cube=cube)
    cell = ask(firm, query).frame.row(0, named=True)
    rows = rows_behind.order_lines(firm, query, limit=100_000)
    assert rows.height == cell[count]
    assert rows.height > 0
    assert rows[column].sum() == pytest.approx(cell[amount] or 0, abs=1e-6)
    assert rows_behind.batches(firm, query)["lines"].sum() == cell[count]


def test_every_kpi_of_every_year_is_its_sql(firm: Warehouse) -> None:
    told = {(kpi.name, year): kpi_told(firm, kpi, year) for kpi in KPIS for year in (2023, 2024, 2025)}
    by_hand = {each: kpi_by_hand(firm, *each) for each in told}
    assert told == pytest.approx(by_hand)
    # What the shop's log and the mailer bring is left out here.
    assert {kpi for kpi, year in told if year == 2025 and told[kpi, year] is None} == {
        "interactions.open_rate",
        "interactions.click_rate",
        "interactions.click_to_open_rate",
        "interactions.visit_conversion",
    }
