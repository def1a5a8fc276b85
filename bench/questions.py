"""The questions that people put to a sales cube, each with what they would write without one."""

from __future__ import annotations

from bench.dataframe import grouped, held_against, quotient, rolled_up, topped
from bench.question import Question
from cubes.query import Comparison, Cut, Query

Y2025 = Cut("year", ("2025",))
SUMMER = Cut("day", since="2025-06-01", until="2025-08-31")

QUESTIONS = (
    Question(
        "total",
        Query(("revenue",)),
        "SELECT sum(revenue) FROM sale",
        lambda d: [grouped(d, [], revenue="sum")],
    ),
    Question(
        "by country",
        Query(("revenue",), ("country",)),
        "SELECT country, sum(revenue) FROM sale JOIN customer USING (customer_key) GROUP BY country",
        lambda d: [grouped(d, ["country"], revenue="sum")],
    ),
    Question(
        "country x category, totals",
        Query(("revenue",), ("country",), ("category",), totals=True),
        """SELECT country, category, sum(revenue)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY CUBE (country, category)""",
        lambda d: rolled_up(d, ["country", "category"], ["country"], ["category"], [], revenue="sum"),
    ),
    Question(
        "by month",
        Query(("revenue",), ("month",)),
        """SELECT date_trunc('month', day) AS month, sum(revenue)
        FROM sale JOIN time USING (day_key) GROUP BY month""",
        lambda d: [grouped(d, ["month"], revenue="sum")],
    ),
    Question(
        "month x category",
        Query(("revenue",), ("month",), ("category",)),
        """SELECT date_trunc('month', day) AS month, category, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key) GROUP BY month, category""",
        lambda d: [grouped(d, ["month", "category"], revenue="sum")],
    ),
    Question(
        "region x subcategory",
        Query(("revenue",), ("region",), ("subcategory",)),
        """SELECT region, subcategory, sum(revenue)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY region, subcategory""",
        lambda d: [grouped(d, ["region", "subcategory"], revenue="sum")],
    ),
    Question(
        "slice: one year by category",
        Query(("revenue",), ("category",), cuts=(Y2025,)),
        """SELECT category, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key)
        WHERE year(day) = 2025 GROUP BY category""",
        lambda d: [grouped(d[d.year == 2025], ["category"], revenue="sum")],
    ),
    Question(
        "dice: two countries online by month",
        Query(
            ("revenue",),
            ("month",),
            cuts=(Cut("country", ("Italy", "France")), Cut("channel_type", ("Online",)), Y2025),
        ),
        """SELECT date_trunc('month', day) AS month, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN customer USING (customer_key) JOIN channel USING (channel_key)
        WHERE country IN ('Italy', 'France') AND channel_type = 'Online' AND year(day) = 2025 GROUP BY month""",
        lambda d: [
            grouped(
                d[d.country.isin(["Italy", "France"]) & (d.channel_type == "Online") & (d.year == 2025)],
                ["month"],
                revenue="sum",
            )
        ],
    ),
    Question(
        "drill: one country, regions",
        Query(("revenue", "customers"), ("region",), cuts=(Cut("country", ("Italy",)),)),
        """SELECT region, sum(revenue), count(DISTINCT customer.customer_code)
        FROM sale JOIN customer USING (customer_key) WHERE country = 'Italy' GROUP BY region""",
        lambda d: [grouped(d[d.country == "Italy"], ["region"], revenue="sum", customers="nunique")],
    ),
    Question(
        "drill: one city, its customers",
        Query(("revenue", "order_lines"), ("customer",), cuts=(Cut("city", ("Italy/Tuscany/Florence",)),)),
        """SELECT customer.id, sum(revenue), count(*) FROM sale JOIN customer USING (customer_key)
        WHERE country = 'Italy' AND region = 'Tuscany' AND city = 'Florence' GROUP BY customer.id""",
        lambda d: [
            grouped(
                d[(d.country == "Italy") & (d.region == "Tuscany") & (d.city == "Florence")],
                ["customer"],
                revenue="sum",
                units="size",
            )
        ],
    ),
    Question(
        "drill: one month, days",
        Query(("revenue", "orders"), ("day",), cuts=(Cut("month", ("2025-06",)),)),
        """SELECT day, sum(revenue), count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN time USING (day_key)
        WHERE day BETWEEN '2025-06-01' AND '2025-06-30' GROUP BY day""",
        lambda d: [grouped(d[d.month == "2025-06"], ["day"], revenue="sum", orders="nunique")],
    ),
    Question(
        "drill: one customer, days",
        Query(("revenue", "order_lines"), ("day",), cuts=(Cut("customer", ("C0000123",)),)),
        """SELECT day, sum(revenue), count(*)
        FROM sale JOIN time USING (day_key) JOIN customer USING (customer_key)
        WHERE customer.id = 'C0000123' GROUP BY day""",
        lambda d: [grouped(d[d.customer == "C0000123"], ["day"], revenue="sum", units="size")],
    ),
    Question(
        "top 10 products, others",
        Query(("revenue",), ("product",), top=(("product", 10),)),
        """WITH sold AS (
            SELECT product.id, sum(revenue) AS revenue, row_number() OVER (ORDER BY sum(revenue) DESC) AS place
            FROM sale JOIN product USING (product_key) GROUP BY product.id)
        SELECT CASE WHEN place <= 10 THEN id ELSE 'Others' END AS product, sum(revenue) FROM sold GROUP BY product""",
        lambda d: topped(d, "product", 10, revenue="sum"),
    ),
    Question(
        "top 5 regions by customers, others",
        Query(("customers",), ("region",), cuts=(Y2025,), top=(("region", 5),)),
        """WITH top AS (
            SELECT region FROM sale JOIN customer USING (customer_key) JOIN time USING (day_key)
            WHERE year(day) = 2025 AND customer.customer_code > 0
            GROUP BY region ORDER BY count(DISTINCT customer.customer_code) DESC LIMIT 5)
        SELECT coalesce(top.region, 'Others') AS shown,
            count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) JOIN time USING (day_key)
            LEFT JOIN top ON top.region = customer.region
        WHERE year(day) = 2025 GROUP BY shown""",
        lambda d: topped(d[d.year == 2025], "region", 5, customers="nunique"),
    ),
    Question(
        "customers by country",
        Query(("customers",), ("country",)),
        """SELECT country, count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) GROUP BY country""",
        lambda d: [grouped(d, ["country"], customers="nunique")],
    ),
    Question(
        "customers by category",
        Query(("customers",), ("category",)),
        """SELECT category, count(DISTINCT customer_code) FILTER (WHERE customer_code > 0)
        FROM sale JOIN product USING (product_key) GROUP BY category""",
        lambda d: [grouped(d, ["category"], customers="nunique")],
    ),
    Question(
        "customers by month",
        Query(("customers",), ("month",)),
        """SELECT date_trunc('month', day) AS month, count(DISTINCT customer_code) FILTER (WHERE customer_code > 0)
        FROM sale JOIN time USING (day_key) GROUP BY month""",
        lambda d: [grouped(d, ["month"], customers="nunique")],
    ),
    Question(
        "customers, country x category, totals",
        Query(("customers",), ("country",), ("category",), totals=True),
        """SELECT country, category,
            count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY CUBE (country, category)""",
        lambda d: rolled_up(d, ["country", "category"], ["country"], ["category"], [], customers="nunique"),
    ),
    Question(
        "orders by category",
        Query(("orders",), ("category",)),
        """SELECT category, count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN product USING (product_key) GROUP BY category""",
        lambda d: [grouped(d, ["category"], orders="nunique")],
    ),
    Question(
        "orders, channel x year",
        Query(("orders",), ("channel",), ("year",)),
        """SELECT channel.id, year(day) AS year, count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN channel USING (channel_key) JOIN time USING (day_key) GROUP BY channel.id, year""",
        lambda d: [grouped(d, ["channel", "year"], orders="nunique")],
    ),
    Question(
        "average order value by country",
        Query(("average_order_value",), ("country",)),
        """SELECT country, sum(revenue) / count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN customer USING (customer_key) GROUP BY country""",
        lambda d: [quotient(grouped(d, ["country"], revenue="sum", orders="nunique"), "revenue", "orders")],
    ),
    Question(
        "return rate, category x year",
        Query(("return_rate",), ("category",), ("year",)),
        """SELECT category, year(day) AS year,
            -sum(units) FILTER (WHERE is_return) / sum(units) FILTER (WHERE NOT is_return)
        FROM sale JOIN product USING (product_key) JOIN time USING (day_key) GROUP BY category, year""",
        lambda d: [
            quotient(grouped(d, ["category", "year"], returned="sum", sold="sum"), "returned", "sold")
        ],
    ),
    Question(
        "share of department, by category",
        Query(("revenue:share_of_parent",), ("department", "category")),
        """SELECT department, category, sum(revenue) / sum(sum(revenue)) OVER (PARTITION BY department)
        FROM sale JOIN product USING (product_key) GROUP BY department, category""",
        lambda d: [
            grouped(d, ["department", "category"], revenue="sum").pipe(
                lambda f: f / f.groupby(level="department", observed=True).transform("sum")
            )
        ],
    ),
    Question(
        "growth on the year before, by category",
        Query(("revenue:growth_year",), ("category",), cuts=(Y2025,)),
        """WITH years AS (
            SELECT category, sum(revenue) FILTER (WHERE year(day) = 2025) AS now,
                sum(revenue) FILTER (WHERE year(day) = 2024) AS before
            FROM sale JOIN product USING (product_key) JOIN time USING (day_key)
            WHERE year(day) IN (2024, 2025) GROUP BY category)
        SELECT category, (now - before) / before FROM years""",
        lambda d: [
            grouped(d[d.year == 2025], ["category"], revenue="sum")
            / grouped(d[d.year == 2024], ["category"], revenue="sum")
            - 1
        ],
    ),
    Question(
        "five measures by country",
        Query(("revenue", "margin", "units", "orders", "customers"), ("country",), cuts=(Y2025,)),
        """SELECT country, sum(revenue), sum(revenue - cost), sum(units),
            count(DISTINCT order_key) FILTER (WHERE NOT is_return),
            count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) JOIN time USING (day_key)
        WHERE year(day) = 2025 GROUP BY country""",
        lambda d: [
            grouped(
                d[d.year == 2025],
                ["country"],
                revenue="sum",
                margin="sum",
                units="sum",
                orders="nunique",
                customers="nunique",
            )
        ],
    ),
    Question(
        "one summer against the last, totals",
        Query(("revenue", "orders"), ("country",), ("channel_type",), (SUMMER,), (), True, Comparison.YEAR),
        """WITH summers AS (
            SELECT country, channel_type,
                coalesce(sum(revenue) FILTER (WHERE year(day) = 2025), 0) AS now,
                coalesce(sum(revenue) FILTER (WHERE year(day) = 2024), 0) AS before,
                count(DISTINCT order_key) FILTER (WHERE NOT is_return AND year(day) = 2025) AS orders,
                count(DISTINCT order_key) FILTER (WHERE NOT is_return AND year(day) = 2024) AS orders_before
            FROM sale JOIN customer USING (customer_key) JOIN channel USING (channel_key) JOIN time USING (day_key)
            WHERE day BETWEEN '2025-06-01' AND '2025-08-31' OR day BETWEEN '2024-06-01' AND '2024-08-31'
            GROUP BY CUBE (country, channel_type))
        SELECT country, channel_type, now, orders, before, (now - before) / nullif(abs(before), 0),
            orders_before, (orders - orders_before) / nullif(orders_before, 0)
        FROM summers""",
        lambda d: [
            held_against(now, before)
            for now, before in zip(
                *(
                    rolled_up(
                        d[(d.year == year) & d.day.dt.month.isin([6, 7, 8])],
                        ["country", "channel_type"],
                        ["country"],
                        ["channel_type"],
                        [],
                        revenue="sum",
                        orders="nunique",
                    )
                    for year in (2025, 2024)
                ),
                strict=True,
            )
        ],
    ),
)
