"""What one customer allowed is told to whoever looks, and to the person who asks what is held."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.privacy.access import access
from data.review.customer_consents import customer_consents
from data.store.warehouse import Warehouse
from pages.service.consents_card import consents_told
from tests.tiny import Line, write_tiny
from tests.tiny_facts import with_facts

SAID = [
    (1, "Web", None, "given"), (2, "Web", "News", "withdrawn"), (3, "Phone", "offers", "given"),
    (4, "Phone", None, "withdrawn"), (5, "Mail", "Offers ", "withdrawn"), (5, "Mail", "offers", "given"),
    (6, "Shop", "offers", "given"),
]  # fmt: skip


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    write_tiny(tmp_path / "w.duckdb", [Line(customer=name, order=name) for name in ("Ann", "Bob")])
    rows = [
        {"day": date(2025, 3, at), "customer": "Ann", "channel": by, "purpose": to, "verdict": verdict}
        for at, by, to, verdict in SAID
    ]
    return with_facts(tmp_path / "w.duckdb", consent=rows)


def test_the_last_word_of_a_channel_and_purpose_holds(firm: Warehouse) -> None:
    codes = {id: code for code, id in firm.rows("SELECT customer_code, id FROM customer")}
    said = customer_consents(firm, codes["Ann"])
    assert said.select("channel", "purpose", "verdict", "holds").rows() == [
        ("Shop", "offers", "given", True), ("Mail", "offers", "withdrawn", True), ("Mail", "offers", "given", False),
        ("Phone", "", "withdrawn", True), ("Phone", "offers", "given", False), ("Web", "news", "withdrawn", True),
        ("Web", "", "given", True),
    ]  # fmt: skip
    assert consents_told(said) == "Allows Shop for offers, Web; 7 answers, the latest first."
    closed = said.filter(pl.col("verdict") == "withdrawn")
    assert consents_told(closed) == "Allows no channel; 3 answers, the latest first."
    assert consents_told(customer_consents(firm, codes["Bob"])).startswith("This customer was never asked")
    held = access(firm, "Ann")["consent"]
    assert (held.height, held["verdict"].to_list().count("withdrawn")) == (7, 3)
    assert access(firm, "Bob")["consent"].is_empty()
    firm.close()
