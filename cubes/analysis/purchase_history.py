"""Purchase histories: what each customer bought by a day, a row a customer; models of customer value stand on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from cubes.analysis.whole_history import WholeHistory, whole_history
from cubes.cells.statement import SqlStatement
from cubes.query import Query
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True, eq=False)
class CustomerHistories:
    """Who bought within a question's cuts from the beginning of all history to the end of the day `until`.

    `frame` has one row a known customer who bought, in the order of codes: `customer_code`, `customer` (id),
    `customer_name`; `first_day`, `second_day` and `third_day` (null without), `last_day`; `purchase_days` (different
    days with a line that is no return, as the measure of that name) and `repeats` (those after the first). Money is
    what was billed on such a day, its returns netted: `first_spend`, `repeat_spend` (mean of a repeat day), likewise
    `first_margin` and `repeat_margin`, over the days of which a cost is known (null where it is of none).
    `returned_spend` is what came back on other days, zero or less: first_spend + repeats * repeat_spend +
    returned_spend is the customer's revenue.

    Left out, and counted: `unknown_lines` and `unknown_spend` of lines without a known customer, and
    `only_returned`, customers who never bought, with their `only_returned_spend`.
    """

    query: Query
    until: date
    frame: pl.DataFrame
    unknown_lines: int
    unknown_spend: float
    only_returned: int
    only_returned_spend: float
    sql: str
    source: str
    notes: tuple[str, ...]
    version: str


def purchase_histories(warehouse: Warehouse, query: Query, until: date | None = None) -> CustomerHistories:
    """What every customer bought by the end of `until` (where None, the last day of ordinary traffic).

    A cut on time is passed over: the first purchase is the first of all. Other cuts choose which purchases count.
    Raises BadRequest.
    """
    history = whole_history(warehouse, query, until)
    statement = _statement(history)
    found = history.frame(statement)
    known = found.filter(pl.col("customer_code") > 0)
    unknown = found.filter(pl.col("customer_code") == 0)
    bought, not_bought = (
        known.filter(pl.col("purchase_days") > 0),
        known.filter(pl.col("purchase_days") == 0),
    )
    return CustomerHistories(
        query=query,
        until=history.until,
        frame=_told(bought),
        unknown_lines=int(unknown["lines"].sum()),
        unknown_spend=float(unknown["spend"].sum()),
        only_returned=not_bought.height,
        only_returned_spend=float(not_bought["spend"].sum()),
        sql=f"{statement.readable()};",
        source=history.source,
        notes=history.notes,
        version=warehouse.version,
    )


def _statement(history: WholeHistory) -> SqlStatement:
    """One row a customer out of the cells of each customer and day; `last_purchase` tells days with a purchase."""
    cells = history.cells(("customer", "day"), ("revenue", "margin", "order_lines", "last_purchase"))
    return SqlStatement(
        f"""WITH customer_day AS (
  {cells.text}
), history AS (
  SELECT "customer.code" AS customer_code,
    min("day.code", 3) FILTER (WHERE last_purchase IS NOT NULL) AS days,
    max(last_purchase)::INTEGER AS last,
    count(last_purchase) AS purchase_days,
    arg_min_null(revenue, "day.code") FILTER (WHERE last_purchase IS NOT NULL) AS first_spend,
    arg_min_null(margin, "day.code") FILTER (WHERE last_purchase IS NOT NULL) AS first_margin,
    sum(revenue) FILTER (WHERE last_purchase IS NOT NULL) AS bought_spend,
    sum(margin) FILTER (WHERE last_purchase IS NOT NULL) AS bought_margin,
    count(margin) FILTER (WHERE last_purchase IS NOT NULL) AS margin_days,
    sum(revenue) AS spend,
    sum(order_lines) AS lines
  FROM customer_day GROUP BY 1
)
SELECT customer_code, member.id AS customer, member.label AS customer_name,
  (DATE '1970-01-01' + days[1])::DATE AS first_day, (DATE '1970-01-01' + days[2])::DATE AS second_day,
  (DATE '1970-01-01' + days[3])::DATE AS third_day,
  (DATE '1970-01-01' + last)::DATE AS last_day, purchase_days, first_spend, first_margin, bought_spend,
  bought_margin, margin_days, spend, lines
FROM history LEFT JOIN member ON member.level = 'customer' AND member.code = customer_code
ORDER BY customer_code""",
        cells.parameters,
    )


def _told(bought: pl.DataFrame) -> pl.DataFrame:
    """The histories of those who bought, as `CustomerHistories` describes them."""
    repeats = pl.col("purchase_days") - 1
    known = pl.col("margin_days") - pl.col("first_margin").is_not_null().cast(pl.Int64)
    margin = pl.col("bought_margin") - pl.col("first_margin").fill_null(0.0)
    return bought.select(
        "customer_code",
        "customer",
        "customer_name",
        "first_day",
        "second_day",
        "third_day",
        "last_day",
        "purchase_days",
        repeats.alias("repeats"),
        "first_spend",
        pl.when(repeats > 0)
        .then((pl.col("bought_spend") - pl.col("first_spend")) / repeats)
        .alias("repeat_spend"),
        "first_margin",
        pl.when(known > 0).then(margin / known).alias("repeat_margin"),
        (pl.col("spend") - pl.col("bought_spend")).alias("returned_spend"),
    )
