"""An answer whose frame is made at once is the one that is put together step by step."""

from __future__ import annotations

import pytest
from polars.testing import assert_frame_equal

from cubes.ask import answer
from cubes.ask.answer import ask
from cubes.member_order import MemberOrder
from cubes.query import Query
from data.store.warehouse import Warehouse

MEASURES = ("revenue", "orders", "customers", "return_rate", "first_purchase", "purchase_days", "margin")
QUESTIONS = (
    Query(MEASURES),
    Query(MEASURES, ("product",)),
    Query(("return_rate", *MEASURES[:3]), ("product",)),
    Query(("first_purchase", "revenue"), ("category",), order=MemberOrder("first_purchase", ascending=True)),
    Query(("revenue",), ("category",), order=MemberOrder("name")),
    Query(MEASURES, ("product",), ("month",), totals=True),
    Query(MEASURES, ("year",), ("channel_type",)),
    Query(MEASURES, ("category", "product"), top=(("product", 1),), totals=True),
    Query(("orders",), ("product",), top=(("product", 2),), order=MemberOrder("orders", ascending=True)),
    Query(("revenue",), ("customer",), top=(("customer", 1),)),
    Query(("revenue",), ("country",), ("city",)),
    Query(("interactions",), ("channel",), cube="interactions", totals=True),
)


def test_a_frame_made_at_once_is_that_of_the_steps(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = [ask(shop, query) for query in QUESTIONS]
    monkeypatch.setattr(answer, "columns_in_order", lambda *_: None)
    for query, found in zip(QUESTIONS, at_once, strict=True):
        by_steps = ask(shop, query)
        assert_frame_equal(found.frame, by_steps.frame, check_exact=True)
        assert found.notes == by_steps.notes


def test_members_of_one_name_are_told_apart(shop: Warehouse) -> None:
    found = ask(shop, Query(("revenue",), ("city",))).frame
    assert sum(name.startswith("Lille (") for name in found["city"]) == 2
