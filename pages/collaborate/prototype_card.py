"""Prototypes of a proposal: each version, who tried it, what they think of it and at what price they would buy it."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.collaborate.customer_proposal import CustomerProposal, PrototypeVersion
from mining.proposals.prototype_rounds import prototype_rounds
from pages.manage.shared.html_tables import TableCell, count, table
from pages.ui import session
from pages.ui.export_files import downloads
from pages.ui.page_states import card, section
from pages.ui.style.formats import format_day, format_value, number_text

SENTENCE = (
    "A version a round: the mean score of those who tried it, 1 to 5, with its 95% interval, and the median price at"
    " which they would buy. Whoever answers twice counts once, by the last answer."
)
HEADS = ("Version", "What it is", "From", "#Tried it", "#Mean score", "#Would buy at")
SCHEMA: dict[str, Any] = {"version": pl.String, "person": pl.Int64, "at": pl.Datetime("us"), "score": pl.Float64,
          "would_pay": pl.Float64, "note": pl.String}  # fmt: skip


def prototype_card(each: CustomerProposal) -> None:
    """Nothing where there is no version, and nobody tried any."""
    if not each.prototypes and not each.tests:
        return
    tests = pl.DataFrame(
        [(one.version, one.person, one.at, one.score, None if one.would_pay is None else float(one.would_pay), one.note)
         for one in each.tests],
        schema=SCHEMA, orient="row",
    )  # fmt: skip
    with card("prototypes"):
        section("Prototypes", SENTENCE)
        rounds = {row["version"]: row for row in prototype_rounds(tests).iter_rows(named=True)}
        named = {one.version: one for one in each.prototypes}
        rows = [
            _row(version, named.get(version), rounds.get(version))
            for version in dict.fromkeys([*named, *rounds])
        ]
        table(HEADS, rows, "prototypes", "Versions of the prototype")
        if not each.tests:
            st.html('<p class="clientela-quiet">Nobody has said yet what they think of it.</p>')
            return
        downloads("clientela-prototype-tests", lambda: tests.drop("person"), "prototype-tests")


def _row(
    version: str, named: PrototypeVersion | None, told: dict[str, float] | None
) -> tuple[TableCell, ...]:
    return (
        TableCell(version or "(no version)"),
        TableCell(named.what if named else ""),
        TableCell(format_day(named.starts) if named else "", "quiet"),
        count(int(told["n"]) if told else 0),
        TableCell(_score(told), number=True),
        TableCell(_price(told), number=True),
    )


def _score(told: dict[str, float] | None) -> str:
    if not told or not told["n"]:
        return "no data"
    mean = number_text(told["score"], 1)
    return (
        mean
        if told["low"] is None
        else f"{mean} ({number_text(told['low'], 1)} to {number_text(told['high'], 1)})"
    )


def _price(told: dict[str, float] | None) -> str:
    if not told or not told["priced"]:
        return "no data"
    price = format_value(told["would_pay"], "money", session.currency())
    return f"{price} (n = {number_text(told['priced'])})"
