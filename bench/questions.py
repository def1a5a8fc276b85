"""The questions that people put to a sales cube, each with what they would write over the star without one."""

from __future__ import annotations

from bench.question import Question
from cubes.query import Comparison, Cut, Query

Y2025 = Cut("year", ("2025",))
SUMMER = Cut("day", since="2025-06-01", until="2025-08-31")
FASHION = Cut("month", since="2024-03", until="2025-02")
SPRING = Cut("day", since="2025-02-11", until="2025-05-19")

QUESTIONS = (
    Question(
        "total",
        Query(("revenue",)),
        "SELECT sum(revenue) FROM sale",
    ),
    Question(
        "by country",
        Query(("revenue",), ("country",)),
        "SELECT country, sum(revenue) FROM sale JOIN customer USING (customer_key) GROUP BY country",
    ),
    Question(
        "country x category, totals",
        Query(("revenue",), ("country",), ("category",), totals=True),
        """SELECT country, category, sum(revenue)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY CUBE (country, category)""",
    ),
    Question(
        "by month",
        Query(("revenue",), ("month",)),
        """SELECT date_trunc('month', day) AS month, sum(revenue)
        FROM sale JOIN time USING (day_key) GROUP BY month""",
    ),
    Question(
        "month x category",
        Query(("revenue",), ("month",), ("category",)),
        """SELECT date_trunc('month', day) AS month, category, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key) GROUP BY month, category""",
    ),
    Question(
        "region x subcategory",
        Query(("revenue",), ("region",), ("subcategory",)),
        """SELECT region, subcategory, sum(revenue)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY region, subcategory""",
    ),
    Question(
        "slice: one year by category",
        Query(("revenue",), ("category",), cuts=(Y2025,)),
        """SELECT category, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key)
        WHERE year(day) = 2025 GROUP BY category""",
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
    ),
    Question(
        "drill: one country, regions",
        Query(("revenue", "customers"), ("region",), cuts=(Cut("country", ("Italy",)),)),
        """SELECT region, sum(revenue), count(DISTINCT customer.customer_code)
        FROM sale JOIN customer USING (customer_key) WHERE country = 'Italy' GROUP BY region""",
    ),
    Question(
        "drill: one city, its customers",
        Query(("revenue", "order_lines"), ("customer",), cuts=(Cut("city", ("Italy/Tuscany/Florence",)),)),
        """SELECT customer.id, sum(revenue), count(*) FROM sale JOIN customer USING (customer_key)
        WHERE country = 'Italy' AND region = 'Tuscany' AND city = 'Florence' GROUP BY customer.id""",
    ),
    Question(
        "drill: one month, days",
        Query(("revenue", "orders"), ("day",), cuts=(Cut("month", ("2025-06",)),)),
        """SELECT day, sum(revenue), count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN time USING (day_key)
        WHERE day BETWEEN '2025-06-01' AND '2025-06-30' GROUP BY day""",
    ),
    Question(
        "drill: one customer, days",
        Query(("revenue", "order_lines"), ("day",), cuts=(Cut("customer", ("C0000123",)),)),
        """SELECT day, sum(revenue), count(*)
        FROM sale JOIN time USING (day_key) JOIN customer USING (customer_key)
        WHERE customer.id = 'C0000123' GROUP BY day""",
    ),
    Question(
        "top 10 products, others",
        Query(("revenue",), ("product",), top=(("product", 10),)),
        """WITH sold AS (
            SELECT product.id, sum(revenue) AS revenue, row_number() OVER (ORDER BY sum(revenue) DESC) AS place
            FROM sale JOIN product USING (product_key) GROUP BY product.id)
        SELECT CASE WHEN place <= 10 THEN id ELSE 'Others' END AS product, sum(revenue) FROM sold GROUP BY product""",
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
    ),
    Question(
        "customers by country",
        Query(("customers",), ("country",)),
        """SELECT country, count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) GROUP BY country""",
    ),
    Question(
        "customers by category",
        Query(("customers",), ("category",)),
        """SELECT category, count(DISTINCT customer_code) FILTER (WHERE customer_code > 0)
        FROM sale JOIN product USING (product_key) GROUP BY category""",
    ),
    Question(
        "customers by month",
        Query(("customers",), ("month",)),
        """SELECT date_trunc('month', day) AS month, count(DISTINCT customer_code) FILTER (WHERE customer_code > 0)
        FROM sale JOIN time USING (day_key) GROUP BY month""",
    ),
    Question(
        "customers, country x category, totals",
        Query(("customers",), ("country",), ("category",), totals=True),
        """SELECT country, category,
            count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY CUBE (country, category)""",
    ),
    Question(
        "orders by category",
        Query(("orders",), ("category",)),
        """SELECT category, count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN product USING (product_key) GROUP BY category""",
    ),
    Question(
        "orders, channel x year",
        Query(("orders",), ("channel",), ("year",)),
        """SELECT channel.id, date_trunc('year', day) AS year, count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN channel USING (channel_key) JOIN time USING (day_key) GROUP BY channel.id, year""",
    ),
    Question(
        "average order value by country",
        Query(("average_order_value",), ("country",)),
        """SELECT country, sum(revenue) / count(DISTINCT order_key) FILTER (WHERE NOT is_return)
        FROM sale JOIN customer USING (customer_key) GROUP BY country""",
    ),
    Question(
        "return rate, category x year",
        Query(("return_rate",), ("category",), ("year",)),
        """SELECT category, date_trunc('year', day) AS year,
            -sum(units) FILTER (WHERE is_return) / sum(units) FILTER (WHERE NOT is_return)
        FROM sale JOIN product USING (product_key) JOIN time USING (day_key) GROUP BY category, year""",
    ),
    Question(
        "share of department, by category",
        Query(("revenue:share_of_parent",), ("department", "category")),
        """SELECT department, category, sum(revenue) / sum(sum(revenue)) OVER (PARTITION BY department)
        FROM sale JOIN product USING (product_key) GROUP BY department, category""",
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
    ),
    Question(
        "five measures by country",
        Query(("revenue", "margin", "units", "orders", "customers"), ("country",), cuts=(Y2025,)),
        """SELECT country, sum(revenue), sum(revenue - cost), sum(units),
            count(DISTINCT order_key) FILTER (WHERE NOT is_return),
            count(DISTINCT customer.customer_code) FILTER (WHERE customer.customer_code > 0)
        FROM sale JOIN customer USING (customer_key) JOIN time USING (day_key)
        WHERE year(day) = 2025 GROUP BY country""",
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
    ),
    Question(
        "by week, one department",
        Query(("revenue", "units"), ("week",), cuts=(Cut("department", ("Workwear",)),)),
        """SELECT date_trunc('week', day) AS week, sum(revenue), sum(units)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key)
        WHERE department = 'Workwear' GROUP BY week""",
    ),
    Question(
        "by day, all days",
        Query(("revenue",), ("day",)),
        "SELECT day, sum(revenue) FROM sale JOIN time USING (day_key) GROUP BY day",
    ),
    Question(
        "channel x quarter, totals",
        Query(("revenue",), ("channel",), ("quarter",), totals=True),
        """SELECT channel.id, date_trunc('quarter', day) AS quarter, sum(revenue)
        FROM sale JOIN channel USING (channel_key) JOIN time USING (day_key)
        GROUP BY CUBE (channel.id, quarter)""",
    ),
    Question(
        "kind of customer x department",
        Query(("revenue", "margin"), ("customer_kind",), ("department",)),
        """SELECT customer_kind, department, sum(revenue), sum(revenue - cost)
        FROM sale JOIN customer USING (customer_key) JOIN product USING (product_key)
        GROUP BY customer_kind, department""",
    ),
    Question(
        "country, then channel type, by year",
        Query(("revenue",), ("country", "channel_type"), ("year",)),
        """SELECT country, channel_type, date_trunc('year', day) AS year, sum(revenue)
        FROM sale JOIN customer USING (customer_key) JOIN channel USING (channel_key) JOIN time USING (day_key)
        GROUP BY country, channel_type, year""",
    ),
    Question(
        "brands of one category",
        Query(("revenue", "units"), ("brand",), cuts=(Cut("category", ("Home textiles/Bed linen",)),)),
        """SELECT brand, sum(revenue), sum(units) FROM sale JOIN product USING (product_key)
        WHERE department = 'Home textiles' AND category = 'Bed linen' GROUP BY brand""",
    ),
    Question(
        "products of one category in one country",
        Query(
            ("revenue", "units"),
            ("product",),
            cuts=(Cut("category", ("Living/Rugs",)), Cut("country", ("Germany",)), Y2025),
        ),
        """SELECT product.id, sum(revenue), sum(units)
        FROM sale JOIN product USING (product_key) JOIN customer USING (customer_key) JOIN time USING (day_key)
        WHERE department = 'Living' AND category = 'Rugs' AND country = 'Germany' AND year(day) = 2025
        GROUP BY product.id""",
    ),
    Question(
        "cities of one region by year",
        Query(("revenue",), ("city",), ("year",), (Cut("region", ("Italy/Tuscany",)),)),
        """SELECT city, date_trunc('year', day) AS year, sum(revenue)
        FROM sale JOIN customer USING (customer_key) JOIN time USING (day_key)
        WHERE country = 'Italy' AND region = 'Tuscany' GROUP BY city, year""",
    ),
    Question(
        "twelve months across two years by category",
        Query(("revenue", "margin"), ("category",), cuts=(FASHION,)),
        """SELECT category, sum(revenue), sum(revenue - cost)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key)
        WHERE day BETWEEN '2024-03-01' AND '2025-02-28' GROUP BY category""",
    ),
    Question(
        "some odd days by country",
        Query(("revenue",), ("country",), cuts=(SPRING,)),
        """SELECT country, sum(revenue) FROM sale JOIN time USING (day_key) JOIN customer USING (customer_key)
        WHERE day BETWEEN '2025-02-11' AND '2025-05-19' GROUP BY country""",
    ),
    Question(
        "all but one channel type, by month",
        Query(("revenue",), ("month",), cuts=(Cut("channel_type", ("Store",), exclude=True),)),
        """SELECT date_trunc('month', day) AS month, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN channel USING (channel_key)
        WHERE channel_type <> 'Store' GROUP BY month""",
    ),
    Question(
        "payment x channel type",
        Query(("revenue", "order_lines"), ("payment",), ("channel_type",)),
        """SELECT payment, channel_type, sum(revenue), count(*)
        FROM sale JOIN line USING (line_key) JOIN channel USING (channel_key) GROUP BY payment, channel_type""",
    ),
    Question(
        "margin, subcategories of three categories, by month",
        Query(
            ("margin",),
            ("subcategory",),
            ("month",),
            (Cut("category", ("Fabrics/Wools", "Living/Cushions", "Workwear/Technical wear")), Y2025),
        ),
        """SELECT subcategory, date_trunc('month', day) AS month, sum(revenue - cost)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key)
        WHERE category IN ('Wools', 'Cushions', 'Technical wear') AND year(day) = 2025
        GROUP BY subcategory, month""",
    ),
    Question(
        "product x month, one country",
        Query(("revenue",), ("product",), ("month",), (Cut("country", ("France",)), Y2025)),
        """SELECT product.id, date_trunc('month', day) AS month, sum(revenue)
        FROM sale JOIN time USING (day_key) JOIN product USING (product_key) JOIN customer USING (customer_key)
        WHERE country = 'France' AND year(day) = 2025 GROUP BY product.id, month""",
    ),
)
