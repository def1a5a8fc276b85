"""Every KPI in SQL written by hand, over order lines and the facts that firms bring, in one year of the calendar."""

from __future__ import annotations

from cubes.ask.answer import ask
from cubes.catalogue.kpis import DeclaredKpi
from cubes.query import Query, parse_cut
from data.store.warehouse import Warehouse

ORDERS = """orders AS (
    SELECT customer_code AS who, min(day_key) AS day FROM sale WHERE NOT is_return AND customer_code > 0
    GROUP BY customer_code, order_key)"""
FIRST = f"""{ORDERS}, firsts AS (SELECT who, year(DATE '1970-01-01' + min(day)) AS year FROM orders GROUP BY who)"""
QUARTERS = f"""WITH {ORDERS}, bought AS (
    SELECT DISTINCT who, year(DATE '1970-01-01' + day) * 4 + quarter(DATE '1970-01-01' + day) AS term FROM orders)
    SELECT avg(({{0}}EXISTS (FROM bought AS b WHERE b.who = a.who AND b.term = a.term + 1))::INT) FROM bought AS a
    WHERE term + 1 BETWEEN $year * 4 + 1 AND $year * 4 + 4 AND term + 1 < (SELECT quarter FROM after_last)
        AND term > (SELECT quarter FROM before_first)"""
YEARS = f"""WITH {ORDERS}, bought AS (SELECT DISTINCT who, year(DATE '1970-01-01' + day) AS term FROM orders)
    SELECT avg((who {{0}}IN (SELECT who FROM bought WHERE term = $year))::INT) FROM bought
    WHERE term = $year - 1 AND $year < (SELECT year FROM after_last) AND term > (SELECT year FROM before_first)"""
OF_YEAR = "year(DATE '1970-01-01' + day_key) = $year"
MAILED = f"""SELECT count(*) FILTER (lower(outcome) = '{{0}}') / nullif(count(*) FILTER (lower(outcome) = '{{1}}'), 0)
    FROM interaction WHERE kind = 'e-mail' AND {OF_YEAR}"""
SPENT = f"(SELECT sum(cost)::DOUBLE FROM contact WHERE {OF_YEAR})"
GAINED = "(SELECT count(*) FROM firsts WHERE year = $year)"
# The value that each customer has by the last of its scorings before the year's end, of its last 92 days at most.
WORTH = """SELECT avg(value)::DOUBLE FROM (
    SELECT customer_code, arg_max(value, day_key) AS value FROM customer_score
    WHERE DATE '1970-01-01' + day_key <= make_date($year::INT, 12, 31) GROUP BY customer_code)"""

KPIS_BY_HAND = {
    "revenue": f"SELECT sum(revenue) FROM sale WHERE {OF_YEAR}",
    "margin": f"SELECT sum(revenue - cost) FROM sale WHERE {OF_YEAR}",
    "orders": f"SELECT count(DISTINCT order_key) FROM sale WHERE NOT is_return AND {OF_YEAR}",
    "customers": f"SELECT count(DISTINCT nullif(customer_code, 0)) FROM sale WHERE {OF_YEAR}",
    "average_order_value": f"""SELECT sum(revenue)::DOUBLE / count(DISTINCT CASE WHEN NOT is_return THEN order_key END)
        FROM sale WHERE {OF_YEAR}""",
    "revenue_per_customer": f"""SELECT sum(revenue)::DOUBLE / count(DISTINCT nullif(customer_code, 0)) FROM sale
        WHERE {OF_YEAR}""",
    "return_rate": f"""SELECT -sum(units) FILTER (is_return) / sum(units) FILTER (NOT is_return) FROM sale
        WHERE {OF_YEAR}""",
    "purchases.new_customers": f"WITH {FIRST} SELECT {GAINED}",
    "purchases.repeat_customer_rate": f"""WITH {FIRST}
        SELECT avg((many > 1 OR year < $year)::INT) FROM (
            SELECT who, count(*) AS many FROM orders WHERE year(DATE '1970-01-01' + day) = $year GROUP BY who)
        JOIN firsts USING (who)""",
    "purchases.purchase_interval": f"""WITH {ORDERS} SELECT avg(gap) FROM
        (SELECT day, day - lag(day) OVER (PARTITION BY who ORDER BY day) AS gap FROM orders)
        WHERE year(DATE '1970-01-01' + day) = $year""",
    "retention.retention_quarter": QUARTERS.format(""),
    "retention.churn_quarter": QUARTERS.format("NOT "),
    "retention.retention_year": YEARS.format(""),
    "retention.churn_year": YEARS.format("NOT "),
    "acquisition_cost": f"WITH {FIRST} SELECT {SPENT} / nullif({GAINED}, 0)",
    "value_to_acquisition_cost": f"WITH {FIRST} SELECT ({WORTH}) / ({SPENT} / nullif({GAINED}, 0))",
    "wallets.observed_share": f"""SELECT sum(own_spend)::DOUBLE / sum(greatest(spend, own_spend))::DOUBLE FROM wallet
        WHERE spend > 0 AND own_spend >= 0 AND {OF_YEAR}""",
    "interactions.visit_conversion": f"""SELECT avg((outcome = 'ordered')::INT) FROM interaction
        WHERE kind = 'web session' AND outcome IS NOT NULL AND {OF_YEAR}""",
    "response_rate": f"""SELECT (SELECT count(DISTINCT customer_code) FROM response
            WHERE customer_code > 0 AND {OF_YEAR}) / nullif(count(DISTINCT customer_code), 0)
        FROM contact WHERE arm = 'treated' AND customer_code > 0 AND {OF_YEAR}""",
    "interactions.open_rate": MAILED.format("opened", "sent"),
    "interactions.click_rate": MAILED.format("clicked", "sent"),
    "interactions.click_to_open_rate": MAILED.format("clicked", "opened"),
    "contacts.customers_contacted": f"""SELECT count(DISTINCT customer_code) FROM contact
        WHERE arm = 'treated' AND customer_code > 0 AND {OF_YEAR}""",
    "contacts.cost_per_contact": f"SELECT avg(cost)::DOUBLE FROM contact WHERE arm = 'treated' AND {OF_YEAR}",
    "responses.customers_responded": f"""SELECT count(DISTINCT customer_code) FROM response
        WHERE customer_code > 0 AND {OF_YEAR}""",
    "responses.average_response": f"SELECT avg(amount)::DOUBLE FROM response WHERE {OF_YEAR}",
    "interactions.net_promoter_score": f"""SELECT
            100 * (avg((recommendation >= 9)::INT) - avg((recommendation <= 6)::INT))
        FROM interaction WHERE recommendation IS NOT NULL AND {OF_YEAR}""",
    "interactions.satisfaction": f"SELECT avg(satisfaction)::DOUBLE FROM interaction WHERE {OF_YEAR}",
    "requests.first_contact_resolution": """WITH asked AS (
            SELECT customer_code AS who, lower(topic) AS subject, day_key,
                rank() OVER (ORDER BY day_key, lower(kind), batch, row_in_source) AS place
            FROM interaction WHERE kind IN ('call', 'ticket') AND customer_code > 0 AND topic IS NOT NULL
                AND coalesce(direction, 'In') <> 'Out')
        SELECT avg((NOT EXISTS (FROM asked AS b WHERE b.who = a.who AND b.subject = a.subject
            AND b.place > a.place AND b.day_key <= a.day_key + 7))::INT)
        FROM asked AS a
        WHERE day_key <= (SELECT max(day_key) FROM interaction) - 7 AND year(DATE '1970-01-01' + day_key) = $year
            AND NOT EXISTS (FROM asked AS b WHERE b.who = a.who AND b.subject = a.subject
                AND b.place < a.place AND b.day_key >= a.day_key - 7)""",
    "interactions.days_to_close": f"""SELECT avg(closed_on - (DATE '1970-01-01' + day_key)::DATE) FROM interaction
        WHERE closed_on IS NOT NULL AND {OF_YEAR}""",
    "interactions.average_waiting": f"SELECT avg(waited_seconds)::DOUBLE FROM interaction WHERE {OF_YEAR}",
    "interactions_per_order": f"""SELECT count(*) / (SELECT count(DISTINCT order_key) FROM sale
        WHERE NOT is_return AND {OF_YEAR}) FROM interaction WHERE {OF_YEAR}""",
}


def kpi_told(warehouse: Warehouse, kpi: DeclaredKpi, year: int) -> float | None:
    """What the cubes say of a KPI in a year."""
    answer = ask(warehouse, Query((kpi.measure,), cuts=(parse_cut(f"year={year}"),), cube=kpi.cube))
    told = answer.frame[kpi.measure].item()
    return None if told is None else float(told)


def kpi_by_hand(warehouse: Warehouse, kpi: str, year: int) -> float | None:
    """What the SQL of a KPI says of a year. Of periods that begin a week before the first order no part is missing."""
    sql = KPIS_BY_HAND[kpi]
    if "FROM after_last" in sql:
        sql = sql.replace(
            "WITH ", f"WITH {_ends('after_last', 'max', 1)}, {_ends('before_first', 'min', -8)}, ", 1
        )
    (told,) = warehouse.rows(sql.replace("$year", str(year)))[0]
    return None if told is None else float(told)


def _ends(name: str, end: str, days: int) -> str:
    """SQL for the year and the quarter in which a day near the first or last of all order lines is."""
    return f"""{name} AS (SELECT year(d) AS year, year(d) * 4 + quarter(d) AS quarter
        FROM (SELECT (DATE '1970-01-01' + {end}(day_key) + ({days}))::DATE AS d FROM sale))"""
