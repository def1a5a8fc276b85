"""What is noted of a question: its levels and measures, and nothing that a firm's data hold."""

from __future__ import annotations

from dataclasses import replace

from cubes.ask.question_shape import shape
from cubes.query import Comparison, Cut, Query
from data.store.question_log import ShapeKey

ASKED = Query(
    ("revenue", "orders:growth_year", "orders"),
    ("product", "month"),
    ("country",),
    cuts=(
        Cut("customer", ("Ann Secret",)),
        Cut("day", since="2011-01-01", until="2011-02-01"),
        Cut("customer", ("Bob",), exclude=True),
    ),
    top=(("product", 5),),
    totals=True,
    compare=Comparison.YEAR,
    as_of="2011-02-03",
)


def test_a_shape_holds_no_members() -> None:
    assert shape(ASKED) == ShapeKey(
        "sales", ("country", "month", "product"), ("customer", "day"), ("orders", "revenue")
    )


def test_the_same_levels_in_another_order_are_one_shape() -> None:
    assert shape(ASKED.pivot()) == shape(ASKED)
    assert shape(replace(ASKED, cuts=ASKED.cuts[::-1], measures=ASKED.measures[::-1])) == shape(ASKED)
    assert shape(replace(ASKED, rows=("product",))) != shape(ASKED)
