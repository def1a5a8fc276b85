"""Exact counts of customers: at every level, within every kind of filter, over months, odd days and lists."""

from __future__ import annotations

from bench.question import Question
from cubes.query import Cut, Query

LEVELS = (
    "year", "quarter", "month", "week", "day", "country", "region", "city", "customer_kind", "department",
    "category", "subcategory", "brand", "product", "channel_type", "channel", "payment",
)  # fmt: skip
FILTERS = (
    ("category", Cut("country", ("Italy",))),
    ("month", Cut("region", ("Italy/Tuscany",))),
    ("year", Cut("city", ("Italy/Tuscany/Florence",))),
    ("department", Cut("customer_kind", ("Company",))),
    ("country", Cut("department", ("Fabrics",))),
    ("month", Cut("category", ("Living/Rugs",))),
    ("region", Cut("subcategory", ("Fabrics/Wools/Tweeds",))),
    ("country", Cut("product", ("P00123",))),
    ("category", Cut("channel_type", ("Online",))),
    ("month", Cut("channel", ("CH10",))),
    ("country", Cut("payment", ("Card",))),
    ("channel", Cut("year", ("2025",))),
    ("subcategory", Cut("quarter", ("2025-Q2",))),
    ("city", Cut("month", ("2025-06",))),
    ("country", Cut("week", ("2025-W20",))),
    ("category", Cut("day", ("2025-05-14",))),
    ("category", Cut("country", ("Italy", "France", "Spain"))),
    ("region", Cut("category", ("Living/Rugs", "Workwear/Technical wear"))),
    ("country", Cut("product", ("P00001", "P00050", "P00500", "P01000", "P01999"))),
    ("year", Cut("channel", ("CH01", "CH09", "CH10"))),
    ("category", Cut("month", ("2024-11", "2024-12", "2025-11", "2025-12"))),
    ("country", Cut("department", ("Fabrics",), exclude=True)),
    ("category", Cut("month", since="2024-03", until="2025-02")),
    ("country", Cut("month", since="2025-01", until="2025-03")),
    ("category", Cut("day", since="2025-02-11", until="2025-05-19")),
    ("region", Cut("day", since="2024-12-20", until="2025-01-06")),
    ("month", Cut("day", since="2024-06-05", until="2025-03-28")),
)
ODD = Cut("day", since="2025-02-11", until="2025-05-19")
SEVERAL = (
    Query(("customers",)),
    Query(("customers",), cuts=(ODD,)),
    Query(("customers",), ("country",), ("category",), totals=True),
    Query(("customers",), ("month",), ("channel",)),
    Query(("customers",), ("region",), ("subcategory",)),
    Query(("customers",), ("department", "category"), ("year",), totals=True),
    Query(("customers",), ("country",), ("month",), (Cut("category", ("Living/Rugs",)), ODD)),
    Query(("customers",), ("category",), ("channel_type",), (Cut("country", ("Italy", "Germany")), ODD)),
    Query(("revenue_per_customer",), ("region",), cuts=(Cut("year", ("2025",)),)),
)


def _named(query: Query) -> Question:
    """The question by its levels and cuts."""
    by = " x ".join(query.by) or "total"
    within = "; ".join(str(cut) for cut in query.cuts)
    totals = ", totals" if query.totals else ""
    return Question(f"{', '.join(query.measures)}: {by}{totals}{f' ({within})' if within else ''}", query)


DISTINCT = tuple(
    _named(query)
    for query in (
        *(Query(("customers",), (level,)) for level in LEVELS),
        *(Query(("customers",), (level,), cuts=(cut,)) for level, cut in FILTERS),
        *SEVERAL,
    )
)
